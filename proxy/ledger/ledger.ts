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
import { nextChange, takeOnPayments } from './telling.ts';
import type { LedgerFigures } from './figures.ts';
import { watching, type LedgerWatch } from './watch.ts';
import { WriteProbe } from './write-probe.ts';

/** Sends taken as lost in one go. */
const MOST_LOST = 1_000;
/** Rows of an export that are in memory at a time. */
const PAGE = 500;
/** Far above what one payment sees. */
const MOST_OF_A_PAYMENT = 100_000;

/** Everything that the ledger has of one payment, as it stood at one moment. */
export interface PaymentRecord {
  readonly rows: readonly Reservation[];
  readonly intents: readonly Intent[];
  /** What waits for a second person. */
  readonly kept: readonly KeptAmount[];
  /** See `LedgerTransaction.auditOfPayment`. */
  readonly audit: readonly AuditLine[];
}

/**
 * The record that makes one intent one refund. Every rule is here and in `admission.ts` and `states.ts`; a store only
 * keeps rows. Every method is one transaction: when its promise resolves, what it says is on disk.
 */
export class Ledger {
  readonly #store: LedgerStore;
  /** Told of every payment that was written about, once that is on disk. */
  readonly changes: Changes;

  readonly #probe: WriteProbe;
  readonly #contradicted: Set<ContradictionListener>;
  readonly #toldOf: Set<string>;
  readonly #watch: LedgerWatch | undefined;

  /** `view`: of another ledger object on the same store. */
  constructor(store: LedgerStore, view?: { readonly of: Ledger; readonly watch: LedgerWatch }) {
    this.#store = store;
    this.changes = view ? view.of.changes : new Changes();
    this.#probe = view ? view.of.#probe : new WriteProbe(store);
    this.#contradicted = view ? view.of.#contradicted : new Set();
    this.#toldOf = view ? view.of.#toldOf : new Set();
    this.#watch = view?.watch;
  }

