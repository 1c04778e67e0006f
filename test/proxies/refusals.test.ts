import assert from 'node:assert/strict';

import type { Problem } from '../../contract/index.ts';
import { eachProxy } from './each.ts';
import { Answer, type Reply } from './stub-provider.ts';
import { keyOf, proxyOf } from './stubbed.ts';

// What is no refusal of the provider's own comes from something in between, which may have lost the answer of a success.

const UNKNOWN = [504, 'outcome_unknown', 'unknown'];
const outcome = ({ status, json }: { status: number; json: Problem }) => [status, json.code, json.effect];

eachProxy('only a refusal in its own form is one of UQPAY at the proxy in', async (t, program) => {
  const own = { type: 'invalid_request_error', code: 'amount_invalid', message: 'no' };
  const foreign = [
    { type: 'about:blank', title: 'Forbidden', status: 403 },
    { ...own, type: 1 },
    { ...own, type: {} },
    { ...own, code: 5 },
    { ...own, code: undefined },
    { ...own, message: undefined },
    { ...own, message: null },
    { ...own, type: 'api_error' },
    { ...own, type: 'idempotency_error' },
  ];
  let answer: Reply = 500;
  const { refund, read } = await proxyOf(t, program, 'uqpay', () => answer);
  const refundable = async (payment: string) => (await read(`/payments/${payment}`)).json.refundable;
  const sent = foreign.flatMap((body) => [400, 403, 404, 422].map((status) => [status, JSON.stringify(body)] as const));
  for (const [index, [status, text]] of sent.entries()) {
    answer = new Answer(status, text);
    assert.deepEqual(outcome(await refund(`PI${index}`, '10.00', keyOf(index))), UNKNOWN, `${status} ${text}`);
    assert.equal(await refundable(`PI${index}`), '90.00');
    answer = { payment_refund_id: `RF${index}`, amount: '10.00', currency: 'USD', refund_status: 'INITIATED' };
    assert.equal((await refund(`PI${index}`, '10.00', keyOf(index))).status, 200, 'the repeat tells what became of it');
  }
  answer = new Answer(422, JSON.stringify(own));
  const { status, json } = await refund('PIown', '10.00');
  assert.deepEqual([status, json], [422, own]);
  assert.equal(await refundable('PIown'), '100.00');
});

eachProxy('only a refusal in its own form is one of UPayments at the proxy in', async (t, program) => {
  const own = { status: false, message: 'no' };
  const empty: unknown[] = [undefined, null, [], {}, '', 0, 5, false, true];
  const refusals = [
    ...empty.flatMap((data) => [200, 201, 422].map((status) => [status, { ...own, data }] as const)),
    // With data in a 2xx, vendors may have been refunded.
    ...[['a'], { a: 1 }, 'a'].map((data) => [422, { ...own, data }] as const),
  ];
  const others = [
    ...[['a'], { a: 1 }, 'a'].map((data) => [200, { ...own, data }] as const),
    ...[undefined, null, 5].flatMap((message) => [200, 422].map((status) => [status, { ...own, message }] as const)),
    ...['false', null, 0].map((status) => [422, { ...own, status }] as const),
  ];
  let answer: Reply = 500;
  const { refund, read } = await proxyOf(t, program, 'upayments', () => answer);
  const refundable = async (payment: string) => (await read(`/payments/${payment}`)).json.refundable;
  for (const [index, [status, body]] of refusals.entries()) {
    const text = JSON.stringify(body);
    answer = new Answer(status, text);
    assert.equal((await refund(`no${index}`, '10')).status, status, text);
    assert.equal(await refundable(`no${index}`), '100.000');
  }
  for (const [index, [status, body]] of others.entries()) {
    const text = JSON.stringify(body);
    answer = new Answer(status, text);
    assert.deepEqual(outcome(await refund(`un${index}`, '10')), UNKNOWN, `${status} ${text}`);
    assert.equal(await refundable(`un${index}`), '90.000');
  }
});

eachProxy('a repeat settles a lost answer of UQPAY that its refusal is about, at the proxy in', async (t, program) => {
  let answer: Reply = 'drop';
  const { refund, read, writes } = await proxyOf(t, program, 'uqpay', () => answer);
  const refundable = async (payment: string) => (await read(`/payments/${payment}`)).json.refundable;
  const settling = ['refund_error', 'payment_error', 'invalid_request_error'];
  // These may be about the second send: its account, its body.
  const others = ['not_found', 'account_error', 'product_error', 'idempotency_error', 'api_error', 'refund_errors'];
  for (const [index, type] of [...settling, ...others].entries()) {
    const [payment, key] = [`PI${index}`, keyOf(index)];
    answer = 'drop';
    assert.deepEqual(outcome(await refund(payment, '10.00', key)), UNKNOWN);
    const own = { type, code: 'payment_disputed', message: 'no' };
    answer = new Answer(400, JSON.stringify(own));
    const again = await refund(payment, '10.00', key);
    if (!settling.includes(type)) {
      assert.deepEqual([outcome(again), await refundable(payment)], [UNKNOWN, '90.00'], type);
      continue;
    }
    assert.deepEqual([again.status, again.json, await refundable(payment)], [400, own, '100.00'], type);
    const sent = writes();
    assert.deepEqual([(await refund(payment, '10.00', key)).json, writes()], [own, sent], 'it is replayed');
  }
});

eachProxy(
  'a refusal for the number of requests is about one send of UQPAY alone at the proxy in',
  async (t, program) => {
    let answer: Reply = 500;
    const { refund, read } = await proxyOf(t, program, 'uqpay', () => answer);
    const made = (id: string) => ({
      payment_refund_id: id,
      amount: '10.00',
      currency: 'USD',
      refund_status: 'INITIATED',
    });
    for (const [index, [status, type]] of [400, 403, 422]
      .flatMap((one) => ['api_error', 'payment_error', 'invalid_request_error'].map((of) => [one, of] as const))
      .entries()) {
      const [payment, key] = [`PI${index}`, keyOf(index)];
      const own = { type, code: 'velocity_limit_exceeded', message: 'slow down' };
      answer = new Answer(status, JSON.stringify(own));
      const refused = await refund(payment, '10.00', key);
      assert.deepEqual([refused.status, refused.json], [status, own]);
      assert.equal((await read(`/payments/${payment}`)).json.refundable, '100.00');
      answer = made(`RF${index}`);
      assert.equal((await refund(payment, '10.00', key)).status, 200, 'the same key is sent again');
      answer = 'drop';
      assert.deepEqual(outcome(await refund(payment, '20.00', keyOf(100 + index))), UNKNOWN);
      answer = new Answer(status, JSON.stringify(own));
      assert.deepEqual(
        outcome(await refund(payment, '20.00', keyOf(100 + index))),
        UNKNOWN,
        'the first may be carried out',
      );
    }
  },
);
