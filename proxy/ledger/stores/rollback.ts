import type * as Pg from 'pg';

import { MIGRATIONS as POSTGRES } from './postgres/schema.ts';
import { fileFault, unavailable } from './sqlite/faults.ts';
import { openDatabase } from './sqlite/node-sqlite.ts';
import { SqliteOwner } from './sqlite/owner.ts';
import { MIGRATIONS as SQLITE } from './sqlite/schema.ts';
import { LedgerUnavailableError } from '../errors.ts';
import { optionalPackage } from '../../optional-package.ts';

/**
 * The statements that revert a version. One is enough, because a release is reverted to the one before it. The newest
 * version of each schema needs one, and a test requires it.
 */
export const SQLITE_DOWN: Readonly<Record<number, string>> = {
  5: 'DROP TABLE outbox_payments; DROP TABLE outbox',
};
export const POSTGRES_DOWN: Readonly<Record<number, string>> = {
  4: 'DROP TABLE outbox_payments; DROP TABLE outbox',
};

/**
 * Data that only the newest version can hold. While there is any, the rollback is refused, because it would be lost.
 */
const WAITING = 'SELECT COUNT(*) AS count FROM outbox';

/** The version before and after. */
export interface RolledBack {
  readonly from: number;
  readonly to: number;
}

/**
 * Reverts a SQLite ledger by one version, in one transaction. No proxy may run on it.
 * @throws LedgerUnavailableError, and then nothing has changed.
 */
export function rollBackSqlite(file: string): RolledBack {
  const owner = new SqliteOwner(file);
  const db = openDatabase(file);
  try {
    db.exec('PRAGMA synchronous = FULL; BEGIN IMMEDIATE');
    const from = Number(db.prepare('PRAGMA user_version').get()!['user_version']);
    const script = downOf(from, SQLITE.length, SQLITE_DOWN);
    refuseWaiting(Number(db.prepare(WAITING).get()!['count']));
    db.exec(script);
    db.exec(`PRAGMA user_version = ${from - 1}; COMMIT`);
    return { from, to: from - 1 };
  } catch (error) {
    throw unavailable(`The ledger ${file} cannot be taken back`, error, fileFault(file));
  } finally {
    // Closing rolls back an open transaction.
    db.close();
    owner.close();
  }
}

/** The same for PostgreSQL. Stop every proxy first: one that starts later upgrades the ledger again. */
export async function rollBackPostgres(url: string, schema = 'refund_proxy'): Promise<RolledBack> {
  const { Client } = optionalPackage('pg', 'A PostgreSQL ledger') as typeof Pg;
  const client = new Client({ connectionString: url });
  const { escapeIdentifier } = client;
  try {
    await client.connect();
    await client.query('BEGIN');
    await client.query("SELECT set_config('search_path', $1, true), set_config('lock_timeout', '10s', true)", [
      escapeIdentifier.call(client, schema),
    ]);
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`refund-form ${schema}`]);
    const { rows } = await client.query<{ version: number }>('SELECT MAX(version) AS version FROM versions');
    const from = Number(rows[0]?.version);
    const script = downOf(from, POSTGRES.length, POSTGRES_DOWN);
    refuseWaiting(Number((await client.query<{ count: string }>(WAITING)).rows[0]?.count));
    await client.query(script);
    await client.query('DELETE FROM versions WHERE version = $1', [from]);
    await client.query('COMMIT');
    return { from, to: from - 1 };
  } catch (error) {
    if (error instanceof LedgerUnavailableError) throw error;
    // A driver's message may repeat the address with its password.
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code';
    throw new LedgerUnavailableError(`The ledger cannot be taken back: the database answers ${code}`, { cause: error });
  } finally {
    await client.end();
  }
}

function refuseWaiting(count: number): void {
  if (count === 0) return;
  throw new LedgerUnavailableError(
    `${count} changes wait to be told to the merchant's server, and the older version has no place for them: run this ` +
      'program until they are told',
  );
}

/** @throws LedgerUnavailableError when the ledger does not have this program's version. */
function downOf(from: number, newest: number, down: Readonly<Record<number, string>>): string {
  const script = from === newest ? down[from] : undefined;
  if (script !== undefined) return script;
  throw new LedgerUnavailableError(
    `The ledger has version ${from}, and this program takes back version ${newest} alone: one version, and no further`,
  );
}
