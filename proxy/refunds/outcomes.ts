import type { ProxyContext } from '../context.ts';
import { eachOf } from '../each-of.ts';
import { KeyedQueue } from '../keyed-queue.ts';
import type { Intent } from '../ledger/entities.ts';
import { UnknownIntentError, LedgerUnavailableError } from '../ledger/errors.ts';
import type { RefundFact, Settlement } from '../ledger/facts.ts';
import { isUnsent } from '../ledger/rules/states.ts';
import { errorFields } from '../telemetry/log.ts';
import type { Sending } from './before-send.ts';

export interface Settled {
  /** What was recorded. */
  readonly outcome: Settlement;
  readonly settled: Intent;
}

/** Records what became of each send of this process, and keeps what cannot be recorded yet. */
export class Outcomes {
  readonly #context: ProxyContext;
  /** What is being sent. */
  readonly #sent = new Set<Sending>();
  /** Requests whose outcome waits for its turn to be written. */
  readonly #recording = new Set<string>();
  /** Outcomes that could not be written to the ledger yet. */
  readonly #unrecorded = new Map<string, { readonly sending: Sending; readonly settlement: Settlement }>();
  /**
   * Each payment uses one connection of the ledger at a time, so that a locked payment does not stop the others. If the
   * lock times out, everything queued behind it fails, too.
   */
  readonly #turns = new KeyedQueue((error) => error instanceof LedgerUnavailableError);

  constructor(context: ProxyContext) {
    this.#context = context;
  }

  /** `sending` is being sent from here on, until its outcome is given to `record`. */
  expect(sending: Sending): void {
    this.#sent.add(sending);
  }

