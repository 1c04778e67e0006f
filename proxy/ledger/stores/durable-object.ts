import { Ledger } from '../ledger.ts';
import { OneConnection, OneConnectionStore } from './one-connection.ts';
import { SqlTransaction } from './sql/transaction.ts';
import { storable, type Row, type SqlValue } from './sql/rows.ts';
import { MIGRATIONS } from './sqlite/schema.ts';
import type { LedgerTransaction } from '../store.ts';
import { LedgerUnavailableError, newerSchema } from '../errors.ts';

/** The part of a Durable Object's `ctx.storage` that the ledger uses. The object's class needs SQLite storage. */
export interface DurableStorage {
  readonly sql: {
    exec(sql: string, ...values: (string | number | Uint8Array | null)[]): { toArray(): Row[] };
  };
  transaction<T>(work: () => Promise<T>): Promise<T>;
  transactionSync<T>(work: () => T): T;
  sync(): Promise<void>;
}

export interface DurableObjectOptions {
  readonly storage: DurableStorage;
}

/** The ledger in the SQLite database of one Durable Object. All requests about a payment must reach that object. */
export class DurableObjectLedger extends Ledger {
  constructor(options: DurableObjectOptions) {
    super(new DurableObjectStore(options));
  }
}

export class DurableObjectStore extends OneConnectionStore {
  /**
   * A restarted object may have a predecessor that lost its storage but not its network: that one's sends stay its own
   * until their lease ends.
   */
  readonly isShared = true;
  readonly #storage: DurableStorage;
  readonly #tx: SqlTransaction;

  constructor({ storage }: DurableObjectOptions) {
    super();
    this.#storage = storage;
    this.#tx = new SqlTransaction(new ObjectConnection(storage.sql));
    try {
      storage.transactionSync(() => migrate(storage.sql));
    } catch (error) {
      throw error instanceof LedgerUnavailableError ? error : unavailable('The ledger cannot be opened', error);
    }
  }

  transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    return this.next(() => this.#run(work));
  }

  /** Nobody else writes meanwhile: writers wait. */
  read<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    return this.next(() => work(this.#tx));
  }

  async #run<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    let failed: { readonly with: unknown } | undefined;
    try {
      const result = await this.#storage.transaction(() =>
        work(this.#tx).catch((error: unknown) => {
          failed = { with: error };
          throw error;
        }),
      );
      await this.#storage.sync();
      return result;
    } catch (error) {
      throw failed ? failed.with : unavailable('The ledger cannot be written', error);
    }
  }
}

/** `PRAGMA user_version` is not available there, so a table counts the scripts that have run. */
function migrate(sql: DurableStorage['sql']): void {
  sql.exec('CREATE TABLE IF NOT EXISTS versions (version INTEGER PRIMARY KEY) STRICT');
  const [row] = sql.exec('SELECT COALESCE(MAX(version), 0) AS version FROM versions').toArray();
  const from = Number(row?.['version']);
  if (from > MIGRATIONS.length) {
    throw newerSchema(from, MIGRATIONS.length);
  }
  for (const [index, script] of MIGRATIONS.entries()) {
    if (index < from) continue;
    sql.exec(script);
    sql.exec('INSERT INTO versions VALUES (?)', index + 1);
  }
}

class ObjectConnection extends OneConnection {
  readonly #sql: DurableStorage['sql'];

  constructor(sql: DurableStorage['sql']) {
    super();
    this.#sql = sql;
  }

  async rows(sql: string, values: readonly SqlValue[]): Promise<Row[]> {
    try {
      return this.#sql.exec(sql, ...values.map(toBound)).toArray();
    } catch (error) {
      throw unavailable('The ledger does not answer', error);
    }
  }

  async write(sql: string, values: readonly SqlValue[]): Promise<void> {
    await this.rows(sql, values);
  }
}

/** 64-bit integers cannot be bound: a column of that type converts the text. */
function toBound(value: SqlValue): string | number | Uint8Array | null {
  return typeof value === 'bigint' ? String(value) : storable(value);
}

function unavailable(message: string, error: unknown): LedgerUnavailableError {
  const why = error instanceof Error ? error.message : String(error);
  return new LedgerUnavailableError(`${message}: ${why}`, { cause: error });
}
