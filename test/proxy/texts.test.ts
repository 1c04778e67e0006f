import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { PaymentSummary } from '../../contract/index.ts';
import { PAYMENT, REFUND, startTestProxy, scriptUqpay, UQPAY_POST, uqpayBody, uuid } from './support/test-proxy.ts';
import { requestOf, SECRET, webhook } from './support/webhook.ts';

const UPAYMENTS_ROW = {
  refundRequestId: 'v1',
  ibanNumber: 'KW91KFHO0000000000051010173254',
  totalPaid: '50.000',
  refundedAmount: 0,
  remainingLimit: 50,
  amountToRefund: 1,
  merchantType: 'vendor',
};

for (const [what, text] of [
  ['a NUL', 'a\0b'],
  ['half of a surrogate pair', 'a\uD83Db'],
] as const) {
  test(`${what} in a text of a request is refused at its field, and nothing is sent`, async (t) => {
    const uqpay = await startTestProxy(t);
    for (const [pointer, change] of [
      ['/reason', { reason: text }],
      ['/payment_intent_id', { payment_intent_id: text }],
      ['/payment_attempt_id', { payment_attempt_id: text }],
      ['/metadata/reference', { metadata: { reference: text } }],
      ['/metadata/a\uFFFDb', { metadata: { [text]: 'x' } }],
      ['/anything/0', { anything: [text] }],
    ] as const) {
      const { status, problem } = await uqpay.post(REFUND, { body: { ...uqpayBody('10.00'), ...change } });
      assert.deepEqual([status, problem.code, problem.effect], [400, 'invalid_request', 'nothing'], pointer);
      assert.deepEqual(
        problem.errors?.map((error) => error.pointer),
        [pointer],
      );
    }
    assert.equal(uqpay.provider.callsOf(UQPAY_POST).length, 0);
    const upayments = await startTestProxy(t, { name: 'upayments' });
    for (const [path, pointer, body] of [
      ['/create-refund', '/orderId', { orderId: text, totalPrice: 1 }],
      ['/create-refund', '/customerFirstName', { orderId: 'o', totalPrice: 1, customerFirstName: text }],
      ['/create-refund', '/reference', { orderId: 'o', totalPrice: 1, reference: text }],
      ['/create-refund', '/refundReason', { orderId: 'o', totalPrice: 1, refundReason: text }],
      [
        '/create-multivendor-refund',
        '/refundPayload/0/refundRequestId',
        { orderId: 'o', refundPayload: [{ ...UPAYMENTS_ROW, refundRequestId: text }] },
      ],
      ['/delete-refund', '/refundOrderId', { orderId: 'o', refundOrderId: text }],
    ] as const) {
      const { status, problem } = await upayments.post(path, { body });
      assert.deepEqual([status, problem.errors?.map((error) => error.pointer)], [400, [pointer]], pointer);
    }
  });

  test(`${what} in the reason of a decision is refused at its field`, async (t) => {
    const { post } = await startTestProxy(t);
    const reason = `because ${text}`;
    for (const [action, body] of [
      ['decline', { reason }],
      ['resolve', { outcome: 'nothing', reason }],
    ] as const) {
      const { status, problem } = await post(`/intents/${uuid(1)}/${action}`, { body });
      assert.deepEqual([status, problem.errors?.map(({ pointer }) => pointer)], [400, ['/reason']], action);
    }
  });

  test(`${what} in a refund made elsewhere hides neither the payment nor the refund`, async (t) => {
    const { provider, get, proxy, refund } = await startTestProxy(t, { webhookSecret: SECRET });
    const refunds = scriptUqpay(provider);
    refunds.set('elsewhere', {
      payment_refund_id: `RF${text}`,
      amount: '10.00',
      currency: 'USD',
      refund_status: 'SUCCEEDED',
      reason: text,
      metadata: { refund_form_id: text, [text]: text },
    });
    for (let read = 0; read < 3; read += 1) {
      const { status, json } = await get(`/payments/${PAYMENT}`);
      const { refundable, refunds } = json as PaymentSummary;
      assert.deepEqual([status, refundable], [200, '90.00']);
      assert.deepEqual(
        refunds?.map(({ refund_id, reason }) => [refund_id, reason]),
        [['RFa\uFFFDb', 'a\uFFFDb']],
      );
    }
    assert.equal((await get(`${REFUND}?payment_intent_id=${PAYMENT}`)).status, 200);
    const event = webhook({ refund: `RX${text}`, status: 'SUCCEEDED', event: `event ${text}`, intent: text });
    assert.equal((await proxy.fetch(requestOf(event))).status, 200);
    assert.equal((await proxy.fetch(requestOf(event))).status, 200);
    assert.equal(((await get(`/payments/${PAYMENT}`)).json as PaymentSummary).refundable, '80.00');
    assert.equal((await refund('80.00')).status, 200);
  });

  test(`${what} in a provider’s answer stays out of the ledger, and the answer is passed on unchanged`, async (t) => {
    const { provider, refund, get } = await startTestProxy(t);
    const answer = { payment_refund_id: 'RF1', amount: '10.00', currency: 'USD', refund_status: `WORD ${text}` };
    provider.on(UQPAY_POST, { status: 200, json: answer });
    const first = await refund('10.00', { key: uuid(1) });
    const again = await refund('10.00', { key: uuid(1) });
    assert.deepEqual([first.status, again.text], [200, first.text]);
    assert.deepEqual(first.json, answer);
    const { refunds } = (await get(`/payments/${PAYMENT}`)).json as PaymentSummary;
    assert.equal(refunds?.[0]?.status, 'WORD a\uFFFDb');
  });
}

test('a NUL in an id of a path or a query is refused before any lookup', async (t) => {
  const { get, post } = await startTestProxy(t, {
    orders: async (payment_id) => ({ payment_id, currency: 'USD', captured: '1.00' }),
  });
  for (const path of [
    '/payments/a%00b',
    '/payments/a%00b/events',
    `${REFUND}/a%00b`,
    '/intents/a%00b',
    '/payments/%ED%A0%80',
    '/intents/%ED%A0%80',
  ]) {
    assert.equal((await get(path)).problem.code, 'path_not_allowed', path);
  }
  for (const path of [`${REFUND}?payment_intent_id=a%00b`, '/intents?payment_id=a%00b']) {
    assert.equal((await get(path)).problem.code, 'invalid_request', path);
  }
  assert.equal((await post('/intents/a%00b/approve', { body: {} })).problem.code, 'path_not_allowed');
});

test('every other character of a reason is kept', async (t) => {
  const { post, get, provider } = await startTestProxy(t);
  const reason = 'شكرا 😀 \u0001\u200F\uFFFD\uFFFF';
  assert.equal((await post(REFUND, { body: { ...uqpayBody('1.00'), reason } })).status, 200);
  assert.equal((JSON.parse(provider.callsOf(UQPAY_POST)[0]!.body) as { reason: string }).reason, reason);
  const { refunds } = (await get(`/payments/${PAYMENT}`)).json as PaymentSummary;
  assert.equal(refunds?.[0]?.reason, reason);
});
