import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';

import { IDEMPOTENCY_KEY, REFUND_FORM } from '../../contract/index.ts';
import { ORDERS } from '../../demo/orders.ts';
import { createSandbox, createSandboxClient } from '../../mock-server/index.ts';
import { createRefundProxy, serveProxies, SqliteLedger, upayments, uqpay } from '../../proxy/index.ts';
import { UPAYMENTS_CASES } from './upayments-cases.ts';
import { UQPAY_CASES } from './uqpay-cases.ts';
import { keySource, send, type World } from './world.ts';

async function proxyWorld(): Promise<World> {
  const sandbox = await createSandbox({ port: 0, clock: 'frozen' });
  const control = createSandboxClient(sandbox.url);
  const folder = await mkdtemp(path.join(tmpdir(), 'refund-form-contract-'));
  const ledger = new SqliteLedger({ file: path.join(folder, 'ledger.sqlite') });
  const shared = {
    ledger,
    orders: async (id: string) => ORDERS.find(({ payment_id }) => payment_id === id),
    authorize: async () => ({ user: 'admin' }),
    allowedOrigins: [],
  };
  const server = await serveProxies({
    proxies: [
      createRefundProxy({
        ...shared,
        basePath: '/refunds/uqpay',
        provider: uqpay({ baseUrl: sandbox.uqpayUrl, clientId: 'sandbox-client', apiKey: 'sandbox-key' }),
      }),
      createRefundProxy({
        ...shared,
        basePath: '/refunds/upayments',
        provider: upayments({ baseUrl: sandbox.upaymentsUrl, token: 'jtest123' }),
      }),
    ],
    port: 0,
    host: '127.0.0.1',
  });
  const newKey = keySource();
  return {
    read: (provider, at) => send(`${server.url}/refunds/${provider}${at}`, {}),
    write: (provider, at, { body, key = newKey() }) =>
      send(`${server.url}/refunds/${provider}${at}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', [REFUND_FORM]: '1', [IDEMPOTENCY_KEY]: key },
        body: JSON.stringify(body),
      }),
    raw: (provider, method, at, init) => send(`${server.url}/refunds/${provider}${at}`, { method, ...init }),
    async advance(duration) {
      await control.advance(duration);
    },
    async close() {
      await server.close();
      await ledger.close();
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describe('the contract through the proxy', () => {
  for (const { name, run } of [...UQPAY_CASES, ...UPAYMENTS_CASES]) {
    it(name, async () => {
      const world = await proxyWorld();
      try {
        await run(world);
      } finally {
        await world.close();
      }
    });
  }
});
