import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { formatReport, ordersOf } from '../../verify/index.ts';
import { sampled } from '../planted-share.ts';
import { startFaultyProxy } from './faulty-proxy.ts';
import { FAULTS, SIGN_INS, UNJUDGED, type Fault } from './planted.ts';
import { bench, idsOf, PROXY_TIMEOUT_MS, type ProviderName } from './support.ts';

/** The first run that has a number of its own. */
const GIVEN_RUN = 1_000;

/**
 * Plants each mistake that is tested with this provider. A provider has a file of its own, and so a process: one core is
 * busy with the checks of four proxies, and the other providers' checks need not wait for it.
 */
export function plantFaults(provider: ProviderName): void {
  describe(`a merchant proxy for ${provider}`, { concurrency: 4 }, () => {
    it('without a fault passes every check', async (t) => {
      const { verify, recorder } = await bench(t);
      const proxy = await startFaultyProxy({ provider, upstream: recorder, timeoutMs: PROXY_TIMEOUT_MS });
      t.after(() => proxy.close());
      const report = await verify(proxy.endpoint, { restart: async () => proxy.restart() });
      assert.equal(report.verdict, 'passes', formatReport(report));
    });

    const planted = sampled(Object.entries(FAULTS)).filter(([, fault]) => fault.provider === provider);
    for (const [index, [fault, { caughtBy, also, ...how }]] of planted.entries()) {
      it(`with the fault ${fault} fails the check ${caughtBy}`, async (t) => {
        const { verify, recorder } = await bench(t, { dev: fault === 'credentials-forgotten' });
        const options = { provider, upstream: recorder, timeoutMs: PROXY_TIMEOUT_MS, fault: fault as Fault };
        const run = GIVEN_RUN + index;
        const isGiven = fault === 'sum-not-locked-nor-looked-up';
        const proxy = await startFaultyProxy({ ...options, ...(isGiven && { orders: ordersOf(provider, run) }) });
        t.after(() => proxy.close());
        const report = await verify(proxy.endpoint, {
          provider,
          run,
          ...('signIn' in how && { headers: SIGN_INS[how.signIn] }),
          ...('needsRestart' in how && { restart: async () => proxy.restart() }),
        });
        assert.deepEqual(idsOf(report, 'failed').toSorted(), [caughtBy, ...also].toSorted(), formatReport(report));
        const unjudged = UNJUDGED[fault as Fault] ?? [];
        assert.deepEqual(idsOf(report, 'not_judged').toSorted(), unjudged.toSorted(), formatReport(report));
      });
    }
  });
}
