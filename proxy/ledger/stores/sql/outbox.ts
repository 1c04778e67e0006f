import type { Scope } from '../../entities.ts';
import type { DuePayment, DueQuery, KeptChange, Outbox, OutboxEntry, Turn } from '../../outbox.ts';
import type { SqlConnection } from './connection.ts';

const OF_PAYMENT = 'merchant = ? AND provider = ? AND payment_id = ?';

/**
 * The outbox in SQL: the changes, and one row for each payment with changes, which holds the time of its next delivery.
 */
export class SqlOutbox implements Outbox {
  readonly #db: SqlConnection;

  constructor(db: SqlConnection) {
    this.#db = db;
  }

  async add({ merchant, provider, paymentId, at, change }: Omit<OutboxEntry, 'id'>): Promise<void> {
    const values = [merchant, provider, paymentId, at];
    await this.#db.write('INSERT INTO outbox (merchant, provider, payment_id, at, change) VALUES (?, ?, ?, ?, ?)', [
      ...values,
      JSON.stringify(change),
    ]);
    await this.#db.write(
      `INSERT INTO outbox_payments (merchant, provider, payment_id, next_at, attempts) VALUES (?, ?, ?, ?, 0)
       ON CONFLICT DO NOTHING`,
      values,
    );
  }

  async due({ merchant, provider }: Scope, { at, maxNextAt, limit }: DueQuery): Promise<DuePayment[]> {
    const sql = `SELECT payment_id, attempts, next_at FROM outbox_payments
      WHERE merchant = ? AND provider = ? AND (next_at <= ? OR next_at > ?)
      ORDER BY next_at, payment_id LIMIT ? ${this.#db.claimClause}`;
    const rows = await this.#db.rows(sql, [merchant, provider, at, maxNextAt, limit]);
    return rows.map((row) => ({
      paymentId: String(row['payment_id']),
      attempts: Number(row['attempts']),
      nextAt: Number(row['next_at']),
    }));
  }

  async putOff(
    { merchant, provider }: Scope,
    paymentId: string,
    { attempts, nextAt, from }: Turn & { readonly from: number },
  ): Promise<boolean> {
    const sql = `UPDATE outbox_payments SET attempts = ?, next_at = ? WHERE ${OF_PAYMENT} AND next_at = ? RETURNING next_at`;
    const rows = await this.#db.rows(sql, [attempts, nextAt, merchant, provider, paymentId, from]);
    return rows.length > 0;
  }

  async oldest(scope: Scope, paymentId: string): Promise<OutboxEntry | undefined> {
    const { merchant, provider } = scope;
    const sql = `SELECT id, at, change FROM outbox WHERE ${OF_PAYMENT} ORDER BY id LIMIT 1`;
    const [row] = await this.#db.rows(sql, [merchant, provider, paymentId]);
    return (
      row && {
        merchant,
        provider,
        paymentId,
        id: Number(row['id']),
        at: Number(row['at']),
        // The ledger itself wrote this JSON.
        change: JSON.parse(String(row['change'])) as KeptChange,
      }
    );
  }

  remove(id: number): Promise<void> {
    return this.#db.write('DELETE FROM outbox WHERE id = ?', [id]);
  }

  close({ merchant, provider }: Scope, paymentId: string): Promise<void> {
    return this.#db.write(`DELETE FROM outbox_payments WHERE ${OF_PAYMENT}`, [merchant, provider, paymentId]);
  }
}
