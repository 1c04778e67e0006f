import { after } from 'node:test';

import { startPostgres } from '../runner/postgres.ts';
import { LEDGER_SUITES, postgresPlaces, useLedgers } from './support/ledgers.ts';

/** Runs the suites of the SQLite ledger on PostgreSQL, where the same rules hold. */
const server = await startPostgres();
after(() => server.stop());
useLedgers(postgresPlaces(server));
for (const suite of LEDGER_SUITES) await import(`./${suite}.test.ts`);
