import assert from 'node:assert/strict';

import type { Problem } from '../../contract/index.ts';
import { currencies, fractionDigits } from '../../contract/money/currency.ts';
import { eachProxy } from './each.ts';
import type { Reply } from './stub-provider.ts';
import { keyOf, proxyOf, REFUNDS } from './stubbed.ts';

const UNKNOWN = [504, 'outcome_unknown', 'unknown'];
const outcome = ({ status, json }: { status: number; json: Problem }) => [status, json.code, json.effect];
const row = (id: string, amount: string, more: object = {}) => ({
  payment_refund_id: id,
  amount,
  currency: 'USD',
  refund_status: 'INITIATED',
  ...more,
});

eachProxy('only its own form of a success settles a write of UQPAY at the proxy in', async (t, program) => {
  const answers: Record<string, Reply> = {
    PIempty: {},
    PIerror: { error: 'maintenance' },
    PInull: row('RF1', '10.00', { payment_refund_id: null }),
    PInumber: row('RF2', '10.00', { payment_refund_id: 12_345 }),
    PIobject: row('RF3', '10.00', { payment_refund_id: { a: 1 } }),
    PIword: row('RF4', '10.00', { refund_status: null }),
    PIamount: row('RF5', '10.00', { amount: undefined }),
    PIless: row('RF6', '9.00'),
    PIpayment: row('RF7', '10.00', { payment_intent_id: 'PIother' }),
    PImore: row('RF8', '95.00'),
    PIcurrency: row('RF9', '10.00', { currency: 'EUR' }),
  };
  const held: Record<string, string> = { PImore: '5.00', PIcurrency: '0.00', PIpayment: '0.00' };
  const { refund, read } = await proxyOf(t, program, 'uqpay', ({ body }) => {
    const { payment_intent_id: id } = JSON.parse(body) as { payment_intent_id: string };
    return answers[id] ?? 500;
  });
  for (const payment of Object.keys(answers)) {
    const key = keyOf(Object.keys(answers).indexOf(payment));
    assert.deepEqual(outcome(await refund(payment, '10.00', key)), UNKNOWN, payment);
    const refundable = (await read(`/payments/${payment}`)).json.refundable;
    assert.equal(refundable, held[payment] ?? '90.00', payment);
    // The provider may correct itself, except for an amount that it has contradicted.
    answers[payment] = row(`RFof${payment}`, '10.00');
    const again = await refund(payment, '10.00', key);
    assert.equal(again.status, held[payment] === undefined ? 200 : 504, payment);
  }
});

eachProxy('only status: true settles a write of UPayments at the proxy in', async (t, program) => {
  const made = (id: string) => ({ status: true, data: { orderId: id, refundOrderId: 'a', refundArn: 'b' } });
  const nothing = [{}, { error: 'maintenance' }, { status: 'error' }, { status: 1, data: {} }];
  const creates: Reply[] = [
    ...nothing,
    { status: true, data: {} },
    { ...made('R1'), status: false },
    { status: true, data: { ...made('R2').data, orderId: null } },
    { status: true, data: { orderId: 'another', isMultivendorRefund: true, refundPayload: [] } },
  ];
  const cancels: Reply[] = [...nothing, { status: false, message: 'no', data: { orderId: 'R' } }];
  const generated = (amount: number) => ({ orderId: 'R', amount });
  const none = { generated: [], dataTempered: [], refundIssue: [], insufficientBalance: [] };
  const vendors: object[] = [
    none,
    { ...none, generated: [generated(5)] },
    { ...none, generated: [generated(5), generated(60)] },
    { ...none, generated: [generated(5), { orderId: 'S' }] },
  ];
  const { refund, send, read } = await proxyOf(t, program, 'upayments', ({ url, body }) => {
    const { orderId } = JSON.parse(body) as { orderId: string };
    const [kind, index] = orderId.replace('R-', '').split('-') as [string, string];
    if (url === '/delete-refund') return cancels[Number(index)] ?? 500;
    if (url === '/create-multivendor-refund') return { status: true, data: { responseData: vendors[Number(index)] } };
    return kind === 'cancel' ? made(`R-${orderId}`) : (creates[Number(index)] ?? 500);
  });
  const refundable = async (payment: string) => (await read(`/payments/${payment}`)).json.refundable;
  for (const index of creates.keys()) {
    assert.deepEqual(outcome(await refund(`create-${index}`, '60')), UNKNOWN, JSON.stringify(creates[index]));
    assert.equal(await refundable(`create-${index}`), '40.000');
  }
  for (const index of cancels.keys()) {
    assert.equal((await refund(`cancel-${index}`, '60')).status, 200);
    const cancel = await send('/delete-refund', { orderId: `R-cancel-${index}`, refundOrderId: 'a' });
    assert.deepEqual(outcome(cancel), UNKNOWN, JSON.stringify(cancels[index]));
    assert.equal(await refundable(`cancel-${index}`), '40.000');
  }
  for (const index of vendors.keys()) {
    const rows = [5, 5].map((amountToRefund, at) => ({ refundRequestId: String(at), amountToRefund }));
    const body = { orderId: `vendors-${index}`, refundPayload: rows };
    assert.deepEqual(outcome(await send('/create-multivendor-refund', body)), UNKNOWN, JSON.stringify(vendors[index]));
    assert.equal(await refundable(`vendors-${index}`), index === 2 ? '35.000' : '90.000');
  }
});

