import type { Intent, Scope } from '../../entities.ts';
import type { IntentQuery } from '../../rows.ts';
import { changing, toIntent, type SqlValue } from './rows.ts';
import { SqlStatements } from './statements.ts';
import { OPEN_STATES, type IntentState } from '../../rules/states.ts';
import type { LedgerTransaction } from '../../store.ts';

/** The statements about intents. */
export class SqlIntents extends SqlStatements {
  async intent(id: string): Promise<Intent | undefined> {
    return this.one('SELECT * FROM intents WHERE id = ?', [id], toIntent);
  }

  async intentByKey({ merchant, provider }: Scope, key: string): Promise<Intent | undefined> {
    const where = 'merchant = ? AND provider = ? AND key = ?';
    return this.one(`SELECT * FROM intents WHERE ${where}`, [merchant, provider, key], toIntent);
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
    return this.many(sql, [...values, limit], toIntent);
  }

  async openCancels(target: number): Promise<Intent[]> {
    const sql = "SELECT * FROM intents WHERE target = ? AND state IN ('sending', 'resending', 'unknown')";
    return this.many(sql, [target], toIntent);
  }

  async dueIntents(
    { merchant, provider }: Scope,
    { states, at, limit }: Parameters<LedgerTransaction['dueIntents']>[1],
  ): Promise<Intent[]> {
    const sql = `SELECT * FROM intents WHERE merchant = ? AND provider = ?
      AND ${oneOf(states)} AND next_check_at <= ?
      ORDER BY next_check_at, id LIMIT ? ${this.db.claimClause}`;
    return this.many(sql, [merchant, provider, at, limit], toIntent);
  }

  insertIntent(intent: Intent): Promise<void> {
    return this.db.insert(
      `INSERT INTO intents (merchant, provider, key, fingerprint, kind, payment_id, provider_key, target, created_at,
         currency, state, "user", answer_status, answer_headers, answer_body, seen_before, first_sent_at, updated_at,
         checks, next_check_at, id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        intent.merchant,
        intent.provider,
        intent.key,
        intent.fingerprint,
        intent.kind,
        intent.paymentId,
        intent.providerKey,
        intent.target ?? null,
        intent.createdAt,
        ...changing(intent),
      ],
    );
  }

  saveIntent(intent: Intent): Promise<void> {
    return this.db.write(
      `UPDATE intents SET currency = ?, state = ?, "user" = ?, answer_status = ?, answer_headers = ?, answer_body = ?, seen_before = ?,
         first_sent_at = ?, updated_at = ?, checks = ?, next_check_at = ?
       WHERE id = ?`,
      changing(intent),
    );
  }

  putOffIntent({ id, checks, nextCheckAt }: Intent): Promise<void> {
    return this.db.write('UPDATE intents SET checks = ?, next_check_at = ? WHERE id = ?', [checks, nextCheckAt, id]);
  }
}

/** Our own literals, worded exactly as in the partial index, so that the database uses it. */
function oneOf(states: readonly IntentState[]): string {
  const list = (words: readonly string[]) => `state IN (${words.map((word) => `'${word}'`).join(', ')})`;
  const isOpen = states.every((state) => OPEN_STATES.includes(state));
  return isOpen ? `(${list(OPEN_STATES)} AND ${list(states)})` : list(states);
}
