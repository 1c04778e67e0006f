import type {
  AuditLine,
  Intent,
  KeptAmount,
  KeptRequest,
  OpenedVendor,
  Reservation,
  Scope,
  StoredEvent,
} from './entities.ts';
import type { Outbox } from './outbox.ts';
import type { LedgerFigures } from './figures.ts';
import type {
  ExportedPart,
  Held,
  HeldRange,
  IntentQuery,
  NewIntent,
  NewReservation,
  PaymentName,
  Unsettled,
  Written,
} from './rows.ts';
import type { IntentState } from './rules/states.ts';

/** Reads and writes rows inside one transaction. It has no rules: those are in `ledger.ts`, once for every store. */
export interface LedgerTransaction {
  readonly retention: RetentionRows;

  /** Locks the payment: until the transaction ends, nobody else begins, settles or observes on it. */
  lockPayment(scope: Scope, paymentId: string): Promise<void>;
  /** The same for the payment of an intent. */
  lockPaymentOf(intentId: string): Promise<void>;

  /**
   * The intent with all rows that its settlement may change; nobody else changes them until the transaction ends.
   * `written`: the intent as it was left, so that a remote store need not be read while that still holds.
   */
  unsettled(intentId: string, written?: Written): Promise<Unsettled | undefined>;
  /**
   * The new intent as this transaction leaves it, known after it has ended; `undefined` for a store whose reads cost
   * nothing.
   */
  written(intent: Intent, reservations: readonly NewReservation[]): Promise<Written> | undefined;
  /**
   * Whether the work may assume that the key is new, and that the payment holds an amount within `range` once it is
   * locked. If that proves wrong, the transaction has no effect and its work runs again. `false`: read instead.
   */
  assumeHeld(intent: NewIntent, range: HeldRange): Promise<boolean>;

  intent(id: string): Promise<Intent | undefined>;
  intentByKey(scope: Scope, key: string): Promise<Intent | undefined>;
  intents(scope: Scope, query: IntentQuery): Promise<Intent[]>;
  /** Cancels of this reservation with an unknown outcome. */
  openCancels(target: number): Promise<Intent[]>;
  /** Intents in one of `states` whose next check is due. Only one of several instances claims an intent. */
  dueIntents(
    scope: Scope,
    due: { readonly states: readonly IntentState[]; readonly at: number; readonly limit: number },
  ): Promise<Intent[]>;
  insertIntent(intent: Intent): Promise<void>;
  saveIntent(intent: Intent): Promise<void>;
  /** Writes `checks` and `nextCheckAt` and nothing else: needs no lock of the payment. */
  putOffIntent(intent: Intent): Promise<void>;

  reservation(id: number): Promise<Reservation | undefined>;
  reservationsOfIntent(intentId: string): Promise<Reservation[]>;
  reservationsOfPayment(scope: Scope, paymentId: string): Promise<Reservation[]>;
  /** The sum of all unreleased amounts of the payment in `currency`, and what else matters about them. */
  held(scope: Scope, paymentId: string, currency: string): Promise<Held>;
  /** The part of that sum that no intent of this ledger requested. */
  heldElsewhere(scope: Scope, paymentId: string, currency: string): Promise<bigint>;
  /** The same sum for the reservations of one vendor that are newer than `after`. */
  heldOfVendor(scope: Scope, paymentId: string, vendor: string, after: number): Promise<bigint>;
  /** The newest reservation of the payment; 0 if there is none. */
  lastReservation(scope: Scope, paymentId: string): Promise<number>;
  reservationsByReference(scope: Scope, reference: string): Promise<Reservation[]>;
  /** Refunds made elsewhere that the provider contradicts, until a person settles them. */
  contradictedElsewhere(scope: Scope, limit: number): Promise<Reservation[]>;
  /**
   * Refunds with an id that are not final and whose next check is due. Only one of several instances claims a refund.
   */
  dueReservations(scope: Scope, at: number, limit: number): Promise<Reservation[]>;
  /** The same for successful refunds, each a few times: a provider may reverse them. */
  followedReservations(scope: Scope, at: number, limit: number): Promise<Reservation[]>;
  /** The same for refunds that only a person's word has cancelled, each a few times: the provider may still pay them. */
  cancelledByWord(scope: Scope, at: number, limit: number): Promise<Reservation[]>;
  insertReservation(reservation: NewReservation): Promise<Reservation>;
  /** The same for a reservation that has no provider id yet: then nobody has to wait for the database. */
  addReservation(reservation: NewReservation): Promise<void>;
  saveReservation(reservation: Reservation): Promise<void>;
  /** Writes `checks` and `nextCheckAt` and nothing else: needs no lock of the payment. */
  putOffReservation(reservation: Reservation): Promise<void>;

