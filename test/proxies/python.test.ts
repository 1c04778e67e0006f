import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';

import { formatReport } from '../../verify/index.ts';
import { bench } from '../verify/support.ts';
import { FOLDER, startProxy, TIMEOUT_MS } from './support.ts';

for (const provider of ['uqpay', 'upayments'] as const) {
  test(`the proxy in Python for ${provider} passes every check`, async (t) => {
    const { verify, recorder } = await bench(t);
    const args = [path.join(FOLDER, 'python/server.py')];
    const report = await verify(await startProxy(t, { command: 'python3', args, provider, recorder }), {
      proxyTimeoutMs: TIMEOUT_MS,
    });
    assert.equal(report.verdict, 'passes', formatReport(report));
  });
}
