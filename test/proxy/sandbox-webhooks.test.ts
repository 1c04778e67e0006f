import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { paymentSummary } from '../../contract/index.ts';
import { createSandbox, createSandboxClient } from '../../mock-server/index.ts';
import { createRefundProxy, serveProxies, upayments, uqpay } from '../../proxy/index.ts';
import { ledgerPlace } from './support/ledgers.ts';
import { ORDER, PAYMENT, readAnswer, REFUND, START, uqpayBody, uuid, uuids } from './support/test-proxy.ts';
import { SECRET } from './support/webhook.ts';

/** Starts a sandbox that really sends webhooks, and a proxy that really receives them. */
async function setUp(t: TestContext, { timestamp = 'milliseconds' }: { timestamp?: 'milliseconds' | 'seconds' } = {}) {
  const clock = { now: START };
  const sandbox = await createSandbox({ now: () => START, clock: 'frozen', webhooks: { signedAt: () => clock.now } });
  const ledger = (await ledgerPlace(t)).open();
  const shared = {
    ledger,
    orders: async (id: string) =>
      [
        { payment_id: PAYMENT, currency: 'USD', captured: '250.00' },
        { payment_id: ORDER, currency: 'KWD', captured: '100.000' },
      ].find(({ payment_id }) => payment_id === id),
    authorize: async () => ({ user: 'admin-1' }),
    now: () => clock.now,
    newId: uuids(9),
    timeoutMs: 2_000,
  };
  const credentials = { clientId: 'sandbox-client', apiKey: 'sandbox-key' };
  const proxies = [
    createRefundProxy({
      ...shared,
      basePath: '/uqpay',
      provider: uqpay({ ...credentials, baseUrl: sandbox.uqpayUrl, webhookSecret: SECRET }),
    }),
    createRefundProxy({
      ...shared,
      basePath: '/upayments',
      provider: upayments({ baseUrl: sandbox.upaymentsUrl, token: 'jtest123' }),
    }),
  ];
  const served = await serveProxies({ proxies, port: 0, host: '127.0.0.1' });
  t.after(async () => {
    await served.close();
    await sandbox.close();
  });
  const client = createSandboxClient(sandbox.url);
  await client.addWebhookEndpoint({
    provider: 'uqpay',
    url: `${served.url}/uqpay/webhooks`,
    secret: SECRET,
    timestamp,
  });
  await client.addWebhookEndpoint({ provider: 'upayments', url: `${served.url}/upayments/webhooks` });
  const keys = uuids(1);
  return {
    sandbox: client,
    post: async (below: string, body: object, key = keys()) =>
      readAnswer(
        await fetch(served.url + below, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': key },
          body: JSON.stringify(body),
        }),
      ),
    /** Sends the due webhooks. Returns the status codes of the proxy in the order of the events. */
    deliver: async () =>
      (await client.flushWebhooks()).flatMap(({ attempts }) => attempts.map(({ response_code }) => response_code)),
    refunds: async (provider: 'uqpay' | 'upayments') => {
      const paymentId = provider === 'uqpay' ? PAYMENT : ORDER;
      const rows = await ledger.reservationsOfPayment({ merchant: 'default', provider }, paymentId);
      return rows.map(({ standing, amount }) => `${standing} ${amount}`);
    },
    summary: async () =>
      paymentSummary.parse((await readAnswer(await fetch(`${served.url}/uqpay/payments/${PAYMENT}`))).json),
  };
}

for (const timestamp of ['milliseconds', 'seconds'] as const) {
  test(`webhooks of the sandbox with a timestamp in ${timestamp} settle a refund without a read`, async (t) => {
    const { post, sandbox, deliver, refunds } = await setUp(t, { timestamp });
    assert.equal((await post(`/uqpay${REFUND}`, uqpayBody('10.00'))).status, 200);
    await deliver();
    await sandbox.advance('PT5M');
    const codes = await deliver();
    assert.ok(codes.length >= 2 && codes.every((code) => code === 200), codes.join());
    assert.deepEqual(await refunds('uqpay'), ['succeeded 1000']);
  });
}

for (const scenario of ['webhook_duplicate', 'webhook_reorder', 'webhook_before_answer', 'webhook_delay'] as const) {
  test(`the scenario ${scenario} settles one refund once`, async (t) => {
    const { post, sandbox, deliver, refunds, summary } = await setUp(t);
    await sandbox.scenario(scenario, { provider: 'uqpay' });
    assert.equal((await post(`/uqpay${REFUND}`, uqpayBody('10.00'))).status, 200);
    for (const wait of ['PT5M', 'PT1H', 'PT2H']) {
      await deliver();
      await sandbox.advance(wait);
    }
    const codes = await deliver();
    assert.ok(
      codes.every((code) => code === 200),
      codes.join(),
    );
    assert.deepEqual(await refunds('uqpay'), ['succeeded 1000']);
    const { refunded, pending, refundable } = await summary();
    assert.deepEqual([refunded, pending, refundable], ['10.00', '0.00', '240.00']);
  });
}

for (const scenario of ['webhook_forged', 'webhook_stale'] as const) {
  test(`the scenario ${scenario} is refused and changes no refund`, async (t) => {
    const { post, sandbox, deliver, refunds } = await setUp(t);
    await sandbox.scenario(scenario, { provider: 'uqpay' });
    await post(`/uqpay${REFUND}`, uqpayBody('10.00'));
    await sandbox.advance('PT1M');
    const codes = await deliver();
    assert.ok(codes.length > 0 && codes.every((code) => code === 401), codes.join());
    assert.deepEqual(await refunds('uqpay'), ['pending 1000']);
  });
}

test('a lost answer after the webhook of its refund leaves no unknown refund', async (t) => {
  const { post, sandbox, refunds } = await setUp(t);
  await sandbox.scenario('webhook_before_answer', { provider: 'uqpay' });
  await sandbox.scenario('drop_after_commit', { provider: 'uqpay' });
  const answer = await post(`/uqpay${REFUND}`, uqpayBody('10.00'), uuid(7));
  assert.equal(answer.status, 200);
  const again = await post(`/uqpay${REFUND}`, uqpayBody('10.00'), uuid(7));
  assert.deepEqual([again.text, again.headers.get('idempotent-replayed')], [answer.text, 'true']);
  assert.deepEqual(await refunds('uqpay'), ['pending 1000']);
  assert.equal((await sandbox.db('uqpay_refunds')).filter((row) => row['payment_intent'] === PAYMENT).length, 1);
});

test('a webhook settles a refund whose answer was lost', async (t) => {
  const { post, sandbox, deliver, refunds } = await setUp(t);
  await sandbox.scenario('drop_after_commit', { provider: 'uqpay' });
  assert.equal((await post(`/uqpay${REFUND}`, uqpayBody('10.00'))).status, 504);
  await sandbox.advance('PT5M');
  await deliver();
  assert.deepEqual(await refunds('uqpay'), ['succeeded 1000']);
});

test('a UPayments callback makes the proxy read the refund, which then has succeeded in the ledger', async (t) => {
  const { post, sandbox, deliver, refunds } = await setUp(t);
  assert.equal((await post('/upayments/create-refund', { orderId: ORDER, totalPrice: 10 })).status, 201);
  assert.deepEqual(await refunds('upayments'), ['pending 10000']);
  await sandbox.advance('P14D');
  assert.deepEqual(await deliver(), [200]);
  assert.deepEqual(await refunds('upayments'), ['succeeded 10000']);
});
