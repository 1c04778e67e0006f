import { Turns } from '../turns.ts';
import { AUDIT_TRIGGERS } from './sqlite-schema.ts';
import type { SqlConnection } from './sql.ts';
import type { Row, SqlValue } from './sql-rows.ts';
import type { LedgerStore, LedgerTransaction, Unsettled } from './store.ts';

const CONNECTION = 'connection';

/** What stores have in common that write over one connection: a second transaction waits, or it would become part of the first. */
export abstract class OneConnectionStore implements LedgerStore {
  abstract readonly isShared: boolean;
  readonly #connection = new Turns();
  readonly #replacing = new Turns();

  abstract transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T>;
  abstract read<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T>;

  /** The connection stays free while `replace` runs: whoever wants the same value waits here. */
  replaceShared(name: string, replace: (current: string | undefined) => Promise<string | undefined>): Promise<void> {
    return this.#replacing.take(name, async () => {
      const next = await replace(await this.transaction((tx) => tx.sharedValue(name)));
      await this.transaction((tx) => tx.saveSharedValue(name, next));
    });
  }

  async close(): Promise<void> {
    await this.#connection.end(CONNECTION);
  }

  /** Runs `work` when all that was asked for before has ended. */
  protected next<T>(work: () => Promise<T>): Promise<T> {
    return this.#connection.take(CONNECTION, work);
  }
}

/** A connection of such a store: its transaction is the only one, so it locks nothing, and what it reads costs nothing. */
export abstract class OneConnection implements SqlConnection {
  readonly takenOn = '';
  readonly locked = '';
  /** A trigger cannot be switched off in SQLite. Made anew in the same transaction, it is never missing for anybody else. */
  readonly openAudit = ['DROP TRIGGER audit_keeps_lines', 'DROP TRIGGER audit_loses_nothing'];
  readonly closeAudit = AUDIT_TRIGGERS;

  abstract rows(sql: string, values: readonly SqlValue[]): Promise<Row[]>;
  abstract write(sql: string, values: readonly SqlValue[]): Promise<void>;

  insert(sql: string, values: readonly SqlValue[]): Promise<void> {
    return this.write(sql, values);
  }

  async lockPayment(): Promise<void> {
    // Nobody else could.
  }

  async lockPaymentOf(): Promise<void> {
    // As above.
  }

  readLocked(_intentId: string, read: () => Promise<Unsettled | undefined>): Promise<Unsettled | undefined> {
    return read();
  }

  written(): undefined {
    // It is read again.
  }

  async assumeHeld(): Promise<boolean> {
    return false;
  }
}
