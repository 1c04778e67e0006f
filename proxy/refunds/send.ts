import { CLOCK_STEP_MS, type ProxyContext } from '../context.ts';
import type { ProviderAnswer } from '../providers/exchange.ts';
import type { Intent, StoredAnswer } from '../ledger/entities.ts';
import type { RefundFact, Settlement } from '../ledger/facts.ts';
import { LedgerUnavailableError, UnknownIntentError } from '../ledger/errors.ts';
import { errorFields } from '../telemetry/log.ts';
import { ledgerUnavailable, ProblemError } from '../http/problem.ts';
import type { Outcome } from '../providers/provider.ts';
import { passOn } from '../http/read.ts';
import { beforeSend, type Before, type Sending } from './before-send.ts';
import { approvalOf, Copies } from './copies.ts';
import { Outcomes } from './outcomes.ts';
import { storedAnswer } from './write-answers.ts';
import { assertNever } from '../assert-never.ts';

type Ending =
  | { readonly settlement: Settlement; readonly answer: StoredAnswer }
  | { readonly settlement: Settlement; readonly problem: ProblemError };

/** Sends what the ledger has admitted, and records the outcome, whether or not the browser still waits. */
export class Sender {
  readonly #context: ProxyContext;
  readonly #running = new Set<Promise<unknown>>();
  readonly outcomes: Outcomes;
  readonly copies = new Copies();

  constructor(context: ProxyContext) {
    this.#context = context;
    this.outcomes = new Outcomes(context);
  }

  /** `context` of the request that sends. */
  send(context: ProxyContext, sending: Sending): Promise<Response> {
    this.outcomes.expect(sending);
    const work = this.#carryOut(context, sending);
    this.#running.add(work);
    void Promise.allSettled([work]).then(() => this.#running.delete(work));
    return work;
  }

  /** Resolves when no send is running, and the outcomes are in the ledger if it can be written. */
  async drain(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    await this.outcomes.flush();
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
      ({ outcome, settled } = await this.outcomes.record(sending, settlement, {
        written: counted.written,
        recorded: ({ state }) => {
          if (state !== 'void') return;
          // A copy of it may stand behind this turn, and would begin anew.
          const told = 'problem' in ending ? ending.problem : putOff();
          this.copies.tell(intent.key, told);
          if (sending.approver) this.copies.tell(approvalOf(intent.id), told, sending.approver);
        },
      }));
      tell(outcome.to);
    } catch (error) {
      tell(settlement.to);
      // The outcome is known in memory but not on disk: claim nothing that a crash could take back.
      log.error('an outcome could not be recorded', { ...errorFields(error), intent: intent.id });
      throw this.#lost(intent, 'The outcome could not be recorded yet');
    }
    // An event of the provider said what the answer did not.
    if (settled.state !== outcome.to && settled.answer) return storedAnswer(context, settled);
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

/** Of a request whose copy the provider has just put off. */
function putOff(): ProblemError {
  return new ProblemError('provider_unreachable', {
    detail: 'The provider takes no more requests just now: try again with the same key',
  });
}

/** The ledger failed, or lost the request, before anything was sent, so nothing is unknown. */
function unsent(error: unknown): Before {
  if (!(error instanceof LedgerUnavailableError || error instanceof UnknownIntentError)) throw error;
  return { kind: 'stop', source: 'the ledger was not available', problem: ledgerUnavailable(error) };
}
