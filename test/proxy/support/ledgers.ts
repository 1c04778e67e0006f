import { DatabaseSync } from 'node:sqlite';
import path from 'node:path';
import type { TestContext } from 'node:test';

import { Client } from 'pg';

import { PostgresLedger, SqliteLedger, type Ledger } from '../../../proxy/index.ts';
import type { PostgresServer } from '../../runner/postgres.ts';
import { temporaryFolder } from './folder.ts';

/** Where one ledger is kept: it can be opened again and again, as a proxy does that starts anew. */
export interface LedgerPlace {
  /** A ledger on these rows, closed after the test. `waitMs`: how long a database of its own may take to answer. */
  readonly open: (waitMs?: number) => Ledger;
  /** What `REFUND_PROXY_DB` and its companions say to mean this place. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs a statement behind the ledger's back. */
  readonly sql: (text: string) => Promise<void>;
}

export type NewPlace = (t: TestContext) => Promise<LedgerPlace>;

/** A file of its own. */
export async function sqlitePlace(t: TestContext): Promise<LedgerPlace & { readonly file: string }> {
  const file = path.join(await temporaryFolder(t), 'ledger.sqlite');
  return {
    file,
    environment: { REFUND_PROXY_DB: file },
    open: () => closing(t, new SqliteLedger({ file, busyTimeoutMs: 50 })),
    async sql(text) {
      const other = new DatabaseSync(file);
      try {
        other.exec(text);
      } finally {
        other.close();
      }
    },
  };
}

/** A schema of its own in the one database of `server`. */
export function postgresPlaces(server: PostgresServer): NewPlace {
  let places = 0;
  return async (t) => {
    places += 1;
    const schema = `ledger_${places}`;
    return {
      environment: { REFUND_PROXY_DB: server.url, REFUND_PROXY_DB_SCHEMA: schema },
      // Long enough for a busy machine: a database that is only slow must not look as if it were gone.
      open: (waitMs = 20_000) => closing(t, new PostgresLedger({ url: server.url, schema, waitMs })),
      async sql(text) {
        const client = new Client({ connectionString: server.url });
        await client.connect();
        try {
          await client.query(`SET search_path = ${schema}`);
          await client.query(text);
        } finally {
          await client.end();
        }
      },
    };
  };
}

let newPlace: NewPlace = sqlitePlace;

/** The suites that are imported after this run on these ledgers: they are the same for every kind. */
export function useLedgers(places: NewPlace): void {
  newPlace = places;
}

export function ledgerPlace(t: TestContext): Promise<LedgerPlace> {
  return newPlace(t);
}

function closing(t: TestContext, ledger: Ledger): Ledger {
  t.after(() => ledger.close());
  return ledger;
}

/** Suites that hold on every ledger. */
export const LEDGER_SUITES = [
  'ledger',
  'intent',
  'unknown',
  'upayments',
  'webhooks',
  'approvals',
  'sandbox',
  'elsewhere',
  'texts',
  'keys',
  'reversal',
  'lying-provider',
  'announce',
  'announce-again',
  'retention',
  'comparison',
];