  /**
   * Records the outcome of a send in the turn of its payment, and calls `recorded` in that turn. An outcome that cannot be
   * written is kept, and the error is thrown. `written`: from the admission, if nothing was noted since.
   */
  async record(
    sending: Sending,
    settlement: Settlement,
    { written, recorded }: { readonly written: Sending['written']; readonly recorded: (settled: Intent) => void },
  ): Promise<Settled> {
    const { intent } = sending;
    this.#recording.add(intent.id);
    try {
      return await this.#turns.take(intent.paymentId, async () => {
        const known = await this.#settle(sending, settlement, written);
        this.#sent.delete(sending);
        recorded(known.settled);
        return known;
      });
    } catch (error) {
      if (!(error instanceof UnknownIntentError)) this.#unrecorded.set(intent.id, { sending, settlement });
      throw error;
    } finally {
      this.#sent.delete(sending);
      this.#recording.delete(intent.id);
    }
  }

  /**
   * Runs `work` for one payment in its turn, after writing the outcomes of that payment that could not be written
   * before. `begins`: it admits, approves or declines a request, so that whatever is being sent must count, and must not
   * look new or undecided.
   */
  inTurn<T>(paymentId: string, work: () => Promise<T>, begins = false): Promise<T> {
    return this.#turns.take(paymentId, async () => {
      if (begins) await this.#reclaimLost(paymentId);
      await this.#recordKept(paymentId);
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

  /** Whether this process is sending a request, or could not write its outcome yet. `name`: its key or its id. */
  readonly has = (name: string): boolean => this.#find(name) !== undefined;

  /** Writes such a request again, if the ledger has lost it. */
  async reclaim(name: string): Promise<void> {
    const sending = this.#find(name);
    if (sending) await this.inTurn(sending.intent.paymentId, async () => undefined, true);
  }

  #find(name: string): Sending | undefined {
    const kept = Array.from(this.#unrecorded.values(), ({ sending }) => sending);
    return [...this.#sent, ...kept].find(({ intent: { id, key } }) => id === name || key === name);
  }

  /** Whether the outcome of this request is known, and is not written yet: it is not lost. */
  readonly keeps = (intentId: string): boolean => this.#recording.has(intentId) || this.#unrecorded.has(intentId);

  /** Writes what could not be written before, if it can be now. */
  async flush(): Promise<void> {
    await this.#recordAll().catch((error: unknown) => {
      const fields = { ...errorFields(error), count: this.#unrecorded.size };
      this.#context.log.error('outcomes were not recorded before the stop', fields);
    });
  }

  #recordAll(of?: ReadonlySet<string>): Promise<void> {
    const kept = new Set(Array.from(this.#unrecorded.values(), ({ sending }) => sending.intent.paymentId));
    return eachOf(
      [...kept].filter((paymentId) => of?.has(paymentId) ?? true),
      (paymentId) => this.inTurn(paymentId, async () => undefined),
    );
  }

  #recordKept(paymentId: string): Promise<void> {
    return eachOf(this.#unrecorded, async ([id, kept]) => {
      const { sending, settlement } = kept;
      if (sending.intent.paymentId !== paymentId) return;
      await this.#settle(sending, settlement).catch((error: unknown) => {
        if (!(error instanceof UnknownIntentError)) throw error;
        this.#context.log.error('an outcome has no request any more', { intent: id, state: settlement.to });
      });
      // A later send of the same request may have an outcome to keep by now.
      if (this.#unrecorded.get(id) === kept) this.#unrecorded.delete(id);
    });
  }

  /** Records an outcome, unless it is about the refund of another request: then this one is unknown. */
  async #settle(sending: Sending, settlement: Settlement, written?: Sending['written']): Promise<Settled> {
    const { log, ledger } = this.#context;
    const { id } = sending.intent;
    const isOther = await this.#isKnown(sending.intent, settlement.refunds ?? []);
    if (isOther) log.error('a provider gave the id of another refund, so the outcome is unknown', { intent: id });
    const outcome = isOther ? aboutAnother(settlement) : settlement;
    const settled = await ledger.settle(id, outcome, await written).catch((error: unknown) => lostOr(error));
    // A database that went back to an older copy may have the request as it was before this send, or not at all.
    const isLost = !settled || (isUnsent(settled) && outcome.to !== 'void');
    if (isLost && (await this.#reclaim(sending))) return { outcome, settled: await ledger.settle(id, outcome) };
    if (!settled) throw new UnknownIntentError(`The key of the lost request ${id} has begun again`);
    return { outcome, settled };
  }

  /** Writes what is being sent again, as far as the ledger has lost it. One read finds out about all of it. */
  async #reclaimLost(paymentId: string): Promise<void> {
    const sent = [...this.#sent].filter(({ intent }) => intent.paymentId === paymentId);
    if (sent.length === 0) return;
    const { ledger, scope } = this.#context;
    const onTheirWay = await ledger.intents(scope, { states: ['sending', 'resending'], paymentId, limit: MAX_SENT });
    const known = new Set(onTheirWay.map(({ id }) => id));
    await eachOf(
      sent.filter(({ intent }) => !known.has(intent.id)),
      (sending) => this.#reclaim(sending),
    );
  }

  /** Whether the ledger had lost the request while it was sent, and has it again. */
  async #reclaim(sending: Sending): Promise<boolean> {
    const { log, ledger, now } = this.#context;
    const isBack = await ledger.reclaim(sending, now());
    if (isBack) log.error('the ledger has lost a request while it was sent', { intent: sending.intent.id });
    return isBack;
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
}

function lostOr(error: unknown): undefined {
  if (!(error instanceof UnknownIntentError)) throw error;
}

/** Far more than are ever sent of one payment at one time. */
const MAX_SENT = 10_000;

/** Nothing proves what became of this request: the answer names the refund of another one. */
function aboutAnother({ answer: _answer, refunds: _refunds, ...settlement }: Settlement): Settlement {
  if (settlement.to === 'unknown') return settlement;
  return { ...settlement, to: 'unknown', source: 'the answer is about another refund, which is known already' };
}
