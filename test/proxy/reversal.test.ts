import assert from 'node:assert/strict';
import { test } from 'node:test';

import { canStillChange, isFinal, type PaymentSummary, type RefundStanding } from '../../contract/index.ts';
import { PAYMENT, REFUND, startTestProxy, scriptUqpay, type TestProxy } from './support/test-proxy.ts';
import { requestOf, SECRET, webhook } from './support/webhook.ts';

const DAY = 86_400_000;
const REVERSED = { money: ['0.00', '10.00', '90.00'], standing: 'reversed', status: 'REVERSAL_SUCCEEDED' };

for (const how of ['a webhook', 'a reading of the payment', 'a reading of the refund', 'the reconciler'] as const) {
  test(`a success that is reversed is noticed by ${how}, shown as that, and still counts`, async (t) => {
    const { proxy, get, clock, ledger, say } = await succeeded(t);
    const status = 'REVERSAL_SUCCEEDED';
    say(status);
    if (how === 'a webhook')
      await proxy.fetch(requestOf(webhook({ refund: 'RF1', status, type: 'acquiring.refund.x' })));
    if (how === 'a reading of the refund') await get(`${REFUND}/RF1`);
    if (how === 'the reconciler') {
      clock.now += DAY;
      assert.equal((await proxy.reconcile()).changed, 1);
    }
    const [row] = await ledger.reservationsOfPayment({ merchant: 'default', provider: 'uqpay' }, PAYMENT);
    assert.equal(row?.standing, how === 'a reading of the payment' ? 'succeeded' : 'reversed');
    assert.deepEqual(await shown(get), REVERSED);
  });
}

test('a success is followed for a month, ever more rarely, and a provider that reverses nothing is not asked', async (t) => {
  const { proxy, provider, clock } = await succeeded(t);
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

test('a reversal that is under way is followed to its end, and nothing takes it back', async (t) => {
  const { proxy, get, clock, say } = await succeeded(t);
  say('REVERSAL_INITIATED');
  assert.deepEqual((await shown(get)).standing, 'reversing');
  say('REVERSAL_SUCCEEDED');
  clock.now += 3_600_000;
  assert.equal((await proxy.reconcile()).changed, 1);
  say('SUCCEEDED');
  assert.deepEqual(await shown(get), REVERSED);
});

test('what is final can be told, and a success may change all the same', () => {
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

/** A refund of 10.00 that the ledger knows to have succeeded. `say`: its status at the provider from now on. */
async function succeeded(t: Parameters<typeof startTestProxy>[0]) {
  const world = await startTestProxy(t, { webhookSecret: SECRET });
  const made = scriptUqpay(world.provider);
  await world.refund('10.00');
  const [key, refund] = [...made][0]!;
  const say = (refund_status: string) => {
    made.set(key, { ...refund, refund_status });
    world.provider.on(`GET ${REFUND}/RF1`, { status: 200, json: made.get(key) });
  };
  say('SUCCEEDED');
  await world.get(`${REFUND}/RF1`);
  assert.deepEqual((await shown(world.get)).standing, 'succeeded');
  return { ...world, say };
}

async function shown(get: TestProxy['get']) {
  const { refunded, pending, refundable, refunds } = (await get(`/payments/${PAYMENT}`)).json as PaymentSummary;
  const [refund] = refunds!;
  return { money: [refunded, pending, refundable], standing: refund!.standing, status: refund!.status };
}
