import { STATUS_CODES } from 'node:http';

import { isRefusal, isTurnedAway } from '../../contract/index.ts';
import { UQPAY_SAMPLES } from '../../contract/uqpay/samples.ts';
import { parse } from '../drive.ts';
import { NotJudged } from '../not-judged.ts';
import type { Payment, Profile } from '../profile.ts';
import type { ProviderCall, Reply, Rewrite } from '../recorder.ts';
import type { World } from '../world.ts';
import type { Write } from '../world-options.ts';
import { assumeNotBusy } from './busy.ts';
import { countSends } from './outcomes.ts';
import type { Prepared } from './routes.ts';

/** A way to lose an answer. `what` names it in a report. */
export interface Loss {
  readonly what: string;
  /** Loses the answer to the next write on this path: a refund without it. */
  readonly lose: (world: World, path?: string) => Promise<void>;
}

const scenario = (name: string, params?: Readonly<Record<string, number>>): Loss => ({
  what: name,
  lose: (world) => world.scenario(name, params),
});

/** Scenarios in which the provider refunds and the proxy does not get a readable answer. */
export const LOSSES: readonly [Loss, ...Loss[]] = [
  scenario('drop_after_commit'),
  { ...scenario('server_error', { after_commit: 1 }), what: 'server_error after the refund' },
  scenario('truncated_json'),
  scenario('wrong_content_type'),
  {
    what: 'a connection that ends in the middle of the body',
    lose: async ({ recorder, profile }, path = profile.refundPath) =>
      recorder.rewrite({ method: 'POST', path: profile.prefix + path, isCut: true }),
  },
];

const PAGE = '<html><body>One moment</body></html>';

/** As both providers write an error: UPayments has a `status`. */
function textOf(error: object): string {
  return JSON.stringify({ ...error, status: false });
}

/**
 * Answers that say nothing about the money, given in the provider's place. The provider then has no refund in its list, so
 * only the proxy's own record can hold the amount.
 */
const SAYS_NOTHING: readonly (readonly [what: string, status: number, text: string])[] = [
  ['a 500', 500, textOf(UQPAY_SAMPLES.internal)],
  ['a 502 that is a page', 502, '<html><body><h1>502 Bad Gateway</h1></body></html>'],
  ['a 503 without a body', 503, ''],
  ['a 408', 408, textOf({ ...UQPAY_SAMPLES.internal, code: 'request_timeout', message: 'timeout' })],
  ['a 200 with half a body', 200, '{"status":tr'],
  ['a 200 that is a page', 200, PAGE],
  ['a 200 without a body', 200, ''],
  ['a 200 without a refund', 200, '{}'],
];

/** Losses after which the provider has made no refund. The proxy cannot tell the difference. */
export const SILENT: readonly [Loss, ...Loss[]] = [
  scenario('drop_before_commit'),
  ...SAYS_NOTHING.map(([what, status, text]): Loss => ({
    what,
    lose: async (world, path) => answerInstead(world, replyOf(status, text), path),
  })),
];

/**
 * Gives the next write on this path, a refund without it, this answer, and keeps the request from the provider.
 * @param which `about`: only a write with this text in its body. `isKept`: every write until `clear`
 */
export function answerInstead(
  { recorder, profile }: World,
  instead: Reply,
  path = profile.refundPath,
  which: Pick<Rewrite, 'about' | 'isKept'> = {},
): void {
  recorder.rewrite({ method: 'POST', path: profile.prefix + path, instead, ...which });
}

/** Statuses that IANA has not registered, of servers that stand before a provider: nginx, Cloudflare and others. */
const UNREGISTERED = [499, 520, 521, 522, 523, 524, 525, 526, 527, 529, 530, 598, 599];

/** Each error status that is no refusal by the contract, whatever body it has: it says nothing about the money. */
export const SILENT_STATUSES: readonly number[] = [...Object.keys(STATUS_CODES).map(Number), ...UNREGISTERED].filter(
  (status) => status >= 400 && !isRefusal(status) && !isTurnedAway(status),
);

