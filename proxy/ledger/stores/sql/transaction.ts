import type { AuditLine, Intent, KeptAmount, KeptRequest, Scope, StoredEvent } from '../../entities.ts';
import { toAuditLine, toStoredEvent } from './rows.ts';
import type { SqlConnection } from './connection.ts';
import { SqlOutbox } from './outbox.ts';
import type { LedgerFigures } from '../../figures.ts';
import { SqlReservations } from './reservations.ts';
import { readFigures } from './figures.ts';
import { SqlRetention } from './retention.ts';
import type { LedgerTransaction, RetentionRows } from '../../store.ts';
import type { HeldRange, NewIntent, NewReservation, Unsettled, Written } from '../../rows.ts';

/** The rows of the ledger, in SQL for both databases: one statement for each question. */
export class SqlTransaction extends SqlReservations implements LedgerTransaction {
  readonly outbox: SqlOutbox;

  constructor(db: SqlConnection) {
    super(db);
    this.outbox = new SqlOutbox(db);
  }

  get retention(): RetentionRows {
    return new SqlRetention(this.db);
  }

  lockPayment(scope: Scope, paymentId: string): Promise<void> {
    return this.db.lockPayment(scope, paymentId);
  }

  lockPaymentOf(intentId: string): Promise<void> {
    return this.db.lockPaymentOf(intentId);
  }

  unsettled(intentId: string, written?: Written): Promise<Unsettled | undefined> {
    return this.db.readLocked(intentId, () => this.#readUnsettled(intentId), written);
  }

  written(intent: Intent, reservations: readonly NewReservation[]): Promise<Written> | undefined {
    return this.db.written(intent, reservations);
  }

  assumeHeld(intent: NewIntent, range: HeldRange): Promise<boolean> {
    return this.db.assumeHeld(intent, range);
  }

  keepRequest(intentId: string, { path, body, amount }: KeptRequest): Promise<void> {
    return this.db.write('INSERT INTO kept_requests VALUES (?, ?, ?, ?)', [intentId, path, body, amount]);
  }

  async keptRequest(intentId: string): Promise<KeptRequest | undefined> {
    const sql = 'SELECT path, body, CAST(amount AS TEXT) AS amount FROM kept_requests WHERE intent_id = ?';
    return this.one(sql, [intentId], (row) => ({
      path: String(row['path']),
      body: String(row['body']),
      amount: BigInt(String(row['amount'])),
    }));
  }

  async keptAmounts({ merchant, provider }: Scope, paymentId: string): Promise<KeptAmount[]> {
    const sql = `SELECT k.intent_id, CAST(k.amount AS TEXT) AS amount, i.next_check_at AS until FROM intents i
      JOIN kept_requests k ON k.intent_id = i.id WHERE i.merchant = ? AND i.provider = ? AND i.payment_id = ?`;
    return this.many(sql, [merchant, provider, paymentId], (row) => ({
      intentId: String(row['intent_id']),
      amount: BigInt(String(row['amount'])),
      until: Number(row['until']),
    }));
  }

  dropRequest(intentId: string): Promise<void> {
    return this.db.write('DELETE FROM kept_requests WHERE intent_id = ?', [intentId]);
  }

  async insertEvent(event: StoredEvent): Promise<boolean> {
    const inserted = await this.db.rows(
      `INSERT INTO events (merchant, provider, event_id, refund_id, payment_id, received_at, kept)
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING event_id`,
      [
        event.merchant,
        event.provider,
        event.eventId,
        event.refundId,
        event.paymentId,
        event.receivedAt,
        event.observation ?? null,
      ],
    );
    return inserted.length > 0;
  }

  async #keptEventsFor(intentId: string): Promise<StoredEvent[]> {
    const sql = `SELECT e.* FROM events e JOIN intents i USING (merchant, provider, payment_id)
      WHERE i.id = ? AND e.kept IS NOT NULL ORDER BY e.received_at, e.event_id`;
    return this.many(sql, [intentId], toStoredEvent);
  }

  releaseEvent({ merchant, provider, eventId }: StoredEvent): Promise<void> {
    const sql = 'UPDATE events SET kept = NULL WHERE merchant = ? AND provider = ? AND event_id = ?';
    return this.db.write(sql, [merchant, provider, eventId]);
  }

  /** Locked until the transaction ends, if the database has row locks. */
  async sharedValue(name: string): Promise<string | undefined> {
    await this.db.write('INSERT INTO shared_values (name) VALUES (?) ON CONFLICT DO NOTHING', [name]);
    const [row] = await this.db.rows(`SELECT value FROM shared_values WHERE name = ? ${this.db.locked}`, [name]);
    const value = row?.['value'];
    return typeof value === 'string' ? value : undefined;
  }

  async peekSharedValue(name: string): Promise<string | undefined> {
    const [row] = await this.db.rows('SELECT value FROM shared_values WHERE name = ?', [name]);
    const value = row?.['value'];
    return typeof value === 'string' ? value : undefined;
  }

  saveSharedValue(name: string, value: string | undefined): Promise<void> {
    return this.db.write('UPDATE shared_values SET value = ? WHERE name = ?', [value ?? null, name]);
  }

  figures(scope: Scope, about: { readonly follows: boolean }): Promise<LedgerFigures> {
    return readFigures(this.db, scope, about);
  }

  addAudit(line: AuditLine): Promise<void> {
    return this.db.write(
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
    return this.many('SELECT * FROM audit WHERE intent_id = ? ORDER BY id', [intentId], toAuditLine);
  }

  async auditOfElsewhere(reservationId: number): Promise<AuditLine[]> {
    const sql = 'SELECT * FROM audit WHERE intent_id IS NULL AND reservation_id = ? ORDER BY id';
    return this.many(sql, [reservationId], toAuditLine);
  }

  async auditOfPayment({ merchant, provider }: Scope, paymentId: string): Promise<AuditLine[]> {
    const sql = `SELECT a.* FROM intents i JOIN audit a ON a.intent_id = i.id
      WHERE i.merchant = ? AND i.provider = ? AND i.payment_id = ?
        AND (a.what IN ('approve', 'evidence', 'contradiction') OR a.to_word = 'awaiting_approval'
          OR (a.what = 'settle' AND a.to_word = 'failed'))
      ORDER BY a.id`;
    return this.many(sql, [merchant, provider, paymentId], toAuditLine);
  }

  async wordsOn({ merchant, provider }: Scope, paymentId: string): Promise<number> {
    const sql = `SELECT count(*) AS words FROM intents i JOIN audit a ON a.intent_id = i.id
      WHERE i.merchant = ? AND i.provider = ? AND i.payment_id = ? AND a.what = 'resolve'`;
    const [words] = await this.many(sql, [merchant, provider, paymentId], (row) => Number(row['words']));
    return words ?? 0;
  }

  /** One round trip for all reads. */
  async #readUnsettled(intentId: string): Promise<Unsettled | undefined> {
    const [intent, rows, waitingEvents] = await Promise.all([
      this.intent(intentId),
      this.reservationsOfIntent(intentId),
      this.#keptEventsFor(intentId),
    ]);
    return intent && { intent, rows, waitingEvents };
  }
}
