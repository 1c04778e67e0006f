import type { BeginRequest } from './admission.ts';
import { approveIn, endWaitingIn, expireIn, type ApproveRequest } from './approve.ts';
import { beginIn } from './begin.ts';
import { Changes } from './changes.ts';
import { compareIn, type ToldOfPayment } from './compare.ts';
import { accountFor, tellElsewhere, type ToldElsewhere } from './elsewhere.ts';
import { hearingOf, isContradicted, type Contradiction } from './contradiction.ts';
import type { AuditLine, Intent, KeptAmount, KeptRequest, Reservation, Scope } from './entities.ts';
import type {
  Admitted,
  ApproveResult,
  BeginResult,
  Observation,
  Observed,
  ProviderEvent,
  ProviderTotal,
  Received,
  Resolution,
  Settlement,
} from './facts.ts';
import { observeIn, paymentsOf } from './observe.ts';
import { scopeKey, tellingOf, type DuePayment, type DueQuery, type OutboxEntry, type Turn } from './outbox.ts';
import { receiveIn, settleAndRelease } from './receive.ts';
import { endHold, isUncompared, readRestored, saveRestored, type Restored } from './restored.ts';
import { eraseIn, prune, type Pruned } from './retention.ts';
import { applyFact, checkDelay, followDelay, line, partsOfSend, settleIn } from './settle.ts';
import { intentMayMove, type IntentState } from './states.ts';
import {
  LedgerUnavailableError,
  type ExportedPart,
  type IntentQuery,
  type LedgerStore,
  type LedgerTransaction,
  type Unsettled,
  type Written,
} from './store.ts';
import { nextChange, claimPayments } from './telling.ts';
import type { LedgerFigures } from './figures.ts';
import { watching, type LedgerWatch } from './watch.ts';
import { WriteProbe } from './write-probe.ts';

/** How many sends one transaction marks as lost. */
const MAX_AT_ONCE = 1_000;
/** How many rows of an export are in memory at a time. */
const PAGE = 500;
/** Far more than one payment ever has. */
const MAX_OF_A_PAYMENT = 100_000;

/** Everything that the ledger has about one payment, at one moment. */
export interface PaymentRecord {
  readonly rows: readonly Reservation[];
  readonly intents: readonly Intent[];
  /** Requests that wait for an approval. */
  readonly kept: readonly KeptAmount[];
  /** See `LedgerTransaction.auditOfPayment`. */
  readonly audit: readonly AuditLine[];
}

/**
 * The record that makes one intent one refund. All rules are here, in `admission.ts` and in `states.ts`; a store only
 * keeps rows. Each method is one transaction: when its promise resolves, its result is on disk.
 */
export class Ledger {
  readonly #store: LedgerStore;
  /** Notified of each payment that was written to, after that is on disk. */
  readonly changes: Changes;

  readonly #probe: WriteProbe;
  readonly #contradicted: Set<ContradictionListener>;
  readonly #toldOf: Set<string>;
  readonly #watch: LedgerWatch | undefined;

  /** `view`: another ledger object on the same store. */
  constructor(store: LedgerStore, view?: { readonly of: Ledger; readonly watch: LedgerWatch }) {
    this.#store = store;
    this.changes = view ? view.of.changes : new Changes();
    this.#probe = view ? view.of.#probe : new WriteProbe(store);
    this.#contradicted = view ? view.of.#contradicted : new Set();
    this.#toldOf = view ? view.of.#toldOf : new Set();
    this.#watch = view?.watch;
  }

