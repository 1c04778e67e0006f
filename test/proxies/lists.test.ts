import assert from 'node:assert/strict';

import type { Problem } from '../../contract/index.ts';
import { SESSION } from '../verify/session.ts';
import { eachProxy } from './each.ts';
import { Answer, stubProvider, type Reply } from './stub-provider.ts';
import { proxyOf } from './stubbed.ts';
import { startProxy } from './support.ts';

// A list that is missing, or is none, may hide a refund that has taken the money.

const UNKNOWN = [504, 'outcome_unknown', 'unknown'];
const outcome = ({ status, json }: { status: number; json: Problem }) => [status, json.code, json.effect];
const NO_LISTS = [undefined, null, {}, { a: 1, b: 2 }, 'ab', 2];

eachProxy(
  'an answer over several vendors has four lists, and a refund for each row, at the proxy in',
  async (t, program) => {
    const made = (...ids: string[]) => ids.map((orderId) => ({ orderId, amount: 5 }));
    const lists = { generated: made('R', 'S'), dataTempered: [], refundIssue: [], insufficientBalance: [] };
    const unknown: object[] = [
      // One refund for two vendors is a contradiction: the other one would be counted nowhere.
      { ...lists, generated: made('one', 'one') },
      ...NO_LISTS.map((generated) => ({ ...lists, generated, dataTempered: [{}, {}] })),
      ...['dataTempered', 'refundIssue', 'insufficientBalance'].flatMap((name) =>
        NO_LISTS.map((none) => ({ ...lists, generated: made(`${name}-1`, `${name}-2`), [name]: none })),
      ),
    ];
    let answer: object = lists;
    const { send, read } = await proxyOf(t, program, 'upayments', () => ({
      status: true,
      message: 'ok',
      data: { responseData: answer },
    }));
    const refundPayload = [5, 5].map((amountToRefund, at) => ({ refundRequestId: String(at), amountToRefund }));
    const refund = (orderId: string) => send('/create-multivendor-refund', { orderId, refundPayload });
    const refundable = async (payment: string) => (await read(`/payments/${payment}`)).json.refundable;
    for (const [index, one] of unknown.entries()) {
      answer = one;
      assert.deepEqual(outcome(await refund(`un${index}`)), UNKNOWN, JSON.stringify(one));
      assert.equal(await refundable(`un${index}`), '90.000');
    }
    for (const [payment, one, left] of [
      ['both', lists, '90.000'],
      ['part', { ...lists, generated: made('T'), insufficientBalance: [{ refundRequestId: '0' }] }, '95.000'],
      [
        'none',
        { ...lists, generated: [], refundIssue: [{ refundRequestId: '0' }, { refundRequestId: '1' }] },
        '100.000',
      ],
    ] as const) {
      answer = one;
      assert.deepEqual([(await refund(payment)).status, await refundable(payment)], [200, left], payment);
    }
  },
);

eachProxy('only what says so in full has opened a refund over several vendors at the proxy in', async (t, program) => {
  const texts = { refundRequestId: 'R', ibanNumber: 'KW1', totalPaid: '50.000', merchantType: 'vendor' };
  const row: Record<string, unknown> = { ...texts, refundedAmount: 0, remainingLimit: 50, amountToRefund: 0 };
  const opened = {
    orderId: 'order',
    isMultivendorRefund: true,
    refundPayload: [row],
    multivendor_refund_end_point: 'https://provider.example/multivendor',
  };
  const refund = { orderId: 'R', refundOrderId: 'a', refundArn: 'b' };
  const unknown: object[] = [
    ...[1, 'true', 'false', {}, []].flatMap((isMultivendorRefund) => [
      { ...opened, isMultivendorRefund },
      { ...refund, isMultivendorRefund },
    ]),
    ...NO_LISTS.map((refundPayload) => ({ ...opened, refundPayload })),
    ...[1, 'x', null, [row]].map((one) => ({ ...opened, refundPayload: [row, one] })),
    ...Object.keys(row).map((name) => ({ ...opened, refundPayload: [{ ...row, [name]: undefined }] })),
    { ...opened, multivendor_refund_end_point: undefined },
    { ...opened, multivendor_refund_end_point: 5 },
    // These are the ids of a refund.
    { ...opened, refundOrderId: 'a', refundArn: 'b' },
    { ...opened, refundArn: 'b' },
  ];
  let answer: Reply = 500;
  const proxy = await proxyOf(t, program, 'upayments', () => answer);
  const left = async (payment: string) => (await proxy.read(`/payments/${payment}`)).json.refundable;
  for (const [index, data] of unknown.entries()) {
    answer = {
      status: true,
      message: 'ok',
      data: { ...data, ...('refundPayload' in data && { orderId: `un${index}` }) },
    };
    assert.deepEqual(outcome(await proxy.refund(`un${index}`, '10')), UNKNOWN, JSON.stringify(answer));
    assert.equal(await left(`un${index}`), '90.000');
  }
  answer = { status: true, message: 'ok', data: opened };
  assert.deepEqual([(await proxy.refund('order', '10')).status, await left('order')], [200, '100.000']);
  for (const isMultivendorRefund of [undefined, null, false]) {
    const orderId = `R-${String(isMultivendorRefund)}`;
    answer = { status: true, message: 'ok', data: { ...refund, orderId, isMultivendorRefund } };
    assert.deepEqual([(await proxy.refund(orderId, '10')).status, await left(orderId)], [200, '90.000']);
  }
});

for (const provider of ['uqpay', 'upayments'] as const) {
  eachProxy(`what is no list of ${provider} tells of no refunds at the proxy in`, async (t, program) => {
    const list = (refund: unknown) => ({ status: true, message: 'ok', data: { refund } });
    const page = (data: unknown) => ({ total_pages: 1, total_items: 0, data });
    const [good, ...others] =
      provider === 'uqpay'
        ? [
            page([]),
            ...NO_LISTS.map(page),
            // What is no number may be any.
            ...[null, '0', 1, 1.5, -1, [0], true, false, {}].map((total_items) => ({ ...page([]), total_items })),
            ...[undefined, null, '1', 2, 1.5, -1, [1], true, false, {}].map((total_pages) => ({
              ...page([]),
              total_pages,
            })),
            new Answer(200, '{"total_pages":1,"total_items":99999999999999999999,"data":[]}'),
            new Answer(200, '{"total_pages":1,"total_items":3.0,"data":[]}'),
            new Answer(200, '{"total_pages":1,"total_items":3e0,"data":[]}'),
          ]
        : [
            list([{ order_id: 'R' }]),
            ...NO_LISTS.map(list),
            ...[undefined, null, 5, {}, ['R']].map((id) => list([{ order_id: id }])),
            ...[undefined, null, [], 5].map((data) => ({ ...list([]), data })),
          ];
    let answer: object = good;
    const stub = await stubProvider(
      t,
      () => ({ currency: 'KWD', captured: '5.000' }),
      () => answer,
    );
    const endpoint = await startProxy(t, { ...program, provider, recorder: stub.url });
    const summary = async () => (await fetch(`${endpoint}/payments/1`, { headers: SESSION })).status;
    assert.equal(await summary(), 200);
    for (const other of others) {
      answer = other;
      assert.equal(await summary(), 502, JSON.stringify(other));
    }
  });
}
