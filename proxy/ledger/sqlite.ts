import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

import type { AuditLine, Intent, OpenedVendor, Reservation, Scope } from './entities.ts';
import { Ledger } from './ledger.ts';
import { changing, SELECT_RESERVATIONS, text, toIntent, toReservation, type Row } from './sqlite-rows.ts';
import { MIGRATIONS } from './sqlite-schema.ts';
import {
  LedgerUnavailableError,
  type Held,
  type IntentQuery,
  type LedgerStore,
  type LedgerTransaction,
  type NewReservation,
} from './store.ts';

type Begin = 'BEGIN IMMEDIATE' | 'BEGIN';

export interface SqliteOptions {
  /** Path of the database file; made when it is not there. */
  readonly file: string;
  /** How long a write waits for another process's lock before nothing is sent. Milliseconds. */
  readonly busyTimeoutMs?: number;
}

/** The embedded ledger: one file, write-ahead log, every commit synced before it is believed. */
export class SqliteLedger extends Ledger {
  constructor(options: SqliteOptions) {
    super(new SqliteStore(options));
  }
}

export class SqliteStore implements LedgerStore {
  readonly #db: DatabaseSync;
  readonly #tx: SqliteTransaction;
  #isClosed = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ file, busyTimeoutMs = 1_000 }: SqliteOptions) {
    try {
      this.#db = new DatabaseSync(file, { timeout: busyTimeoutMs });
      this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
      this.#migrate();
    } catch (error) {
      throw unavailable(`The ledger ${file} cannot be opened`, error);
    }
    this.#tx = new SqliteTransaction(this.#db);
  }

  transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    return this.#next('BEGIN IMMEDIATE', work);
  }

  read<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    return this.#next('BEGIN', work);
  }

  async close(): Promise<void> {
    await this.#last;
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#db.close();
  }

  /** One connection: a second transaction waits, or it would become part of the first. */
  #next<T>(begin: Begin, work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    const result = this.#last.then(() => this.#run(begin, work));
    this.#last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  async #run<T>(begin: Begin, work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    try {
      this.#tx.begin(begin);
      const result = await work(this.#tx);
      this.#tx.commit();
      return result;
    } catch (error) {
      this.#tx.rollback();
      throw unavailable('The ledger does not answer', error);
    }
  }

  #migrate(): void {
    const version = () => Number(this.#db.prepare('PRAGMA user_version').get()!['user_version']);
    if (version() === MIGRATIONS.length) return;
    this.#db.exec('BEGIN IMMEDIATE');
    const from = version();
    if (from > MIGRATIONS.length) {
      throw new LedgerUnavailableError(
        `The ledger has version ${from}, this program knows ${MIGRATIONS.length}: run a newer program`,
      );
    }
    for (const script of MIGRATIONS.slice(from)) this.#db.exec(script);
    this.#db.exec(`PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`);
  }
}

function unavailable(message: string, error: unknown): unknown {
  const isSqlite = error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_SQLITE');
  const isClosed = error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_STATE';
  return isSqlite || isClosed ? new LedgerUnavailableError(`${message}: ${error.message}`, { cause: error }) : error;
}

/** SQL text to prepared statement, made on first use. Methods are async for the interface; each runs at once. */
class SqliteTransaction implements LedgerTransaction {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  begin(begin: Begin): void {
    this.#sql(begin).run();
  }

  commit(): void {
    this.#sql('COMMIT').run();
  }

  rollback(): void {
    try {
      this.#sql('ROLLBACK').run();
    } catch (error) {
      // SQLite rolls back by itself on a full disk and on an I/O error; then there is nothing left to roll back.
      if (!(error instanceof Error) || !/no transaction is active|not open/.test(error.message)) throw error;
    }
  }

  async lockPayment(): Promise<void> {
    // BEGIN IMMEDIATE holds the only write lock there is.
  }

  async intent(id: string): Promise<Intent | undefined> {
    return this.#one('SELECT * FROM intents WHERE id = ?', [id], toIntent);
  }

  async intentByKey({ merchant, provider }: Scope, key: string): Promise<Intent | undefined> {
    const where = 'merchant = ? AND provider = ? AND key = ?';
    return this.#one(`SELECT * FROM intents WHERE ${where}`, [merchant, provider, key], toIntent);
  }

