import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ORDER_MEMBERS } from '../../proxy/hooks/order-faults.ts';
import { kindOf } from '../../proxy/hooks/received.ts';
import { order as orderSchema } from '../../proxy/options.ts';
import { PAYMENT, startTestProxy, type TestProxyOptions } from './support/test-proxy.ts';

const GOOD = { payment_id: PAYMENT, currency: 'USD', captured: '100.00' };
const DECIMAL = 'a decimal string such as "12.50", without a sign and without grouping';

interface Wrong {
  readonly field: string;
  /** As the log shows it. */
  readonly received: string;
  /** As the answer shows it, if that differs. The answer contains no value. */
  readonly kind?: string;
  readonly expected: string | RegExp;
}

const WRONG_ORDERS: readonly (readonly [order: unknown, Wrong])[] = [
  [
    { ...GOOD, captured: 100 },
    { field: 'captured', received: 'the number 100', kind: 'a number', expected: DECIMAL },
  ],
  [
    { ...GOOD, captured: '100.001' },
    {
      field: 'captured',
      received: 'the string "100.001"',
      kind: 'a string of 7 characters',
      expected: `${DECIMAL}, with at most 2 decimals for USD`,
    },
  ],
  [
    { ...GOOD, currency: 'JPY', captured: '100.5' },
    { field: 'captured', received: 'the string "100.5"', expected: `${DECIMAL}, with no decimals for JPY` },
  ],
  [
    { ...GOOD, captured: '1,000.00' },
    { field: 'captured', received: 'the string "1,000.00"', expected: /without grouping/ },
  ],
  [
    { ...GOOD, captured: '-5.00' },
    { field: 'captured', received: 'the string "-5.00"', expected: /without a sign/ },
  ],
  [
    { ...GOOD, captured: '100.00 USD' },
    { field: 'captured', received: 'the string "100.00 USD"', expected: /decimal string/ },
  ],
  [
    { ...GOOD, captured: '' },
    { field: 'captured', received: 'an empty string', expected: /decimal string/ },
  ],
  [
    { ...GOOD, captured: null },
    { field: 'captured', received: 'null', expected: DECIMAL },
  ],
  [
    { payment_id: PAYMENT, currency: 'USD' },
    { field: 'captured', received: 'nothing', expected: DECIMAL },
  ],
  [
    { ...GOOD, captured: 'Layla Example' },
    { field: 'captured', received: 'a string of 13 characters', expected: /decimal string/ },
  ],
  [
    { ...GOOD, currency: 'usd' },
    {
      field: 'currency',
      received: 'the string "usd"',
      kind: 'a string of 3 characters',
      expected: 'an active ISO 4217 code in capitals such as "USD"',
    },
  ],
  [
    { ...GOOD, currency: null },
    { field: 'currency', received: 'null', expected: /ISO 4217/ },
  ],
  [
    { currency: 'USD', captured: '1.00' },
    { field: 'payment_id', received: 'nothing', expected: "the payment's id, a string of 1 to 255 characters" },
  ],
  [
    { ...GOOD, payment_id: 17 },
    { field: 'payment_id', received: 'the number 17', expected: /1 to 255 characters/ },
  ],
  [
    { ...GOOD, payment_id: 'PI-other' },
    {
      field: 'payment_id',
      received: 'the string "PI-other"',
      kind: 'a string of 8 characters',
      expected: 'the id of the payment that was asked for',
    },
  ],
  [
    { ...GOOD, refunded_elsewhere: 5 },
    { field: 'refunded_elsewhere', received: 'the number 5', expected: /or nothing/ },
  ],
  [
    { ...GOOD, refunded_elsewhere: '1.005' },
    { field: 'refunded_elsewhere', received: 'the string "1.005"', expected: /at most 2 decimals for USD/ },
  ],
  [
    { ...GOOD, not_refundable: true },
    { field: 'not_refundable', received: 'the boolean true', expected: 'a string, or nothing' },
  ],
  [
    true,
    { field: 'order', received: 'the boolean true', expected: /^an object with payment_id, currency and captured/ },
  ],
  [
    JSON.stringify(GOOD),
    { field: 'order', received: `a string of ${JSON.stringify(GOOD).length} characters`, expected: /object/ },
  ],
  [[GOOD], { field: 'order', received: 'an array', expected: /object/ }],
  [new Response('{}'), { field: 'payment_id', received: 'nothing', expected: /characters/ }],
  [
    { ...GOOD, captured: new Date(0) },
    { field: 'captured', received: 'an object of the class Date', expected: DECIMAL },
  ],
];

