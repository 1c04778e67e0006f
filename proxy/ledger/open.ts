import { existsSync } from 'node:fs';

import type { Ledger } from './ledger.ts';
import { LedgerUnavailableError } from './store.ts';

export interface LedgerAddress {
  /** Path of a SQLite file, or a `postgres://` address. */
  readonly db: string;
  /** PostgreSQL only. */
  readonly schema: string | undefined;
}

export interface OpenOptions {
  /** Only a ledger that is there: a new, empty one would say that nothing is unknown. */
  readonly mustExist?: boolean;
}

/** The ledger at an address. A database's driver is loaded where it is used. @throws LedgerUnavailableError */
export async function openLedger(
  { db, schema }: LedgerAddress,
  { mustExist = false }: OpenOptions = {},
): Promise<Ledger> {
  if (/^postgres(?:ql)?:\/\//.test(db)) {
    const { PostgresLedger } = await import('./postgres.ts');
    return new PostgresLedger({ url: db, ...(schema !== undefined && { schema }) });
  }
  if (mustExist && !existsSync(db)) {
    throw new LedgerUnavailableError(
      `There is no ledger ${db}: name the one of the proxy that runs in REFUND_PROXY_DB`,
    );
  }
  const { SqliteLedger } = await import('./sqlite.ts');
  return new SqliteLedger({ file: db });
}
