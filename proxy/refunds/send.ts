import { CLOCK_STEP_MS, type ProxyContext } from '../context.ts';
import type { ProviderAnswer } from '../providers/exchange.ts';
import type { Intent, StoredAnswer } from '../ledger/entities.ts';
import type { RefundFact, Settlement } from '../ledger/facts.ts';
import { LedgerUnavailableError } from '../ledger/errors.ts';
import { eachOf } from '../each-of.ts';
import { errorFields } from '../telemetry/log.ts';
import { ledgerUnavailable, ProblemError } from '../http/problem.ts';
import type { Outcome } from '../providers/provider.ts';
import { passOn } from '../http/read.ts';
import { KeyedQueue } from '../keyed-queue.ts';
import { beforeSend, type Before, type Sending } from './before-send.ts';
import { approvalOf, Copies } from './copies.ts';
import { assertNever } from '../assert-never.ts';

type Ending =
  | { readonly settlement: Settlement; readonly answer: StoredAnswer }
  | { readonly settlement: Settlement; readonly problem: ProblemError };

interface Settled {
  /** What was recorded. */
  readonly outcome: Settlement;
  readonly settled: Intent;
}

/** Sends what the ledger has admitted, and records the outcome, whether or not the browser still waits. */
export class Sender {
  readonly #context: ProxyContext;
  readonly #running = new Set<Promise<unknown>>();
  /** Outcomes that could not be written to the ledger yet. */
  readonly #unrecorded = new Map<string, { readonly sending: Sending; readonly settlement: Settlement }>();
  /**
   * Each payment uses one connection of the ledger at a time, so that a locked payment does not stop the others. If the
   * lock times out, everything queued behind it fails, too.
   */
  readonly #turns = new KeyedQueue((error) => error instanceof LedgerUnavailableError);

  readonly copies = new Copies();

  constructor(context: ProxyContext) {
    this.#context = context;
  }