  async intents({ merchant, provider }: Scope, query: IntentQuery): Promise<Intent[]> {
    const { states, withUnknownParts = false, paymentId, dueAt, limit } = query;
    const where = ['merchant = ?', 'provider = ?'];
    const values: SQLInputValue[] = [merchant, provider];
    if (states) {
      // Literals of our own, so that the partial index applies.
      const inStates = `state IN (${states.map((state) => `'${state}'`).join(', ')})`;
      const parts =
        "id IN (SELECT intent_id FROM reservations WHERE released = 0 AND standing = 'unknown' AND intent_id IS NOT NULL)";
      where.push(withUnknownParts ? `(${inStates} OR (state = 'succeeded' AND ${parts}))` : inStates);
    }
    if (paymentId !== undefined) {
      where.push('payment_id = ?');
      values.push(paymentId);
    }
    if (dueAt !== undefined) {
      where.push('next_check_at <= ?');
      values.push(dueAt);
    }
    const sql = `SELECT * FROM intents WHERE ${where.join(' AND ')} ORDER BY created_at, id LIMIT ?`;
    return this.#many(sql, [...values, limit], toIntent);
  }

  async openCancels(target: number): Promise<Intent[]> {
    const sql = "SELECT * FROM intents WHERE target = ? AND state IN ('sending', 'resending', 'unknown')";
    return this.#many(sql, [target], toIntent);
  }

  async insertIntent(intent: Intent): Promise<void> {
    this.#sql(
      `INSERT INTO intents (merchant, provider, key, fingerprint, kind, payment_id, currency, provider_key, target,
         created_at, state, user, answer_status, answer_headers, answer_body, seen_before, first_sent_at, updated_at,
         checks, next_check_at, id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      intent.merchant,
      intent.provider,
      intent.key,
      intent.fingerprint,
      intent.kind,
      intent.paymentId,
      intent.currency,
      intent.providerKey,
      intent.target ?? null,
      intent.createdAt,
      ...changing(intent),
    );
  }

  async saveIntent(intent: Intent): Promise<void> {
    this.#sql(
      `UPDATE intents SET state = ?, user = ?, answer_status = ?, answer_headers = ?, answer_body = ?, seen_before = ?,
         first_sent_at = ?, updated_at = ?, checks = ?, next_check_at = ?
       WHERE id = ?`,
    ).run(...changing(intent));
  }

  async reservation(id: number): Promise<Reservation | undefined> {
    return this.#one(`${SELECT_RESERVATIONS} WHERE r.id = ?`, [id], toReservation);
  }

  async reservationsOfIntent(intentId: string): Promise<Reservation[]> {
    return this.#many(`${SELECT_RESERVATIONS} WHERE r.intent_id = ? ORDER BY r.id`, [intentId], toReservation);
  }

  async reservationsOfPayment({ merchant, provider }: Scope, paymentId: string): Promise<Reservation[]> {
    const where = 'r.merchant = ? AND r.provider = ? AND r.payment_id = ?';
    const values = [merchant, provider, paymentId];
    return this.#many(`${SELECT_RESERVATIONS} WHERE ${where} ORDER BY r.id`, values, toReservation);
  }

  async held({ merchant, provider }: Scope, paymentId: string): Promise<Held> {
    const sql = `SELECT CAST(COALESCE(SUM(amount), 0) AS TEXT) AS amount, MAX(standing = 'unknown') AS has_unknown
      FROM reservations WHERE released = 0 AND merchant = ? AND provider = ? AND payment_id = ?`;
    const row = this.#sql(sql).get(merchant, provider, paymentId)!;
    return { amount: BigInt(String(row['amount'])), hasUnknown: row['has_unknown'] === 1 };
  }

  async heldOfVendor({ merchant, provider }: Scope, paymentId: string, vendor: string, after: number): Promise<bigint> {
    const sql = `SELECT CAST(COALESCE(SUM(amount), 0) AS TEXT) AS amount FROM reservations
      WHERE released = 0 AND merchant = ? AND provider = ? AND payment_id = ? AND vendor = ? AND id > ?`;
    return BigInt(String(this.#sql(sql).get(merchant, provider, paymentId, vendor, after)!['amount']));
  }

  async lastReservation({ merchant, provider }: Scope, paymentId: string): Promise<number> {
    const sql = `SELECT COALESCE(MAX(id), 0) AS last FROM reservations
      WHERE merchant = ? AND provider = ? AND payment_id = ?`;
    return Number(this.#sql(sql).get(merchant, provider, paymentId)!['last']);
  }

  async reservationsByReference({ merchant, provider }: Scope, reference: string): Promise<Reservation[]> {
    const sql = `${SELECT_RESERVATIONS} JOIN refund_references f ON f.reservation_id = r.id
      WHERE f.merchant = ? AND f.provider = ? AND f.reference = ? ORDER BY r.id`;
    return this.#many(sql, [merchant, provider, reference], toReservation);
  }

  async dueReservations({ merchant, provider }: Scope, at: number, limit: number): Promise<Reservation[]> {
    const sql = `${SELECT_RESERVATIONS} WHERE r.merchant = ? AND r.provider = ? AND r.refund_id IS NOT NULL
      AND r.standing IN ('pending', 'unrecognised', 'reversing') AND r.next_check_at <= ?
      ORDER BY r.next_check_at LIMIT ?`;
    return this.#many(sql, [merchant, provider, at, limit], toReservation);
  }

  async insertReservation(row: NewReservation): Promise<Reservation> {
    const { lastInsertRowid } = this.#sql(
      `INSERT INTO reservations (merchant, provider, intent_id, payment_id, currency, vendor, amount, released, refund_id,
         reference_ids, status, standing, reason, created_at, updated_at, checks, next_check_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      row.merchant,
      row.provider,
      row.intentId ?? null,
      row.paymentId,
      row.currency,
      row.vendor ?? null,
      row.amount,
      row.released ? 1 : 0,
      row.refundId ?? null,
      JSON.stringify(row.references),
      row.status,
      row.standing,
      row.reason ?? null,
      row.createdAt,
      row.updatedAt,
      row.checks,
      row.nextCheckAt,
    );
    const reservation: Reservation = { ...row, id: Number(lastInsertRowid) };
    this.#indexReferences(reservation);
    return reservation;
  }

