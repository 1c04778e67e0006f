import type { ProxyContext } from './context.ts';
import type { ProviderAnswer } from './exchange.ts';
import type { JsonObject } from './json.ts';
import type { Intent } from './ledger/entities.ts';
import type { Admitted, RefundFact, Settlement } from './ledger/facts.ts';
import { LedgerUnavailableError } from './ledger/store.ts';
import { errorFields } from './log.ts';
import { ProblemError } from './problem.ts';
import type { Order } from './options.ts';
import type { Outcome, WriteRoute } from './providers/provider.ts';
import { passOn } from './read.ts';
import { Turns } from './turns.ts';
import { sentenceOn, unaccountedFor } from './unaccounted.ts';
import { unreachable } from './unreachable.ts';

/** `intent` is `sending` or `resending` in the ledger. */
export interface Sending extends Admitted {
  readonly route: WriteRoute;
  readonly path: string;
  readonly body: JsonObject;
  /** What the merchant says of the payment. */
  readonly order: Order;
  /** This intent was sent before: only a word about the refund itself settles it. */
  readonly again: boolean;
}

type Ending =
  | { readonly settlement: Settlement; readonly answer: ProviderAnswer }
  | { readonly settlement: Settlement; readonly problem: ProblemError };

/** How far a clock may be corrected without a word. */
const CLOCK_STEP_MS = 10_000;

/** Sends what the ledger has admitted and records what became of it, whether or not the browser still waits. */
export class Sender {
  readonly #context: ProxyContext;
  readonly #running = new Set<Promise<unknown>>();
  /** Outcomes that are known here while the ledger could not be written: kept until it can. */
  readonly #unrecorded = new Map<string, { readonly paymentId: string; readonly settlement: Settlement }>();
  /**
   * One payment takes one connection of the ledger at a time: where it is locked, the others go on. Who waited behind a
   * lock that did not come has waited as long.
   */
  readonly #turns = new Turns((error) => error instanceof LedgerUnavailableError);

  constructor(context: ProxyContext) {
    this.#context = context;
  }

