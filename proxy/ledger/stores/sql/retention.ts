import type { SqlConnection } from './connection.ts';
import { OPEN } from './figures.ts';
import type { Row, SqlValue } from './rows.ts';
import type { RetentionRows } from '../../store.ts';
import type { ExportedPart, PaymentName } from '../../rows.ts';

/** The statements of retention, erasure and export, in SQL that both databases speak. */
export class SqlRetention implements RetentionRows {
  readonly #db: SqlConnection;

  constructor(db: SqlConnection) {
    this.#db = db;
  }

  async prunable(before: number, after: PaymentName, limit: number): Promise<PaymentName[]> {
    const rows = await this.#db.rows(
      `SELECT r.merchant, r.provider, r.payment_id FROM reservations r
       WHERE (r.merchant, r.provider, r.payment_id) > (?, ?, ?) ${GROUPED}
       ORDER BY r.merchant, r.provider, r.payment_id LIMIT ?`,
      [...named(after), before, before, limit],
    );
    return rows.map((row) => ({
      merchant: String(row['merchant']),
      provider: String(row['provider']),
      paymentId: String(row['payment_id']),
    }));
  }

  async isPrunable(before: number, payment: PaymentName): Promise<boolean> {
    const sql = `SELECT r.payment_id FROM reservations r WHERE (r.merchant, r.provider, r.payment_id) = (?, ?, ?) ${GROUPED}`;
    return (await this.#db.rows(sql, [...named(payment), before, before])).length > 0;
  }

  async prune(payment: PaymentName): Promise<string[]> {
    const name = named(payment);
    const write = (sql: string, values: readonly SqlValue[] = name) => this.#db.write(sql, values);
    for (const sql of this.#db.openAudit) await write(sql, []);
    await write(
      `DELETE FROM audit WHERE intent_id IN (SELECT id FROM intents ${OF_PAYMENT})
         OR reservation_id IN (SELECT id FROM reservations ${OF_PAYMENT})`,
      [...name, ...name],
    );
    for (const sql of this.#db.closeAudit) await write(sql, []);
    await write(`DELETE FROM events ${OF_PAYMENT}`);
    await write(`DELETE FROM intents ${OF_PAYMENT} AND kind = 'cancel'`);
    await write(
      `DELETE FROM refund_references WHERE reservation_id IN (SELECT id FROM reservations ${CAME_TO_NOTHING})`,
      [...name, ...name],
    );
    await write(`DELETE FROM reservations ${CAME_TO_NOTHING}`, [...name, ...name]);
    await write(
      `DELETE FROM intents ${OF_PAYMENT} AND state IN ('failed', 'void')
         AND NOT EXISTS (SELECT 1 FROM reservations r WHERE r.intent_id = intents.id)`,
    );
    await write(
      `UPDATE intents SET "user" = '', answer_status = NULL, answer_headers = NULL, answer_body = NULL ${OF_PAYMENT}`,
    );
    await write(`UPDATE reservations SET reason = NULL ${OF_PAYMENT}`);
    const left = await this.#db.rows(`SELECT id FROM intents ${OF_PAYMENT} ORDER BY created_at, id`, name);
    return left.map((row) => String(row['id']));
  }

  async names(): Promise<string[]> {
    const rows = await this.#db.rows('SELECT "user" AS name FROM intents UNION SELECT who FROM audit', []);
    return rows.map((row) => String(row['name']));
  }

  async openOf(user: string): Promise<number> {
    const sql = `SELECT COUNT(*) AS count FROM intents WHERE "user" = ? AND ${OPEN}`;
    const [row] = await this.#db.rows(sql, [user]);
    return Number(row!['count']);
  }

  async erase(user: string, pseudonym: string): Promise<number> {
    const [row] = await this.#db.rows(
      `SELECT (SELECT COUNT(*) FROM intents WHERE "user" = ?) + (SELECT COUNT(*) FROM audit WHERE who = ?) AS count`,
      [user, user],
    );
    const write = (sql: string, values: readonly SqlValue[]) => this.#db.write(sql, values);
    await write(
      `UPDATE reservations SET reason = NULL WHERE intent_id IN (SELECT id FROM intents WHERE "user" = ?)
         OR id IN (SELECT reservation_id FROM audit WHERE who = ? AND what = 'elsewhere')`,
      [user, user],
    );
    // The provider's answer repeats the reason of the request.
    await write(
      `UPDATE intents SET "user" = ?, answer_status = NULL, answer_headers = NULL, answer_body = NULL WHERE "user" = ?`,
      [pseudonym, user],
    );
    for (const sql of this.#db.openAudit) await write(sql, []);
    await write(
      `UPDATE audit SET who = ?, detail = CASE WHEN detail IS NULL THEN NULL ELSE '(erased)' END WHERE who = ?`,
      [pseudonym, user],
    );
    for (const sql of this.#db.closeAudit) await write(sql, []);
    // Rate limits that instances share hold user names.
    await write("UPDATE shared_values SET value = NULL WHERE name LIKE 'writes of %'", []);
    return Number(row!['count']);
  }

  async parts(since: number, after: number, limit: number): Promise<ExportedPart[]> {
    const rows = await this.#db.rows(
      `SELECT r.id, r.merchant, r.provider, r.payment_id, r.intent_id, r.vendor, CAST(r.amount AS TEXT) AS amount,
         r.currency, r.standing, r.status, r.refund_id, r.reference_ids, r.created_at, r.updated_at,
         i.kind, i."user", i.state, ${whoOf('approve')} AS approved_by,
         COALESCE(${whoOf('resolve')}, w.who) AS resolved_by,
         CASE WHEN r.standing = 'cancelled' THEN (SELECT c."user" FROM intents c WHERE c.target = r.id AND c.state = 'succeeded'
           ORDER BY c.updated_at DESC, c.id LIMIT 1) END AS cancelled_by
       FROM reservations r LEFT JOIN intents i ON i.id = r.intent_id
         LEFT JOIN (${LAST_WORDS}) l ON l.reservation_id = r.id LEFT JOIN audit w ON w.id = l.id
       WHERE r.id > ? AND r.created_at >= ? ORDER BY r.id LIMIT ?`,
      [after, since, limit],
    );
    return rows.map(toPart);
  }
}

const OF_PAYMENT = 'WHERE merchant = ? AND provider = ? AND payment_id = ?';

/** Reservations of requests that came to nothing. */
const CAME_TO_NOTHING = `${OF_PAYMENT} AND released = 1 AND intent_id IN (SELECT id FROM intents ${OF_PAYMENT}
  AND state IN ('failed', 'void'))`;

const intentOfGroup = 'merchant = r.merchant AND provider = r.provider AND payment_id = r.payment_id';

/**
 * Nothing is unknown, contradicted, running or being reversed; nothing has changed since; and something is left to
 * delete.
 */
const GROUPED = `GROUP BY r.merchant, r.provider, r.payment_id
  HAVING MAX(r.updated_at) < ?
    AND SUM(CASE WHEN r.released = 0 AND r.standing NOT IN ('succeeded', 'reversed') THEN 1 ELSE 0 END) = 0
    AND NOT EXISTS (SELECT 1 FROM intents WHERE ${intentOfGroup}
      AND (updated_at >= ? OR state IN ('awaiting_approval', 'sending', 'resending', 'unknown')))
    AND (MAX(r.reason) IS NOT NULL OR EXISTS (SELECT 1 FROM intents WHERE ${intentOfGroup} AND "user" <> ''))`;

/** The last words of people on refunds made elsewhere. */
const LAST_WORDS = `SELECT reservation_id, MAX(id) AS id FROM audit
  WHERE intent_id IS NULL AND what IN ('elsewhere', 'resolve') GROUP BY reservation_id`;

/** Who did it last. */
function whoOf(what: 'approve' | 'resolve'): string {
  return `(SELECT a.who FROM audit a WHERE a.intent_id = i.id AND a.what = '${what}' ORDER BY a.id DESC LIMIT 1)`;
}

function named({ merchant, provider, paymentId }: PaymentName): SqlValue[] {
  return [merchant, provider, paymentId];
}

function toPart(row: Row): ExportedPart {
  const text = (name: string) => (typeof row[name] === 'string' ? row[name] : undefined);
  return {
    id: Number(row['id']),
    merchant: String(row['merchant']),
    provider: String(row['provider']),
    createdAt: Number(row['created_at']),
    updatedAt: Number(row['updated_at']),
    paymentId: String(row['payment_id']),
    intentId: text('intent_id'),
    kind: text('kind'),
    user: text('user'),
    approvedBy: text('approved_by'),
    resolvedBy: text('resolved_by'),
    cancelledBy: text('cancelled_by'),
    vendor: text('vendor'),
    amount: BigInt(String(row['amount'])),
    currency: String(row['currency']),
    state: text('state'),
    standing: String(row['standing']),
    status: String(row['status']),
    refundId: text('refund_id'),
    references: JSON.parse(String(row['reference_ids'])) as Record<string, string>,
  };
}
