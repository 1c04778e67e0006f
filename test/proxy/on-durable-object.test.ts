import { durablePlace } from './support/durable-storage.ts';
import { useLedgers } from './support/ledgers.ts';

/** The suites of the embedded ledger once more, on the one of a Durable Object: the same rules, word for word. */
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

useLedgers(durablePlace);
for (const suite of SUITES) await import(`./${suite}.test.ts`);