  /**
   * The same ledger for one request: `watch` is notified of its transactions, and listeners are told which request it
   * was.
   */
  watchedBy(watch: LedgerWatch): Ledger {
    return new Ledger(this.#store, { of: this, watch });
  }

  /** Notified of each contradiction, after it is on disk. Returns a function that stops it. */
  onContradiction(listener: ContradictionListener): () => void {
    this.#contradicted.add(listener);
    return () => this.#contradicted.delete(listener);
  }

  /**
   * From now on the outbox keeps each change of a refund until it is accepted. Every process that writes has to call
   * this.
   */
  keepChanges(scope: Scope): void {
    this.#toldOf.add(scopeKey(scope));
  }

  /** See `claimPayments`. */
  claimPayments(scope: Scope, about: DueQuery & { readonly leasedUntil: number }): Promise<DuePayment[]> {
    return this.#transaction((tx) => claimPayments(tx, scope, about));
  }

  /** See `nextChange`. */
  nextChange(
    scope: Scope,
    about: DuePayment & { readonly taken: number | undefined; readonly leasedUntil: number },
  ): Promise<OutboxEntry | undefined> {
    return this.#transaction((tx) => nextChange(tx, scope, about));
  }

  /**
   * Sets when the payment's oldest change is delivered again, unless another instance has taken the payment since the
   * lease `from` ended.
   */
  putOffPayment(scope: Scope, paymentId: string, next: Turn & { readonly from: number }): Promise<boolean> {
    return this.#transaction((tx) => tx.outbox.putOff(scope, paymentId, next));
  }

  async #transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    let heard: Contradiction[] = [];
    const run = (each: typeof work) => this.#store.transaction(each);
    const result = await watching(this.#watch, 'write', run, (tx) => {
      heard = hearingOf(tx);
      tellingOf(tx, this.#toldOf);
      return work(tx);
    }).catch((error: unknown) => {
      if (error instanceof LedgerUnavailableError) this.#probe.failed();
      throw error;
    });
    for (const contradiction of heard) for (const tell of this.#contradicted) tell(contradiction, this.#watch?.fields);
    return result;
  }

  #read<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    return watching(this.#watch, 'read', (each) => this.#store.read(each), work);
  }

  /** Whether other instances may write to it: `changes` does not report those writes. */
  get isShared(): boolean {
    return this.#store.isShared;
  }

  /**
   * Resolves when a write is on disk.
   * @throws LedgerUnavailableError when nothing can be written, as on a full disk.
   */
  tryWriting(at: number): Promise<void> {
    return this.#probe.run(at);
  }

  /** Admits a new intent and reserves its amounts, or returns why not. Must resolve before the provider is called. */
  begin(request: BeginRequest): Promise<BeginResult> {
    const begun = this.#sending((tx) => beginIn(tx, request));
    return this.#telling(request, request.paymentId, begun);
  }

  /**
   * A second person approves: the request is checked against the current facts, reserved, and may be sent by this
   * caller alone.
   */
  async approve(id: string, request: ApproveRequest): Promise<ApproveResult> {
    this.#store.own?.();
    return this.#about(id, lockIntent, (tx, { intent }) => approveIn(tx, intent, request));
  }