  /**
   * A part of an intent turned out to be the refund `refundId`: if that refund was recorded as made elsewhere, it
   * counts once from now on, and the audit trail says so. One that the provider contradicts stays for a person.
   */
  absorbElsewhere(part: Reservation, refundId: string, from: AuditLine): Promise<void>;

  openedVendors(scope: Scope, paymentId: string): Promise<OpenedVendor[]>;
  replaceOpenedVendors(scope: Scope, paymentId: string, vendors: readonly OpenedVendor[]): Promise<void>;

  keepRequest(intentId: string, request: KeptRequest): Promise<void>;
  keptRequest(intentId: string): Promise<KeptRequest | undefined>;
  /** The waiting requests of one payment, without their bodies. */
  keptAmounts(scope: Scope, paymentId: string): Promise<KeptAmount[]>;
  dropRequest(intentId: string): Promise<void>;

  /** Returns `false` and writes nothing when an event with this id was stored before. */
  insertEvent(event: StoredEvent): Promise<boolean>;
  /** The event was applied: only its id is kept. */
  releaseEvent(event: StoredEvent): Promise<void>;

  sharedValue(name: string): Promise<string | undefined>;
  /** The current value, without a lock and without creating its row. */
  peekSharedValue(name: string): Promise<string | undefined>;
  saveSharedValue(name: string, value: string | undefined): Promise<void>;

  readonly outbox: Outbox;
  figures(scope: Scope, about: { readonly follows: boolean }): Promise<LedgerFigures>;

  addAudit(line: AuditLine): Promise<void>;
  auditOf(intentId: string): Promise<AuditLine[]>;
  /** The audit lines of a refund that no request of this ledger made. */
  auditOfElsewhere(reservationId: number): Promise<AuditLine[]>;
  /** The audit lines of one payment that show approvals, findings, and why requests came to nothing. */
  auditOfPayment(scope: Scope, paymentId: string): Promise<AuditLine[]>;
  /** How many words people have said of the payment's requests. */
  wordsOn(scope: Scope, paymentId: string): Promise<number>;
}

/** The row operations of retention, erasure and export. */
export interface RetentionRows {
  /** Payments after `after` with nothing open and no change since `before`, in a stable order. */
  prunable(before: number, after: PaymentName, limit: number): Promise<PaymentName[]>;
  /** Whether this still holds for one payment. */
  isPrunable(before: number, payment: PaymentName): Promise<boolean>;
  /** Deletes what `retention.ts` describes. Returns the intents that stay. */
  prune(payment: PaymentName): Promise<string[]>;
  /** Every name in a request or an audit line, as it was written. */
  names(): Promise<string[]>;
  /** How many requests of this user are open. */
  openOf(user: string): Promise<number>;
  /** Replaces the user by `pseudonym`, and deletes the user's texts. Returns the affected requests and audit lines. */
  erase(user: string, pseudonym: string): Promise<number>;
  /** Parts with an id above `after` that were requested or made at `since` or later, ordered by id. */
  parts(since: number, after: number, limit: number): Promise<ExportedPart[]>;
}

export interface LedgerStore {
  /** Whether other processes may write to it, and have sends of their own. */
  readonly isShared: boolean;
  /**
   * Takes ownership of a store that only one process may send with, until it is closed or the process ends. A repeated
   * call does nothing.
   * @throws LedgerOwnedError when another process owns it.
   */
  own?(): void;
  /**
   * Runs `work` in one transaction, which is on disk when the promise resolves and rolled back when it rejects.
   * @throws LedgerUnavailableError when the store cannot be read or written.
   */
  transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T>;
  /** Runs `work`, which only reads. Its reads may be sent together. */
  read<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T>;
  /**
   * Replaces a value that all instances share, such as a token: `replace` runs for one caller at a time, and its result
   * is passed to the next. It may call the network; other transactions continue meanwhile.
   */
  replaceShared(name: string, replace: (current: string | undefined) => Promise<string | undefined>): Promise<void>;
  close(): Promise<void>;
}
