import { durablePlace } from './support/durable-storage.ts';
import { LEDGER_SUITES, useLedgers } from './support/ledgers.ts';

/** Runs the suites of the SQLite ledger on a Durable Object, where the same rules hold. */
useLedgers(durablePlace);
for (const suite of LEDGER_SUITES) await import(`./${suite}.test.ts`);
