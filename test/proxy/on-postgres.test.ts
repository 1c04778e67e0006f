import { after } from 'node:test';

import { startPostgres } from '../runner/postgres.ts';
import { postgresPlaces, useLedgers } from './support/ledgers.ts';

/** The suites of the embedded ledger once more, on the shared one: the same rules, word for word. */
const SUITES = [
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
];

const server = await startPostgres();
after(() => server.stop());
useLedgers(postgresPlaces(server));
for (const suite of SUITES) await import(`./${suite}.test.ts`);