  /** Declines the request: it is never sent. Returns the current intent if it no longer waits. */
  decline(id: string, { who, reason, at }: { who: string; reason: string; at: number }): Promise<Intent> {
    return this.#about(id, lockIntent, async (tx, { intent }) => {
      const current = await expireIn(tx, intent, at);
      if (current.state !== 'awaiting_approval') return current;
      return endWaitingIn(tx, current, { who, source: 'declined', detail: reason, at });
    });
  }

  /**
   * Records one event of the provider, once however often it comes. When the promise resolves, the event is on disk.
   */
  async receive(scope: Scope, event: ProviderEvent, at: number): Promise<Received> {
    const received = this.#transaction((tx) => receiveIn(tx, scope, event, at));
    return this.#telling(scope, event.paymentId, received);
  }

  /**
   * Claims an unknown intent for one more send under its own provider key; `undefined` when another caller was faster.
   */
  resume(
    id: string,
    { who, at, leasedUntil }: { who: string; at: number; leasedUntil: number },
  ): Promise<Admitted | undefined> {
    return this.#sending(async (tx) => {
      const { intent, rows } = await lockUnsettled(tx, id);
      if (!intentMayMove(intent.state, 'resending')) return undefined;
      if (await isUncompared(tx, intent, intent.paymentId)) return undefined;
      const resumed: Intent = { ...intent, state: 'resending', updatedAt: at, nextCheckAt: leasedUntil };
      await tx.saveIntent(resumed);
      await tx.addAudit({ ...line(id, who, 'resend', 'request', at), from: intent.state, to: 'resending' });
      return { intent: resumed, reservations: partsOfSend(rows) };
    });
  }

  /**
   * Records the outcome of a send. An outcome that the state table no longer allows changes nothing and is audited.
   * `written`: from `begin`, if nothing was noted on the intent since.
   */
  settle(id: string, settlement: Settlement, written?: Written): Promise<Intent> {
    return this.#about(
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
  async observe(
    scope: Scope,
    {
      paymentId,
      observations,
      total,
      source,
      at,
    }: {
      paymentId?: string;
      observations: readonly Observation[];
      total?: ProviderTotal | undefined;
      source: string;
      at: number;
    },
  ): Promise<Observed> {
    const { count, touched } = await this.#transaction(async (tx) => {
      const count = { changed: 0, settled: 0, takenIn: 0, same: 0 };
      const touched: string[] = [];
      for (const id of await paymentsOf(tx, scope, { paymentId, observations })) await tx.lockPayment(scope, id);
      for (const seen of observations) {
        const about = await observeIn(tx, scope, seen, { paymentId, source, at });
        count[about.what] += 1;
        if (about.what !== 'same' && about.paymentId !== undefined) touched.push(about.paymentId);
      }
      if (total && paymentId !== undefined && (await accountFor(tx, scope, { paymentId, total, source, at }))) {
        touched.push(paymentId);
      }
      return { count, touched };
    });
    this.changes.tell(scope, touched);
    return { changed: count.changed, settled: count.settled, takenIn: count.takenIn };
  }

  /** The restore of this ledger that is not dealt with yet; `undefined` if there is none. */
  restored(): Promise<Restored | undefined> {
    return this.#store.read(readRestored);
  }

  /** From now on a payment has to be compared with the provider before anything is sent; `undefined` ends that. */
  setRestored(
    restored: Restored | undefined,
    said: { readonly who: string; readonly reason: string; readonly at: number },
  ): Promise<void> {
    return this.#transaction((tx) => saveRestored(tx, restored, said));
  }

  /** Whether the payment has to be compared before anything is sent. */
  isUncompared(scope: Scope, paymentId: string): Promise<boolean> {
    return this.#store.read((tx) => isUncompared(tx, scope, paymentId));
  }

  /** Records what the provider tells about one payment, so that its requests may be sent again after a restore. */
  compare(
    scope: Scope,
    compared: { readonly paymentId: string; readonly told: ToldOfPayment; readonly at: number },
  ): Promise<void> {
    const work = this.#transaction((tx) => compareIn(tx, scope, compared));
    return this.#telling(scope, compared.paymentId, work);
  }

  /** A person ends the wait for lost requests of one payment. Returns `false` when none is waited for. */
  endHold(
    scope: Scope,
    said: { readonly paymentId: string; readonly who: string; readonly reason: string; readonly at: number },
  ): Promise<boolean> {
    return this.#telling(
      scope,
      said.paymentId,
      this.#transaction((tx) => endHold(tx, scope, said)),
    );
  }

  /** See `retention.ts`. */
  prune(rule: { readonly before: number; readonly at: number; readonly who: string }): Promise<Pruned> {
    return prune((work) => this.#transaction(work), rule);
  }

  /** Replaces a person by `pseudonym` everywhere, and deletes the texts of that person. */
  erase(said: {
    readonly user: string;
    readonly pseudonym: string;
    readonly who: string;
    readonly at: number;
  }): Promise<{ readonly waiting: number; readonly replaced: number }> {
    return this.#transaction((tx) => eraseIn(tx, said));
  }

  /** Every part of every refund that was requested or made at `since` or later, page by page. */
  async *exported(since: number): AsyncGenerator<ExportedPart> {
    for (let after = 0; ;) {
      const last = after;
      const page = await this.#store.read((tx) => tx.retention.parts(since, last, PAGE));
      yield* page;
      if (page.length < PAGE) return;
      after = page.at(-1)!.id;
    }
  }

  /** A person records a refund that was made elsewhere. It counts from now on, like one that was read. */
  tellElsewhere(scope: Scope, told: ToldElsewhere): Promise<Reservation> {
    const row = this.#transaction((tx) => tellElsewhere(tx, scope, told));
    return this.#telling(scope, told.paymentId, row);
  }

  /**
   * Settles by a person's decision, with the reason in the audit trail. Returns `undefined` when nothing about the
   * intent is unknown.
   */
  resolve(id: string, resolution: Resolution): Promise<Intent | undefined> {
    return this.#about(id, lockIntent, async (tx, { intent }) => {
      const { outcome, who, at, reason, vendor } = resolution;
      const parts = await tx.reservationsOfIntent(id);
      const open = parts.filter(
        (row) => !row.released && row.standing === 'unknown' && (vendor === undefined || row.vendor === vendor),
      );
      if (intent.kind === 'cancel' ? intent.state !== 'unknown' : open.length === 0) return undefined;
      const isOver = intent.state === 'succeeded' || intent.state === 'failed';
      if (intent.state !== 'unknown' && !(isOver && open.every((row) => isOpenWhenOver(intent, row)))) return undefined;
      const said = line(id, who, 'resolve', 'person', at);
      await tx.addAudit({ ...said, to: outcome, detail: vendor === undefined ? reason : `${vendor}: ${reason}` });
      const happened = outcome !== 'nothing';
      for (const row of open) {
        const standing = outcome === 'refunded' ? 'succeeded' : happened ? 'pending' : 'failed';
        const fact = { standing, status: outcome } as const;
        const { refundId, amount = row.amount } = resolution;
        const part = isContradicted(row) ? { ...row, amount } : row;
        await applyFact(tx, part, refundId === undefined ? fact : { ...fact, refundId }, said);
      }
      const rest = await tx.reservationsOfIntent(id);
      if (rest.some((row) => !row.released && row.standing === 'unknown')) return intent;
      if (isOver) return intent;
      const to = happened || rest.some(({ released }) => !released) ? 'succeeded' : 'failed';
      return settleIn(tx, intent, rest, { to, who, source: 'person', at });
    });
  }

  /**
   * At start-up: whatever was being sent has an unknown outcome, because nobody is left to report it. In a ledger that
   * instances share, another instance may still be sending until its lease ends. Returns how many.
   */
  async recover(scope: Scope, at: number): Promise<number> {
    this.#store.own?.();
    const until = this.#store.isShared ? at : Number.MAX_SAFE_INTEGER;
    return this.#lose(scope, { until, source: 'restart', at });
  }

  /** Marks sends as lost whose lease has ended: their process is gone. Returns how many. */
  loseOverdue(scope: Scope, at: number): Promise<number> {
    return this.#lose(scope, { until: at, source: 'lease ended', at });
  }

  /**
   * A transaction after which something may be sent. Two processes may not run it at once if one of them would count
   * the other's send as lost.
   */
  async #sending<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    this.#store.own?.();
    return this.#transaction(work);
  }

  async #lose(scope: Scope, { until, source, at }: { until: number; source: string; at: number }): Promise<number> {
    const states: readonly IntentState[] = ['sending', 'resending'];
    const found = await this.#transaction((tx) => tx.dueIntents(scope, { states, at: until, limit: MAX_AT_ONCE }));
    let count = 0;
    for (const { id } of found) {
      // The row is read again under the lock of its payment: it may be settled by now.
      const isLost = await this.#about(id, lockUnsettled, async (tx, unsettled) => {
        const { state, nextCheckAt } = unsettled.intent;
        if (!states.includes(state) || nextCheckAt > until) return false;
        await settleAndRelease(tx, unsettled, { to: 'unknown', who: 'proxy', source, at });
        return true;
      });
      if (isLost) count += 1;
    }
    return found.length < MAX_AT_ONCE ? count : count + (await this.#lose(scope, { until, source, at }));
  }

  /** Adds to the audit trail, and stores how many refunds the provider listed before the first send. */
  async note(
    id: string,
    {
      what,
      source,
      detail,
      seenBefore,
      at,
    }: { what: string; source: string; detail: string; seenBefore?: number; at: number },
  ): Promise<Intent> {
    const noted = await this.#transaction(async (tx) => {
      const { intent } = await lockIntent(tx, id);
      const noted = seenBefore === undefined ? intent : { ...intent, seenBefore };
      if (seenBefore !== undefined) await tx.saveIntent(noted);
      await tx.addAudit({ ...line(id, 'proxy', what, source, at), detail });
      return noted;
    });
    if (what === 'evidence') this.changes.tell(noted, [noted.paymentId]);
    return noted;
  }

  /** Claims intents whose next check is due, and postpones that check: no other instance claims them meanwhile. */
  takeOnIntents(scope: Scope, { at, limit }: { at: number; limit: number }): Promise<Intent[]> {
    return this.#transaction(async (tx) => {
      const due = await tx.dueIntents(scope, { states: ['unknown'], at, limit });
      for (const intent of due) await tx.putOffIntent({ ...intent, ...nextCheck(intent.checks, at) });
      return due;
    });
  }

  /**
   * The same for refunds that have an id and are not final. `follows`: also for successful ones, ever more rarely and
   * for a month, because the provider may still reverse them.
   */
  takeOnReservations(
    scope: Scope,
    { at, limit, follows }: { at: number; limit: number; follows: boolean },
  ): Promise<Reservation[]> {
    return this.#transaction(async (tx) => {
      const due = await tx.dueReservations(scope, at, limit);
      for (const row of due) await tx.putOffReservation({ ...row, ...nextCheck(row.checks, at) });
      if (!follows || due.length >= limit) return due;
      const followed = await tx.followedReservations(scope, at, limit - due.length);
      for (const row of followed) {
        const checks = row.checks + 1;
        await tx.putOffReservation({ ...row, checks, nextCheckAt: at + followDelay(checks) });
      }
      return [...due, ...followed];
    });
  }

  /** Expires requests that waited too long for an approval. Returns how many. */
  async expire(scope: Scope, { at, limit }: { at: number; limit: number }): Promise<number> {
    const states: readonly IntentState[] = ['awaiting_approval'];
    const due = await this.#transaction((tx) => tx.dueIntents(scope, { states, at, limit }));
    for (const { id } of due) await this.#about(id, lockIntent, (tx, { intent }) => expireIn(tx, intent, at));
    return due.length;
  }

  /** The waiting request, as it was sent. */
  keptRequest(intentId: string): Promise<KeptRequest | undefined> {
    return this.#read((tx) => tx.keptRequest(intentId));
  }

  intent(id: string): Promise<Intent | undefined> {
    return this.#read((tx) => tx.intent(id));
  }

  intentByKey(scope: Scope, key: string): Promise<Intent | undefined> {
    return this.#read((tx) => tx.intentByKey(scope, key));
  }

  intents(scope: Scope, query: IntentQuery): Promise<Intent[]> {
    return this.#read((tx) => tx.intents(scope, query));
  }

  /**
   * Counts what is pending, in bounded time however much has been settled. `follows`: successful refunds are checked,
   * too.
   */
  figures(scope: Scope, about: { readonly follows: boolean }): Promise<LedgerFigures> {
    return this.#read((tx) => tx.figures(scope, about));
  }

  reservationsOfPayment(scope: Scope, paymentId: string): Promise<Reservation[]> {
    return this.#read((tx) => tx.reservationsOfPayment(scope, paymentId));
  }

  /** All of one payment in one read. */
  paymentRecord(scope: Scope, paymentId: string): Promise<PaymentRecord> {
    return this.#read(async (tx) => {
      const [rows, intents, kept, audit] = await Promise.all([
        tx.reservationsOfPayment(scope, paymentId),
        tx.intents(scope, { paymentId, limit: MAX_OF_A_PAYMENT }),
        tx.keptAmounts(scope, paymentId),
        tx.auditOfPayment(scope, paymentId),
      ]);
      return { rows, intents, kept, audit };
    });
  }

  reservationsOfIntent(id: string): Promise<Reservation[]> {
    return this.#read((tx) => tx.reservationsOfIntent(id));
  }

  /** Refunds that the provider knows under this id, of whatever name. */
  reservationsByReference(scope: Scope, reference: string): Promise<Reservation[]> {
    return this.#read((tx) => tx.reservationsByReference(scope, reference));
  }

  audit(id: string): Promise<AuditLine[]> {
    return this.#read((tx) => tx.auditOf(id));
  }

  /** See `LedgerStore`. */
  replaceShared(name: string, replace: (current: string | undefined) => Promise<string | undefined>): Promise<void> {
    return this.#store.replaceShared(name, replace);
  }

  /** Changes such a value in one transaction, without a call of anybody else meanwhile. Returns `result`. */
  updateShared<T>(name: string, update: (current: string | undefined) => { next: string; result: T }): Promise<T> {
    return this.#transaction(async (tx) => {
      const { next, result } = update(await tx.sharedValue(name));
      await tx.saveSharedValue(name, next);
      return result;
    });
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  /** One transaction about one intent, under the lock of its payment. */
  async #about<Read extends { readonly intent: Intent }, T>(
    id: string,
    lock: (tx: LedgerTransaction, id: string) => Promise<Read>,
    work: (tx: LedgerTransaction, read: Read) => Promise<T>,
  ): Promise<T> {
    let subject: Intent | undefined;
    const result = await this.#transaction(async (tx) => {
      const read = await lock(tx, id);
      subject = read.intent;
      return work(tx, read);
    });
    if (subject) this.changes.tell(subject, [subject.paymentId]);
    return result;
  }

  async #telling<T>(scope: Scope, paymentId: string, work: Promise<T>): Promise<T> {
    const result = await work;
    this.changes.tell(scope, [paymentId]);
    return result;
  }
}

/** `by`: who heard it, in the words of its `LedgerWatch`. */
type ContradictionListener = (contradiction: Contradiction, by?: LedgerWatch['fields']) => void;

/** A part of an answered request that a person has to settle. */
function isOpenWhenOver({ state }: Intent, row: Reservation): boolean {
  return state === 'succeeded' || isContradicted(row);
}

function nextCheck(checks: number, at: number): Pick<Intent, 'checks' | 'nextCheckAt'> {
  return { checks: checks + 1, nextCheckAt: at + checkDelay(checks + 1) };
}

/** @throws RangeError when there is no such intent. */
async function lockUnsettled(tx: LedgerTransaction, id: string, written?: Written): Promise<Unsettled> {
  return known(await tx.unsettled(id, written), id);
}

/** @throws RangeError when there is no such intent. */
async function lockIntent(tx: LedgerTransaction, id: string): Promise<{ readonly intent: Intent }> {
  await tx.lockPaymentOf(id);
  return { intent: known(await tx.intent(id), id) };
}

function known<T>(found: T | undefined, id: string): T {
  if (!found) throw new RangeError(`No intent ${id} in the ledger`);
  return found;
}
