import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import type { Report } from '../../verify/index.ts';
import { startProxy } from '../proxy/support/process.ts';
import { ownPort } from '../runner/ports.ts';

const BIN = fileURLToPath(new URL('../../bin/refund-form.js', import.meta.url));

test('the stand-alone proxy, configured only by its environment, passes verify', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'refund-verify-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const port = await ownPort();
  const upstream = `http://127.0.0.1:${port}`;
  const { url } = await startProxy(t, {
    REFUND_PROXY_DEMO: '1',
    REFUND_PROXY_DB: path.join(folder, 'ledger.sqlite'),
    REFUND_PROXY_TIMEOUT_MS: '500',
    REFUND_ALLOW_ANONYMOUS: '1',
    REFUND_RATE_LIMIT: '0',
    REFUND_ORDERS_URL: `${upstream}/orders/{id}`,
    UQPAY_BASE_URL: `${upstream}/uqpay/api`,
    UPAYMENTS_BASE_URL: `${upstream}/upayments/api/v1`,
  });
  for (const provider of ['uqpay', 'upayments']) {
    const args = [
      'verify',
      `${url}/refunds/${provider}`,
      '--port',
      String(port),
      '--proxy-timeout',
      '500',
      '--strict',
      '--json',
    ];
    const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    t.after(() => child.kill('SIGKILL'));
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    assert.equal(code, 0, err);
    const { verdict, results } = JSON.parse(out) as Report;
    assert.equal(verdict, 'passes');
    assert.ok(results.length > 30);
  }
});
