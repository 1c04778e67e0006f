import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';

import { IDEMPOTENCY_KEY, REFUND_FORM } from '../../contract/index.ts';
import { ORDERS } from '../../demo/orders.ts';
import { createSandbox, createSandboxClient } from '../../mock-server/index.ts';
import { createRefundProxy, serveProxies, SqliteLedger, uqpay } from '../../proxy/index.ts';
import { keySource, send } from './world.ts';

const SECRET = 'sandbox-webhook-secret';
const PAYMENT = 'PI1234567890123456789';

/** Starts the sandbox, and a proxy that receives its webhooks. */
async function startBoth() {
  const sandbox = await createSandbox({ clock: 'frozen' });
  const folder = await mkdtemp(path.join(tmpdir(), 'refund-form-webhooks-'));
  const ledger = new SqliteLedger({ file: path.join(folder, 'ledger.sqlite') });
  const proxy = createRefundProxy({
    ledger,
    orders: async (id: string) => ORDERS.find(({ payment_id }) => payment_id === id),
    authorize: async () => ({ user: 'admin' }),
    allowedOrigins: [],
    basePath: '/refunds/uqpay',
    provider: uqpay({
      baseUrl: sandbox.uqpayUrl,
      clientId: 'sandbox-client',
      apiKey: 'sandbox-key',
      webhookSecret: SECRET,
    }),
  });
  const server = await serveProxies({ proxies: [proxy], port: 0, host: '127.0.0.1' });
  const control = createSandboxClient(sandbox.url);
  await control.addWebhookEndpoint({ provider: 'uqpay', url: `${server.url}/refunds/uqpay/webhooks` });
  const newKey = keySource();
  return {
    control,
    refund: (scenario: string) =>
      send(`${server.url}/refunds/uqpay/v2/payment/refunds`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', [REFUND_FORM]: '1', [IDEMPOTENCY_KEY]: newKey() },
        body: JSON.stringify({
          payment_intent_id: PAYMENT,
          amount: '1.00',
          reason: 'Return good',
          metadata: { sandbox_scenario: scenario },
        }),
      }),
    payment: async () => (await send(`${server.url}/refunds/uqpay/payments/${PAYMENT}`, {})).json,
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await ledger.close();
      await sandbox.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describe("the sandbox's webhooks, sent to the proxy", () => {
  for (const scenario of [
    'fast_success, webhook_duplicate',
    'webhook_delay; seconds=1',
    'webhook_reorder',
    'webhook_delay; seconds=30',
    'webhook_before_answer',
  ]) {
    it(`are accepted and change the ledger once: ${scenario}`, async () => {
      await using both = await startBoth();
      const answer = await both.refund(scenario);
      assert.equal(answer.status, 200, answer.text);
      await both.control.flushWebhooks();
      await both.control.advance('PT1H');
      const deliveries = await both.control.flushWebhooks();
      assert.ok(deliveries.length >= 2);
      for (const { status, response_code } of deliveries) assert.deepEqual([status, response_code], ['delivered', 200]);
      const summary = (await both.payment()) as Record<string, string>;
      assert.deepEqual([summary['refunded'], summary['pending']], ['1.00', '0.00']);
    });
  }

  for (const scenario of ['webhook_forged', 'webhook_stale']) {
    it(`are refused when they are forged or expired: ${scenario}`, async () => {
      await using both = await startBoth();
      await both.refund(scenario);
      const [delivery] = await both.control.flushWebhooks();
      assert.equal(delivery?.status, 'waiting');
      assert.ok((delivery.response_code ?? 0) >= 400 && (delivery.response_code ?? 0) < 500);
    });
  }
});
