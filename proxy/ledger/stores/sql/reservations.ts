import type { AuditLine, OpenedVendor, Reservation, Scope } from '../../entities.ts';
import { MAX_COUNTED } from '../../figures.ts';
import { ABSORBED, CONTRADICTED } from '../../rules/states.ts';
import type { Held, NewReservation } from '../../rows.ts';
import { SqlIntents } from './intents.ts';
import {
  changingReservation,
  INSERT_RESERVATION,
  insertedReservation,
  SELECT_RESERVATIONS,
  toReservation,
} from './rows.ts';

/** The statements about reservations, and about what vendors may still take. */
export class SqlReservations extends SqlIntents {
  async reservation(id: number): Promise<Reservation | undefined> {
    return this.one(`${SELECT_RESERVATIONS} WHERE r.id = ?`, [id], toReservation);
  }

  async reservationsOfIntent(intentId: string): Promise<Reservation[]> {
    return this.many(`${SELECT_RESERVATIONS} WHERE r.intent_id = ? ORDER BY r.id`, [intentId], toReservation);
  }

  async reservationsOfPayment({ merchant, provider }: Scope, paymentId: string): Promise<Reservation[]> {
    const where = 'r.merchant = ? AND r.provider = ? AND r.payment_id = ?';
    const values = [merchant, provider, paymentId];
    return this.many(`${SELECT_RESERVATIONS} WHERE ${where} ORDER BY r.id`, values, toReservation);
  }

  async held({ merchant, provider }: Scope, paymentId: string, currency: string): Promise<Held> {
    const sql = `SELECT CAST(COALESCE(SUM(CASE WHEN currency = ? THEN amount ELSE 0 END), 0) AS TEXT) AS amount,
        COALESCE(MAX(CASE WHEN standing = 'unknown' THEN 1 ELSE 0 END), 0) AS has_unknown,
        COALESCE(MAX(CASE WHEN currency = ? THEN 0 ELSE 1 END), 0) AS has_foreign
      FROM reservations WHERE released = 0 AND merchant = ? AND provider = ? AND payment_id = ?`;
    const [row] = await this.db.rows(sql, [currency, currency, merchant, provider, paymentId]);
    return {
      amount: BigInt(String(row!['amount'])),
      hasUnknown: Number(row!['has_unknown']) === 1,
      hasForeign: Number(row!['has_foreign']) === 1,
    };
  }

  async heldElsewhere({ merchant, provider }: Scope, paymentId: string, currency: string): Promise<bigint> {
    const sql = `SELECT CAST(COALESCE(SUM(amount), 0) AS TEXT) AS amount FROM reservations
      WHERE released = 0 AND merchant = ? AND provider = ? AND payment_id = ? AND intent_id IS NULL AND currency = ?`;
    const [row] = await this.db.rows(sql, [merchant, provider, paymentId, currency]);
    return BigInt(String(row!['amount']));
  }

  async heldOfVendor({ merchant, provider }: Scope, paymentId: string, vendor: string, after: number): Promise<bigint> {
    const sql = `SELECT CAST(COALESCE(SUM(amount), 0) AS TEXT) AS amount FROM reservations
      WHERE released = 0 AND merchant = ? AND provider = ? AND payment_id = ? AND vendor = ? AND id > ?`;
    const [row] = await this.db.rows(sql, [merchant, provider, paymentId, vendor, after]);
    return BigInt(String(row!['amount']));
  }

  async lastReservation({ merchant, provider }: Scope, paymentId: string): Promise<number> {
    const sql = `SELECT COALESCE(MAX(id), 0) AS last FROM reservations
      WHERE merchant = ? AND provider = ? AND payment_id = ?`;
    const [row] = await this.db.rows(sql, [merchant, provider, paymentId]);
    return Number(row!['last']);
  }

  async reservationsByReference({ merchant, provider }: Scope, reference: string): Promise<Reservation[]> {
    const sql = `${SELECT_RESERVATIONS} JOIN refund_references f ON f.reservation_id = r.id
      WHERE f.merchant = ? AND f.provider = ? AND f.reference = ? ORDER BY r.id`;
    const rows = await this.many(sql, [merchant, provider, reference], toReservation);
    // A number that was taken back stays in the index.
    return rows.filter((row) => [row.refundId, ...Object.values(row.references)].includes(reference));
  }

  async contradictedElsewhere({ merchant, provider }: Scope, limit: number): Promise<Reservation[]> {
    // The innermost query reads the index of unknown parts, however many rows the scope has.
    const open = `SELECT id, merchant, provider FROM reservations
      WHERE released = 0 AND standing = 'unknown' AND intent_id IS NULL LIMIT ${MAX_COUNTED}`;
    const ids = `SELECT id FROM (${open}) elsewhere WHERE merchant = ? AND provider = ? ORDER BY id LIMIT ?`;
    const sql = `${SELECT_RESERVATIONS} WHERE r.id IN (${ids}) ORDER BY r.id`;
    return this.many(sql, [merchant, provider, limit], toReservation);
  }

  async dueReservations({ merchant, provider }: Scope, at: number, limit: number): Promise<Reservation[]> {
    const due = `SELECT id FROM reservations WHERE merchant = ? AND provider = ? AND refund_id IS NOT NULL
      AND standing IN ('pending', 'unrecognised', 'reversing') AND next_check_at <= ?
      ORDER BY next_check_at, id LIMIT ? ${this.db.claimClause}`;
    const sql = `${SELECT_RESERVATIONS} WHERE r.id IN (${due}) ORDER BY r.next_check_at, r.id`;
    return this.many(sql, [merchant, provider, at, limit], toReservation);
  }

