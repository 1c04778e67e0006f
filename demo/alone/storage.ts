import initSqlJs from 'sql.js';

import type { DurableStorage } from '../../proxy/portable.ts';

interface StorageOptions {
  /** SQLite for the browser, `sql-wasm-browser.wasm`. */
  readonly wasmBinary: ArrayBuffer;
  /** The file as it was kept last; without it, an empty one. */
  readonly file: Uint8Array | undefined;
  /** Keeps the file. A transaction has ended when this has. */
  readonly keep: (file: Uint8Array) => Promise<void>;
}

/** SQLite in the page, as the ledger of the portable proxy needs it. */
export async function openStorage({ wasmBinary, file, keep }: StorageOptions): Promise<DurableStorage> {
  const { Database } = await initSqlJs({ wasmBinary });
  const db = new Database(file);
  const commit = <T>(result: T): T => {
    db.exec('COMMIT');
    return result;
  };
  const rollback = (error: unknown): never => {
    db.exec('ROLLBACK');
    throw error;
  };
  return {
    sql: {
      exec(sql, ...values) {
        // A migration has many statements and no values.
        if (values.length === 0 && /;\s*\S/.test(sql)) {
          db.exec(sql);
          return { toArray: () => [] };
        }
        const statement = db.prepare(sql);
        const rows: ReturnType<typeof statement.getAsObject>[] = [];
        try {
          statement.bind(values);
          while (statement.step()) rows.push(statement.getAsObject());
        } finally {
          statement.free();
        }
        return { toArray: () => rows };
      },
    },
    async transaction(work) {
      db.exec('BEGIN');
      return work().then(commit, rollback);
    },
    transactionSync(work) {
      db.exec('BEGIN');
      try {
        return commit(work());
      } catch (error) {
        return rollback(error);
      }
    },
    sync: () => keep(db.export()),
  };
}
