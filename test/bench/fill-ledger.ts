import { DatabaseSync } from 'node:sqlite';

/**
 * Fills an empty ledger with `count` finished refunds, as after years of use. Each has an intent, a reservation, two ids
 * and three audit lines, and each order has two refunds. Writes directly into the tables: through the ledger's own calls it
 * would take an hour.
 */
export function fillLedger(file: string, count: number): void {
  const db = new DatabaseSync(file);
  try {
    // Keeps the triggers and indexes, so that the benchmark measures the same ledger that a proxy has.
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = -500000; PRAGMA foreign_keys = OFF;
      BEGIN;
      CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT i FROM n;
      INSERT INTO intents (id, merchant, provider, key, fingerprint, kind, payment_id, currency, state, provider_key, user,
          answer_status, answer_headers, answer_body, created_at, first_sent_at, updated_at, checks, next_check_at)
        SELECT ${id('i', 'a')}, 'default', 'uqpay', ${id('i', 'b')}, printf('%064x', i * 2654435761), 'refund', ${payment},
          'USD', 'succeeded', ${id('i', 'c')}, 'admin-' || (i % 20), 200, '{"content-type":"application/json"}',
          CAST(printf('{"payment_refund_id":"RF%019d","amount":"10.00","currency":"USD"}', i) AS BLOB), i, i, i, 0, i
        FROM n;
      INSERT INTO reservations (id, merchant, provider, intent_id, payment_id, currency, amount, released, refund_id,
          reference_ids, status, standing, reason, created_at, updated_at, checks, next_check_at)
        SELECT i, 'default', 'uqpay', ${id('i', 'a')}, ${payment}, 'USD', 1000, 0, printf('RF%019d', i), '{}', 'SUCCEEDED',
          'succeeded', 'Return good', i, i, 0, i
        FROM n;
      INSERT INTO refund_references SELECT 'default', 'uqpay', printf('RF%019d', i), i FROM n;
      INSERT INTO audit (at, intent_id, who, what, from_word, to_word, source)
        SELECT i, ${id('i', 'a')}, 'admin', 'begin', NULL, 'sending', 'request' FROM n;
      INSERT INTO audit (at, intent_id, who, what, from_word, to_word, source)
        SELECT i, ${id('i', 'a')}, 'provider', 'settle', 'sending', 'succeeded', 'answer 200' FROM n;
      INSERT INTO audit (at, intent_id, reservation_id, who, what, from_word, to_word, source)
        SELECT i, ${id('i', 'a')}, i, 'provider', 'standing', 'pending', 'succeeded', 'webhook' FROM n;
      COMMIT; PRAGMA wal_checkpoint(TRUNCATE)`);
  } finally {
    db.close();
  }
}

/** Unordered UUIDs, like random ones: the worst case for an index. */
function id(n: string, kind: string): string {
  return `printf('%08x-0000-4000-${kind}000-%012x', (${n} * 2654435761) & 4294967295, ${n})`;
}

const payment = "printf('PI8%018d', i / 2)";
