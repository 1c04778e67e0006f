import { KeyedQueue } from '../../keyed-queue.ts';
import { AUDIT_TRIGGERS } from './sqlite/schema.ts';
import type { SqlConnection } from './sql/connection.ts';
import type { Row, SqlValue } from './sql/rows.ts';
import type { LedgerStore, LedgerTransaction } from '../store.ts';
import type { Unsettled } from '../rows.ts';

const CONNECTION = 'connection';

/**
 * The base of stores that write over one connection: a second transaction waits, or it would become part of the first.
 */
export abstract class OneConnectionStore implements LedgerStore {
  abstract readonly isShared: boolean;
  readonly #connection = new KeyedQueue();
  readonly #replacing = new KeyedQueue();

  abstract transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T>;
  abstract read<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T>;

  /** The connection stays free while `replace` runs: callers that want the same value wait here. */
  replaceShared(name: string, replace: (current: string | undefined) => Promise<string | undefined>): Promise<void> {
    return this.#replacing.take(name, async () => {
      const next = await replace(await this.transaction((tx) => tx.sharedValue(name)));
      await this.transaction((tx) => tx.saveSharedValue(name, next));
    });
  }

  async close(): Promise<void> {
    await this.#connection.end(CONNECTION);
  }

  /** Runs `work` after all earlier work has ended. */
  protected next<T>(work: () => Promise<T>): Promise<T> {
    return this.#connection.take(CONNECTION, work);
  }
}

/**
 * The connection of such a store. Its transaction is the only one, so it needs no locks, and its reads cost nothing.
 */
export abstract class OneConnection implements SqlConnection {
  readonly claimClause = '';
  readonly locked = '';
  /**
   * SQLite cannot disable a trigger. It is dropped and created in the same transaction, so that it never lacks for
   * others.
   */
  readonly openAudit = ['DROP TRIGGER audit_keeps_lines', 'DROP TRIGGER audit_loses_nothing'];
  readonly closeAudit = AUDIT_TRIGGERS;

  abstract rows(sql: string, values: readonly SqlValue[]): Promise<Row[]>;
  abstract write(sql: string, values: readonly SqlValue[]): Promise<void>;

  insert(sql: string, values: readonly SqlValue[]): Promise<void> {
    return this.write(sql, values);
  }

  async lockPayment(): Promise<void> {
    // Nobody else can write meanwhile.
  }

  async lockPaymentOf(): Promise<void> {
    // As above.
  }

  readLocked(_intentId: string, read: () => Promise<Unsettled | undefined>): Promise<Unsettled | undefined> {
    return read();
  }

  written(): undefined {
    // It reads again.
  }

  async assumeHeld(): Promise<boolean> {
    return false;
  }
}
