import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { PaymentSummary } from '../../contract/index.ts';
import { ORDER, startTestProxy, uuid } from './support/test-proxy.ts';

const SCOPE = { merchant: 'default', provider: 'upayments' };

test('an answer of UPayments that repeats the ids of an earlier refund is not trusted', async (t) => {
  const { provider, refund, ledger } = await startTestProxy(t, { name: 'upayments' });
  provider.on(`GET /check-refund/${ORDER}`, { status: 404, json: {} });
  const data = { orderId: 'refund-order-1', refundOrderId: 'R1', refundArn: '1' };
  provider.on('POST /create-refund', { status: 200, json: { status: true, message: 'x', data } });
  assert.equal((await refund('10', { key: uuid(1) })).status, 200);
  assert.equal((await refund('10', { key: uuid(2) })).status, 504);
  const rows = await ledger.reservationsOfPayment(SCOPE, ORDER);
  assert.deepEqual(
    rows.map(({ standing }) => standing),
    ['pending', 'unknown'],
  );
});

test('vendors of another order in UPayments’ answer prove nothing about this refund', async (t) => {
  const { provider, refund, ledger } = await startTestProxy(t, { name: 'upayments' });
  provider.on(`GET /check-refund/${ORDER}`, { status: 404, json: {} });
  const data = {
    orderId: 'another-order',
    isMultivendorRefund: true,
    refundPayload: [],
    multivendor_refund_end_point: 'https://provider.example/create-multivendor-refund',
  };
  provider.on('POST /create-refund', { status: 200, json: { status: true, message: 'success', data } });
  const answer = await refund('10', { key: uuid(1) });
  assert.deepEqual([answer.status, answer.problem.code], [504, 'outcome_unknown']);
  const [row] = await ledger.reservationsOfPayment(SCOPE, ORDER);
  assert.deepEqual([row?.standing, row?.released], ['unknown', false]);
});

test('the evidence about a lost refund is the latest list, also if it equals an earlier one', async (t) => {
  const { provider, refund, get } = await startTestProxy(t, { name: 'upayments' });
  let count = 0;
  provider.on(`GET /check-refund/${ORDER}`, () => {
    const row = { order_id: 'refund-order-1', is_refunded: false, refunded_date: null };
    return {
      status: 200,
      json: { status: true, message: 'x', data: { refund: Array.from({ length: count }, () => row) } },
    };
  });
  provider.on('POST /create-refund', 'drop');
  assert.equal((await refund('10', { key: uuid(1) })).status, 504);
  const codes: unknown[] = [];
  for (count of [0, 1, 1, 0, 1]) {
    const { refunds } = (await get(`/payments/${ORDER}`)).json as PaymentSummary;
    codes.push(refunds?.[0]?.evidence?.code);
  }
  assert.deepEqual(codes, ['none_more_listed', 'more_listed', 'more_listed', 'none_more_listed', 'more_listed']);
});