for (const [order, { field, received, kind = typeOf(order, field), expected }] of WRONG_ORDERS) {
  test(`an order with ${received} as ${field} is named in log and answer, and nothing is sent`, async (t) => {
    const { refund, provider, logged } = await startTestProxy(t, { orders: async () => order });
    const answer = await refund('1.00');
    assert.deepEqual(
      [answer.status, answer.problem.code, answer.problem.effect],
      [503, 'orders_unavailable', 'nothing'],
    );
    const lines = logged.map((line) => JSON.parse(line) as Record<string, string>);
    const line = lines.find(
      (each) => each['message'] === `the orders hook returned an order in which ${field} is wrong`,
    );
    assert.deepEqual([line?.['field'], line?.['received']], [field, received], logged.join('\n'));
    matches(line?.['expected'], expected);
    const detail = answer.problem.detail ?? '';
    assert.ok(detail.startsWith(`The orders hook returned a wrong order: ${field}: expected `), detail);
    assert.ok(detail.endsWith(`, received ${kind}. Nothing was sent`), detail);
    assert.ok(!detail.includes('received the '), 'no value reaches a browser');
    assert.equal(provider.calls.length, 0);
  });
}

test('every wrong field of an order is logged, and a missing order means payment_not_found', async (t) => {
  const order = { payment_id: PAYMENT, currency: 'USD', captured: 5, refunded_elsewhere: 0, not_refundable: false };
  const { refund, logged } = await startTestProxy(t, { orders: async () => order });
  await refund('1.00');
  for (const field of ['captured', 'refunded_elsewhere', 'not_refundable'])
    assert.equal(logged.filter((line) => line.includes(`"field":"${field}"`)).length, 1, field);
  for (const nothing of [undefined, null]) {
    const absent = await startTestProxy(t, { orders: async () => nothing });
    assert.equal((await absent.refund('1.00')).problem.code, 'payment_not_found');
  }
  const nulls = { ...GOOD, not_refundable: null, refunded_elsewhere: null, payment_attempt_id: null };
  const whole = await startTestProxy(t, { orders: async () => nulls });
  assert.equal((await whole.refund('1.00')).status, 200);
});

test('an order with a misspelt member that concerns money is refused, and the right name is told', async (t) => {
  for (const [name, value, meant] of [
    ['refunded_elswhere', '5.00', 'refunded_elsewhere'],
    ['refundedElsewhere', '5.00', 'refunded_elsewhere'],
    ['refunded_elsewhere_cnt', 1, 'refunded_elsewhere_count'],
    ['not_refundabel', 'Frozen by accounting', 'not_refundable'],
  ] as const) {
    const { refund, provider, logged } = await startTestProxy(t, { orders: async () => ({ ...GOOD, [name]: value }) });
    const { problem: found } = await refund('1.00');
    assert.deepEqual([found.code, found.effect, provider.calls.length], ['orders_unavailable', 'nothing', 0]);
    assert.ok(found.detail?.includes(`: ${name}: expected the name ${meant}, `), found.detail);
    assert.ok(!logged.join().includes('Frozen'), 'no words of the order are logged');
    const beside = { ...GOOD, [name]: value, [meant]: null };
    const { refund: again } = await startTestProxy(t, { orders: async () => beside });
    assert.equal((await again('1.00')).status, 200, 'a member of its own beside it says that none is meant');
  }
});

test('an order may have other members, and one that looks misspelt is logged once', async (t) => {
  const order = { ...GOOD, customer: 'Layla', refundable: '7.00', payment_attempt: 'PA1' };
  // Columns of a shop with a meaning of their own.
  const columns = { is_refundable: true, refunded_elsewhere_at: null, refunded_count: 0 };
  const { refund: withColumns } = await startTestProxy(t, { orders: async () => ({ ...GOOD, ...columns }) });
  assert.equal((await withColumns('1.00')).status, 200);
  const { refund, logged } = await startTestProxy(t, { orders: async () => order });
  assert.equal((await refund('1.00')).status, 200);
  assert.equal((await refund('1.00')).status, 200);
  const lines = logged.filter((line) => line.includes('which is not read'));
  assert.equal(lines.length, 1, logged.join('\n'));
  const { field, received, expected } = JSON.parse(lines[0]!) as Record<string, string>;
  assert.deepEqual([field, received], ['payment_attempt', 'a string of 3 characters']);
  assert.match(expected ?? '', /the name payment_attempt_id/);
});

test('every member of the order that the proxy reads is known to the search for misspelt ones', () => {
  assert.deepEqual(ORDER_MEMBERS.toSorted(), Object.keys(orderSchema.shape).toSorted());
});

