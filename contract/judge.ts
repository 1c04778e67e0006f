import { problem, type Problem, type ProblemEffect } from './problem.ts';

/** An answer that is not a readable success: the caller has tried to read one first. */
export interface Answered {
  readonly status: number;
  /** `undefined` when it is not JSON. */
  readonly body: unknown;
  /** The provider may have received the same request before, so only an answer about the refund itself settles it. */
  readonly resent: boolean;
}

/** What is known about a request that a proxy answered with a problem. */
export interface Sent {
  /** It was sent before under the same key. `false` by default. */
  readonly resent?: boolean;
  /** The proxy states that it sends each key once: it keeps a ledger. `false` by default. */
  readonly deduplicates?: boolean;
}

/**
 * Decides what an answer means for the money. Each provider has one judge, and nothing else decides it. `nothing` is
 * certain: no money moved under this key.
 */
export type Judge = (answer: Answered) => ProblemEffect;

/**
 * Whether the layer before the provider's own work refused: for its credentials (RFC 9110 section 15.5.2: "has not been
 * applied"), its size (section 15.5.14: "refusing to process") or its rate (RFC 6585 section 4). The status alone shows
 * it, whoever wrote the body. It concerns this send only, and the same key may be sent again.
 */
export function isTurnedAway(status: number): boolean {
  return status === 401 || status === 413 || status === 429;
}

/** RFC 9110 section 15.3. */
export function isSuccess(status: number): boolean {
  return status >= 200 && status <= 299;
}

/** 408, 409 and nginx's 499 may come although the request is carried out. */
export function isRefusal(status: number): boolean {
  return status >= 400 && status < 499 && status !== 408 && status !== 409;
}

/** A person has settled the request with this key. */
const OF_THE_KEY = 'settled_nothing';
/**
 * A ledger looks up the key before it checks amounts, so these codes mean that it never saw the first request. A proxy
 * without a ledger returns them for the second request, while the first may have moved money. `refunded_elsewhere` is none
 * of them: the provider then lists a refund that nobody knows, and a ledger that was lost may have made it by this key.
 */
const AFTER_THE_KEY = new Set(['refundable_changed', 'amount_above_refundable', 'not_refundable']);

/**
 * What a proxy's problem means. Without an effect it is certain only if its status is a plain refusal, and for a
 * repeated request only if its code concerns the first one, too.
 */
export function problemEffect(
  { effect, status, code }: Problem,
  { resent = false, deduplicates = false }: Sent = {},
): ProblemEffect {
  if (effect === 'running') return effect;
  const isNothing = effect === undefined ? isRefusal(status) : effect === 'nothing';
  const isSettled = !resent || code === OF_THE_KEY || (deduplicates && AFTER_THE_KEY.has(code));
  return isNothing && isSettled ? 'nothing' : 'unknown';
}

/**
 * Judges a proxy's own problem, or else the provider's answer. `replayed`: the answer is that of the first request with
 * this key, so it concerns that one. The status is that of the answer; the one in the problem is advisory (RFC 9457
 * section 3.1.2).
 */
export function judgeAnswer(
  judge: Judge,
  { status, body, resent, replayed, deduplicates = false }: Answered & Sent & { readonly replayed: boolean },
): { readonly effect: ProblemEffect; readonly problem: Problem | undefined } {
  const again = resent && !replayed;
  const own = status < 300 ? undefined : problem.safeParse(body).data;
  const effect = own
    ? problemEffect({ ...own, status }, { resent: again, deduplicates })
    : judge({ status, body, resent: again });
  return { effect, problem: own };
}
