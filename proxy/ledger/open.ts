import type { Ledger } from './ledger.ts';

export interface LedgerAddress {
  /** Path of a SQLite file, or a `postgres://` address. */
  readonly db: string;
  /** PostgreSQL only. */
  readonly schema: string | undefined;
}

/** The ledger at an address. A database's driver is loaded where it is used. @throws LedgerUnavailableError */
export async function openLedger({ db, schema }: LedgerAddress): Promise<Ledger> {
  if (/^postgres(?:ql)?:\/\//.test(db)) {
    const { PostgresLedger } = await import('./postgres.ts');
    return new PostgresLedger({ url: db, ...(schema !== undefined && { schema }) });
  }
  const { SqliteLedger } = await import('./sqlite.ts');
  return new SqliteLedger({ file: db });
}
