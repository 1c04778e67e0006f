import { DatabaseError, Pool, type PoolClient } from 'pg';

import type { Intent, Scope } from './entities.ts';
import { Ledger } from './ledger.ts';
import { Batch, type Statement } from './postgres-batch.ts';
import { MIGRATIONS } from './postgres-schema.ts';
import { SqlTransaction, type SqlConnection } from './sql.ts';
import type { Row, SqlValue } from './sql-rows.ts';
import {
  LedgerUnavailableError,
  type HeldRange,
  type LedgerStore,
  type LedgerTransaction,
  type NewIntent,
  type NewReservation,
  type Unsettled,
  type Written,
} from './store.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database`, or a socket's folder as `host` in its query. */
  readonly url: string;
  /** The schema that holds the ledger, made when it is not there. Lower case letters, digits and `_`. */
  readonly schema?: string;
  /** Connections of this instance at most. */
  readonly connections?: number;
  /** How long to wait for a connection or for another instance's lock before nothing is sent. Milliseconds. */
  readonly waitMs?: number;
}

/** The ledger of several instances: they share the database, and every rule holds over all of them. */
export class PostgresLedger extends Ledger {
  constructor(options: PostgresOptions) {
    super(new PostgresStore(options));
  }
}

/** Named in every transaction: what waits for a lock has to see what was committed meanwhile, whatever the database's default. */
const WRITE = 'READ COMMITTED';
const READ = 'REPEATABLE READ READ ONLY';
type Level = typeof WRITE | typeof READ;
/** How often a transaction that another one got in the way of begins anew. */
const ATTEMPTS = 8;
/** "cached plan must not change result type": a newer program has added a column since this connection planned. */
const STALE_PLAN = '0A000';
/** Of our own function `take_for_granted`. */
const TAKEN_FOR_GRANTED = 'RF001';
/** Serialization failure, deadlock, and a row that another instance has inserted at the same moment. */
const BEGIN_ANEW = new Set(['40001', '40P01', '23505', STALE_PLAN, TAKEN_FOR_GRANTED]);
/** A value that is replaced waits for the network of whoever replaces it. */
const REPLACING_MS = 120_000;

export class PostgresStore implements LedgerStore {
  readonly isShared = true;
  readonly #pool: Pool;
  readonly #schema: string;
  readonly #waitMs: number;
  #migrated: Promise<void> | undefined;