const WRONG_VERDICTS: readonly (readonly [verdict: unknown, field: string, received: string])[] = [
  [true, 'verdict', 'the boolean true'],
  [false, 'verdict', 'the boolean false'],
  [undefined, 'verdict', 'nothing'],
  [null, 'verdict', 'null'],
  ['admin-layla', 'verdict', 'a string of 11 characters'],
  [{}, 'verdict', 'an object'],
  [{ userId: 'admin-layla' }, 'verdict', 'an object'],
  [{ user: 5 }, 'user', 'a number'],
  [{ user: '' }, 'user', 'a string of 0 characters'],
  // The ledger would keep another name, as which the same person could approve.
  [{ user: 'layla\ud800' }, 'user', 'a string of 6 characters'],
  [{ user: 'layla\0', refuse: 'approval_required' }, 'user', 'a string of 6 characters'],
  [{ user: null }, 'user', 'null'],
  [{ user: { id: 'admin-layla' } }, 'user', 'an object'],
  [{ user: 'admin-layla', refuse: undefined }, 'refuse', 'nothing'],
  [{ user: 'admin-layla', refuse: false }, 'refuse', 'the boolean false'],
  [{ refuse: 'not allowed' }, 'refuse', 'a string of 11 characters'],
  [{ refuse: 'toString' }, 'refuse', 'a string of 8 characters'],
  [{ refuse: 'approval_required', user: 7 }, 'user', 'a number'],
  [{ refuse: 'forbidden', detail: 7 }, 'detail', 'a number'],
];

for (const [verdict, field, received] of WRONG_VERDICTS) {
  test(`the verdict ${JSON.stringify(verdict)} of authorize is refused, and the log says what is wrong with it`, async (t) => {
    const authorize = (async () => verdict) as unknown as NonNullable<TestProxyOptions['authorize']>;
    const { refund, get, provider, logged } = await startTestProxy(t, { authorize });
    for (const answer of [await refund('1.00'), await get(`/payments/${PAYMENT}`)]) {
      assert.deepEqual([answer.status, answer.problem.code, answer.problem.effect], [403, 'forbidden', 'nothing']);
      assert.match(
        answer.problem.detail ?? '',
        new RegExp(`wrong answer: ${field}: expected .*, received ${received}$`),
      );
    }
    const line = logged.find((each) => each.includes(`the authorize hook returned a wrong ${field}`)) ?? '';
    assert.ok(line.includes(`"field":"${field}","received":"${received}"`), logged.join('\n'));
    assert.ok(!logged.join().includes('layla'), 'a user is never logged');
    assert.equal(provider.calls.length, 0);
  });
}

const AWAY = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 10.0.0.7:5432') });
const throwing = () => Promise.reject(AWAY);

for (const [hook, options] of Object.entries({
  orders: { orders: throwing },
  authorize: { authorize: throwing },
  authenticate: { authenticate: throwing },
} satisfies Record<string, TestProxyOptions>)) {
  test(`what the ${hook} hook throws is logged with its message, its cause and its stack, and not answered`, async (t) => {
    const { get, logged } = await startTestProxy(t, options);
    const answer = await get(`/payments/${PAYMENT}`);
    assert.ok(answer.status >= 400);
    assert.doesNotMatch(answer.text, /ECONNREFUSED|fetch failed|hooks\.test/);
    const line = logged.find((each) => each.includes(`the ${hook} hook failed`)) ?? '';
    const { error_name: name, error_message: message, error_stack: stack } = JSON.parse(line) as Record<string, string>;
    assert.deepEqual([name, message], ['TypeError', 'fetch failed: connect ECONNREFUSED 10.0.0.7:5432']);
    assert.match(stack ?? '', /hooks\.test\.ts:\d+/);
  });
}

test('what the onChange hook throws is logged with its message and its stack', async (t) => {
  const { refund, proxy, logged } = await startTestProxy(t, { onChange: throwing });
  await refund('1.00');
  await proxy.announce();
  const line = logged.find((each) => each.includes('a change was not taken')) ?? '';
  assert.match(line, /"error_message":"fetch failed: connect ECONNREFUSED 10\.0\.0\.7:5432".*hooks\.test\.ts:\d+/);
});

test('a long or an odd thing that a hook throws is logged in a limited length', async (t) => {
  let thrown: unknown = new Error('x'.repeat(100_000));
  const { get, logged } = await startTestProxy(t, { orders: () => Promise.reject(thrown) });
  await get(`/payments/${PAYMENT}`);
  thrown = 'a string';
  await get(`/payments/${PAYMENT}`);
  thrown = undefined;
  await get(`/payments/${PAYMENT}`);
  const lines = logged.filter((each) => each.includes('the orders hook failed'));
  assert.equal(lines.length, 3);
  assert.ok(lines.every((each) => each.length < 10_000));
  assert.match(lines[1]!, /"error_message":"a string"/);
});

test('a valid refusal is passed on with its detail', async (t) => {
  const { refund, logged } = await startTestProxy(t, {
    authorize: async () => ({ refuse: 'forbidden', detail: 'Ask Omar' }),
  });
  assert.equal((await refund('1.00')).problem.detail, 'Ask Omar');
  assert.ok(!logged.join().includes('wrong'));
});

/** The words that an answer uses for the value of a field. */
function typeOf(order: unknown, field: string): string {
  return kindOf(field === 'order' ? order : (order as Record<string, unknown>)[field]);
}

function matches(text: string | undefined, expected: string | RegExp): void {
  if (typeof expected === 'string') assert.equal(text, expected);
  else assert.match(text ?? '', expected);
}
