import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PAYMENT, startTestProxy, UQPAY_POST, uuid } from './support/test-proxy.ts';

const INTENT = `GET /v2/payment_intents/${PAYMENT}`;
const BOTH = /order of this payment is in EUR, but the provider has the payment in USD/;

function intentIn(currency: string) {
  const latest_payment_attempt = { attempt_id: 'PA1', captured_amount: '100.00', refunded_amount: '0.00' };
  return { status: 200, json: { currency, intent_status: 'SUCCEEDED', latest_payment_attempt } };
}

const inEuros = { payment_id: PAYMENT, currency: 'EUR', captured: '100.00' };

test('an order in another currency than the payment is refused before anything is sent, and the log names both', async (t) => {
  let order = inEuros;
  const { provider, refund, logged, ledger } = await startTestProxy(t, { orders: async () => order });
  provider.on(INTENT, intentIn('USD'));
  const refusal = await refund('3.00', { key: uuid(1) });
  assert.deepEqual([refusal.status, refusal.problem.code, refusal.problem.effect], [422, 'not_refundable', 'nothing']);
  assert.match(refusal.problem.detail!, BOTH);
  assert.equal(provider.callsOf(UQPAY_POST).length, 0);
  const intent = await ledger.intentByKey({ merchant: 'default', provider: 'uqpay' }, uuid(1));
  assert.equal(intent?.state, 'void');
  const line = logged.find((each) => each.includes('the order has another currency than the payment'));
  assert.match(line ?? '', /"received":"EUR","expected":"USD"/);
  // Nothing was sent, so the next request works once the merchant has corrected the order.
  order = { ...inEuros, currency: 'USD' };
  assert.equal((await refund('3.00', { key: uuid(2) })).status, 200);
});

test('the payment says so before anybody types an amount, and the next refund reads it no second time', async (t) => {
  const { provider, get, refund } = await startTestProxy(t, { orders: async () => inEuros });
  provider.on(INTENT, intentIn('USD'));
  const { json } = await get(`/payments/${PAYMENT}`);
  assert.match((json as { not_refundable: string }).not_refundable, BOTH);
  assert.equal((await refund('3.00')).problem.code, 'not_refundable');
  assert.equal(provider.callsOf(INTENT).length, 1);
});

test('a payment that cannot be read is not refunded, and one that the provider does not tell of is sent', async (t) => {
  const { provider, refund } = await startTestProxy(t);
  provider.on(INTENT, 'drop');
  const refusal = await refund('3.00', { key: uuid(1) });
  assert.deepEqual(
    [refusal.status, refusal.problem.code, refusal.problem.effect],
    [502, 'provider_unreachable', 'nothing'],
  );
  assert.match(refusal.problem.detail!, /Nothing was sent: the payment cannot be read/);
  assert.equal(provider.callsOf(UQPAY_POST).length, 0);
  provider.on(INTENT, { status: 404, json: {} });
  assert.equal((await refund('3.00', { key: uuid(1) })).status, 200);
});

test('a refund whose answer was lost is asked for again without a read of the payment', async (t) => {
  const { provider, refund } = await startTestProxy(t);
  provider.on(INTENT, { status: 404, json: {} });
  provider.on(UQPAY_POST, 'drop');
  assert.equal((await refund('3.00', { key: uuid(1) })).problem.code, 'outcome_unknown');
  const reads = provider.callsOf(INTENT).length;
  await refund('3.00', { key: uuid(1) });
  assert.equal(provider.callsOf(UQPAY_POST).length, 2);
  assert.equal(provider.callsOf(INTENT).length, reads);
});
