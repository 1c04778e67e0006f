import { Ledger } from './ledger.ts';
import { OneConnection, OneConnectionStore } from './one-connection.ts';
import { SqlTransaction } from './sql.ts';
import { storable, type Row, type SqlValue } from './sql-rows.ts';
import { MIGRATIONS } from './sqlite-schema.ts';
import { LedgerUnavailableError, newerSchema, type LedgerTransaction } from './store.ts';

/** What the ledger uses of a Durable Object's `ctx.storage`. Its class has to be one with SQLite storage. */
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

/** The ledger in the SQLite database of one Durable Object. All requests about a payment have to reach that object. */
export class DurableObjectLedger extends Ledger {
  constructor(options: DurableObjectOptions) {
    super(new DurableObjectStore(options));
  }
}

export class DurableObjectStore extends OneConnectionStore {
  /**
   * An object that is started anew may have a forerunner that is cut off from its storage, and not from the network: what
   * that one was sending stays its own until its lease ends.
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

  /** Nobody writes meanwhile: whoever would waits. */
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

/** `PRAGMA user_version` is not to be had there: a table counts the scripts that have run. */
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

/** No 64-bit integer can be bound: its text becomes one in a column of that type. */
function toBound(value: SqlValue): string | number | Uint8Array | null {
  return typeof value === 'bigint' ? String(value) : storable(value);
}

function unavailable(message: string, error: unknown): LedgerUnavailableError {
  const why = error instanceof Error ? error.message : String(error);
  return new LedgerUnavailableError(`${message}: ${why}`, { cause: error });
}
