import { existsSync } from 'node:fs';
import type { DatabaseSync, StatementSync } from 'node:sqlite';

import { Ledger } from '../../ledger.ts';
import { OneConnection, OneConnectionStore } from '../one-connection.ts';
import { SqlTransaction } from '../sql/transaction.ts';
import { storable, type Row, type SqlValue } from '../sql/rows.ts';
import { checkLedgerOptions, FLAG, MILLISECONDS, type LedgerOption } from '../ledger-options.ts';
import { emptyFileSentence, fileFault, isBusy, makePrivate, unavailable } from './faults.ts';
import { FilePlace } from './file-place.ts';
import { openDatabase } from './node-sqlite.ts';
import { SqliteOwner } from './owner.ts';
import { MIGRATIONS } from './schema.ts';
import type { LedgerTransaction } from '../../store.ts';
import { LedgerUnavailableError, newerSchema, olderSchema } from '../../errors.ts';

type Begin = 'BEGIN IMMEDIATE' | 'BEGIN';

/** The pause between two tries to lock the file. SQLite's own wait blocks the whole process, so it is not used. */
const STEP_MS = 5;

export interface SqliteOptions {
  /** The path of the database file, created if missing. */
  readonly file: string;
  /**
   * How long a write waits in the queue and for another process's lock before it fails and nothing is sent.
   * Milliseconds.
   */
  readonly busyTimeoutMs?: number;
  /** `false` refuses a ledger of an older release, instead of upgrading it. */
  readonly upgrades?: boolean;
}

/** The embedded ledger: one file with a write-ahead log. Every commit is synced. */
export class SqliteLedger extends Ledger {
  constructor(options: SqliteOptions) {
    super(new SqliteStore(options));
  }
}

const OPTIONS: Readonly<Record<keyof SqliteOptions, LedgerOption>> = {
  file: {
    isRight: (value) => typeof value === 'string' && value !== '',
    words: 'the path of a file',
    isRequired: true,
  },
  busyTimeoutMs: MILLISECONDS,
  upgrades: FLAG,
};

export class SqliteStore extends OneConnectionStore {
  /** One file belongs to one proxy process: what is `sending` at its start, nobody is sending any more. */
  readonly isShared = false;
  readonly #db: DatabaseSync;
  readonly #connection: SqliteConnection;
  readonly #tx: SqlTransaction;
  readonly #place: FilePlace;
  #owner: SqliteOwner | undefined;
  readonly #busyTimeoutMs: number;
  #isClosed = false;

  constructor(options: SqliteOptions) {
    super();
    checkLedgerOptions('SqliteLedger', options, OPTIONS);
    const { file, busyTimeoutMs = 750, upgrades = true } = options;
    this.#busyTimeoutMs = busyTimeoutMs;
    const isNew = !existsSync(file);
    try {
      makePrivate(file);
      this.#db = openDatabase(file, { timeout: busyTimeoutMs });
      if (!isNew) this.#refuseEmpty(file);
      this.#useWriteAheadLog();
      this.#db.exec(
        'PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA cache_size = -65536',
      );
      this.#migrate(upgrades);
      this.#db.exec('PRAGMA busy_timeout = 0');
    } catch (error) {
      throw unavailable(`The ledger ${file} cannot be opened`, error, fileFault(file));
    }
    this.#place = new FilePlace(String(this.#db.prepare('PRAGMA database_list').get()!['file']));
    this.#connection = new SqliteConnection(this.#db);
    this.#tx = new SqlTransaction(this.#connection);
  }

  own(): void {
    if (this.#owner || this.#isClosed) return;
    const { file } = this.#place;
    try {
      if (file !== '') this.#owner = new SqliteOwner(file);
    } catch (error) {
      throw unavailable(`The lock ${file}-owner cannot be taken`, error, fileFault(`${file}-owner`));
    }
  }

  async transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    this.#place.check();
    return this.#inTurn('BEGIN IMMEDIATE', work);
  }

  read<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    return this.#inTurn('BEGIN', work);
  }

  override async close(): Promise<void> {
    await super.close();
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#owner?.close();
    this.#db.close();
  }

  /** The wait counts from now: if the lock times out, everything queued behind it fails, too. */
  #inTurn<T>(begin: Begin, work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    const until = performance.now() + this.#busyTimeoutMs;
    return this.next(() => this.#run(begin, until, work));
  }

  async #run<T>(begin: Begin, until: number, work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    try {
      await this.#begin(begin, until);
      const result = await work(this.#tx);
      this.#connection.commit();
      return result;
    } catch (error) {
      this.#connection.rollback();
      throw unavailable('The ledger does not answer', error);
    }
  }

  /** Tries in steps, and lets the process work in between. */
  async #begin(begin: Begin, until: number): Promise<void> {
    for (;;) {
      try {
        this.#connection.begin(begin);
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() >= until) throw error;
        this.#connection.rollback();
      }
      await new Promise((resolve) => {
        setTimeout(resolve, STEP_MS);
      });
    }
  }

  /** Another process that starts at the same time may have made the file a moment ago, and not its tables yet. */
  #refuseEmpty(file: string): void {
    const until = performance.now() + this.#busyTimeoutMs;
    while (this.#version() === 0) {
      if (performance.now() >= until) throw new LedgerUnavailableError(emptyFileSentence(file));
      pause();
    }
  }

  /** SQLite does not wait for another process that makes the same change to a new file: it says at once that it is busy. */
  #useWriteAheadLog(): void {
    const until = performance.now() + this.#busyTimeoutMs;
    for (;;) {
      try {
        this.#db.exec('PRAGMA journal_mode = WAL');
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() >= until) throw error;
      }
      pause();
    }
  }

  #version(): number {
    return Number(this.#db.prepare('PRAGMA user_version').get()!['user_version']);
  }

  #migrate(upgrades: boolean): void {
    if (this.#version() === MIGRATIONS.length) return;
    if (!upgrades && this.#version() < MIGRATIONS.length) throw olderSchema(this.#version(), MIGRATIONS.length);
    this.#db.exec('BEGIN IMMEDIATE');
    const from = this.#version();
    if (from > MIGRATIONS.length) {
      throw newerSchema(from, MIGRATIONS.length);
    }
    for (const script of MIGRATIONS.slice(from)) this.#db.exec(script);
    this.#db.exec(`PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`);
  }
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STEP_MS);
}

/** Caches prepared statements by their SQL. The methods are async for the interface; each runs at once. */
class SqliteConnection extends OneConnection {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    super();
    this.#db = db;
  }

  begin(begin: Begin): void {
    this.#sql(begin).run();
    // A plain BEGIN reads nothing: this shows whether the file can be read.
    if (begin === 'BEGIN') this.#sql('SELECT 1 FROM sqlite_schema LIMIT 1').get();
  }

  commit(): void {
    this.#sql('COMMIT').run();
  }

  rollback(): void {
    try {
      this.#sql('ROLLBACK').run();
    } catch (error) {
      // SQLite rolls back by itself after a full disk or an I/O error; then there is nothing left to roll back.
      if (!(error instanceof Error) || !/no transaction is active|not open|finalized/.test(error.message)) throw error;
    }
  }

  async rows(sql: string, values: readonly SqlValue[]): Promise<Row[]> {
    return this.#sql(sql).all(...values.map(storable));
  }

  async write(sql: string, values: readonly SqlValue[]): Promise<void> {
    this.#sql(sql).run(...values.map(storable));
  }

  #sql(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
