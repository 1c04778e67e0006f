import { existsSync } from 'node:fs';

import type { Ledger } from './ledger.ts';
import { LedgerUnavailableError } from './errors.ts';

export interface LedgerAddress {
  /** Path of a SQLite file, or a `postgres://` address. */
  readonly db: string;
  /** PostgreSQL only. */
  readonly schema: string | undefined;
}

export interface OpenOptions {
  /**
   * Opens an existing ledger of this release only: a new, empty one would say that nothing is unknown, and a proxy of the
   * older release could not start again.
   */
  readonly mustExist?: boolean;
}

/**
 * Whether it is the address of a PostgreSQL ledger, and not the path of a file.
 * @throws LedgerUnavailableError that repeats nothing of the address: it may hold a password, also when it is written wrong
 */
export function isPostgres(db: string): boolean {
  if (/^file:/i.test(db)) {
    throw new LedgerUnavailableError('REFUND_PROXY_DB: expected the path of a file without file:');
  }
  if (db === ':memory:') {
    throw new LedgerUnavailableError(
      'REFUND_PROXY_DB: expected the path of a file; received ":memory:", which is gone with the process, and with it what ' +
        'was refunded under which key',
    );
  }
  // As with quotes around it, a slash too few, no scheme, or in the words of libpq: no path looks like that.
  if (!/:\/\/|\bpostgres(?:ql)?:|\b(?:host|hostaddr|user|password|dbname)\s*=|^[^/\\]*:[^/\\]*@/i.test(db))
    return false;
  const url = /^postgres(?:ql)?:\/\//i.test(db) && URL.canParse(db) ? new URL(db) : undefined;
  const isDecodable = !/%(?![\da-f]{2})/i.test(db);
  if (!url || !isDecodable) {
    throw new LedgerUnavailableError(
      'REFUND_PROXY_DB: expected the path of a file or postgres://user:password@host:5432/database; in the user and the ' +
        'password write @ : / ? # and % as %40 %3A %2F %3F %23 and %25',
    );
  }
  // An @ after the host belongs to the password, and the database's own message would repeat the rest of it.
  if (url.pathname.includes('@') || url.hash !== '') {
    throw new LedgerUnavailableError(
      'REFUND_PROXY_DB: an @ or # stands after the host: in the password write @ / ? and # as %40 %2F %3F and %23',
    );
  }
  return true;
}

/** Whether opening it makes a new, empty file. */
export function isNewFile({ db }: LedgerAddress): boolean {
  return !isPostgres(db) && !existsSync(db);
}

/**
 * Opens the ledger at an address. Loads the driver of its database only.
 * @throws LedgerUnavailableError
 */
export async function openLedger(
  { db, schema }: LedgerAddress,
  { mustExist = false }: OpenOptions = {},
): Promise<Ledger> {
  if (isPostgres(db)) {
    const { PostgresLedger } = await import('./stores/postgres/postgres.ts');
    return new PostgresLedger({ url: db, upgrades: !mustExist, ...(schema !== undefined && { schema }) });
  }
  if (schema !== undefined) {
    throw new LedgerUnavailableError(
      `REFUND_PROXY_DB_SCHEMA: is for PostgreSQL only, and REFUND_PROXY_DB is the file ${db}: leave one of them out, or give a ` +
        `postgres:// address; received "${schema}"`,
    );
  }
  if (mustExist && !existsSync(db)) {
    throw new LedgerUnavailableError(
      `There is no ledger ${db}: name the one of the proxy that runs in REFUND_PROXY_DB`,
    );
  }
  const { SqliteLedger } = await import('./stores/sqlite/sqlite.ts');
  return new SqliteLedger({ file: db, upgrades: !mustExist });
}
