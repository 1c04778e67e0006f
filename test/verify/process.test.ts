import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

import type { Report } from '../../verify/index.ts';
import { startProxy } from '../proxy/support/process.ts';
import { ownPort } from '../runner/ports.ts';

const BIN = fileURLToPath(new URL('../../bin/refund-form.js', import.meta.url));

/** The stand-alone proxy, configured only by its environment to call verify on this port. */
async function standAlone(t: TestContext) {
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
  const verify = async (provider: string, ...more: string[]): Promise<Report> => {
    const flags = ['--port', String(port), '--proxy-timeout', '500', '--strict', '--json', ...more];
    const args = [BIN, 'verify', `${url}/refunds/${provider}`, ...flags];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    t.after(() => child.kill('SIGKILL'));
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    assert.equal(code, 0, err);
    return JSON.parse(out) as Report;
  };
  return { verify };
}

// Most of their time is waiting for a provider that does not answer.
describe('the stand-alone proxy', { concurrency: 3 }, () => {
  for (const provider of ['uqpay', 'upayments']) {
    it(`passes verify for ${provider}`, async (t) => {
      const { verify } = await standAlone(t);
      const { verdict, results } = await verify(provider);
      assert.equal(verdict, 'passes');
      assert.ok(results.length > 30);
    });
  }

  it('passes the next verify with a ledger that knows the refunds of an earlier one', async (t) => {
    const { verify } = await standAlone(t);
    for (let run = 0; run < 2; run += 1) {
      assert.equal((await verify('uqpay', '--only', 'description')).verdict, 'passes');
    }
  });
});
