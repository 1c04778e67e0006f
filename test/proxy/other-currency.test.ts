import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { PaymentSummary } from '../../contract/index.ts';
import { NO_PAYMENT, type Act } from './support/provider.ts';
import {
  listOf,
  PAYMENT,
  REFUND,
  scriptUqpay,
  startTestProxy,
  UQPAY_POST,
  uuid,
  INTENT,
  intentIn,
} from './support/test-proxy.ts';

const BOTH = /order of this payment is in EUR, but the provider has the payment in USD/;

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
  assert.equal(intent, undefined);
  const line = logged.find((each) => each.includes('the order has another currency than the payment'));
  assert.match(line ?? '', /"received":"EUR","expected":"USD"/);
  // Nothing was sent, so the next request works once the merchant has corrected the order.
  order = { ...inEuros, currency: 'USD' };
  assert.equal((await refund('3.00', { key: uuid(2) })).status, 200);
});

test('a request is in the ledger only once its payment has been read: whoever asks for it again after a crash is checked, too', async (t) => {
  const { provider, refund, ledger } = await startTestProxy(t, { orders: async () => inEuros });
  const known: unknown[] = [];
  provider.on(INTENT, async () => {
    known.push(await ledger.intentByKey({ merchant: 'default', provider: 'uqpay' }, uuid(1)));
    return intentIn('USD');
  });
  assert.equal((await refund('3.00', { key: uuid(1) })).problem.code, 'not_refundable');
  assert.deepEqual(known, [undefined]);
});

test('a key that the ledger has lost is not told that nothing was sent because its payment cannot be read', async (t) => {
  const { provider, refund, get } = await startTestProxy(t);
  const metadata = { refund_form_key: uuid(1), refund_form_id: uuid(900) };
  const made = { payment_refund_id: 'RF9', amount: '20.00', currency: 'USD', refund_status: 'SUCCEEDED', metadata };
  provider.on(`GET ${REFUND}`, listOf([made]));
  await get(`/payments/${PAYMENT}`);
  provider.on(INTENT, { status: 500, json: {} });
  const again = await refund('20.00', { key: uuid(1) });
  assert.deepEqual([again.status, again.headers.get('idempotent-replayed')], [200, 'true']);
  assert.equal(provider.callsOf(UQPAY_POST).length, 0);
  assert.equal((await refund('3.00', { key: uuid(2) })).problem.effect, 'nothing');
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
  provider.on(INTENT, NO_PAYMENT);
  assert.equal((await refund('3.00', { key: uuid(1) })).status, 200);
});

test('a refund whose answer was lost is asked for again without a read of the payment', async (t) => {
  const { provider, refund } = await startTestProxy(t);
  provider.on(INTENT, NO_PAYMENT);
  provider.on(UQPAY_POST, 'drop');
  assert.equal((await refund('3.00', { key: uuid(1) })).problem.code, 'outcome_unknown');
  const reads = provider.callsOf(INTENT).length;
  await refund('3.00', { key: uuid(1) });
  assert.equal(provider.callsOf(UQPAY_POST).length, 2);
  assert.equal(provider.callsOf(INTENT).length, reads);
});

test('an answer that does not tell of this payment sends nothing', async (t) => {
  const { provider, refund } = await startTestProxy(t, { orders: async () => inEuros });
  const { json } = intentIn('EUR');
  const answers: readonly Act[] = [
    { status: 403, json: { type: 'account_error', code: 'forbidden', message: 'no right to read payments' } },
    { status: 400, json: {} },
    { status: 404, text: '<h1>Not found</h1>' },
    intentIn('eur'),
    intentIn('EURO'),
    { status: 200, json: { ...json, payment_intent_id: 'PI_ANOTHER' } },
  ];
  for (const [index, answer] of answers.entries()) {
    provider.on(INTENT, answer);
    const { status, problem } = await refund('3.00', { key: uuid(index) });
    assert.deepEqual([status, problem.code, problem.effect], [502, 'provider_unreachable', 'nothing'], String(index));
  }
  assert.equal(provider.callsOf(UQPAY_POST).length, 0);
});

