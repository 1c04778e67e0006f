import type { Intent, Scope } from '../../entities.ts';
import type { HeldRange, NewIntent, NewReservation, Unsettled, Written } from '../../rows.ts';
import type { Row, SqlValue } from './rows.ts';

/** One transaction of one database. Everything in which the databases differ is here. */
export interface SqlConnection {
  /** Runs one statement with a value for each `?`, and returns its rows. */
  rows(sql: string, values: readonly SqlValue[]): Promise<Row[]>;
  /** Runs one statement without rows. Its error may appear as late as the commit. */
  write(sql: string, values: readonly SqlValue[]): Promise<void>;
  /** The same for an `INSERT` of one row that `written` has to know. */
  insert(sql: string, values: readonly SqlValue[]): Promise<void>;
  lockPayment(scope: Scope, paymentId: string): Promise<void>;
  lockPaymentOf(intentId: string): Promise<void>;
  /** Locks the payment of the intent and reads about it, in either order: the result of `read` is as under the lock. */
  readLocked(
    intentId: string,
    read: () => Promise<Unsettled | undefined>,
    written: Written | undefined,
  ): Promise<Unsettled | undefined>;
  /** See `LedgerTransaction`. */
  written(intent: Intent, reservations: readonly NewReservation[]): Promise<Written> | undefined;
  /** See `LedgerTransaction`. */
  assumeHeld(intent: NewIntent, range: HeldRange): Promise<boolean>;
  /** Added to a `SELECT` of rows that this transaction claims and others skip. */
  readonly claimClause: string;
  /** Allows this transaction to change and delete audit lines, for retention and erasure only, and forbids it again. */
  readonly openAudit: readonly string[];
  readonly closeAudit: readonly string[];
  /** Added to a `SELECT` of rows that nobody else may change until the transaction ends. */
  readonly locked: string;
}