  /** `context` of the request that sends. */
  send(context: ProxyContext, sending: Sending): Promise<Response> {
    const work = this.#carryOut(context, sending);
    this.#running.add(work);
    void Promise.allSettled([work]).then(() => this.#running.delete(work));
    return work;
  }

  /** Resolves when no send is running, and the outcomes are in the ledger if it can be written. */
  async drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    await this.#recordAll().catch((error: unknown) => {
      const fields = { ...errorFields(error), count: this.#unrecorded.size };
      this.#context.log.error('outcomes were not recorded before the stop', fields);
    });
  }

  /**
   * Runs `work` for one payment in its turn, after writing the outcomes of that payment that could not be written
   * before.
   */
  inTurn<T>(paymentId: string, work: () => Promise<T>): Promise<T> {
    return this.#turns.take(paymentId, async () => {
      await this.#record(paymentId);
      return work();
    });
  }

  /**
   * Writes the outcomes that could not be written before, as far as they can be now, then runs `work`. `of`: the payments
   * that `work` is about, or all.
   */
  async afterUnrecorded<T>(work: () => Promise<T>, of?: ReadonlySet<string>): Promise<T> {
    await this.#recordAll(of).catch((error: unknown) => {
      this.#context.log.error('an outcome could still not be recorded', errorFields(error));
    });
    return work();
  }

  /** Whether the outcome of this request is known, and could not be written yet: it is not lost. */
  readonly keeps = (intentId: string): boolean => this.#unrecorded.has(intentId);

  #recordAll(of?: ReadonlySet<string>): Promise<void> {
    const kept = new Set(Array.from(this.#unrecorded.values(), ({ sending }) => sending.intent.paymentId));
    return eachOf(
      [...kept].filter((paymentId) => of?.has(paymentId) ?? true),
      (paymentId) => this.inTurn(paymentId, async () => undefined),
    );
  }

  #record(paymentId: string): Promise<void> {
    return eachOf(this.#unrecorded, async ([id, kept]) => {
      const { intent, reservations } = kept.sending;
      if (intent.paymentId !== paymentId) return;
      const { log, ledger, now } = this.#context;
      if (!(await ledger.intent(id))) {
        log.error('the ledger has lost a request while it was sent', { intent: id, state: kept.settlement.to });
        await ledger.reclaim(intent, reservations, now());
      }
      await this.#settle(intent, kept.settlement);
      // A later send of the same request may have an outcome to keep by now.
      if (this.#unrecorded.get(id) === kept) this.#unrecorded.delete(id);
    });
  }

  /** Records an outcome, unless it is about the refund of another request: then this one is unknown. */
  async #settle(intent: Intent, settlement: Settlement, written?: Sending['written']): Promise<Settled> {
    const { log, ledger } = this.#context;
    const isOther = await this.#isKnown(intent, settlement.refunds ?? []);
    if (isOther)
      log.error('a provider gave the id of another refund, so the outcome is unknown', { intent: intent.id });
    const outcome = isOther ? aboutAnother(settlement) : settlement;
    return { outcome, settled: await ledger.settle(intent.id, outcome, await written) };
  }

  async #carryOut(context: ProxyContext, sending: Sending): Promise<Response> {
    const { log, provider, metrics } = context;
    const { intent } = sending;
    let counted = sending;
    const exchange = async () => {
      const before = await beforeSend(context, sending).catch(unsent);
      if (before.kind === 'stop') return { ...before, settlement: this.#settlement('void', before.source) };
      if (before.kind === 'listed') return this.#listed(intent, before);
      counted = before.sending;
      return this.#exchange(context, counted);
    };
    const ending = await exchange().catch((error: unknown): Ending => {
      log.error('a send failed unexpectedly', { ...errorFields(error), intent: intent.id });
      return this.#unknown(intent, 'internal error');
    });
    const settlement = { ...ending.settlement, sentAt: intent.firstSentAt };
    const tell = (state: Settlement['to']) => {
      log.info('sent', { provider: provider.name, intent: intent.id, kind: intent.kind, state });
      metrics.sent({ provider: provider.name, kind: intent.kind, state });
    };
    let outcome: Settlement;
    let settled: Intent;
    try {
      ({ outcome, settled } = await this.#turns.take(intent.paymentId, async () => {
        const known = await this.#settle(intent, settlement, counted.written);
        // A copy of it may stand behind this turn, and would begin anew.
        if (known.settled.state === 'void') {
          const told = 'problem' in ending ? ending.problem : putOff();
          this.copies.tell(intent.key, told);
          if (sending.approver) this.copies.tell(approvalOf(intent.id), told, sending.approver);
        }
        return known;
      }));
      tell(outcome.to);
    } catch (error) {
      tell(settlement.to);
      // The outcome is known in memory but not on disk: claim nothing that a crash could take back.
      this.#unrecorded.set(intent.id, { sending, settlement });
      log.error('an outcome could not be recorded', { ...errorFields(error), intent: intent.id });
      throw this.#lost(intent, 'The outcome could not be recorded yet');
    }
    // An event of the provider said what the answer did not.
    if (settled.state !== outcome.to && settled.answer) return passOn(settled.answer);
    // Others count this send as lost by now, and may have sent it again: its outcome alone does not settle the intent.
    const isNothing = outcome.to === 'void' || outcome.to === 'failed';
    if (settled.state !== outcome.to && isNothing) throw this.#lost(intent, 'The answer came too late');
    if ('problem' in ending) throw ending.problem;
    if (outcome !== settlement) throw this.#lost(intent, `No readable answer (${outcome.source})`);
    return passOn(ending.answer);
  }

  async #exchange(context: ProxyContext, sending: Sending): Promise<Ending> {
    const { session } = context;
    const { route, path, body, again, intent } = sending;
    const { providerKey, nextCheckAt: notAfter } = intent;
    const notBefore = intent.updatedAt - CLOCK_STEP_MS;
    const result = await session.send({
      method: 'POST',
      path,
      route: route.path,
      body,
      providerKey,
      notAfter,
      notBefore,
    });
    switch (result.kind) {
      case 'answer':
        return this.#judge(context, sending, result.answer);
      case 'lost':
        return this.#unknown(intent, result.why);
      case 'not_sent':
      case 'credentials_refused': {
        // The provider may have carried out the first send.
        if (again) return this.#unknown(intent, result.why);
        const isRefused = result.kind === 'credentials_refused';
        // An answer came, whatever it means: a provider without keys is not sent to again before its list is read.
        const source = isRefused ? `answer 401: ${result.why}` : result.why;
        return {
          settlement: this.#settlement('void', source),
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
        return assertNever(result);
    }
  }

  #judge(context: ProxyContext, { route, intent, reservations, body, again }: Sending, answer: ProviderAnswer): Ending {
    const outcome: Outcome = route.classify(answer, { body, intent, reservations, again });
    const source = `answer ${answer.status}`;
    const stored = { status: answer.status, headers: answer.headers, body: answer.body };
    const done = this.#settlement('succeeded', source);
    /**
     * Whether a refusal concerns the refund itself, whichever send it answers. The only send that is possible always
     * does.
     */
    const isFirm = () =>
      context.provider.resendWindowMs === undefined ||
      route.classify(answer, { body, intent, reservations, again: true }).kind === 'refused';
    switch (outcome.kind) {
      case 'refunded':
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
        return assertNever(outcome);
    }
  }

  /**
   * Whether another request has this refund already: then the answer belongs to that request, or the provider has given
   * one id to two refunds. Where records carry a mark of ours, one that was taken in as made elsewhere may be this one.
   */
  async #isKnown({ id }: Intent, refunds: readonly RefundFact[]): Promise<boolean> {
    const { provider, ledger, scope } = this.#context;
    const mayBeElsewhere = provider.resendWindowMs !== undefined;
    for (const { refundId } of refunds) {
      const rows = refundId === undefined ? [] : await ledger.reservationsByReference(scope, refundId);
      const others = rows.filter((row) => row.refundId === refundId && row.intentId !== id);
      if (others.some(({ intentId }) => intentId !== undefined || !mayBeElsewhere)) return true;
    }
    return false;
  }

  /** Nothing was sent now: the provider's list shows what became of an earlier send. */
  #listed(intent: Intent, { answer, source }: Extract<Before, { kind: 'listed' }>): Ending {
    if (!answer) return this.#unknown(intent, source);
    return { settlement: { ...this.#settlement('succeeded', source), answer }, answer };
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

/** Nothing proves what became of this request: the answer names the refund of another one. */
function aboutAnother({ answer: _answer, refunds: _refunds, ...settlement }: Settlement): Settlement {
  if (settlement.to === 'unknown') return settlement;
  return { ...settlement, to: 'unknown', source: 'the answer is about another refund, which is known already' };
}

/** Of a request whose copy the provider has just put off. */
function putOff(): ProblemError {
  return new ProblemError('provider_unreachable', {
    detail: 'The provider takes no more requests just now: try again with the same key',
  });
}

/** The ledger failed before anything was sent, so nothing is unknown. */
function unsent(error: unknown): Before {
  if (!(error instanceof LedgerUnavailableError)) throw error;
  return { kind: 'stop', source: 'the ledger was not available', problem: ledgerUnavailable(error) };
}
