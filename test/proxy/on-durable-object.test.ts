import { durablePlace } from './support/durable-storage.ts';
import { LEDGER_SUITES, useLedgers } from './support/ledgers.ts';

/** The suites of the embedded ledger once more, on the one of a Durable Object: the same rules, word for word. */
useLedgers(durablePlace);
for (const suite of LEDGER_SUITES) await import(`./${suite}.test.ts`);
