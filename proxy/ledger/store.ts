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
import type { IntentState } from './states.ts';

export type NewIntent = Pick<Intent, 'merchant' | 'provider' | 'key' | 'paymentId' | 'currency'>;
export type NewReservation = Omit<Reservation, 'id'>;

export interface Held {
  /** Minor units. */
  readonly amount: bigint;
  readonly hasUnknown: boolean;
  /** Whether a refund in another currency is among them, of which nobody knows what it takes of this one. */
  readonly hasForeign: boolean;
}

/** What a payment may hold, all of it included. Minor units. */
export interface HeldRange {
  readonly least: bigint;
  readonly most: bigint;
  /** Whether any of it may have no known outcome. */
  readonly mayBeUnknown: boolean;
}

export interface IntentQuery {
  readonly states?: readonly IntentState[];
  /** Also intents with an answer that left a vendor's refund unknown. */
  readonly withUnknownParts?: boolean;
  readonly paymentId?: string;
  readonly limit: number;
}

export interface Unsettled {
  readonly intent: Intent;
  readonly rows: readonly Reservation[];
  /** Events of its payment that wait for an answer on its way, oldest first. */
  readonly kept: readonly StoredEvent[];
}

/** An intent as one transaction wrote it. Only the store that gave it knows what `versions` means. */
export interface Written {
  readonly unsettled: Unsettled;
  readonly versions: string;
}

/** Rows in and out, inside one transaction. No rule lives here: those are in `ledger.ts`, once for every store. */
export interface LedgerTransaction {
  readonly retention: RetentionRows;

  /** Until the transaction ends nobody else begins, settles or observes on this payment. */
  lockPayment(scope: Scope, paymentId: string): Promise<void>;
  /** The same for the payment of an intent that is in the ledger. */
  lockPaymentOf(intentId: string): Promise<void>;

  /**
   * The intent with all that its settlement may change; until the transaction ends nobody else changes any of it.
   * `written`: as it was left, so that a store elsewhere need not be asked while that still holds.
   */
  unsettled(intentId: string, written?: Written): Promise<Unsettled | undefined>;
  /**
   * A new intent as this transaction leaves it, known once it has ended; `undefined` where reading costs nothing.
   */
  written(intent: Intent, reservations: readonly NewReservation[]): Promise<Written> | undefined;
  /**
   * Whether the key may be taken to be new and the payment, once locked, to hold what `range` says: where that proves
   * wrong the transaction has no effect, and its work is done again. `false`: read.
   */
  assumeHeld(intent: NewIntent, range: HeldRange): Promise<boolean>;

  intent(id: string): Promise<Intent | undefined>;
  intentByKey(scope: Scope, key: string): Promise<Intent | undefined>;
  intents(scope: Scope, query: IntentQuery): Promise<Intent[]>;
  /** Cancels of this reservation whose outcome is not known yet. */
  openCancels(target: number): Promise<Intent[]>;
  /** Intents in one of `states` whose next check is due; of several instances one takes an intent on. */
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
  /** All amounts of the payment in `currency` that are not released, and what else about them matters. */
  held(scope: Scope, paymentId: string, currency: string): Promise<Held>;
  /** The part of that sum that no intent of this ledger asked for. */
  heldElsewhere(scope: Scope, paymentId: string, currency: string): Promise<bigint>;
  /** The same sum for one vendor's reservations that are younger than `after`. */
  heldOfVendor(scope: Scope, paymentId: string, vendor: string, after: number): Promise<bigint>;
  /** The youngest reservation of the payment; 0 when there is none. */
  lastReservation(scope: Scope, paymentId: string): Promise<number>;
  reservationsByReference(scope: Scope, reference: string): Promise<Reservation[]>;
  /** Refunds that have an id, are not final and whose next check is due; of several instances one takes a refund on. */
  dueReservations(scope: Scope, at: number, limit: number): Promise<Reservation[]>;
  /** The same for refunds that have succeeded, each a few times: a provider may reverse them. */
  followedReservations(scope: Scope, at: number, limit: number): Promise<Reservation[]>;
  insertReservation(reservation: NewReservation): Promise<Reservation>;
  /** The same for one that no provider has named yet: without its id, nobody has to wait for the database. */
  addReservation(reservation: NewReservation): Promise<void>;
  saveReservation(reservation: Reservation): Promise<void>;
  /** Writes `checks` and `nextCheckAt` and nothing else: needs no lock of the payment. */
  putOffReservation(reservation: Reservation): Promise<void>;

  /**
   * An intent's part was found to be the refund `refundId`: where that was taken in as one made elsewhere, it is counted
   * once from here on, and the audit says so.
   */
  absorbElsewhere(part: Reservation, refundId: string, from: AuditLine): Promise<void>;

  openedVendors(scope: Scope, paymentId: string): Promise<OpenedVendor[]>;
  replaceOpenedVendors(scope: Scope, paymentId: string, vendors: readonly OpenedVendor[]): Promise<void>;

