import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';

import type { Problem } from '../../contract/index.ts';
import { eachProxy } from './each.ts';
import { Answer, type Reply } from './stub-provider.ts';
import { keyOf, proxyOf, REFUNDS } from './stubbed.ts';

const MADE = { payment_refund_id: 'RF1', amount: '60.00', currency: 'USD', refund_status: 'INITIATED' };
const outcome = ({ status, json }: { status: number; json: Problem }) => [status, json.code, json.effect];

eachProxy('a key that was sent is told of while the orders cannot be read, by the proxy in', async (t, program) => {
  let answer: Reply = 'drop';
  const { refund, closeShop, writes } = await proxyOf(t, program, 'uqpay', () => answer);
  assert.equal((await refund('PI2', '60.00', keyOf(1))).status, 504);
  answer = MADE;
  assert.equal((await refund('PI1', '60.00', keyOf(2))).status, 200);
  closeShop();
  assert.deepEqual(await refund('PI1', '60.00', keyOf(2)), { status: 200, json: MADE });
  assert.deepEqual(outcome(await refund('PI2', '60.00', keyOf(1))), [503, 'orders_unavailable', 'unknown']);
  assert.deepEqual(outcome(await refund('PI2', '60.00', keyOf(3))), [503, 'orders_unavailable', 'nothing']);
  assert.equal(writes(), 2);
});

eachProxy('UQPAY gets one key for both cases from the proxy in', async (t, program) => {
  const { refund, sentKeys } = await proxyOf(t, program, 'uqpay', () => 'drop');
  for (const key of [keyOf(1).toUpperCase(), keyOf(1)]) assert.equal((await refund('PI1', '60.00', key)).status, 504);
  assert.deepEqual(sentKeys(), [keyOf(1), keyOf(1)]);
});

eachProxy('a key that is no UUID is refused before it is written down by the proxy in', async (t, program) => {
  const { refund, read, writes } = await proxyOf(t, program, 'uqpay', () => MADE);
  for (const key of ['x', `${keyOf(1)}0`, `{${keyOf(1)}}`, keyOf(1).replaceAll('-', ''), `${keyOf(1)}, ${keyOf(2)}`])
    assert.deepEqual(outcome(await refund('PI1', '60.00', key)), [400, 'idempotency_key_invalid', 'nothing'], key);
  assert.deepEqual(outcome(await refund('PI1', '60.00', '')), [400, 'idempotency_key_required', 'nothing']);
  assert.equal(writes(), 0);
  assert.equal((await read('/payments/PI1')).json.refundable, '100.00');
});

eachProxy('after the clock was set back a lost answer is not sent again by the proxy in', async (t, program) => {
  const { refund, writes, ledger } = await proxyOf(t, program, 'uqpay', () => 'drop');
  const moveBy = (days: number) => {
    const db = new DatabaseSync(ledger, { timeout: 20_000 });
    // Go writes milliseconds.
    db.exec(`UPDATE requests SET sent_at = sent_at + ${days} * 86400 * iif(sent_at > 1e11, 1000, 1)`);
    db.close();
  };
  await refund('PI1', '60.00', keyOf(1));
  moveBy(2);
  assert.deepEqual(outcome(await refund('PI1', '60.00', keyOf(1))), [504, 'outcome_unknown', 'unknown']);
  moveBy(-2);
  assert.deepEqual(outcome(await refund('PI1', '60.00', keyOf(1))), [504, 'outcome_unknown', 'unknown']);
  assert.equal(writes(), 1, 'the clock has caught up, and still nobody knows how long ago it was sent');
});

/** Answers of something before the provider, and words that are no refusal of the refund. */
const SAYS_NOTHING = [
  new Answer(403, '{"error":"forbidden"}'),
  new Answer(404, '<h1>Not Found</h1>', 'text/html'),
  new Answer(400, '{"code":10017,"message":"the request is processing, please wait"}'),
  new Answer(400, '{"type":"api_error","code":"internal_error","message":"no"}'),
];

for (const provider of ['uqpay', 'upayments'] as const) {
  eachProxy(`only the refusal of ${provider} itself frees an amount at the proxy in`, async (t, program) => {
    let answer: Reply = 500;
    const { refund, read } = await proxyOf(t, program, provider, () => answer);
    for (const [index, said] of SAYS_NOTHING.entries()) {
      answer = said;
      assert.deepEqual(outcome(await refund(`P${index}`, '60.00')), [504, 'outcome_unknown', 'unknown'], said.text);
    }
    answer = new Answer(401, '<h1>Unauthorized</h1>', 'text/html');
    const refused = [502, 'credentials_refused', 'nothing'];
    // As it came, a form would take it for a sign-in that has ended.
    assert.deepEqual(outcome(await refund('P9', '60.00')), refused);
    assert.deepEqual(outcome(await refund('P9', '60.00', keyOf(9))), refused);
    const below = provider === 'uqpay' ? `${REFUNDS}/RF1` : '/check-refund-status/RF1';
    const { status: given, json } = await read(below);
    assert.deepEqual([given, (json as object as Problem).code], refused.slice(0, 2));
    assert.equal(Number((await read('/payments/P9')).json.refundable), 100);
    for (const status of [413, 429]) {
      answer = new Answer(status, '<h1>Too Many Requests</h1>', 'text/html');
      await assert.rejects(refund('P9', '60.00'), SyntaxError, 'the page is passed on as it came');
      assert.equal(Number((await read('/payments/P9')).json.refundable), 100, String(status));
    }
  });
}
