import { parseArgs } from 'node:util';

import { fuzz, neverDone, formatTally } from './fuzz.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '50000' },
    http: { type: 'string', default: '3000' },
    seed: { type: 'string', default: process.env['TEST_SEED'] ?? '20261101' },
    path: { type: 'string' },
  },
});
const seed = Number(values.seed);
const parts = [
  { name: 'core', requests: Number(values.requests), http: false },
  { name: 'HTTP', requests: Number(values.http), http: true },
].filter(({ requests }) => requests > 0);

for (const { name, requests, http } of parts) {
  const start = performance.now();
  const tally = await fuzz({ requests, seed, http, ...(values.path !== undefined && { path: values.path }) });
  const seconds = ((performance.now() - start) / 1_000).toFixed(0);
  const requestTotal = [...tally.values()].reduce(
    (sum, statuses) => sum + [...statuses.values()].reduce((a, b) => a + b),
    0,
  );
  console.log(`${name}: ${requestTotal.toLocaleString('en')} requests, seed ${seed}, ${seconds} s; answers by status:`);
  console.log(formatTally(tally));
  // The HTTP part sends too few requests to reach every operation.
  const never = http ? [] : neverDone(tally);
  if (never.length > 0) {
    console.error(`never carried out: ${never.join(', ')}`);
    process.exitCode = 1;
  }
}
