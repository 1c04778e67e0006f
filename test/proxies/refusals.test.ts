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
  for (const [index, body] of foreign.entries()) {
    const payment = `PI${index}`;
    for (const status of [400, 403, 404, 422]) {
      answer = new Answer(status, JSON.stringify(body));
      assert.deepEqual(outcome(await refund(payment, '10.00', keyOf(index))), UNKNOWN, `${status} ${answer.text}`);
      assert.equal(await refundable(payment), '90.00');
    }
    answer = { payment_refund_id: `RF${index}`, amount: '10.00', currency: 'USD', refund_status: 'INITIATED' };
    assert.equal((await refund(payment, '10.00', keyOf(index))).status, 200, 'the repeat tells what became of it');
  }
  answer = new Answer(422, JSON.stringify(own));
  const { status, json } = await refund('PIown', '10.00');
  assert.deepEqual([status, json], [422, own]);
  assert.equal(await refundable('PIown'), '100.00');
});
