import type { BeginRequest } from './rules/admission.ts';
import { approveIn, endWaitingIn, expireIn, type ApproveRequest } from './rules/approve.ts';
import { beginIn } from './rules/begin.ts';
import { claimIntents, claimReservations } from './rules/claim.ts';
import { compareIn, type ToldOfPayment } from './rules/compare.ts';
import { eachOf } from '../each-of.ts';
import type { Intent, Reservation, Scope } from './entities.ts';
import type {
  Admitted,
  ApproveResult,
  BeginResult,
  Note,
  Observed,
  ProviderEvent,
  Received,
  Resolution,
  Sent,
  Settlement,
} from './facts.ts';
import { UnknownIntentError } from './errors.ts';
import { reclaimIn } from './rules/hold.ts';
import { peekStrangeList, saveStrangeList, type ListedRefund } from './rules/listed.ts';
import { holdPutOff, type SeenList } from './rules/put-off.ts';
import { LedgerOutbox } from './ledger-outbox.ts';
import { observeAll, type ProviderRead } from './rules/observe-all.ts';
import { receiveIn, settleAndRelease } from './rules/receive.ts';
import { resolveIn } from './rules/resolve.ts';
import { isUncompared } from './rules/restored.ts';
import type { Unsettled, Written } from './rows.ts';
import { line } from './rules/fact.ts';
import { partsOfSend } from './rules/settle.ts';
import { intentMayMove, isUnsent, type IntentState } from './rules/states.ts';
import type { LedgerTransaction } from './store.ts';
import type { LedgerWatch } from './watch.ts';

/** How many sends one transaction marks as lost. */
const MAX_AT_ONCE = 1_000;

/**
 * The record that makes one intent one refund. All rules are here and in `rules/`; a store only keeps rows. Each method
 * is one transaction: when its promise resolves, its result is on disk.
 */
export class Ledger extends LedgerOutbox {
  /**
   * The same ledger for one request: `watch` is notified of its transactions, and listeners are told which request it
   * was.
   */
  watchedBy(watch: LedgerWatch): Ledger {
    return new Ledger(this.store, { of: this, watch });
  }

