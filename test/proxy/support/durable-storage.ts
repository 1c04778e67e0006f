import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';

import type { DurableStorage } from '../../../proxy/portable.ts';
import type { LedgerPlace } from './ledgers.ts';
import { DurableObjectLedger } from '../../../proxy/portable.ts';

/**
 * `ctx.storage` of a Durable Object, as its documentation describes it, on Node's SQLite. The real one exists only in
 * workerd. Like the real one, it refuses transactions in SQL, `PRAGMA`, and 64-bit integers.
 */
export function durableStorage(t: TestContext): DurableStorage {
  const db = new DatabaseSync(':memory:');
  t.after(() => db.close());
  const begin = () => db.exec('BEGIN');
  const commit = <T>(result: T): T => {
    db.exec('COMMIT');
    return result;
  };
  const rollback = (error: unknown): never => {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  };
  return {
    sql: {
      exec(sql, ...values) {
        if (/^\s*(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA)\b/i.test(sql)) throw new Error('not authorized');
        const found = values.find((value: unknown) => typeof value === 'bigint');
        if (found !== undefined) throw new TypeError('a BigInt cannot be bound');
        if (values.length === 0 && sql.includes(';')) {
          db.exec(sql);
          return { toArray: () => [] };
        }
        const rows = db.prepare(sql).all(...values);
        return { toArray: () => rows.map(withBuffers) };
      },
    },
    async transaction(work) {
      begin();
      return work().then(commit, rollback);
    },
    transactionSync(work) {
      begin();
      try {
        return commit(work());
      } catch (error) {
        return rollback(error);
      }
    },
    async sync() {
      if (db.isTransaction) throw new Error('a transaction is still open');
    },
  };
}

/** A Durable Object of its own. Each `open` starts it anew on the same storage. */
export async function durablePlace(t: TestContext): Promise<LedgerPlace> {
  const storage = durableStorage(t);
  return {
    environment: {},
    open() {
      const ledger = new DurableObjectLedger({ storage });
      t.after(() => ledger.close());
      return ledger;
    },
    async sql(text) {
      storage.sql.exec(text);
    },
  };
}

/** Returns bytes as an `ArrayBuffer`, as the real storage does. */
function withBuffers(row: Record<string, unknown>): Record<string, unknown> {
  const read = (value: unknown) => (value instanceof Uint8Array ? new Uint8Array(value).buffer : value);
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, read(value)]));
}
