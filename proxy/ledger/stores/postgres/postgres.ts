import type * as Pg from 'pg';

import { Ledger } from '../../ledger.ts';
import { PostgresConnection, unavailable } from './connection.ts';
import { MIGRATIONS } from './schema.ts';
import { checkLedgerOptions, COUNT, FLAG, MILLISECONDS, type LedgerOption } from '../ledger-options.ts';
import { SqlTransaction } from '../sql/transaction.ts';
import type { LedgerStore, LedgerTransaction } from '../../store.ts';
import { LedgerUnavailableError, newerSchema, olderSchema } from '../../errors.ts';
import { optionalPackage } from '../../../optional-package.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database`, or a socket's folder as `host` in its query. */
  readonly url: string;
  /** The schema of the ledger, created if missing. Lower case letters, digits and `_`. */
  readonly schema?: string;
  /** The most connections of this instance. */
  readonly connections?: number;
  /** How long to wait for a connection or for another instance's lock before nothing is sent. Milliseconds. */
  readonly waitMs?: number;
  /** `false` refuses a ledger that is missing or of an older release, instead of making or upgrading it. */
  readonly upgrades?: boolean;
}

/** A ledger for several instances: they share the database, and every rule holds across all of them. */
export class PostgresLedger extends Ledger {
  constructor(options: PostgresOptions) {
    super(new PostgresStore(options));
  }
}

/**
 * Set in every transaction: after waiting for a lock, a read has to see what was committed meanwhile, whatever the
 * database's default is.
 */
const WRITE = 'READ COMMITTED';
const READ = 'REPEATABLE READ READ ONLY';
type Level = typeof WRITE | typeof READ;
/** How often a transaction is retried after a conflict. */
const ATTEMPTS = 8;
/**
 * "cached plan must not change result type": a newer program has added a column since this connection prepared its
 * statements.
 */
const STALE_PLAN = '0A000';
/** Of our own function `take_for_granted`. */
const TAKEN_FOR_GRANTED = 'RF001';
/**
 * "prepared statement does not exist" and "already exists": a pooler in transaction mode has switched the server. From
 * then on this instance prepares nothing.
 */
const STATEMENT_ELSEWHERE = new Set(['26000', '42P05']);
/** Serialization failure, deadlock, or a row that another instance inserted at the same moment. */
const BEGIN_ANEW = new Set(['40001', '40P01', '23505', STALE_PLAN, TAKEN_FOR_GRANTED, ...STATEMENT_ELSEWHERE]);
/** `replace` may wait for the network. */
const REPLACING_MS = 120_000;

const OPTIONS: Readonly<Record<keyof PostgresOptions, LedgerOption>> = {
  url: {
    isRight: (value) => typeof value === 'string' && /^postgres(?:ql)?:\/\//i.test(value),
    words: 'an address that begins with postgres://',
    isRequired: true,
    isSecret: true,
  },
  schema: {
    isRight: (value) => typeof value === 'string' && /^[a-z_][a-z0-9_]{0,62}$/.test(value),
    words: 'up to 63 lower case letters, digits and _, not beginning with a digit',
  },
  connections: COUNT,
  waitMs: MILLISECONDS,
  upgrades: FLAG,
};

export class PostgresStore implements LedgerStore {
  readonly isShared = true;
  readonly #pool: Pg.Pool;
  readonly #schema: string;
  readonly #waitMs: number;
  readonly #upgrades: boolean;
  #migrated: Promise<void> | undefined;
  #keepsStatements = true;