  /** Admits a new intent and reserves its amounts, or returns why not. Must resolve before the provider is called. */
  async begin(request: BeginRequest): Promise<BeginResult> {
    const begin = () => this.transaction((tx) => beginIn(tx, request));
    const begun = await (request.isTrial ? begin() : this.#sending(begin));
    // A trial may find that the request waits no longer, and write that.
    if (begun.kind !== 'free') this.changes.tell(request, [request.paymentId]);
    return begun;
  }

  /**
   * A second person approves: the request is checked against the current facts, reserved, and may be sent by this
   * caller alone.
   */
  approve(id: string, request: ApproveRequest): Promise<ApproveResult> {
    return this.#sending(() => this.about(id, lockIntent, (tx, { intent }) => approveIn(tx, intent, request)));
  }

  /**
   * Writes a request again that the ledger has lost while it was sent, after a failover to an older copy: its key must not
   * look new. Returns whether it had to. If the key has begun again meanwhile, nothing is written.
   */
  async reclaim(sent: Sent, at: number): Promise<boolean> {
    const { intent } = sent;
    const found = await this.intent(intent.id);
    if (found && !isUnsent(found)) return false;
    const reclaimed = this.transaction((tx) => reclaimIn(tx, sent, at));
    return this.telling(intent, intent.paymentId, reclaimed);
  }

  /** Declines the request: it is never sent. Returns the current intent if it no longer waits. */
  decline(id: string, { who, reason, at }: { who: string; reason: string; at: number }): Promise<Intent> {
    return this.about(id, lockIntent, async (tx, { intent }) => {
      const current = await expireIn(tx, intent, at);
      if (current.state !== 'awaiting_approval') return current;
      return endWaitingIn(tx, current, { who, source: 'declined', detail: reason, at });
    });
  }

  /** See `put-off.ts`. */
  async holdPutOff(scope: Scope, seen: SeenList): Promise<number> {
    const held = await this.transaction((tx) => holdPutOff(tx, scope, seen));
    if (held > 0) this.changes.tell(scope, [seen.paymentId]);
    return held;
  }

  /** Keeps the list of the payment while it shows a refund that nobody knows. */
  async noteStrangeList(
    scope: Scope,
    { paymentId, listed }: { readonly paymentId: string; readonly listed: readonly ListedRefund[] | undefined },
  ): Promise<void> {
    const list = listed && JSON.stringify(listed.map(({ refundId, standing }) => ({ refundId, standing })));
    const kept = await this.store.read((tx) => peekStrangeList(tx, scope, paymentId));
    if (list !== kept) await this.transaction((tx) => saveStrangeList(tx, scope, { paymentId, list }));
  }

  /**
   * Records one event of the provider, once however often it comes. When the promise resolves, the event is on disk.
   */
  async receive(scope: Scope, event: ProviderEvent, at: number): Promise<Received> {
    const received = this.transaction((tx) => receiveIn(tx, scope, event, at));
    return this.telling(scope, event.paymentId, received);
  }

  /**
   * Claims an unknown intent for one more send under its own provider key; `undefined` when another caller was faster.
   */
  resume(
    id: string,
    { who, at, leasedUntil }: { who: string; at: number; leasedUntil: number },
  ): Promise<Admitted | undefined> {
    const claim = async (tx: LedgerTransaction, { intent, rows }: Unsettled) => {
      if (!intentMayMove(intent.state, 'resending')) return undefined;
      if (await isUncompared(tx, intent, intent.paymentId)) return undefined;
      const resumed: Intent = { ...intent, state: 'resending', updatedAt: at, nextCheckAt: leasedUntil };
      await tx.saveIntent(resumed);
      await tx.addAudit({ ...line(id, who, 'resend', 'request', at), from: intent.state, to: 'resending' });
      return { intent: resumed, reservations: partsOfSend(rows) };
    };
    return this.#sending(() => this.about(id, lockUnsettled, claim));
  }

  /**
   * Records the outcome of a send. An outcome that the state table no longer allows changes nothing and is audited.
   * `written`: from `begin`, if nothing was noted on the intent since.
   * @throws UnknownIntentError when the ledger has lost the request: see `reclaim`.
   */
  settle(id: string, settlement: Settlement, written?: Written): Promise<Intent> {
    return this.about(
      id,
      (tx) => lockUnsettled(tx, id, written),
      (tx, unsettled) => settleAndRelease(tx, unsettled, settlement),
    );
  }

  /**
   * Records what a read of the provider shows: moves standings on, settles lost answers, and counts refunds made
   * elsewhere. `total`: the provider's sum of all refunds of the payment, which may include some that no list shows any
   * more.
   */
  async observe(scope: Scope, read: ProviderRead): Promise<Observed> {
    const { observed, touched } = await this.transaction((tx) => observeAll(tx, scope, read));
    this.changes.tell(scope, touched);
    return observed;
  }

  /** Records what the provider tells about one payment, so that its requests may be sent again after a restore. */
  compare(
    scope: Scope,
    comparison: { readonly paymentId: string; readonly account: ToldOfPayment; readonly at: number },
  ): Promise<void> {
    const work = this.transaction((tx) => compareIn(tx, scope, comparison));
    return this.telling(scope, comparison.paymentId, work);
  }

  /**
   * Settles by a person's decision, with the reason in the audit trail. Returns `undefined` when nothing about the
   * intent is unknown.
   */
  resolve(id: string, resolution: Resolution): Promise<Intent | undefined> {
    return this.about(id, lockIntent, (tx, { intent }) => resolveIn(tx, intent, resolution));
  }

  /**
   * At start-up: whatever was being sent has an unknown outcome, because nobody is left to report it. In a ledger that
   * instances share, another instance may still be sending until its lease ends. Returns how many.
   */
  async recover(scope: Scope, at: number): Promise<number> {
    this.store.own?.();
    const until = this.store.isShared ? at : Number.MAX_SAFE_INTEGER;
    return this.#lose(scope, { until, source: 'restart', at });
  }

  /**
   * Marks sends as lost whose lease has ended: their process is gone. Returns how many. `keeps`: whether this process knows
   * the outcome of a request, and could not write it yet.
   */
  loseOverdue(scope: Scope, at: number, keeps?: (id: string) => boolean): Promise<number> {
    return this.#lose(scope, { until: at, source: 'lease ended', at, keeps });
  }

  /**
   * Runs a transaction after which something may be sent. Two processes may not run it at once if one of them would
   * count the other's send as lost.
   */
  async #sending<T>(run: () => Promise<T>): Promise<T> {
    this.store.own?.();
    return run();
  }

