import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { createSandbox, createSandboxClient } from '../../mock-server/index.ts';
import { createRefundProxy, serveProxies } from '../../proxy/index.ts';
import { testpay as sandboxPay } from '../mock-server/support/testpay.ts';
import { ledgerPlace } from './support/ledgers.ts';
import { readAnswer, START, uuid, uuids } from './support/test-proxy.ts';
import { testpay } from './support/testpay.ts';

/** A proxy for a provider that only the tests know, and a sandbox of that provider. */
async function setUp(t: TestContext) {
  const clock = { now: START };
  const sandbox = await createSandbox({ now: () => START, providers: [sandboxPay] });
  const proxy = createRefundProxy({
    basePath: '/testpay',
    provider: testpay(`${sandbox.url}/testpay`),
    ledger: (await ledgerPlace(t)).open(),
    orders: async (id) => (id === 'pay-1' ? { payment_id: id, currency: 'JPY', captured: '1000' } : undefined),
    authorize: async () => ({ user: 'admin-1' }),
    now: () => clock.now,
    newId: uuids(9),
    timeoutMs: 2_000,
  });
  const served = await serveProxies({ proxies: [proxy], port: 0, host: '127.0.0.1' });
  t.after(async () => {
    await served.close();
    await sandbox.close();
  });
  const refund = async (amount: number, key: string) =>
    readAnswer(
      await fetch(`${served.url}/testpay/refunds`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': key },
        body: JSON.stringify({ payment: 'pay-1', amount, elsewhere: 'dropped' }),
      }),
    );
  const figures = async () => {
    const { json } = await readAnswer(await fetch(`${served.url}/testpay/payments/pay-1`));
    const { refunded, pending, refundable } = json as Record<string, string>;
    return [refunded, pending, refundable];
  };
  return { clock, proxy, control: createSandboxClient<'testpay'>(sandbox.url), refund, figures };
}

test('a provider that is defined in a test can refund, and its refund is read until it is final', async (t) => {
  const { clock, proxy, control, refund, figures } = await setUp(t);
  const first = await refund(400, uuid(1));
  assert.equal(first.status, 201, first.text);
  assert.equal((await refund(400, uuid(1))).headers.get('idempotent-replayed'), 'true');
  assert.equal((await refund(601, uuid(2))).problem.code, 'amount_above_refundable');
  assert.deepEqual(await figures(), ['0', '400', '600']);
  await control.advance('PT1M');
  clock.now += 60_000;
  assert.equal((await proxy.reconcile()).changed, 1);
  assert.deepEqual(await figures(), ['400', '0', '600']);
});

test('a lost refund of a provider without idempotency is unknown and never sent again', async (t) => {
  const { control, refund, figures } = await setUp(t);
  await control.scenario('drop_after_commit', { provider: 'testpay' });
  assert.equal((await refund(300, uuid(1))).problem.code, 'outcome_unknown');
  assert.equal((await refund(300, uuid(1))).problem.code, 'outcome_unknown');
  assert.equal((await control.health()).rows['testpay_refunds'], 1);
  assert.deepEqual(await figures(), ['0', '300', '700']);
  assert.equal((await refund(100, uuid(2))).problem.code, 'payment_busy');
});