  constructor(options: PostgresOptions) {
    checkLedgerOptions('PostgresLedger', options, OPTIONS);
    const { url, schema = 'refund_proxy', connections = 10, waitMs = 5_000, upgrades = true } = options;
    this.#schema = schema;
    this.#waitMs = waitMs;
    this.#upgrades = upgrades;
    const { Pool } = optionalPackage('pg', 'PostgresLedger') as typeof Pg;
    this.#pool = new Pool({
      connectionString: url,
      max: connections,
      connectionTimeoutMillis: waitMs,
      allowExitOnIdle: true,
      application_name: 'refund-proxy',
      // Statements of one transaction share a round trip.
      pipeline: true,
    });
    // An idle connection that breaks leaves the pool by itself; the next transaction opens another.
    this.#pool.on('error', () => undefined);
    // The pool listens for errors of idle connections only. A connection that breaks in use fails its statements, which
    // are awaited; without a listener its error event would end the process. One may break in the moment it is opened.
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  async transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    await this.#migrate();
    return this.#inTransaction(WRITE, this.#waitMs, (connection) => work(new SqlTransaction(connection)));
  }

  async read<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    await this.#migrate();
    return this.#inTransaction(READ, this.#waitMs, (connection) => work(new SqlTransaction(connection)));
  }

  async replaceShared(
    name: string,
    replace: (current: string | undefined) => Promise<string | undefined>,
  ): Promise<void> {
    await this.#migrate();
    await this.#inTransaction(WRITE, REPLACING_MS, async (connection) => {
      const tx = new SqlTransaction(connection);
      await tx.saveSharedValue(name, await replace(await tx.sharedValue(name)));
    });
  }

  async close(): Promise<void> {
    if (!this.#pool.ending) await this.#pool.end();
  }

  async #inTransaction<T>(level: Level, waitMs: number, work: (connection: PostgresConnection) => Promise<T>) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#attempt({ level, waitMs, assumes: attempt === 1 }, work);
      } catch (error) {
        if (STATEMENT_ELSEWHERE.has(codeOf(error))) this.#keepsStatements = false;
        if (attempt === ATTEMPTS || !BEGIN_ANEW.has(codeOf(error))) throw error;
      }
    }
  }

  async #attempt<T>(
    { level, waitMs, assumes }: { level: Level; waitMs: number; assumes: boolean },
    work: (connection: PostgresConnection) => Promise<T>,
  ): Promise<T> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw unavailable(error);
    });
    const connection = new PostgresConnection(client, {
      timeoutMs: waitMs * 2,
      assumes,
      endsAtOnce: level === READ,
      keepsStatements: this.#keepsStatements,
    });
    let isUsable = false;
    try {
      await connection.write(`BEGIN ISOLATION LEVEL ${level}`, []);
      // For this transaction only: a pooler may give the connection to another client afterwards.
      await connection.write(SETTINGS, [this.#schema, String(waitMs), String(waitMs * 2)]);
      const result = await work(connection);
      await connection.commit();
      isUsable = true;
      return result;
    } catch (error) {
      isUsable = (await connection.rollback()) && codeOf(connection.failure) !== STALE_PLAN;
      // The first error: after it PostgreSQL refuses everything with another message.
      throw connection.failure ?? error;
    } finally {
      client.release(!isUsable);
    }
  }

  /** Once for each instance, and by one instance at a time. A failed try is repeated with the next transaction. */
  #migrate(): Promise<void> {
    this.#migrated ??= this.#inTransaction(WRITE, REPLACING_MS, (connection) => this.#runScripts(connection)).catch(
      (error: unknown) => {
        this.#migrated = undefined;
        throw error;
      },
    );
    return this.#migrated;
  }

  async #runScripts(connection: PostgresConnection): Promise<void> {
    const schema = this.#schema;
    const version = async (): Promise<number> => {
      // Reads the catalogue's tables, because `to_regclass` answers from this connection's cache.
      const table = `SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ? AND c.relname = 'versions'`;
      if ((await connection.rows(table, [schema])).length === 0) return -1;
      const [row] = await connection.rows('SELECT COALESCE(MAX(version), 0) AS version FROM versions', []);
      return Number(row!['version']);
    };
    let from = await version();
    if (!this.#upgrades && from < MIGRATIONS.length) {
      if (from >= 0) throw olderSchema(from, MIGRATIONS.length);
      throw new LedgerUnavailableError(
        `There is no ledger in the schema ${schema}: name the one of the proxy that runs`,
      );
    }
    if (from < MIGRATIONS.length) {
      await connection.rows('SELECT pg_advisory_xact_lock(hashtextextended(?, 0))', [`refund-form ${schema}`]);
      from = await version();
    }
    if (from > MIGRATIONS.length) {
      throw newerSchema(from, MIGRATIONS.length);
    }
    if (from === -1) {
      await connection.script(
        `CREATE SCHEMA IF NOT EXISTS "${schema}"; CREATE TABLE versions (version INTEGER PRIMARY KEY)`,
      );
    }
    for (const [index, script] of MIGRATIONS.entries()) {
      if (index < from) continue;
      await connection.script(script);
      await connection.write('INSERT INTO versions VALUES (?)', [index + 1]);
    }
  }
}

const SETTINGS = `SELECT set_config('search_path', ?, true), set_config('synchronous_commit', 'on', true),
  set_config('lock_timeout', t.lock, true), set_config('statement_timeout', t.each, true),
  set_config('idle_in_transaction_session_timeout', t.each, true)
  FROM (VALUES (?, ?)) AS t (lock, each)`;

/** PostgreSQL's error code, or that of a socket; empty for an error without one. */
function codeOf(error: unknown): string {
  const cause = error instanceof LedgerUnavailableError ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}