  keepRequest(intentId: string, request: KeptRequest): Promise<void>;
  keptRequest(intentId: string): Promise<KeptRequest | undefined>;
  /** What waits of one payment, without the bodies. */
  keptAmounts(scope: Scope, paymentId: string): Promise<KeptAmount[]>;
  dropRequest(intentId: string): Promise<void>;

  /** `false`, and nothing is written, when an event with this id was stored before. */
  insertEvent(event: StoredEvent): Promise<boolean>;
  /** The event was taken in: only its id stays. */
  releaseEvent(event: StoredEvent): Promise<void>;

  sharedValue(name: string): Promise<string | undefined>;
  /** The same as it stands, without a lock and without making its row. */
  peekSharedValue(name: string): Promise<string | undefined>;
  saveSharedValue(name: string, value: string | undefined): Promise<void>;

  readonly outbox: Outbox;
  figures(scope: Scope, about: { readonly follows: boolean }): Promise<LedgerFigures>;

  addAudit(line: AuditLine): Promise<void>;
  auditOf(intentId: string): Promise<AuditLine[]>;
  /** Of all intents of one payment what tells how they were approved, what was found out, and how they came to nothing. */
  auditOfPayment(scope: Scope, paymentId: string): Promise<AuditLine[]>;
}

/** One part of a refund, as an export tells it. */
export interface ExportedPart extends Scope {
  readonly id: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly paymentId: string;
  readonly intentId: string | undefined;
  readonly kind: string | undefined;
  readonly user: string | undefined;
  readonly approvedBy: string | undefined;
  readonly resolvedBy: string | undefined;
  readonly cancelledBy: string | undefined;
  readonly vendor: string | undefined;
  /** Minor units. */
  readonly amount: bigint;
  readonly currency: string;
  readonly state: string | undefined;
  readonly standing: string;
  readonly status: string;
  readonly refundId: string | undefined;
  readonly references: Readonly<Record<string, string>>;
}

export interface PaymentName extends Scope {
  readonly paymentId: string;
}

/** What retention, erasure and export do with the rows. */
export interface RetentionRows {
  /** Payments after `after` on which nothing is open and nothing has changed since `before`, in one order. */
  prunable(before: number, after: PaymentName, limit: number): Promise<PaymentName[]>;
  /** Whether that still holds of this one. */
  isPrunable(before: number, payment: PaymentName): Promise<boolean>;
  /** Deletes what `retention.ts` says. Returns the intents that stay. */
  prune(payment: PaymentName): Promise<string[]>;
  /** How many requests of this user wait for a second person. */
  waitingOf(user: string): Promise<number>;
  /** Replaces the user by `pseudonym` and deletes what the user wrote. Returns the requests and audit lines it was in. */
  erase(user: string, pseudonym: string): Promise<number>;
  /** Parts after the id `after` that were asked for or made at `since` or later, in the order of their ids. */
  parts(since: number, after: number, limit: number): Promise<ExportedPart[]>;
}

export interface LedgerStore {
  /** Whether other processes may be writing to it, sends of their own among them. */
  readonly isShared: boolean;
  /**
   * Takes the store for whoever calls it until it is closed or its process ends, where only one may send by it; called
   * again it does nothing. @throws LedgerOwnedError when another one has it.
   */
  own?(): void;
  /**
   * Runs `work` in one transaction that is on disk when the promise resolves; rolled back when it rejects.
   * @throws LedgerUnavailableError when the store cannot be read or written now.
   */
  transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T>;
  /** Runs `work`, which only reads, and asks all that it asks at once. */
  read<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T>;
  /**
   * Replaces a value that all instances share, such as a token: `replace` runs for one caller at a time, and what it
   * returns is what the next one is given. It may call the network; other transactions go on meanwhile.
   */
  replaceShared(name: string, replace: (current: string | undefined) => Promise<string | undefined>): Promise<void>;
  close(): Promise<void>;
}

/** The store is locked, full, read-only or gone. Nothing may be sent to a provider while it is. */
export class LedgerUnavailableError extends Error {
  override name = 'LedgerUnavailableError' as const;
}

/** A newer program has opened the ledger: what this one would not know of, it must not write past. */
export function newerSchema(version: number, known: number): LedgerUnavailableError {
  return new LedgerUnavailableError(
    `The ledger has version ${version}, this program knows ${known}: run the newer program, or let the newer program take ` +
      'the ledger back with `refund-form proxy rollback-schema`',
  );
}

/** Another process sends by this store, which is for one at a time. */
export class LedgerOwnedError extends LedgerUnavailableError {
  /** `file` and `holder`: the store, and the process that has it, where that is known. */
  constructor(file: string, holder: string | undefined) {
    super(
      `The ledger ${file} belongs to another proxy that runs${holder === undefined ? '' : ` (${holder})`}: stop that ` +
        'one first, or let several proxies share a PostgreSQL ledger (REFUND_PROXY_DB=postgres://..., or PostgresLedger)',
    );
  }
}