  constructor({ url, schema = 'refund_proxy', connections = 10, waitMs = 5_000 }: PostgresOptions) {
    if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema)) {
      throw new TypeError('schema: expected up to 63 lower case letters, digits and _, not beginning with a digit');
    }
    this.#schema = schema;
    this.#waitMs = waitMs;
    this.#pool = new Pool({
      connectionString: url,
      max: connections,
      connectionTimeoutMillis: waitMs,
      allowExitOnIdle: true,
      application_name: 'refund-proxy',
    });
    // A connection that breaks while it is idle leaves the pool by itself; the next transaction opens another.
    this.#pool.on('error', () => undefined);
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
    // The pool listens while a connection is idle only. One that breaks in use fails its statements, which are waited for;
    // its event, heard by nobody, would end the process.
    const ignore = () => undefined;
    client.on('error', ignore);
    const connection = new PostgresConnection(client, { timeoutMs: waitMs * 2, assumes, endsAtOnce: level === READ });
    let isUsable = false;
    try {
      await connection.write(`BEGIN ISOLATION LEVEL ${level}`, []);
      // For this transaction only: a pooler may hand the connection to somebody else afterwards.
      await connection.write(SETTINGS, [this.#schema, String(waitMs), String(waitMs * 2)]);
      const result = await work(connection);
      await connection.commit();
      isUsable = true;
      return result;
    } catch (error) {
      isUsable = (await connection.rollback()) && codeOf(connection.failure) !== STALE_PLAN;
      // What went wrong first: PostgreSQL refuses everything after it in other words.
      throw connection.failure ?? error;
    } finally {
      client.release(!isUsable);
      if (isUsable) client.off('error', ignore);
    }
  }

  /** Once for each instance, by one instance at a time. Tried anew with the next transaction when it fails. */
  #migrate(): Promise<void> {
    this.#migrated ??= this.#attempt({ level: WRITE, waitMs: REPLACING_MS, assumes: false }, (connection) =>
      this.#runScripts(connection),
    ).catch((error: unknown) => {
      this.#migrated = undefined;
      throw error;
    });
    return this.#migrated;
  }

  async #runScripts(connection: PostgresConnection): Promise<void> {
    const schema = this.#schema;
    const version = async (): Promise<number> => {
      // A look into the catalogue's tables, and no `to_regclass`: that answers from what this connection remembers.
      const table = `SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ? AND c.relname = 'versions'`;
      if ((await connection.rows(table, [schema])).length === 0) return -1;
      const [row] = await connection.rows('SELECT COALESCE(MAX(version), 0) AS version FROM versions', []);
      return Number(row!['version']);
    };
    let from = await version();
    if (from < MIGRATIONS.length) {
      await connection.rows('SELECT pg_advisory_xact_lock(hashtextextended(?, 0))', [`refund-form ${schema}`]);
      from = await version();
    }
    if (from > MIGRATIONS.length) {
      throw new LedgerUnavailableError(
        `The ledger has version ${from}, this program knows ${MIGRATIONS.length}: run a newer program`,
      );
    }
    if (from === -1) {
      await connection.script(
        `CREATE SCHEMA IF NOT EXISTS ${schema}; CREATE TABLE versions (version INTEGER PRIMARY KEY)`,
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

/** Until the transaction ends. Two payments of one number would wait for each other without need, and nothing else. */
const paymentLock =
  'pg_advisory_xact_lock(hashtextextended(concat_ws(chr(31), current_schema(), merchant, provider, payment_id), 0))';

/**
 * One text that is another one as soon as anything about an intent is written that its settlement reads. `versionsOf`
 * says the same of one that was written just now, with no event that waits.
 */
const versionsOfIntent = `concat_ws('|',
  (SELECT xmin FROM intents WHERE id = ?),
  (SELECT string_agg(id || ':' || xmin, ',' ORDER BY id) FROM reservations WHERE intent_id = ?),
  (SELECT string_agg(e.event_id, ',' ORDER BY e.event_id) FROM events e JOIN intents i USING (merchant, provider, payment_id)
     WHERE i.id = ? AND e.kept IS NOT NULL))`;
const READ_VERSIONS = `SELECT ${versionsOfIntent} AS seen`;

function versionsOf([intent, ...reservations]: readonly Row[]): string {
  const parts = reservations.map(({ id, version }) => `${String(id)}:${String(version)}`);
  return [String(intent!['version']), parts.join(',')].filter((part) => part !== '').join('|');
}

/** Ends the transaction where the condition does not hold: it begins anew then, and takes nothing for granted. */
const prove = (condition: string) => `SELECT take_for_granted(${condition})`;
const PROVE_VERSIONS = prove(`${versionsOfIntent} = ?`);
const PROVE_NEW_KEY = prove('NOT EXISTS (SELECT 1 FROM intents WHERE merchant = ? AND provider = ? AND key = ?)');
const heldOfPayment = 'FROM reservations WHERE released = 0 AND merchant = ? AND provider = ? AND payment_id = ?';
const PROVE_HELD = prove(`(SELECT COALESCE(SUM(amount), 0) BETWEEN ? AND ? ${heldOfPayment})`);
const PROVE_NO_UNKNOWN = prove(`NOT EXISTS (SELECT 1 ${heldOfPayment} AND standing = 'unknown')`);

const LOCK_PAYMENT = `SELECT ${paymentLock} FROM (VALUES (?, ?, ?)) AS p (merchant, provider, payment_id)`;
const LOCK_PAYMENT_OF = `SELECT ${paymentLock} FROM intents WHERE id = ?`;

/** One transaction on one connection. Whatever goes wrong comes out as `LedgerUnavailableError`. */
class PostgresConnection implements SqlConnection {
  readonly takenOn = 'FOR UPDATE SKIP LOCKED';
  readonly locked = 'FOR UPDATE';
  readonly #client: PoolClient;
  readonly #timeoutMs: number;
  readonly #assumes: boolean;
  readonly #endsAtOnce: boolean;
  #waiting: Statement[] = [];
  /** What `insert` has inserted. */
  readonly #inserted: Promise<Row>[] = [];
  /** Who is told what the next message answers, without having waited for it. */
  #told: ((answers: readonly Row[][]) => void)[] = [];
  #next: Promise<readonly Row[][]> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #failure: LedgerUnavailableError | undefined;
  #isOver = false;

  /**
   * @param assumes whether it may take for granted what the server proves with the commit
   * @param endsAtOnce whether its first message is its last
   */
  constructor(
    client: PoolClient,
    { timeoutMs, assumes, endsAtOnce }: { timeoutMs: number; assumes: boolean; endsAtOnce: boolean },
  ) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
    this.#assumes = assumes;
    this.#endsAtOnce = endsAtOnce;
  }

  /** The first thing that went wrong. */
  get failure(): LedgerUnavailableError | undefined {
    return this.#failure;
  }

  async rows(sql: string, values: readonly SqlValue[]): Promise<Row[]> {
    const index = this.#add(sql, values, true);
    const answers = await this.#answered();
    return answers[index]!;
  }

  /** Sent with what is waited for next, which is the commit at the latest. */
  async write(sql: string, values: readonly SqlValue[]): Promise<void> {
    this.#add(sql, values, false);
  }

  /** As `write`; what the row came to be is answered with the next message, and nobody waits for it here. */
  async insert(sql: string, values: readonly SqlValue[]): Promise<void> {
    const index = this.#add(`${sql} RETURNING id, xmin AS version`, values, true);
    this.#inserted.push(
      new Promise((resolve) => {
        this.#told.push((answers) => resolve(answers[index]![0]!));
      }),
    );
  }

  /** Several statements of our own, without values. */
  async script(sql: string): Promise<void> {
    await this.#answered();
    await this.#simple(sql).catch((error: unknown) => this.#fail(error));
  }

  /**
   * Not waited for: the server runs what is sent after it once it has the lock, and sees then what the one before has
   * committed. A lock of its own and no row: taking it writes nothing.
   */
  lockPayment({ merchant, provider }: Scope, paymentId: string): Promise<void> {
    return this.write(LOCK_PAYMENT, [merchant, provider, paymentId]);
  }

  /** What names the payment of an intent never changes, so it may be read before the lock is there. */
  lockPaymentOf(intentId: string): Promise<void> {
    return this.write(LOCK_PAYMENT_OF, [intentId]);
  }

  /**
   * Reads first, or knows what it has written itself, and locks with the writes: then no other instance waits while an
   * answer is on its way here. Under the lock the server compares those versions with the ones of now, and ends the
   * transaction where they differ; it begins anew, and then it locks first.
   */
  async readLocked(
    intentId: string,
    read: () => Promise<Unsettled | undefined>,
    written: Written | undefined,
  ): Promise<Unsettled | undefined> {
    if (!this.#assumes) {
      await this.lockPaymentOf(intentId);
      return read();
    }
    const ids = [intentId, intentId, intentId];
    const { unsettled, versions } = written ?? (await this.#readAhead(ids, read));
    if (unsettled) await this.lockPayment(unsettled.intent, unsettled.intent.paymentId);
    await this.write(PROVE_VERSIONS, [...ids, versions]);
    return unsettled;
  }

  /** The versions before the rest: what changes in between has another one under the lock. */
  async #readAhead<T>(ids: readonly string[], read: () => Promise<T>): Promise<{ unsettled: T; versions: string }> {
    const [rows, unsettled] = await Promise.all([this.rows(READ_VERSIONS, ids), read()]);
    return { unsettled, versions: String(rows[0]!['seen']) };
  }

  /** Events that waited before the intent began are not among what it has written: with one of them, its settlement reads. */
  async written(intent: Intent, reservations: readonly NewReservation[]): Promise<Written> {
    const inserted = await Promise.all(this.#inserted);
    const rows = reservations.map((row, index) => ({ ...row, id: Number(inserted[index + 1]!['id']) }));
    return { unsettled: { intent, rows, kept: [] }, versions: versionsOf(inserted) };
  }

  async assumeHeld(
    { merchant, provider, key, paymentId }: NewIntent,
    { least, most, mayBeUnknown }: HeldRange,
  ): Promise<boolean> {
    if (!this.#assumes) return false;
    await this.write(PROVE_NEW_KEY, [merchant, provider, key]);
    const payment = [merchant, provider, paymentId];
    await this.write(PROVE_HELD, [least, most, ...payment]);
    if (!mayBeUnknown) await this.write(PROVE_NO_UNKNOWN, payment);
    return true;
  }

  async commit(): Promise<void> {
    if (this.#endsAtOnce) return;
    await this.write('COMMIT', []);
    await this.#answered();
  }

  /** Whether the connection can be used again. */
  async rollback(): Promise<boolean> {
    this.#isOver = true;
    try {
      await this.#simple('ROLLBACK');
      return true;
    } catch (error) {
      this.#failure ??= unavailable(error);
      return false;
    }
  }

  /** Its place among what waits. */
  #add(sql: string, values: readonly SqlValue[], answers: boolean): number {
    return this.#waiting.push({ text: numbered(sql), values, answers }) - 1;
  }

  /** The answers to all that waits, and to what the callers of this moment add to it. */
  #answered(): Promise<readonly Row[][]> {
    this.#next ??= this.#last.then(() => this.#send());
    return this.#next;
  }

  async #send(): Promise<readonly Row[][]> {
    // Whoever asks at the same moment is given the same message.
    await new Promise<void>((resolve) => {
      process.nextTick(resolve);
    });
    if (this.#endsAtOnce) this.#add('COMMIT', [], false);
    const batch = new Batch(this.#waiting);
    const told = this.#told;
    this.#waiting = [];
    this.#told = [];
    this.#next = undefined;
    if (this.#failure) throw this.#failure;
    // Work that failed in one place may still ask in another: after the rollback it would be a transaction of its own.
    if (this.#isOver) throw new LedgerUnavailableError('The transaction is over');
    this.#isOver = this.#endsAtOnce;
    const answered = batch.answered;
    this.#last = answered.catch(() => undefined);
    // The server's own limits are of no use where the network is gone.
    const overdue = setTimeout(() => this.#client.connection.stream.destroy(), this.#timeoutMs);
    try {
      this.#client.query(batch);
      const answers = await answered;
      for (const tell of told) tell(answers);
      return answers;
    } catch (error) {
      return this.#fail(error);
    } finally {
      clearTimeout(overdue);
    }
  }

  async #simple(text: string): Promise<void> {
    const bounded = { text, query_timeout: this.#timeoutMs };
    await this.#client.query(bounded);
  }

  #fail(error: unknown): never {
    this.#failure ??= unavailable(error);
    throw this.#failure;
  }
}

const numberedTexts = new Map<string, string>();

/** `?` as PostgreSQL writes it: `$1`, `$2`, ... None of our texts holds a `?` of another meaning. */
function numbered(sql: string): string {
  let text = numberedTexts.get(sql);
  if (text === undefined) {
    let n = 0;
    text = sql.replaceAll('?', () => `$${(n += 1)}`);
    numberedTexts.set(sql, text);
  }
  return text;
}

/** PostgreSQL's code of what went wrong, empty when it was not PostgreSQL that said so. */
function codeOf(error: unknown): string {
  const cause = error instanceof LedgerUnavailableError ? error.cause : undefined;
  return cause instanceof DatabaseError ? (cause.code ?? '') : '';
}

function unavailable(error: unknown): LedgerUnavailableError {
  const message = error instanceof Error ? error.message : String(error);
  return new LedgerUnavailableError(`The ledger does not answer: ${message}`, { cause: error });
}
