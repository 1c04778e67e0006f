import type { Scope } from './entities.ts';
import type { Backlog, DuePayment, KeptChange, Outbox, OutboxEntry } from './outbox.ts';
import type { SqlConnection } from './sql.ts';

const OF_PAYMENT = 'merchant = ? AND provider = ? AND payment_id = ?';

/** The outbox in SQL: the changes, and one row for each payment that has some, which says when it is told of next. */
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

  async due({ merchant, provider }: Scope, at: number, limit: number): Promise<DuePayment[]> {
    const sql = `SELECT payment_id, attempts FROM outbox_payments WHERE merchant = ? AND provider = ? AND next_at <= ?
      ORDER BY next_at, payment_id LIMIT ? ${this.#db.takenOn}`;
    const rows = await this.#db.rows(sql, [merchant, provider, at, limit]);
    return rows.map((row) => ({ paymentId: String(row['payment_id']), attempts: Number(row['attempts']) }));
  }

  putOff({ merchant, provider }: Scope, paymentId: string, next: { attempts: number; nextAt: number }): Promise<void> {
    const sql = `UPDATE outbox_payments SET attempts = ?, next_at = ? WHERE ${OF_PAYMENT}`;
    return this.#db.write(sql, [next.attempts, next.nextAt, merchant, provider, paymentId]);
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
        // We wrote it ourselves, in the transaction that it tells of.
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

  async backlog({ merchant, provider }: Scope, limit: number): Promise<Backlog> {
    const waiting = 'SELECT payment_id FROM outbox_payments WHERE merchant = ? AND provider = ? LIMIT ?';
    const oldest = 'SELECT at FROM outbox WHERE merchant = ? AND provider = ? ORDER BY id LIMIT 1';
    const [[counted], [row]] = await Promise.all([
      this.#db.rows(`SELECT COUNT(*) AS payments FROM (${waiting}) w`, [merchant, provider, limit]),
      this.#db.rows(oldest, [merchant, provider]),
    ]);
    return { payments: Number(counted!['payments']), oldestAt: row && Number(row['at']) };
  }
}
