import { DatabaseSync } from 'node:sqlite';
import path from 'node:path';
import type { TestContext } from 'node:test';

import { Client } from 'pg';

import { PostgresLedger, SqliteLedger, type Ledger } from '../../../proxy/index.ts';
import type { PostgresServer } from '../../runner/postgres.ts';
import { temporaryFolder } from './folder.ts';

/** The place where one ledger is stored. It can be opened repeatedly, like a ledger whose proxy restarts. */
export interface LedgerPlace {
  /** Opens the ledger, and closes it after the test. `waitMs` is the time that a database server has to answer. */
  readonly open: (waitMs?: number) => Ledger;
  /** The environment variables that name this place, such as `REFUND_PROXY_DB`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs a statement without the ledger's knowledge. */
  readonly sql: (text: string) => Promise<void>;
}

export type NewPlace = (t: TestContext) => Promise<LedgerPlace>;

/** A new SQLite file for each test. */
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

/** A new schema for each test, in the database of `server`. */
export function postgresPlaces(server: PostgresServer): NewPlace {
  let places = 0;
  return async (t) => {
    places += 1;
    const schema = `ledger_${places}`;
    return {
      environment: { REFUND_PROXY_DB: server.url, REFUND_PROXY_DB_SCHEMA: schema },
      // Long enough for a busy machine: a slow database must not look like an unreachable one.
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

/** Suites that are imported after this call run on these ledgers. They hold for every kind of ledger. */
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

/** Suites that hold for every kind of ledger. */
export const LEDGER_SUITES = [
  'ledger',
  'intent',
  'unknown',
  'upayments',
  'webhooks',
  'approvals',
  'sandbox',
  'elsewhere',
  'ledger-elsewhere',
  'word-corrected',
  'texts',
  'keys',
  'reversal',
  'lying-provider',
  'late-refund',
  'announce',
  'announce-again',
  'retention',
  'comparison',
];