test('a payment without an attempt says so, too, before anybody types an amount', async (t) => {
  const { provider, get } = await startTestProxy(t, { orders: async () => inEuros });
  provider.on(INTENT, { status: 200, json: { currency: 'USD', intent_status: 'REQUIRES_PAYMENT_METHOD' } });
  const { json } = await get(`/payments/${PAYMENT}`);
  assert.match((json as { not_refundable: string }).not_refundable, BOTH);
});

test('after the order is corrected, the same key refunds in the currency of the payment', async (t) => {
  let order = inEuros;
  const { provider, refund, get } = await startTestProxy(t, { orders: async () => order });
  provider.on(INTENT, intentIn('USD'));
  assert.equal((await refund('3.00', { key: uuid(1) })).problem.code, 'not_refundable');
  order = { ...inEuros, currency: 'USD' };
  assert.equal((await refund('3.00', { key: uuid(1) })).status, 200);
  const { json } = await get(`/payments/${PAYMENT}`);
  const { currency, pending, refundable, not_refundable } = json as Record<string, unknown>;
  assert.deepEqual([currency, pending, refundable, not_refundable], ['USD', '3.00', '97.00', null]);
});

test('a request that waits is not sent once the order has another currency or attempt, and counts in no other currency', async (t) => {
  const first = { payment_id: PAYMENT, currency: 'EUR', captured: '100.00', payment_attempt_id: 'PA1' };
  let order = first;
  let user = 'anna';
  const { provider, refund, post, get } = await startTestProxy(t, {
    orders: async () => order,
    authorize: async (_request, { action }) =>
      action === 'refund' ? { refuse: 'approval_required', user } : { user, permission: { approve: true } },
  });
  const body = { payment_intent_id: PAYMENT, amount: '3.00', reason: 'x', payment_attempt_id: 'PA1' };
  const asked = await refund('3.00', { key: uuid(1), body });
  user = 'bela';
  const path = `/intents/${String(asked.problem.instance).split('/').pop()}/approve`;
  const awaiting = async () =>
    ((await get(`/payments/${PAYMENT}`)).json as Record<string, unknown>)['awaiting_approval'];
  assert.equal(await awaiting(), '3.00');
  for (const changed of [{ currency: 'KWD', captured: '100.000' }, { payment_attempt_id: 'PA2' }]) {
    order = { ...first, ...changed };
    const { status, problem } = await post(path, { body: {} });
    assert.deepEqual([status, problem.effect], [400, 'nothing']);
    assert.match(problem.detail!, /The order has changed/);
    if ('currency' in changed) assert.equal(await awaiting(), '0.000');
  }
  assert.equal(provider.callsOf(UQPAY_POST).length, 0);
});

test('a refund in another currency than the payment is listed with its currency, and the others without', async (t) => {
  const order = { payment_id: PAYMENT, currency: 'USD', captured: '100.00' };
  let current = order;
  const { provider, refund, get } = await startTestProxy(t, {
    orders: async () => current,
    authorize: async (_request, { action, amount = 0n }) =>
      action === 'refund' && amount > 500n ? { refuse: 'approval_required', user: 'anna' } : { user: 'anna' },
  });
  provider.on(INTENT, NO_PAYMENT);
  const own = scriptUqpay(provider);
  assert.equal((await refund('3.00', { key: uuid(1) })).status, 200);
  assert.equal((await refund('9.00', { key: uuid(2) })).problem.code, 'approval_required');
  own.set('elsewhere', { payment_refund_id: 'RF9', amount: '20.00', currency: 'EUR', refund_status: 'SUCCEEDED' });
  const currencies = async () => {
    const { refunds } = (await get(`/payments/${PAYMENT}`)).json as PaymentSummary;
    const told = refunds!.map(({ amount, currency }) => [amount, currency]);
    return told.toSorted(([a], [b]) => String(a).localeCompare(String(b)));
  };
  assert.deepEqual(await currencies(), [
    ['20.00', 'EUR'],
    ['3.00', undefined],
    ['9.00', undefined],
  ]);
  // The merchant corrects the order: what was asked before is in the currency of then.
  current = { ...order, currency: 'EUR' };
  assert.deepEqual(await currencies(), [
    ['20.00', undefined],
    ['3.00', 'USD'],
    ['9.00', 'USD'],
  ]);
});
