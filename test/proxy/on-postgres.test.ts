import { after } from 'node:test';

import { startPostgres } from '../runner/postgres.ts';
import { LEDGER_SUITES, postgresPlaces, useLedgers } from './support/ledgers.ts';

/** The suites of the embedded ledger once more, on the shared one: the same rules, word for word. */
const server = await startPostgres();
after(() => server.stop());
useLedgers(postgresPlaces(server));
for (const suite of LEDGER_SUITES) await import(`./${suite}.test.ts`);
