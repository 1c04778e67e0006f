import assert from 'node:assert/strict';

import type { Problem } from '../../contract/index.ts';
import { SESSION } from '../verify/session.ts';
import { eachProxy } from './each.ts';
import { keyOf, proxyOf, REFUNDS } from './stubbed.ts';

const outcome = ({ status, json }: { status: number; json: Problem }) => [status, json.code, json.effect];
const INVALID = [400, 'invalid_request', 'nothing'];

eachProxy('an amount is of the type that its provider takes, or not sent, by the proxy in', async (t, program) => {
  const uqpay = await proxyOf(t, program, 'uqpay', () => 500);
  for (const amount of [10, 10.5, true, null, ['10.00'], {}]) {
    const sent = await uqpay.send(REFUNDS, { payment_intent_id: 'PI1', amount, reason: 'Return good' });
    assert.deepEqual(outcome(sent), INVALID, JSON.stringify(amount));
  }
  const upayments = await proxyOf(t, program, 'upayments', () => 500);
  for (const amount of ['10', '10.500', '', true, null, [10], {}]) {
    const one = await upayments.send('/create-refund', { orderId: 'order', totalPrice: amount });
    assert.deepEqual(outcome(one), INVALID, JSON.stringify(amount));
    const refundPayload = [5, amount].map((amountToRefund, at) => ({ refundRequestId: `${at}`, amountToRefund }));
    const several = await upayments.send('/create-multivendor-refund', { orderId: 'order', refundPayload });
    assert.deepEqual(outcome(several), INVALID, JSON.stringify(amount));
  }
  assert.deepEqual([uqpay.writes(), upayments.writes()], [0, 0]);
});

eachProxy('a page of another origin and a body that is no text are refused by the proxy in', async (t, program) => {
  const { endpoint, writes } = await proxyOf(t, program, 'uqpay', () => 500);
  const { host } = new URL(endpoint);
  const read = (origin: string) => fetch(`${endpoint}/`, { headers: { ...SESSION, origin } });
  assert.equal((await read(`http://${host}`)).status, 200);
  for (const origin of [`http://evil.example//${host}`, `http://evil.example/${host}`, host, 'null', '']) {
    assert.equal((await read(origin)).status, 403, origin);
  }
  const form = { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': keyOf(1) };
  const text = '{"payment_intent_id":"PI1","amount":"1.00","reason":"?"}';
  const body = Buffer.from(text);
  body[text.indexOf('?')] = 0xff;
  const answer = await fetch(endpoint + REFUNDS, { method: 'POST', headers: { ...SESSION, ...form }, body });
  const { code } = (await answer.json()) as Problem;
  assert.deepEqual([answer.status, code, writes()], [400, 'malformed_json', 0]);
});
