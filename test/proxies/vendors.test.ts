import assert from 'node:assert/strict';

import type { Problem } from '../../contract/index.ts';
import { eachProxy } from './each.ts';
import { Answer, type Reply } from './stub-provider.ts';
import { keyOf, proxyOf } from './stubbed.ts';

const UNKNOWN = [504, 'outcome_unknown', 'unknown'];
const outcome = ({ status, json }: { status: number; json: Problem }) => [status, json.code, json.effect];

let count = 0;
const made = (...amounts: unknown[]) => amounts.map((amount) => ({ orderId: `G${(count += 1)}`, amount }));
const no = (...ids: unknown[]) => ids.map((refundRequestId) => ({ refundRequestId, message: 'no' }));
const answerOf = (generated: object[], more: object = {}) => ({
  status: true,
  message: 'ok',
  data: { responseData: { generated, dataTempered: [], refundIssue: [], insufficientBalance: [], ...more } },
});

eachProxy(
  'an answer over several vendors is compared row by row with what was asked, at the proxy in',
  async (t, program) => {
    let answer: Reply = 500;
    const { send, read } = await proxyOf(t, program, 'upayments', () => answer);
    const refundPayload = [10, 15].map((amountToRefund, at) => ({ refundRequestId: `q${at + 1}`, amountToRefund }));
    const refund = (orderId: string) => send('/create-multivendor-refund', { orderId, refundPayload });
    const left = async (payment: string) => (await read(`/payments/${payment}`)).json.refundable;
    for (const [name, said, refundable] of [
      ['both', answerOf(made(10, 15)), '75.000'],
      ['turned', answerOf(made('15.000', 10)), '75.000'],
      ['first', answerOf(made(10), { insufficientBalance: no('q2') }), '90.000'],
      ['second', answerOf(made(15), { dataTempered: no('q1') }), '85.000'],
      ['none', answerOf([], { dataTempered: no('q1'), refundIssue: no('q2') }), '100.000'],
    ] as const) {
      answer = said;
      assert.deepEqual([(await refund(name)).status, await left(name)], [200, refundable], name);
    }
    const refusal = (generated: object[]) => {
      const said = { ...answerOf(generated, { refundIssue: no('q2') }), status: false, message: 'no' };
      return new Answer(422, JSON.stringify(said));
    };
    answer = refusal([]);
    assert.equal((await refund('refused')).status, 422);
    assert.equal(await left('refused'), '100.000');
    for (const [index, said] of [
      refusal(made(10)),
      ...[[{ generated: made(10) }], { generated: { 0: {} } }, JSON.stringify({ generated: [null, 1] })].map(
        (data) => new Answer(422, JSON.stringify({ status: false, message: 'no', data })),
      ),
      answerOf(made(1, 2)),
      answerOf(made(10, 5)),
      answerOf(made(5), { insufficientBalance: no('q2') }),
      answerOf(made(15), { insufficientBalance: no('q2') }),
      answerOf(made(10), { insufficientBalance: no('q1') }),
      answerOf(made(10, 15), { insufficientBalance: no('q2') }),
      answerOf([], { insufficientBalance: no('q2', 'q2') }),
      answerOf([], { insufficientBalance: no('q2'), refundIssue: no('q2') }),
      answerOf([], { refundIssue: no('q8', 'q9') }),
      answerOf([], { refundIssue: no('Q1', 'q2') }),
      ...[['x', null], [{}, {}], no('q1', 2), no('q1', undefined)].map((refundIssue) => answerOf([], { refundIssue })),
    ].entries()) {
      answer = said;
      assert.deepEqual(outcome(await refund(`un${index}`)), UNKNOWN, JSON.stringify(said));
      assert.equal(await left(`un${index}`), '75.000');
    }
  },
);

eachProxy('a row of a vendor has a name of its own in a request to the proxy in', async (t, program) => {
  const { send, read, writes } = await proxyOf(t, program, 'upayments', () => 500);
  for (const ids of [
    ['q', 'q'],
    ['q', 1],
    [undefined, 'q'],
    [null, 'q'],
  ]) {
    const refundPayload = ids.map((refundRequestId) => ({ refundRequestId, amountToRefund: 5 }));
    const refused = await send('/create-multivendor-refund', { orderId: 'order', refundPayload });
    assert.deepEqual(outcome(refused), [400, 'invalid_request', 'nothing'], JSON.stringify(ids));
  }
  assert.deepEqual([writes(), (await read('/payments/order')).json.refundable], [0, '100.000']);
});

eachProxy('rows whose sum no integer holds are above what can be refunded at the proxy in', async (t, program) => {
  let answer: Reply = 500;
  const { send, read, writes } = await proxyOf(t, program, 'upayments', () => answer);
  const rowsOf = (rows: number, amount: string) =>
    Array.from({ length: rows }, (_, at) => `{"refundRequestId":"${at}","amountToRefund":${amount}}`).join();
  const refund = (payment: string, rows: string) =>
    send('/create-multivendor-refund', `{"orderId":"${payment}","refundPayload":[${rows}]}`);
  for (const [rows, asked] of [
    [923, '922999999999077.0000'],
    [1100, '1099999999998900.0000'],
  ] as const) {
    const refused = await refund('CLF', rowsOf(rows, '999999999999'));
    assert.deepEqual(outcome(refused), [422, 'amount_above_refundable', 'nothing']);
    assert.deepEqual([refused.json['asked'], refused.json['refundable']], [asked, '100.0000']);
  }
  assert.equal(writes(), 0);
  // What is said of them is held, and the payment can still be read.
  answer = answerOf(made(...Array.from({ length: 1100 }, () => 999_999_999_999)));
  assert.deepEqual(outcome(await refund('UYW', rowsOf(2, '1'))), UNKNOWN);
  const { status, json } = await read('/payments/UYW');
  assert.deepEqual([status, json.refundable, json.pending], [200, '0.0000', '100.0000']);
});

eachProxy('step one of a refund over several vendors is listed as such by the proxy in', async (t, program) => {
  let answer: Reply = 500;
  const { refund, read } = await proxyOf(t, program, 'upayments', () => answer);
  const endings = async (payment: string) => {
    const { refunds = [] } = (await read(`/payments/${payment}`)).json;
    return refunds.map(({ standing, ended, amount }) => [standing, ended, amount]);
  };
  const texts = { refundRequestId: 'R', ibanNumber: 'KW1', totalPaid: '50.000', merchantType: 'vendor' };
  const data = {
    orderId: 'opened',
    isMultivendorRefund: true,
    refundPayload: [{ ...texts, refundedAmount: 0, remainingLimit: 50, amountToRefund: 0 }],
    multivendor_refund_end_point: 'https://provider.example/multivendor',
  };
  answer = { status: true, message: 'ok', data };
  assert.equal((await refund('opened', '25', keyOf(1))).status, 200);
  assert.deepEqual(await endings('opened'), [['failed', 'vendors_opened', '25.000']]);
  answer = { status: false, message: 'no', data: null };
  assert.equal((await refund('refused', '25', keyOf(2))).status, 200);
  assert.deepEqual(await endings('refused'), [['failed', 'refused', '25.000']]);
});