  async saveReservation(row: Reservation): Promise<void> {
    this.#sql(
      `UPDATE reservations SET released = ?, refund_id = ?, reference_ids = ?, status = ?, standing = ?, updated_at = ?,
         checks = ?, next_check_at = ?
       WHERE id = ?`,
    ).run(
      row.released ? 1 : 0,
      row.refundId ?? null,
      JSON.stringify(row.references),
      row.status,
      row.standing,
      row.updatedAt,
      row.checks,
      row.nextCheckAt,
      row.id,
    );
    this.#indexReferences(row);
  }

  async openedVendors({ merchant, provider }: Scope, paymentId: string): Promise<OpenedVendor[]> {
    const sql = `SELECT vendor, CAST(remaining AS TEXT) AS remaining, after FROM opened_vendors
      WHERE merchant = ? AND provider = ? AND payment_id = ?`;
    return this.#many(sql, [merchant, provider, paymentId], (row) => ({
      vendor: String(row['vendor']),
      remaining: BigInt(String(row['remaining'])),
      after: Number(row['after']),
    }));
  }

  async replaceOpenedVendors(
    { merchant, provider }: Scope,
    paymentId: string,
    vendors: readonly OpenedVendor[],
  ): Promise<void> {
    const scope = [merchant, provider, paymentId] as const;
    this.#sql('DELETE FROM opened_vendors WHERE merchant = ? AND provider = ? AND payment_id = ?').run(...scope);
    const insert = this.#sql('INSERT INTO opened_vendors VALUES (?, ?, ?, ?, ?, ?)');
    for (const { vendor, remaining, after } of vendors) insert.run(...scope, vendor, remaining, after);
  }

  async addAudit(line: AuditLine): Promise<void> {
    this.#sql(
      `INSERT INTO audit (at, intent_id, reservation_id, who, what, from_word, to_word, source, detail)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      line.at,
      line.intentId ?? null,
      line.reservationId ?? null,
      line.who,
      line.what,
      line.from ?? null,
      line.to ?? null,
      line.source,
      line.detail ?? null,
    );
  }

  async auditOf(intentId: string): Promise<AuditLine[]> {
    return this.#many('SELECT * FROM audit WHERE intent_id = ? ORDER BY id', [intentId], (row) => ({
      at: Number(row['at']),
      intentId: text(row['intent_id']),
      reservationId: row['reservation_id'] === null ? undefined : Number(row['reservation_id']),
      who: String(row['who']),
      what: String(row['what']),
      from: text(row['from_word']),
      to: text(row['to_word']),
      source: String(row['source']),
      detail: text(row['detail']),
    }));
  }

  #indexReferences({ id, merchant, provider, refundId, references }: Reservation): void {
    const ids = new Set(Object.values(references));
    if (refundId !== undefined) ids.add(refundId);
    const insert = this.#sql('INSERT OR IGNORE INTO refund_references VALUES (?, ?, ?, ?)');
    for (const reference of ids) insert.run(merchant, provider, reference, id);
  }

  #sql(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #one<T>(sql: string, values: readonly SQLInputValue[], read: (row: Row) => T): T | undefined {
    const row = this.#sql(sql).get(...values);
    return row && read(row);
  }

  #many<T>(sql: string, values: readonly SQLInputValue[], read: (row: Row) => T): T[] {
    return this.#sql(sql)
      .all(...values)
      .map(read);
  }
}