/** Statuses that refuse only in the provider's own words: a server before it also writes them. */
const NEEDS_WORDS = [403, 404, 423, 425];

/** Refuses in the words of both providers, but with a status that leaves the outcome open. */
const REFUSED = textOf({ ...UQPAY_SAMPLES.refused, data: null });

const CANDIDATES: readonly (readonly [what: string, reply: Reply])[] = [
  ...SILENT_STATUSES.map((status) => [`a ${status}`, errorReply(status)] as const),
  ...[408, 409, 499].map((status) => [`a ${status} that refuses`, replyOf(status, REFUSED)] as const),
  ...NEEDS_WORDS.map((status) => [`a ${status} that is a page`, replyOf(status, PAGE)] as const),
  ['a 400 that is an error of the provider', errorReply(400)],
  // Of a cancel each of these would be an answer, so they are no `SAYS_NOTHING`.
  ['a 202 without a refund', replyOf(202, '{"status":true,"message":"Accepted"}')],
  ['a 200 with status: false and data', replyOf(200, '{"status":false,"message":"Done","data":{"orderId":"other"}}')],
];

/** Answers that say nothing about the money, by the contract's judge of this provider. */
export function silentAnswers({ judge }: Profile): typeof CANDIDATES {
  return CANDIDATES.filter(([, { status, text }]) => judge({ status, body: parse(text), resent: false }) === 'unknown');
}

/** Changes the provider's answer to the next refund on its way to the proxy. */
export function changeAnswer({ recorder, profile }: World, change: (text: string) => string): void {
  recorder.rewrite({ method: 'POST', path: profile.prefix + profile.refundPath, change });
}

/** An error with this status, as the provider writes one. */
export function errorReply(status: number): Reply {
  return replyOf(status, textOf(UQPAY_SAMPLES.internal));
}

function replyOf(status: number, text: string): Reply {
  const type = text.startsWith('<') ? 'text/html; charset=utf-8' : 'application/json';
  return { status, text, headers: { 'content-type': type } };
}

/** How long after the proxy's own timeout a slow provider answers, in milliseconds. */
const lateness = (timeoutMs: number) => Math.max(500, Math.ceil(timeoutMs / 4));

/** After so many milliseconds a slow provider answers. */
export const slowMs = (timeoutMs: number): number => timeoutMs + lateness(timeoutMs);

/** The provider answers only after the proxy's own timeout. */
export const SLOW: Loss = {
  what: 'latency',
  lose: (world) => world.scenario('latency', { ms: slowMs(world.proxyTimeoutMs) }),
};

/**
 * Sends a refund whose answer is lost. `isEarly`: the proxy answered before the provider did.
 * @throws NotJudged unless one refund reached the provider: then another mistake decides what came
 * @throws LeftOut when the proxy refuses it for another one that is pending
 */
export async function loseRefund(
  world: World,
  payment: Payment,
  amount: string,
  loss: Loss,
  headers: Write['headers'] = {},
) {
  const { profile } = world;
  return loseWrite(world, { path: profile.refundPath, body: profile.body(payment, amount) }, loss, headers);
}

/** The same of any write. */
export async function loseWrite(
  world: World,
  { path, body }: Pick<Prepared, 'path' | 'body'>,
  loss: Loss,
  headers: Write['headers'] = {},
) {
  const key = world.key();
  await loss.lose(world, path);
  const watch = world.watch();
  const exchange = await world.write(path, { body, key, headers });
  const sends = watch.to(path);
  assumeNotBusy(world, exchange, sends);
  assumeSentOnce(world, sends);
  return { key, exchange, isEarly: sends.every(({ answer }) => answer === undefined) };
}

/**
 * @param sends the calls that one request of the form has caused
 * @throws NotJudged unless they ask the provider for one refund
 */
function assumeSentOnce({ profile }: World, sends: readonly ProviderCall[]): void {
  const count = countSends(sends, profile.keyHeader);
  if (count === 0) throw new NotJudged('The proxy did not send the refund, so no answer to it was lost');
  if (count > 1)
    throw new NotJudged(`The proxy itself sent the refund ${count} times: see never-resent and never-resent-later`);
}
