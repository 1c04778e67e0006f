import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { formatReport } from '../../verify/index.ts';
import { bench } from '../verify/support.ts';
import { buildGo, whyNoGo } from './go.ts';
import { PROXIES } from './list.ts';
import { startProxy, TIMEOUT_MS } from './support.ts';

for (const { language, command, args, skip } of PROXIES) {
  for (const provider of ['uqpay', 'upayments'] as const) {
    test(`the proxy in ${language} for ${provider} passes every check`, { skip }, async (t) => {
      const { verify, recorder } = await bench(t);
      const endpoint = await startProxy(t, { command, args, provider, recorder });
      const report = await verify(endpoint, { proxyTimeoutMs: TIMEOUT_MS });
      assert.equal(report.verdict, 'passes', formatReport(report));
    });
  }
}

const whySkipped = whyNoGo();
for (const provider of ['uqpay', 'upayments'] as const) {
  test(`the proxy in Go for ${provider} passes every check`, { skip: whySkipped }, async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'refund-proxy-go-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const command = await buildGo(folder);
    const { verify, recorder } = await bench(t);
    const endpoint = await startProxy(t, { command, args: () => [], provider, recorder });
    const report = await verify(endpoint, { proxyTimeoutMs: TIMEOUT_MS });
    assert.equal(report.verdict, 'passes', formatReport(report));
  });
}