  /** The same ledger, for one request: `watch` is told of its transactions, and listeners are told of it. */
  watchedBy(watch: LedgerWatch): Ledger {
    return new Ledger(this.#store, { of: this, watch });
  }

  /** Told of every word of a provider that differs from what is known, once that is on disk. Returns how to stop. */
  onContradiction(listener: ContradictionListener): () => void {
    this.#contradicted.add(listener);
    return () => this.#contradicted.delete(listener);
  }

  /** From here on every change of a refund is kept in the outbox until it is taken: every process that writes has to say so. */
  keepChanges(scope: Scope): void {
    this.#toldOf.add(scopeKey(scope));
  }

  /** See `takeOnPayments`. */
  takeOnPayments(scope: Scope, about: DueQuery & { readonly leasedUntil: number }): Promise<DuePayment[]> {
    return this.#transaction((tx) => takeOnPayments(tx, scope, about));
  }

  /** See `nextChange`. */
  nextChange(
    scope: Scope,
    about: DuePayment & { readonly taken: number | undefined; readonly leasedUntil: number },
  ): Promise<OutboxEntry | undefined> {
    return this.#transaction((tx) => nextChange(tx, scope, about));
  }

  /** When the payment's oldest change is told again, unless another instance tells it since the lease until `from` has ended. */
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

  /** Whether other instances may write to it: `changes` does not tell of those. */
  get isShared(): boolean {
    return this.#store.isShared;
  }

  /** Resolves when a write is on disk. @throws LedgerUnavailableError where none can be, as on a full disk. */
  tryWriting(at: number): Promise<void> {
    return this.#probe.run(at);
  }

  /** Admits a new intent and reserves its amounts, or says why not. Must resolve before the provider is called. */
  begin(request: BeginRequest): Promise<BeginResult> {
    const begun = this.#sending((tx) => beginIn(tx, request));
    return this.#telling(request, request.paymentId, begun);
  }

  /** A second person agrees: what was asked is weighed as of now, reserved, and may be sent by the caller alone. */
  async approve(id: string, request: ApproveRequest): Promise<ApproveResult> {
    this.#store.own?.();
    return this.#about(id, lockIntent, (tx, { intent }) => approveIn(tx, intent, request));
  }

  /** It will not be sent. Returns the intent as it stands when it does not wait any more. */
  decline(id: string, { who, reason, at }: { who: string; reason: string; at: number }): Promise<Intent> {
    return this.#about(id, lockIntent, async (tx, { intent }) => {
      const current = await expireIn(tx, intent, at);
      if (current.state !== 'awaiting_approval') return current;
      return endWaitingIn(tx, current, { who, source: 'declined', detail: reason, at });
    });
  }

  /** Takes in one event of the provider, once however often it comes. When it resolves the event is on disk. */
  async receive(scope: Scope, event: ProviderEvent, at: number): Promise<Received> {
    const received = this.#transaction((tx) => receiveIn(tx, scope, event, at));
    return this.#telling(scope, event.paymentId, received);
  }

  /** Claims an unknown intent for one more send under its own provider key; `undefined` when another one was faster. */
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
   * Records what became of a send. A word that comes too late for the state table changes nothing and is audited.
   * `written`: as `begin` gave it, when nothing was noted on the intent since.
   */
  settle(id: string, settlement: Settlement, written?: Written): Promise<Intent> {
    return this.#about(
      id,
      (tx) => lockUnsettled(tx, id, written),
      (tx, unsettled) => settleAndRelease(tx, unsettled, settlement),
    );
  }

  /**
   * Takes in what a provider's read says: moves standings on, settles lost answers, counts refunds made elsewhere. `total`:
   * what the provider says that all refunds of the payment come to; it may count some that no list names any more.
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

  /** What is known of a restore of this ledger that is not over; `undefined` where there is none. */
  restored(): Promise<Restored | undefined> {
    return this.#store.read(readRestored);
  }

  /** From here on nothing is sent of a payment before it was compared with the provider; `undefined` ends that. */
  setRestored(
    restored: Restored | undefined,
    said: { readonly who: string; readonly reason: string; readonly at: number },
  ): Promise<void> {
    return this.#transaction((tx) => saveRestored(tx, restored, said));
  }

  /** Whether nothing of the payment may be sent before `compare`. */
  isUncompared(scope: Scope, paymentId: string): Promise<boolean> {
    return this.#store.read((tx) => isUncompared(tx, scope, paymentId));
  }

  /** Takes in what the provider tells of one payment, so that requests of it may be sent again after a restore. */
  compare(
    scope: Scope,
    compared: { readonly paymentId: string; readonly told: ToldOfPayment; readonly at: number },
  ): Promise<void> {
    const work = this.#transaction((tx) => compareIn(tx, scope, compared));
    return this.#telling(scope, compared.paymentId, work);
  }

  /** A person ends the wait for forgotten requests of one payment. `false` where none is waited for. */
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

  /** Replaces a person by `pseudonym` everywhere, and deletes what that person wrote. */
  erase(said: {
    readonly user: string;
    readonly pseudonym: string;
    readonly who: string;
    readonly at: number;
  }): Promise<{ readonly waiting: number; readonly replaced: number }> {
    return this.#transaction((tx) => eraseIn(tx, said));
  }

  /** Every part of every refund that was asked for or made at `since` or later, a page at a time. */
  async *exported(since: number): AsyncGenerator<ExportedPart> {
    for (let after = 0; ;) {
      const last = after;
      const page = await this.#store.read((tx) => tx.retention.parts(since, last, PAGE));
      yield* page;
      if (page.length < PAGE) return;
      after = page.at(-1)!.id;
    }
  }

  /** A person tells of a refund that was made elsewhere, for good: from here on it counts like one that was read. */
  tellElsewhere(scope: Scope, told: ToldElsewhere): Promise<Reservation> {
    const row = this.#transaction((tx) => tellElsewhere(tx, scope, told));
    return this.#telling(scope, told.paymentId, row);
  }

  /** Settles by a person's word, with the reason in the audit. `undefined` when nothing about the intent is unknown. */
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
   * At start-up: what was being sent has no known outcome, or nobody will ever say. In a ledger that instances share it
   * may be on its way from another one, until its lease ends. Returns how many.
   */
  async recover(scope: Scope, at: number): Promise<number> {
    this.#store.own?.();
    const until = this.#store.isShared ? at : Number.MAX_SAFE_INTEGER;
    return this.#lose(scope, { until, source: 'restart', at });
  }

  /** Sends whose lease has ended: whoever carried them out is gone. Returns how many. */
  loseOverdue(scope: Scope, at: number): Promise<number> {
    return this.#lose(scope, { until: at, source: 'lease ended', at });
  }

  /** A transaction after which something may be sent: never by two processes where one of them would take it for lost. */
  async #sending<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    this.#store.own?.();
    return this.#transaction(work);
  }

  async #lose(scope: Scope, { until, source, at }: { until: number; source: string; at: number }): Promise<number> {
    const states: readonly IntentState[] = ['sending', 'resending'];
    const found = await this.#transaction((tx) => tx.dueIntents(scope, { states, at: until, limit: MOST_LOST }));
    let count = 0;
    for (const { id } of found) {
      // The row is asked again under the lock of its payment: it may be settled by now.
      const isLost = await this.#about(id, lockUnsettled, async (tx, unsettled) => {
        const { state, nextCheckAt } = unsettled.intent;
        if (!states.includes(state) || nextCheckAt > until) return false;
        await settleAndRelease(tx, unsettled, { to: 'unknown', who: 'proxy', source, at });
        return true;
      });
      if (isLost) count += 1;
    }
    return found.length < MOST_LOST ? count : count + (await this.#lose(scope, { until, source, at }));
  }

  /** Adds to the audit trail, and remembers what the provider listed before the first send. */
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

  /** Takes on intents whose next check is due, and puts that after it off: no other instance takes them on meanwhile. */
  takeOnIntents(scope: Scope, { at, limit }: { at: number; limit: number }): Promise<Intent[]> {
    return this.#transaction(async (tx) => {
      const due = await tx.dueIntents(scope, { states: ['unknown'], at, limit });
      for (const intent of due) await tx.putOffIntent({ ...intent, ...nextCheck(intent.checks, at) });
      return due;
    });
  }

  /**
   * The same for refunds that have an id and are not final. `follows`: also, ever more rarely and for a month, for those
   * that have succeeded, because the provider may still reverse them.
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

  /** Ends what waited for a second person too long. Returns how many. */
  async expire(scope: Scope, { at, limit }: { at: number; limit: number }): Promise<number> {
    const states: readonly IntentState[] = ['awaiting_approval'];
    const due = await this.#transaction((tx) => tx.dueIntents(scope, { states, at, limit }));
    for (const { id } of due) await this.#about(id, lockIntent, (tx, { intent }) => expireIn(tx, intent, at));
    return due.length;
  }

  /** What waits for a second person, as it was asked. */
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

  /** What waits, in a bounded time however much has been settled. `follows`: refunds that have succeeded are checked too. */
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
        tx.intents(scope, { paymentId, limit: MOST_OF_A_PAYMENT }),
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