  send(sending: Sending): Promise<Response> {
    const work = this.#carryOut(sending);
    this.#running.add(work);
    void Promise.allSettled([work]).then(() => this.#running.delete(work));
    return work;
  }

  /** Resolves when nothing is on its way any more. */
  async drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /** Does `work` about one payment when it has its turn, after what could not be written about that payment before. */
  inTurn<T>(paymentId: string, work: () => Promise<T>): Promise<T> {
    return this.#turns.take(paymentId, async () => {
      await this.#record(paymentId);
      return work();
    });
  }

  /** Writes all that could not be written before, then does `work`. */
  async afterUnrecorded<T>(work: () => Promise<T>): Promise<T> {
    await this.#record();
    return work();
  }

  /** Of one payment, or of all. */
  async #record(only?: string): Promise<void> {
    for (const [id, { paymentId, settlement }] of this.#unrecorded) {
      if (only !== undefined && paymentId !== only) continue;
      await this.#context.ledger.settle(id, settlement);
      this.#unrecorded.delete(id);
    }
  }

  async #carryOut(sending: Sending): Promise<Response> {
    const { log, provider, metrics } = this.#context;
    const { intent } = sending;
    let counted = sending;
    const exchange = async () => {
      const before = await this.#countBefore(sending);
      if ('settlement' in before) return before;
      counted = before;
      return this.#exchange(counted);
    };
    const ending = await exchange().catch((error: unknown): Ending => {
      log.error('a send failed unexpectedly', { ...errorFields(error), intent: intent.id });
      return this.#unknown(intent, 'internal error');
    });
    const { settlement } = ending;
    log.info('sent', { provider: provider.name, intent: intent.id, kind: intent.kind, state: settlement.to });
    metrics.sent({ provider: provider.name, kind: intent.kind, state: settlement.to });
    let settled: Intent;
    try {
      const written = await counted.written;
      settled = await this.#turns.take(intent.paymentId, () =>
        this.#context.ledger.settle(intent.id, settlement, written),
      );
    } catch (error) {
      // The outcome is known here and not on disk: nothing is claimed that a crash could take back.
      this.#unrecorded.set(intent.id, { paymentId: intent.paymentId, settlement });
      log.error('an outcome could not be recorded', { ...errorFields(error), intent: intent.id });
      throw this.#lost(intent, 'The outcome could not be recorded yet');
    }
    // An event of the provider has told what the answer did not.
    if (settled.state !== settlement.to && settled.answer) return passOn(settled.answer);
    // Others hold this send for lost by now, and may have sent it again: what it came to alone is not the outcome.
    const isNothing = settlement.to === 'void' || settlement.to === 'failed';
    if (settled.state !== settlement.to && isNothing) throw this.#lost(intent, 'The answer came too late');
    if ('problem' in ending) throw ending.problem;
    return passOn(ending.answer);
  }

  async #exchange(sending: Sending): Promise<Ending> {
    const { session } = this.#context;
    const { path, body, again, intent } = sending;
    const { providerKey, nextCheckAt: notAfter } = intent;
    const notBefore = intent.updatedAt - CLOCK_STEP_MS;
    const result = await session.send({ method: 'POST', path, body, providerKey, notAfter, notBefore });
    switch (result.kind) {
      case 'answer':
        return this.#judge(sending, result.answer);
      case 'lost':
        return this.#unknown(intent, result.why);
      case 'not_sent':
      case 'credentials_refused': {
        // The first send may have been carried out all the same.
        if (again) return this.#unknown(intent, result.why);
        const isRefused = result.kind === 'credentials_refused';
        return {
          settlement: this.#settlement('void', result.why),
          problem: isRefused
            ? new ProblemError('credentials_refused', {
                detail: "Check the proxy's configuration; nothing was refunded",
              })
            : new ProblemError('provider_unreachable', {
                detail: `No connection (${result.why}): try again with the same key`,
              }),
        };
      }
      default:
        return unreachable(result);
    }
  }

  async #judge({ route, intent, reservations, body, again }: Sending, answer: ProviderAnswer): Promise<Ending> {
    const outcome: Outcome = route.classify(answer, { body, intent, reservations, again });
    const source = `answer ${answer.status}`;
    const stored = { status: answer.status, headers: answer.headers, body: answer.body };
    const done = this.#settlement('succeeded', source);
    /** Whether a refusal is about the refund itself, whichever send it answers; the only send that there can be is. */
    const isFirm = () =>
      this.#context.provider.resendWindowMs === undefined ||
      route.classify(answer, { body, intent, reservations, again: true }).kind === 'refused';
    switch (outcome.kind) {
      case 'refunded':
        if (await this.#isKnown(intent, outcome.refunds)) {
          return this.#unknown(intent, 'the answer is about another refund, which is known already');
        }
        return { settlement: { ...done, answer: stored, refunds: outcome.refunds }, answer };
      case 'opened':
        return { settlement: { ...done, answer: stored, opened: outcome.vendors }, answer };
      case 'cancelled':
        return { settlement: { ...done, answer: stored }, answer };
      case 'refused':
        return {
          settlement: { ...this.#settlement('failed', source), answer: stored, whileSending: !isFirm() },
          answer,
        };
      case 'try_again':
        return { settlement: this.#settlement('void', source), answer };
      case 'unknown':
        return this.#unknown(intent, outcome.why, outcome.refunds);
      default:
        return unreachable(outcome);
    }
  }

  /**
   * Whether another request has this very refund: then the answer is that request's. Asked where the provider's record bears
   * no mark of ours that would tell.
   */
  async #isKnown({ id }: Intent, refunds: readonly RefundFact[]): Promise<boolean> {
    const { provider, ledger, scope } = this.#context;
    if (provider.resendWindowMs !== undefined) return false;
    for (const { refundId } of refunds) {
      const rows = refundId === undefined ? [] : await ledger.reservationsByReference(scope, refundId);
      if (rows.some((row) => row.refundId === refundId && row.intentId !== id)) return true;
    }
    return false;
  }

  /**
   * What the provider lists before the first send, so that a lost answer leaves evidence. Where it lists refunds that nobody
   * has told the amounts of, what is still refundable is not known, and nothing is sent. No answer is no reason not to send.
   */
  async #countBefore(sending: Sending): Promise<Sending | Ending> {
    const { session, ledger, scope, now } = this.#context;
    const { intent, again, order } = sending;
    if (again || intent.kind === 'cancel' || !session.countRefunds) return sending;
    const counted = await session.countRefunds(intent.paymentId);
    if (!counted.ok) return sending;
    const unaccounted = unaccountedFor(
      counted.value,
      await ledger.reservationsOfPayment(scope, intent.paymentId),
      order,
    );
    if (unaccounted) {
      return {
        settlement: this.#settlement('void', 'refunded elsewhere'),
        problem: new ProblemError('refunded_elsewhere', {
          detail: `${sentenceOn(unaccounted)} Nothing was sent`,
          figures: unaccounted,
        }),
      };
    }
    const noted = await ledger.note(intent.id, {
      what: 'count',
      source: counted.source,
      detail: `before sending: ${counted.value.length}`,
      seenBefore: counted.value.length,
      at: now(),
    });
    // It is not as it was written first any more.
    return { ...sending, intent: noted, written: undefined };
  }

  #unknown(intent: Intent, why: string, refunds?: readonly RefundFact[]): Ending {
    const settlement = { ...this.#settlement('unknown', why), ...(refunds && { refunds }) };
    return { settlement, problem: this.#lost(intent, `No readable answer (${why})`) };
  }

  #lost({ id }: Intent, what: string): ProblemError {
    return new ProblemError('outcome_unknown', {
      detail: `${what}. Do not refund again: check the status with the same key`,
      instance: `${this.#context.basePath}/intents/${id}`,
    });
  }

  #settlement(to: Settlement['to'], source: string): Settlement {
    return { to, who: 'provider', source, at: this.#context.now() };
  }
}
