import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { formatReport } from '../../verify/index.ts';
import { startFaultyProxy } from './faulty-proxy.ts';
import { FAULTS, type Fault } from './planted.ts';
import { bench, failures, PROXY_TIMEOUT_MS } from './support.ts';

describe('a proxy that somebody else wrote', { concurrency: 8 }, () => {
  for (const provider of ['uqpay', 'upayments'] as const) {
    it(`passes every check for ${provider} while nothing is wrong with it`, async (t) => {
      const { verify, recorder } = await bench(t);
      const proxy = await startFaultyProxy({ provider, upstream: recorder, timeoutMs: PROXY_TIMEOUT_MS });
      t.after(() => proxy.close());
      const report = await verify(proxy.endpoint);
      assert.equal(report.verdict, 'passes', formatReport(report));
    });
  }

  for (const [fault, { provider, caughtBy, also }] of Object.entries(FAULTS)) {
    it(`with ${fault} fails ${caughtBy}`, async (t) => {
      const { verify, recorder } = await bench(t, { dev: fault === 'credentials-forgotten' });
      const options = { provider, upstream: recorder, timeoutMs: PROXY_TIMEOUT_MS, fault: fault as Fault };
      const proxy = await startFaultyProxy(options);
      t.after(() => proxy.close());
      const report = await verify(proxy.endpoint, { provider });
      assert.deepEqual(failures(report).toSorted(), [caughtBy, ...also].toSorted(), formatReport(report));
    });
  }
});
