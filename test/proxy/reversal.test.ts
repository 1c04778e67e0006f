import assert from 'node:assert/strict';
import { test } from 'node:test';

import { canStillChange, isFinal, type PaymentSummary, type RefundStanding } from '../../contract/index.ts';
import { PAYMENT, REFUND, startTestProxy, scriptUqpay, type TestProxy } from './support/test-proxy.ts';
import { requestOf, SECRET, webhook } from './support/webhook.ts';

const DAY = 86_400_000;
const REVERSED = { money: ['0.00', '10.00', '90.00'], standing: 'reversed', status: 'REVERSAL_SUCCEEDED' };

for (const how of ['a webhook', 'a read of the payment', 'a read of the refund', 'the reconciler'] as const) {
  test(`a reversal is found by ${how}, is shown as reversed, and its amount still counts`, async (t) => {
    const { proxy, get, clock, ledger, setStatus } = await setUpSucceeded(t);
    const status = 'REVERSAL_SUCCEEDED';
    setStatus(status);
    if (how === 'a webhook')
      await proxy.fetch(requestOf(webhook({ refund: 'RF1', status, type: 'acquiring.refund.x' })));
    if (how === 'a read of the refund') await get(`${REFUND}/RF1`);
    if (how === 'the reconciler') {
      clock.now += DAY;
      assert.equal((await proxy.reconcile()).changed, 1);
    }
    const [row] = await ledger.reservationsOfPayment({ merchant: 'default', provider: 'uqpay' }, PAYMENT);
    assert.equal(row?.standing, how === 'a read of the payment' ? 'succeeded' : 'reversed');
    assert.deepEqual(await summaryOf(get), REVERSED);
  });
}

test('a success is read for a month, less and less often, and not at all with a provider without reversals', async (t) => {
  const { proxy, provider, clock } = await setUpSucceeded(t);
  const days: number[] = [];
  for (let day = 1; day <= 90; day += 1) {
    clock.now += DAY;
    if ((await proxy.reconcile()).checked > 0) days.push(day);
  }
  assert.deepEqual(days, [1, 3, 7, 15, 31]);
  assert.equal(provider.callsOf(`GET ${REFUND}/RF1`).length, 1 + days.length);

  const other = await startTestProxy(t, { name: 'upayments' });
  const data = { orderId: 'refund-1', refundOrderId: 'R1', refundArn: 'A1' };
  other.provider.on('POST /create-refund', { status: 201, json: { status: true, message: 'ok', data } });
  await other.refund('10');
  other.provider.on('GET /check-refund-status/refund-1', {
    status: 200,
    json: { status: true, message: 'ok', data: { is_refunded: true, refunded_date: '2026-11-20 13:00:00' } },
  });
  other.clock.now += DAY;
  assert.equal((await other.proxy.reconcile()).changed, 1);
  other.clock.now += 60 * DAY;
  assert.equal((await other.proxy.reconcile()).checked, 0);
});

test('a reversal in progress is read until it is final, and then never changes', async (t) => {
  const { proxy, get, clock, setStatus } = await setUpSucceeded(t);
  setStatus('REVERSAL_INITIATED');
  assert.deepEqual((await summaryOf(get)).standing, 'reversing');
  setStatus('REVERSAL_SUCCEEDED');
  clock.now += 3_600_000;
  assert.equal((await proxy.reconcile()).changed, 1);
  setStatus('SUCCEEDED');
  assert.deepEqual(await summaryOf(get), REVERSED);
});

test('a success is final, but can still change', () => {
  const standings: readonly RefundStanding[] = [
    'pending',
    'succeeded',
    'failed',
    'reversing',
    'reversed',
    'cancelled',
    'unrecognised',
  ];
  assert.deepEqual(
    standings.filter((standing) => isFinal(standing)),
    ['succeeded', 'failed', 'reversed', 'cancelled'],
  );
  assert.deepEqual(
    standings.filter((standing) => canStillChange(standing)),
    ['pending', 'succeeded', 'reversing', 'unrecognised'],
  );
});

/** A refund of 10.00 that has succeeded in the ledger. `setStatus` changes its status at the provider. */
async function setUpSucceeded(t: Parameters<typeof startTestProxy>[0]) {
  const testProxy = await startTestProxy(t, { webhookSecret: SECRET });
  const refunds = scriptUqpay(testProxy.provider);
  await testProxy.refund('10.00');
  const [key, refund] = [...refunds][0]!;
  const setStatus = (refund_status: string) => {
    refunds.set(key, { ...refund, refund_status });
    testProxy.provider.on(`GET ${REFUND}/RF1`, { status: 200, json: refunds.get(key) });
  };
  setStatus('SUCCEEDED');
  await testProxy.get(`${REFUND}/RF1`);
  assert.deepEqual((await summaryOf(testProxy.get)).standing, 'succeeded');
  return { ...testProxy, setStatus };
}

async function summaryOf(get: TestProxy['get']) {
  const { refunded, pending, refundable, refunds } = (await get(`/payments/${PAYMENT}`)).json as PaymentSummary;
  const [refund] = refunds!;
  return { money: [refunded, pending, refundable], standing: refund!.standing, status: refund!.status };
}
