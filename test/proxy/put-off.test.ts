import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import type { PaymentSummary } from '../../contract/index.ts';
import { NO_PAYMENT } from './support/provider.ts';
import { makeRefund, PAYMENT, REFUND, scriptUqpay, startTestProxy, UQPAY_POST, uuid } from './support/test-proxy.ts';

const HOUR = 3_600_000;
const SCOPE = { merchant: 'default', provider: 'uqpay' };
const LIST = `GET ${REFUND}`;

test('a refund that was carried out although it was put off is found once the provider has forgotten the key', async (t) => {
  const { refund, provider, clock, get, ledger } = await putOff(t);
  clock.now += 25 * HOUR;
  const again = await refund('10.00', { key: uuid(1) });
  assert.deepEqual([again.status, (again.json as { payment_refund_id: string }).payment_refund_id], [200, 'RF1']);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
  assert.equal((await ledger.intentByKey(SCOPE, uuid(1)))?.state, 'succeeded');
  const { pending, refundable, refunds } = (await get(`/payments/${PAYMENT}`)).json as PaymentSummary;
  assert.deepEqual([pending, refundable], ['10.00', '90.00']);
  assert.equal(refunds?.filter(({ refund_id }) => refund_id === 'RF1').length, 1);
});

test('while the provider recognises the key, the same key is sent again without a look at the list', async (t) => {
  const { refund, provider, clock } = await putOff(t);
  clock.now += 23 * HOUR;
  assert.equal((await refund('10.00', { key: uuid(1) })).status, 200);
  assert.equal(provider.callsOf(UQPAY_POST).length, 2);
  assert.equal(provider.callsOf(LIST).length, 0);
});

test('if the list cannot be read then, nothing is sent, and the key may come again', async (t) => {
  const { refund, provider, clock } = await putOff(t);
  clock.now += 25 * HOUR;
  provider.on(LIST, { status: 500, json: {} });
  const { status, problem } = await refund('10.00', { key: uuid(1) });
  assert.deepEqual([status, problem.code, problem.effect], [502, 'provider_unreachable', 'nothing']);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
  provider.on(LIST, { status: 200, json: { total_pages: 1, total_items: 0, data: [] } });
  assert.equal((await refund('10.00', { key: uuid(1) })).status, 200);
  assert.equal(provider.callsOf(UQPAY_POST).length, 2);
});

test('a refund of another amount with the mark of the key is held, and nothing is sent', async (t) => {
  const { refund, refunds, provider, clock, get } = await putOff(t);
  clock.now += 25 * HOUR;
  for (const [key, record] of refunds) refunds.set(key, { ...record, amount: '12.00' });
  assert.equal((await refund('10.00', { key: uuid(1) })).problem.code, 'outcome_unknown');
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
  const { pending, refundable } = (await get(`/payments/${PAYMENT}`)).json as PaymentSummary;
  assert.deepEqual([pending, refundable], ['12.00', '88.00']);
});

test('what the list shows of others is counted before the key is sent once more', async (t) => {
  const { refund, refunds, provider, clock } = await putOff(t);
  clock.now += 25 * HOUR;
  refunds.clear();
  refunds.set('x', { payment_refund_id: 'RF9', amount: '95.00', currency: 'USD', refund_status: 'SUCCEEDED' });
  const { problem } = await refund('10.00', { key: uuid(1) });
  assert.deepEqual([problem.code, problem.refundable, problem.effect], ['amount_above_refundable', '5.00', 'nothing']);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('a key that was put off and lost later is not sent again after the day of its first send', async (t) => {
  const { refund, refunds, provider, clock } = await putOff(t);
  clock.now += 23 * HOUR;
  provider.on(UQPAY_POST, 'drop');
  assert.equal((await refund('10.00', { key: uuid(1) })).problem.code, 'outcome_unknown');
  clock.now += 2 * HOUR;
  refunds.clear();
  assert.equal((await refund('10.00', { key: uuid(1) })).problem.code, 'outcome_unknown');
  assert.equal(provider.callsOf(UQPAY_POST).length, 2);
});

test('a request that never reached the provider is sent later without a look at the list', async (t) => {
  const { refund, provider, clock } = await startTestProxy(t);
  const read = `GET /v2/payment_intents/${PAYMENT}`;
  provider.on(read, 'drop');
  assert.equal((await refund('10.00', { key: uuid(1) })).problem.code, 'provider_unreachable');
  provider.on(read, NO_PAYMENT);
  clock.now += 25 * HOUR;
  assert.equal((await refund('10.00', { key: uuid(1) })).status, 200);
  assert.equal(provider.callsOf(LIST).length, 0);
});

/** UQPAY carries a refund of 10.00 out, and answers 429 all the same. From then on it answers. */
async function putOff(t: TestContext) {
  const shop = await startTestProxy(t);
  const { provider, refund } = shop;
  const refunds = scriptUqpay(provider);
  provider.on(UQPAY_POST, ({ headers, body }) => {
    makeRefund(refunds, headers, body);
    return { status: 429, json: { type: 'api_error', code: 'velocity_limit_exceeded', message: 'later' } };
  });
  assert.equal((await refund('10.00', { key: uuid(1) })).status, 429);
  provider.on(UQPAY_POST, ({ headers, body }) => ({ status: 200, json: makeRefund(refunds, headers, body) }));
  return { ...shop, refunds };
}
