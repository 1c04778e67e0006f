import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { fuzz, neverDone } from '../fuzz/fuzz.ts';

/** A failure prints its seed and path. `TEST_SEED` repeats it here. `npm run fuzz` sends 50,000 requests. */
const seed = Number(process.env['TEST_SEED'] ?? 20_261_101);

describe('requests generated from the OpenAPI documents', () => {
  it('get documented answers and break no rule: 3,000 to the core', async () => {
    assert.deepEqual(neverDone(await fuzz({ requests: 3_000, seed })), []);
  });

  it('get documented answers and break no rule: 300 over HTTP', async () => {
    const tally = await fuzz({ requests: 300, seed, http: true });
    assert.ok(tally.size > 15);
  });
});