  async #lose(
    scope: Scope,
    {
      until,
      source,
      at,
      keeps = () => false,
    }: { until: number; source: string; at: number; keeps?: ((id: string) => boolean) | undefined },
  ): Promise<number> {
    const states: readonly IntentState[] = ['sending', 'resending'];
    const found = await this.transaction((tx) => tx.dueIntents(scope, { states, at: until, limit: MAX_AT_ONCE }));
    let count = 0;
    const overdue = found.filter(({ id }) => !keeps(id));
    await eachOf(overdue, async ({ id }) => {
      // The row is read again under the lock of its payment: it may be settled by now.
      const isLost = await this.about(id, lockUnsettled, async (tx, unsettled) => {
        const { state, nextCheckAt } = unsettled.intent;
        if (!states.includes(state) || nextCheckAt > until || keeps(id)) return false;
        await settleAndRelease(tx, unsettled, { to: 'unknown', who: 'proxy', source, at });
        return true;
      });
      if (isLost) count += 1;
    });
    const isAll = found.length < MAX_AT_ONCE || overdue.length === 0;
    return isAll ? count : count + (await this.#lose(scope, { until, source, at, keeps }));
  }

  /**
   * Adds to the audit trail, and stores how many refunds the provider listed before the first send. Returns `undefined`, and
   * adds nothing, where others count the send of `before` as lost.
   */
  async note(id: string, { what, source, detail, seenBefore, before, at }: Note): Promise<Intent | undefined> {
    const noted = await this.transaction(async (tx) => {
      const { intent } = await lockIntent(tx, id);
      if (before && (intent.state !== 'sending' || intent.firstSentAt !== before.firstSentAt)) return undefined;
      const noted = seenBefore === undefined ? intent : { ...intent, seenBefore };
      if (seenBefore !== undefined) await tx.saveIntent(noted);
      await tx.addAudit({ ...line(id, 'proxy', what, source, at), detail });
      return noted;
    });
    if (noted && what === 'evidence') this.changes.tell(noted, [noted.paymentId]);
    return noted;
  }

  /** See `claimIntents`. */
  claimIntents(scope: Scope, due: { readonly at: number; readonly limit: number }): Promise<Intent[]> {
    return this.transaction((tx) => claimIntents(tx, scope, due));
  }

  /** See `claimReservations`. */
  claimReservations(
    scope: Scope,
    due: { readonly at: number; readonly limit: number; readonly follows: boolean },
  ): Promise<Reservation[]> {
    return this.transaction((tx) => claimReservations(tx, scope, due));
  }

  /**
   * Expires requests that waited too long for an approval. Returns how many. `isSent`: whether this process is sending a
   * request, which an older copy of the ledger may have as waiting.
   */
  async expire(
    scope: Scope,
    { at, limit, isSent = () => false }: { at: number; limit: number; isSent?: (id: string) => boolean },
  ): Promise<number> {
    const states: readonly IntentState[] = ['awaiting_approval'];
    const due = await this.transaction((tx) => tx.dueIntents(scope, { states, at, limit }));
    const waiting = due.filter(({ id }) => !isSent(id));
    await eachOf(waiting, ({ id }) => this.about(id, lockIntent, (tx, { intent }) => expireIn(tx, intent, at)));
    return waiting.length;
  }
}

/** @throws UnknownIntentError */
async function lockUnsettled(tx: LedgerTransaction, id: string, written?: Written): Promise<Unsettled> {
  return known(await tx.unsettled(id, written), id);
}

/** @throws UnknownIntentError */
async function lockIntent(tx: LedgerTransaction, id: string): Promise<{ readonly intent: Intent }> {
  await tx.lockPaymentOf(id);
  return { intent: known(await tx.intent(id), id) };
}

function known<T>(found: T | undefined, id: string): T {
  if (!found) throw new UnknownIntentError(`No intent ${id} in the ledger`);
  return found;
}