  /** `MAX_DOUBLINGS`, worded exactly as in the partial index. */
  async followedReservations({ merchant, provider }: Scope, at: number, limit: number): Promise<Reservation[]> {
    const due = `SELECT id FROM reservations WHERE merchant = ? AND provider = ? AND refund_id IS NOT NULL
      AND standing = 'succeeded' AND checks < 5 AND next_check_at <= ?
      ORDER BY next_check_at, id LIMIT ? ${this.db.claimClause}`;
    const sql = `${SELECT_RESERVATIONS} WHERE r.id IN (${due}) ORDER BY r.next_check_at, r.id`;
    return this.many(sql, [merchant, provider, at, limit], toReservation);
  }

  /**
   * Reads the newest cancels only, however many the ledger has: far more than are settled by a word in ten days. `9`:
   * the checks whose waits `wordDelay` doubles, ten days in all.
   */
  async cancelledByWord({ merchant, provider }: Scope, at: number, limit: number): Promise<Reservation[]> {
    const cancels = `SELECT id, merchant, provider, state, target FROM intents WHERE target IS NOT NULL
      ORDER BY target DESC LIMIT 1000`;
    const targets = `SELECT c.target FROM (${cancels}) c
      WHERE c.merchant = ? AND c.provider = ? AND c.state = 'succeeded' AND EXISTS
        (SELECT 1 FROM audit a WHERE a.intent_id = c.id AND a.what = 'settle' AND a.source = 'person')`;
    const due = `SELECT id FROM reservations WHERE id IN (${targets}) AND refund_id IS NOT NULL
      AND standing = 'cancelled' AND checks < 9 AND next_check_at <= ?
      ORDER BY next_check_at, id LIMIT ? ${this.db.claimClause}`;
    const sql = `${SELECT_RESERVATIONS} WHERE r.id IN (${due}) ORDER BY r.next_check_at, r.id`;
    return this.many(sql, [merchant, provider, at, limit], toReservation);
  }

  async insertReservation(row: NewReservation): Promise<Reservation> {
    const [inserted] = await this.db.rows(`${INSERT_RESERVATION} RETURNING id`, insertedReservation(row));
    const reservation: Reservation = { ...row, id: Number(inserted!['id']) };
    await this.#indexReferences(reservation);
    return reservation;
  }

  addReservation(row: NewReservation): Promise<void> {
    return this.db.insert(INSERT_RESERVATION, insertedReservation(row));
  }

  async saveReservation(row: Reservation): Promise<void> {
    await this.db.write(
      `UPDATE reservations SET amount = ?, released = ?, refund_id = ?, reference_ids = ?, status = ?, standing = ?, updated_at = ?,
         checks = ?, next_check_at = ?
       WHERE id = ?`,
      [...changingReservation(row), row.id],
    );
    await this.#indexReferences(row);
  }

  putOffReservation({ id, checks, nextCheckAt }: Reservation): Promise<void> {
    const sql = 'UPDATE reservations SET checks = ?, next_check_at = ? WHERE id = ?';
    return this.db.write(sql, [checks, nextCheckAt, id]);
  }

  /** Only writes: nobody waits to learn that there was nothing to absorb. */
  async absorbElsewhere(part: Reservation, refundId: string, from: AuditLine): Promise<void> {
    const { merchant, provider, paymentId, id, intentId } = part;
    const where = `merchant = ? AND provider = ? AND payment_id = ? AND refund_id = ? AND intent_id IS NULL
      AND status <> '${CONTRADICTED}'`;
    const values = [merchant, provider, paymentId, refundId];
    await this.db.write(
      `INSERT INTO audit (at, intent_id, reservation_id, who, what, from_word, to_word, source, detail)
       SELECT CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS TEXT), 'absorb', standing, NULL,
         CAST(? AS TEXT), 'the refund made elsewhere in row ' || id || ' is this one'
       FROM reservations WHERE ${where}`,
      [from.at, intentId ?? null, id, from.who, from.source, ...values],
    );
    await this.db.write(
      `UPDATE reservations SET released = 1, refund_id = NULL, reference_ids = '{}', status = '${ABSORBED}', updated_at = ?
       WHERE ${where}`,
      [from.at, ...values],
    );
  }

  async openedVendors({ merchant, provider }: Scope, paymentId: string): Promise<OpenedVendor[]> {
    const sql = `SELECT vendor, CAST(remaining AS TEXT) AS remaining, after FROM opened_vendors
      WHERE merchant = ? AND provider = ? AND payment_id = ? ORDER BY vendor`;
    return this.many(sql, [merchant, provider, paymentId], (row) => ({
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
    await this.db.write('DELETE FROM opened_vendors WHERE merchant = ? AND provider = ? AND payment_id = ?', scope);
    for (const { vendor, remaining, after } of vendors) {
      const values = [...scope, vendor, remaining, after];
      await this.db.write('INSERT INTO opened_vendors VALUES (?, ?, ?, ?, ?, ?)', values);
    }
  }

  async #indexReferences({ id, merchant, provider, refundId, references }: Reservation): Promise<void> {
    const ids = new Set(Object.values(references));
    if (refundId !== undefined) ids.add(refundId);
    for (const reference of ids) {
      const values = [merchant, provider, reference, id];
      await this.db.write('INSERT INTO refund_references VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING', values);
    }
  }
}
