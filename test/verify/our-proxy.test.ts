import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { formatReport } from '../../verify/index.ts';
import { bench, ourProxy } from './support.ts';

describe('our own proxy', { concurrency: 2 }, () => {
  for (const provider of ['uqpay', 'upayments'] as const) {
    it(`passes every check for ${provider}`, async (t) => {
      const { verify, recorder } = await bench(t);
      const endpoints = await ourProxy(t, recorder);
      const report = await verify(endpoints[provider]);
      assert.equal(report.verdict, 'passes', formatReport(report));
      assert.equal(report.provider, provider);
      assert.equal(report.deduplicates, true);
    });
  }
});
