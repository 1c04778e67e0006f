import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { formatReport } from '../../verify/index.ts';
import { sampled } from '../planted-share.ts';
import { startFaultyProxy } from './faulty-proxy.ts';
import { FAULTS, type Fault } from './planted.ts';
import { bench, failures, PROXY_TIMEOUT_MS } from './support.ts';

describe('a merchant proxy', { concurrency: 8 }, () => {
  for (const provider of ['uqpay', 'upayments'] as const) {
    it(`without a fault passes every check for ${provider}`, async (t) => {
      const { verify, recorder } = await bench(t);
      const proxy = await startFaultyProxy({ provider, upstream: recorder, timeoutMs: PROXY_TIMEOUT_MS });
      t.after(() => proxy.close());
      const report = await verify(proxy.endpoint);
      assert.equal(report.verdict, 'passes', formatReport(report));
    });
  }

  for (const [fault, { provider, caughtBy, also }] of sampled(Object.entries(FAULTS))) {
    it(`with the fault ${fault} fails the check ${caughtBy}`, async (t) => {
      const { verify, recorder } = await bench(t, { dev: fault === 'credentials-forgotten' });
      const options = { provider, upstream: recorder, timeoutMs: PROXY_TIMEOUT_MS, fault: fault as Fault };
      const proxy = await startFaultyProxy(options);
      t.after(() => proxy.close());
      const report = await verify(proxy.endpoint, { provider });
      assert.deepEqual(failures(report).toSorted(), [caughtBy, ...also].toSorted(), formatReport(report));
    });
  }
});