eachProxy('a read says nothing of another refund, amount or currency to the proxy in', async (t, program) => {
  let answer: Reply = row('RF1', '90.00');
  const { refund, read } = await proxyOf(t, program, 'uqpay', () => answer);
  assert.equal((await refund('PI1', '90.00')).status, 200);
  const failed = { refund_status: 'FAILED' };
  for (const foreign of [
    row('RF9', '90.00', failed),
    row('RF1', '5.00', failed),
    row('RF1', '90.00', { ...failed, currency: 'EUR' }),
    row('RF1', '90.00', { ...failed, payment_intent_id: 'PI2' }),
    { ...failed, payment_refund_id: 'RF1' },
  ]) {
    answer = foreign;
    assert.deepEqual((await read(`${REFUNDS}/RF1`)).json, foreign, 'the reader gets the answer as it came');
    assert.equal((await read('/payments/PI1')).json.refundable, '10.00', JSON.stringify(foreign));
  }
  answer = row('RF1', '90.00', failed);
  await read(`${REFUNDS}/RF1`);
  assert.equal((await read('/payments/PI1')).json.refundable, '100.00');
});

eachProxy('a body that cannot be sent is refused before it is written down by the proxy in', async (t, program) => {
  const uqpay = await proxyOf(t, program, 'uqpay', () => row('RF1', '1.00'));
  const members = '"payment_intent_id":"PI1","reason":"Return good"';
  const bodies = [
    `{${members},"amount":"0.${'9'.repeat(40)}"}`,
    `{${members},"amount":"1.${'0'.repeat(50)}1"}`,
    `{${members},"amount":"1.00","metadata":{"a":NaN}}`,
    `{${members},"amount":"1.00","metadata":{"a":Infinity}}`,
    `{${members},"amount":"1.00","metadata":1e99999999999999999999}`.replace(/1e9+/, '['.repeat(20_000)),
    '{"payment_intent_id":5,"reason":"x","amount":"1.00"}',
    '[]',
    '',
  ];
  for (const body of bodies) {
    const { status, json } = await uqpay.send(REFUNDS, body);
    assert.deepEqual([status, json.effect], [400, 'nothing'], body.slice(0, 90));
  }
  const half = await uqpay.send(REFUNDS, `{"payment_intent_id":"\\ud800","reason":"x","amount":"1.0000001"}`);
  assert.deepEqual([half.status, half.json.effect], [400, 'nothing']);
  const deep = await uqpay.send(REFUNDS, `{${members},"amount":"0","metadata":${'['.repeat(600)}${']'.repeat(600)}}`);
  assert.deepEqual([deep.status, deep.json.effect], [400, 'nothing']);
  assert.equal(uqpay.writes(), 0);
  const large = await uqpay.send(
    REFUNDS,
    `{${members},"amount":"1.00","metadata":{"a":1e400,"b":12345678901234567890}}`,
  );
  assert.ok(large.status === 200 || (large.status === 400 && uqpay.writes() === 0), 'it is sent as it came or refused');
  assert.equal((await uqpay.refund('PI2', '1.00')).status === 200, large.status === 400, 'the id of another refund');

  const upayments = await proxyOf(t, program, 'upayments', () => 500);
  for (const rows of [5, 'abc', null, [], [5], undefined]) {
    const body = { orderId: 'K1', refundPayload: rows };
    const { status, json } = await upayments.send('/create-multivendor-refund', body);
    assert.deepEqual([status, json.code], [400, 'invalid_request'], JSON.stringify(body));
  }
  assert.equal(upayments.writes(), 0);
});

eachProxy('an amount has the decimals of its currency at the proxy in', async (t, program) => {
  const { read } = await proxyOf(t, program, 'uqpay', () => 500);
  for (const currency of currencies().filter((code) => fractionDigits(code) !== 2 || code === 'USD')) {
    const digits = fractionDigits(currency);
    const expected = digits === 0 ? '100' : `100.${'0'.repeat(digits)}`;
    assert.equal((await read(`/payments/${currency}`)).json.captured, expected, currency);
  }
});

eachProxy('decimals that are nought are no other amount, in any currency, at the proxy in', async (t, program) => {
  let amount = '';
  let currency = '';
  const { refund, read } = await proxyOf(t, program, 'uqpay', () => row(`RF${currency}`, amount, { currency }));
  for (const [code, asked, said, left] of [
    ['JPY', '10', '10.00', '90'],
    ['USD', '10', '10.000', '90.00'],
    ['KWD', '10.5', '10.50', '89.500'],
  ] as const) {
    [currency, amount] = [code, said];
    assert.deepEqual(
      [(await refund(code, asked)).status, (await read(`/payments/${code}`)).json.refundable],
      [200, left],
    );
  }
  for (const wrong of ['10.', '10.5', '1e1', '.5', '10.00x'])
    assert.equal((await refund('JPY', wrong)).status, 400, wrong);
});
