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
import {
  changing,
  INSERT_RESERVATION,
  insertedReservation,
  SELECT_RESERVATIONS,
  toAuditLine,
  toIntent,
  toReservation,
  toStoredEvent,
  type Row,
  type SqlValue,
} from './sql-rows.ts';
import type { SqlConnection } from './sql-connection.ts';
import { SqlOutbox } from './sql-outbox.ts';
import type { LedgerFigures } from './figures.ts';
import { readFigures } from './sql-figures.ts';
import { SqlRetention } from './sql-retention.ts';
import { OPEN_STATES, type IntentState } from './states.ts';
import type { LedgerTransaction, RetentionRows } from './store.ts';
import type { Held, HeldRange, IntentQuery, NewIntent, NewReservation, Unsettled, Written } from './rows.ts';

/** The rows of the ledger, in SQL for both databases: one statement for each question. */
export class SqlTransaction implements LedgerTransaction {
  readonly outbox: SqlOutbox;
  readonly #db: SqlConnection;

  constructor(db: SqlConnection) {
    this.#db = db;
    this.outbox = new SqlOutbox(db);
  }

  get retention(): RetentionRows {
    return new SqlRetention(this.#db);
  }

  lockPayment(scope: Scope, paymentId: string): Promise<void> {
    return this.#db.lockPayment(scope, paymentId);
  }

  lockPaymentOf(intentId: string): Promise<void> {
    return this.#db.lockPaymentOf(intentId);
  }

  unsettled(intentId: string, written?: Written): Promise<Unsettled | undefined> {
    return this.#db.readLocked(intentId, () => this.#readUnsettled(intentId), written);
  }

  written(intent: Intent, reservations: readonly NewReservation[]): Promise<Written> | undefined {
    return this.#db.written(intent, reservations);
  }

  assumeHeld(intent: NewIntent, range: HeldRange): Promise<boolean> {
    return this.#db.assumeHeld(intent, range);
  }

  async intent(id: string): Promise<Intent | undefined> {
    return this.#one('SELECT * FROM intents WHERE id = ?', [id], toIntent);
  }

  async intentByKey({ merchant, provider }: Scope, key: string): Promise<Intent | undefined> {
    const where = 'merchant = ? AND provider = ? AND key = ?';
    return this.#one(`SELECT * FROM intents WHERE ${where}`, [merchant, provider, key], toIntent);
  }

  async intents({ merchant, provider }: Scope, query: IntentQuery): Promise<Intent[]> {
    const { states, withUnknownParts = false, paymentId, limit } = query;
    const inScope = 'merchant = ? AND provider = ?';
    const where = [inScope];
    const values: SqlValue[] = [merchant, provider];
    let from = 'intents';
    if (states && withUnknownParts) {
      // The few ids come first: CROSS JOIN keeps SQLite from scanning all intents.
      const parts = "SELECT intent_id FROM reservations WHERE released = 0 AND standing = 'unknown'";
      const found = `SELECT id AS found FROM intents WHERE ${inScope} AND ${oneOf(states)} UNION ${parts}`;
      from = `(${found}) f CROSS JOIN intents`;
      where.push('id = found', `(state IN ('succeeded', 'failed') OR ${oneOf(states)})`);
      values.push(merchant, provider);
    } else if (states) {
      where.push(oneOf(states));
    }
    if (paymentId !== undefined) {
      where.push('payment_id = ?');
      values.push(paymentId);
    }
    const sql = `SELECT intents.* FROM ${from} WHERE ${where.join(' AND ')} ORDER BY created_at, id LIMIT ?`;
    return this.#many(sql, [...values, limit], toIntent);
  }

  async openCancels(target: number): Promise<Intent[]> {
    const sql = "SELECT * FROM intents WHERE target = ? AND state IN ('sending', 'resending', 'unknown')";
    return this.#many(sql, [target], toIntent);
  }

  async dueIntents(
    { merchant, provider }: Scope,
    { states, at, limit }: Parameters<LedgerTransaction['dueIntents']>[1],
  ): Promise<Intent[]> {
    const sql = `SELECT * FROM intents WHERE merchant = ? AND provider = ?
      AND ${oneOf(states)} AND next_check_at <= ?
      ORDER BY next_check_at, id LIMIT ? ${this.#db.claimClause}`;
    return this.#many(sql, [merchant, provider, at, limit], toIntent);
  }

  insertIntent(intent: Intent): Promise<void> {
    return this.#db.insert(
      `INSERT INTO intents (merchant, provider, key, fingerprint, kind, payment_id, currency, provider_key, target,
         created_at, state, "user", answer_status, answer_headers, answer_body, seen_before, first_sent_at, updated_at,
         checks, next_check_at, id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
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
      ],
    );
  }

  saveIntent(intent: Intent): Promise<void> {
    return this.#db.write(
      `UPDATE intents SET state = ?, "user" = ?, answer_status = ?, answer_headers = ?, answer_body = ?, seen_before = ?,
         first_sent_at = ?, updated_at = ?, checks = ?, next_check_at = ?
       WHERE id = ?`,
      changing(intent),
    );
  }

  putOffIntent({ id, checks, nextCheckAt }: Intent): Promise<void> {
    return this.#db.write('UPDATE intents SET checks = ?, next_check_at = ? WHERE id = ?', [checks, nextCheckAt, id]);
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

  async held({ merchant, provider }: Scope, paymentId: string, currency: string): Promise<Held> {
    const sql = `SELECT CAST(COALESCE(SUM(CASE WHEN currency = ? THEN amount ELSE 0 END), 0) AS TEXT) AS amount,
        COALESCE(MAX(CASE WHEN standing = 'unknown' THEN 1 ELSE 0 END), 0) AS has_unknown,
        COALESCE(MAX(CASE WHEN currency = ? THEN 0 ELSE 1 END), 0) AS has_foreign
      FROM reservations WHERE released = 0 AND merchant = ? AND provider = ? AND payment_id = ?`;
    const [row] = await this.#db.rows(sql, [currency, currency, merchant, provider, paymentId]);
    return {
      amount: BigInt(String(row!['amount'])),
      hasUnknown: Number(row!['has_unknown']) === 1,
      hasForeign: Number(row!['has_foreign']) === 1,
    };
  }

  async heldElsewhere({ merchant, provider }: Scope, paymentId: string, currency: string): Promise<bigint> {
    const sql = `SELECT CAST(COALESCE(SUM(amount), 0) AS TEXT) AS amount FROM reservations
      WHERE released = 0 AND merchant = ? AND provider = ? AND payment_id = ? AND intent_id IS NULL AND currency = ?`;
    const [row] = await this.#db.rows(sql, [merchant, provider, paymentId, currency]);
    return BigInt(String(row!['amount']));
  }

  async heldOfVendor({ merchant, provider }: Scope, paymentId: string, vendor: string, after: number): Promise<bigint> {
    const sql = `SELECT CAST(COALESCE(SUM(amount), 0) AS TEXT) AS amount FROM reservations
      WHERE released = 0 AND merchant = ? AND provider = ? AND payment_id = ? AND vendor = ? AND id > ?`;
    const [row] = await this.#db.rows(sql, [merchant, provider, paymentId, vendor, after]);
    return BigInt(String(row!['amount']));
  }

  async lastReservation({ merchant, provider }: Scope, paymentId: string): Promise<number> {
    const sql = `SELECT COALESCE(MAX(id), 0) AS last FROM reservations
      WHERE merchant = ? AND provider = ? AND payment_id = ?`;
    const [row] = await this.#db.rows(sql, [merchant, provider, paymentId]);
    return Number(row!['last']);
  }

  async reservationsByReference({ merchant, provider }: Scope, reference: string): Promise<Reservation[]> {
    const sql = `${SELECT_RESERVATIONS} JOIN refund_references f ON f.reservation_id = r.id
      WHERE f.merchant = ? AND f.provider = ? AND f.reference = ? ORDER BY r.id`;
    return this.#many(sql, [merchant, provider, reference], toReservation);
  }

  async dueReservations({ merchant, provider }: Scope, at: number, limit: number): Promise<Reservation[]> {
    const due = `SELECT id FROM reservations WHERE merchant = ? AND provider = ? AND refund_id IS NOT NULL
      AND standing IN ('pending', 'unrecognised', 'reversing') AND next_check_at <= ?
      ORDER BY next_check_at, id LIMIT ? ${this.#db.claimClause}`;
    const sql = `${SELECT_RESERVATIONS} WHERE r.id IN (${due}) ORDER BY r.next_check_at, r.id`;
    return this.#many(sql, [merchant, provider, at, limit], toReservation);
  }

  /** `MAX_DOUBLINGS`, worded exactly as in the partial index. */
  async followedReservations({ merchant, provider }: Scope, at: number, limit: number): Promise<Reservation[]> {
    const due = `SELECT id FROM reservations WHERE merchant = ? AND provider = ? AND refund_id IS NOT NULL
      AND standing = 'succeeded' AND checks < 5 AND next_check_at <= ?
      ORDER BY next_check_at, id LIMIT ? ${this.#db.claimClause}`;
    const sql = `${SELECT_RESERVATIONS} WHERE r.id IN (${due}) ORDER BY r.next_check_at, r.id`;
    return this.#many(sql, [merchant, provider, at, limit], toReservation);
  }

  async insertReservation(row: NewReservation): Promise<Reservation> {
    const [inserted] = await this.#db.rows(`${INSERT_RESERVATION} RETURNING id`, insertedReservation(row));
    const reservation: Reservation = { ...row, id: Number(inserted!['id']) };
    await this.#indexReferences(reservation);
    return reservation;
  }

  addReservation(row: NewReservation): Promise<void> {
    return this.#db.insert(INSERT_RESERVATION, insertedReservation(row));
  }

  async saveReservation(row: Reservation): Promise<void> {
    await this.#db.write(
      `UPDATE reservations SET amount = ?, released = ?, refund_id = ?, reference_ids = ?, status = ?, standing = ?, updated_at = ?,
         checks = ?, next_check_at = ?
       WHERE id = ?`,
      [
        row.amount,
        row.released ? 1 : 0,
        row.refundId ?? null,
        JSON.stringify(row.references),
        row.status,
        row.standing,
        row.updatedAt,
        row.checks,
        row.nextCheckAt,
        row.id,
      ],
    );
    await this.#indexReferences(row);
  }

  putOffReservation({ id, checks, nextCheckAt }: Reservation): Promise<void> {
    const sql = 'UPDATE reservations SET checks = ?, next_check_at = ? WHERE id = ?';
    return this.#db.write(sql, [checks, nextCheckAt, id]);
  }

  /** Only writes: nobody waits to learn that there was nothing to absorb. */
  async absorbElsewhere(part: Reservation, refundId: string, from: AuditLine): Promise<void> {
    const { merchant, provider, paymentId, id, intentId } = part;
    const where = 'merchant = ? AND provider = ? AND payment_id = ? AND refund_id = ? AND intent_id IS NULL';
    const values = [merchant, provider, paymentId, refundId];
    await this.#db.write(
      `INSERT INTO audit (at, intent_id, reservation_id, who, what, from_word, to_word, source, detail)
       SELECT CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS TEXT), 'absorb', standing, NULL,
         CAST(? AS TEXT), 'the refund made elsewhere in row ' || id || ' is this one'
       FROM reservations WHERE ${where}`,
      [from.at, intentId ?? null, id, from.who, from.source, ...values],
    );
    await this.#db.write(
      `UPDATE reservations SET released = 1, refund_id = NULL, reference_ids = '{}', status = 'absorbed', updated_at = ?
       WHERE ${where}`,
      [from.at, ...values],
    );
  }

  async openedVendors({ merchant, provider }: Scope, paymentId: string): Promise<OpenedVendor[]> {
    const sql = `SELECT vendor, CAST(remaining AS TEXT) AS remaining, after FROM opened_vendors
      WHERE merchant = ? AND provider = ? AND payment_id = ? ORDER BY vendor`;
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
    await this.#db.write('DELETE FROM opened_vendors WHERE merchant = ? AND provider = ? AND payment_id = ?', scope);
    for (const { vendor, remaining, after } of vendors) {
      const values = [...scope, vendor, remaining, after];
      await this.#db.write('INSERT INTO opened_vendors VALUES (?, ?, ?, ?, ?, ?)', values);
    }
  }

  keepRequest(intentId: string, { path, body, amount }: KeptRequest): Promise<void> {
    return this.#db.write('INSERT INTO kept_requests VALUES (?, ?, ?, ?)', [intentId, path, body, amount]);
  }

  async keptRequest(intentId: string): Promise<KeptRequest | undefined> {
    const sql = 'SELECT path, body, CAST(amount AS TEXT) AS amount FROM kept_requests WHERE intent_id = ?';
    return this.#one(sql, [intentId], (row) => ({
      path: String(row['path']),
      body: String(row['body']),
      amount: BigInt(String(row['amount'])),
    }));
  }

  async keptAmounts({ merchant, provider }: Scope, paymentId: string): Promise<KeptAmount[]> {
    const sql = `SELECT k.intent_id, CAST(k.amount AS TEXT) AS amount FROM intents i
      JOIN kept_requests k ON k.intent_id = i.id WHERE i.merchant = ? AND i.provider = ? AND i.payment_id = ?`;
    return this.#many(sql, [merchant, provider, paymentId], (row) => ({
      intentId: String(row['intent_id']),
      amount: BigInt(String(row['amount'])),
    }));
  }

  dropRequest(intentId: string): Promise<void> {
    return this.#db.write('DELETE FROM kept_requests WHERE intent_id = ?', [intentId]);
  }

  async insertEvent(event: StoredEvent): Promise<boolean> {
    const inserted = await this.#db.rows(
      `INSERT INTO events (merchant, provider, event_id, refund_id, payment_id, received_at, kept)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING event_id`,
      [
        event.merchant,
        event.provider,
        event.eventId,
        event.refundId,
        event.paymentId,
        event.receivedAt,
        event.kept ?? null,
      ],
    );
    return inserted.length > 0;
  }

  async #keptEventsFor(intentId: string): Promise<StoredEvent[]> {
    const sql = `SELECT e.* FROM events e JOIN intents i USING (merchant, provider, payment_id)
      WHERE i.id = ? AND e.kept IS NOT NULL ORDER BY e.received_at, e.event_id`;
    return this.#many(sql, [intentId], toStoredEvent);
  }

  releaseEvent({ merchant, provider, eventId }: StoredEvent): Promise<void> {
    const sql = 'UPDATE events SET kept = NULL WHERE merchant = ? AND provider = ? AND event_id = ?';
    return this.#db.write(sql, [merchant, provider, eventId]);
  }

  /** Locked until the transaction ends, if the database has row locks. */
  async sharedValue(name: string): Promise<string | undefined> {
    await this.#db.write('INSERT INTO shared_values (name) VALUES (?) ON CONFLICT DO NOTHING', [name]);
    const [row] = await this.#db.rows(`SELECT value FROM shared_values WHERE name = ? ${this.#db.locked}`, [name]);
    const value = row?.['value'];
    return typeof value === 'string' ? value : undefined;
  }

  async peekSharedValue(name: string): Promise<string | undefined> {
    const [row] = await this.#db.rows('SELECT value FROM shared_values WHERE name = ?', [name]);
    const value = row?.['value'];
    return typeof value === 'string' ? value : undefined;
  }

  saveSharedValue(name: string, value: string | undefined): Promise<void> {
    return this.#db.write('UPDATE shared_values SET value = ? WHERE name = ?', [value ?? null, name]);
  }

  figures(scope: Scope, about: { readonly follows: boolean }): Promise<LedgerFigures> {
    return readFigures(this.#db, scope, about);
  }

  addAudit(line: AuditLine): Promise<void> {
    return this.#db.write(
      `INSERT INTO audit (at, intent_id, reservation_id, who, what, from_word, to_word, source, detail)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        line.at,
        line.intentId ?? null,
        line.reservationId ?? null,
        line.who,
        line.what,
        line.from ?? null,
        line.to ?? null,
        line.source,
        line.detail ?? null,
      ],
    );
  }

  async auditOf(intentId: string): Promise<AuditLine[]> {
    return this.#many('SELECT * FROM audit WHERE intent_id = ? ORDER BY id', [intentId], toAuditLine);
  }

  async auditOfPayment({ merchant, provider }: Scope, paymentId: string): Promise<AuditLine[]> {
    const sql = `SELECT a.* FROM intents i JOIN audit a ON a.intent_id = i.id
      WHERE i.merchant = ? AND i.provider = ? AND i.payment_id = ?
        AND (a.what IN ('approve', 'evidence', 'contradiction') OR a.to_word = 'awaiting_approval'
          OR (a.what = 'settle' AND a.to_word = 'failed'))
      ORDER BY a.id`;
    return this.#many(sql, [merchant, provider, paymentId], toAuditLine);
  }

  async #indexReferences({ id, merchant, provider, refundId, references }: Reservation): Promise<void> {
    const ids = new Set(Object.values(references));
    if (refundId !== undefined) ids.add(refundId);
    for (const reference of ids) {
      const values = [merchant, provider, reference, id];
      await this.#db.write('INSERT INTO refund_references VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING', values);
    }
  }

  /** One round trip for all reads. */
  async #readUnsettled(intentId: string): Promise<Unsettled | undefined> {
    const [intent, rows, kept] = await Promise.all([
      this.intent(intentId),
      this.reservationsOfIntent(intentId),
      this.#keptEventsFor(intentId),
    ]);
    return intent && { intent, rows, kept };
  }

  async #one<T>(sql: string, values: readonly SqlValue[], read: (row: Row) => T): Promise<T | undefined> {
    const [row] = await this.#db.rows(sql, values);
    return row && read(row);
  }

  async #many<T>(sql: string, values: readonly SqlValue[], read: (row: Row) => T): Promise<T[]> {
    return (await this.#db.rows(sql, values)).map(read);
  }
}

/** Our own literals, worded exactly as in the partial index, so that the database uses it. */
function oneOf(states: readonly IntentState[]): string {
  const list = (words: readonly string[]) => `state IN (${words.map((word) => `'${word}'`).join(', ')})`;
  const isOpen = states.every((state) => OPEN_STATES.includes(state));
  return isOpen ? `(${list(OPEN_STATES)} AND ${list(states)})` : list(states);
}
