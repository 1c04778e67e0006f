import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import {
  makeRefund,
  PAYMENT,
  REFUND,
  startTestProxy,
  scriptUqpay,
  UQPAY_POST,
  uuid,
  uqpayBody,
} from './support/test-proxy.ts';
import { requestOf, SECRET, webhook } from './support/webhook.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`;
const REQUEST = uuid(77);

interface Line {
  readonly message: string;
  readonly request_id?: string;
  readonly trace_id?: string;
  readonly route?: string;
}

const linesOf = (logged: readonly string[]) => logged.map((line) => JSON.parse(line) as Line);

test('a request keeps its ids in every log line, in the answer and in each provider call', async (t) => {
  const { refund, provider, logged } = await startTestProxy(t);
  scriptUqpay(provider);
  const answer = await refund('10.00', { headers: { 'x-request-id': REQUEST, traceparent: PARENT } });
  assert.equal(answer.headers.get('x-request-id'), REQUEST);
  const lines = linesOf(logged);
  assert.deepEqual(
    lines.map(({ message }) => message),
    ['called the provider', 'called the provider', 'called the provider', 'sent', 'answered'],
  );
  for (const { request_id, trace_id } of lines) assert.deepEqual([request_id, trace_id], [REQUEST, TRACE]);
  const parents = provider.calls.map(({ headers }) => String(headers['traceparent']));
  assert.equal(parents.length, 3, 'a token, the payment and a refund');
  for (const parent of parents) assert.match(parent, new RegExp(`^00-${TRACE}-[\\da-f]{16}-01$`));
  assert.equal(new Set([PARENT, ...parents]).size, 4, 'each call has its own span');
  for (const { headers } of provider.calls) assert.equal(headers['x-request-id'], REQUEST);
});

const ILL_FORMED: readonly (readonly [name: string, value: string])[] = [
  ['x-request-id', 'layla@mail.example'],
  ['x-request-id', '4111111111111111'],
  ['x-request-id', 'KW91KFHO0000000000051010173254'],
  ['x-request-id', `${uuid(1)}-more`],
  ['traceparent', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
  ['traceparent', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['traceparent', `ff-${TRACE}-00f067aa0ba902b7-01`],
  ['traceparent', `00-${TRACE.toUpperCase()}-00f067aa0ba902b7-01`],
  ['traceparent', `${PARENT}-more`],
  ['traceparent', `${PARENT}more`],
];

for (const [name, value] of ILL_FORMED) {
  test(`an invalid ${name} is not used: ${value}`, async (t) => {
    const { get, logged, provider } = await startTestProxy(t);
    const { headers } = await get(`/payments/${PAYMENT}`, { headers: { [name]: value } });
    assert.match(headers.get('x-request-id') ?? '', /^00000009-/, 'it comes from newId');
    assert.match(linesOf(logged)[0]?.trace_id ?? '', /^00000009[\da-f]{24}$/);
    for (const line of logged) assert.ok(!line.includes(value), line);
    for (const call of provider.calls) assert.notEqual(call.headers[name], value);
  });
}

for (const value of [REQUEST, '01ARZ3NDEKTSV4RRFFQ69G5FAV', TRACE]) {
  test(`an x-request-id in a common format is used unchanged: ${value}`, async (t) => {
    const { get } = await startTestProxy(t);
    assert.equal((await get('/', { headers: { 'x-request-id': value } })).headers.get('x-request-id'), value);
  });
}

test('a later version of traceparent is read by the known format', async (t) => {
  const { get, logged } = await startTestProxy(t);
  await get('/', { headers: { traceparent: `cc-${TRACE}-00f067aa0ba902b7-01-what-comes-later` } });
  assert.equal(linesOf(logged)[0]?.trace_id, TRACE);
});

test('a problem contains the request id, so that its log lines can be found', async (t) => {
  const { refund, logged } = await startTestProxy(t, { orders: () => Promise.reject(new Error('down')) });
  const { problem, headers } = await refund('10.00');
  assert.equal(problem.request_id, headers.get('x-request-id'));
  const found = linesOf(logged).filter(({ request_id }) => request_id === problem.request_id);
  assert.deepEqual(
    found.map(({ message }) => message),
    ['the orders hook failed', 'refused', 'answered'],
  );
});

/** Runs `work`, and returns its log lines. */
async function linesDuring(logged: readonly string[], work: () => Promise<unknown>): Promise<Line[]> {
  const before = logged.length;
  await work();
  return linesOf(logged.slice(before));
}

async function lostRefund(t: TestContext) {
  const testProxy = await startTestProxy(t, { webhookSecret: SECRET });
  const refunds = scriptUqpay(testProxy.provider);
  testProxy.provider.on(UQPAY_POST, ({ headers, body }) => {
    makeRefund(refunds, headers, body);
    return 'drop';
  });
  assert.equal((await testProxy.refund('10.00', { key: uuid(1) })).status, 504);
  return testProxy;
}

test('a webhook and each round of reconciling have their own ids in every log line', async (t) => {
  const { proxy, logged, clock, ledger, provider } = await lostRefund(t);
  const [intent] = await ledger.intents({ merchant: 'default', provider: 'uqpay' }, { limit: 1 });
  clock.now += 60_000;
  provider.on(`GET ${REFUND}`, { status: 500, text: '' });
  const rounds = [
    await linesDuring(logged, () => proxy.reconcile()),
    await linesDuring(logged, () => proxy.reconcile()),
    await linesDuring(logged, async () => {
      clock.now += 7_200_000;
      await proxy.reconcile();
    }),
  ].filter((lines) => lines.length > 0);
  assert.equal(rounds.length, 2, 'nothing is due in the second round');
  // The amount differs, so a contradiction is logged while the webhook is recorded.
  const event = webhook({ refund: 'RF1', status: 'SUCCEEDED', amount: '95.00', intent: intent!.id }, { at: clock.now });
  const webhookLines = await linesDuring(logged, () => proxy.fetch(requestOf(event)));
  assert.deepEqual(
    webhookLines.map(({ message }) => message),
    ['a provider contradicts what is known', 'webhook', 'answered'],
  );
  const all = [...rounds, webhookLines];
  for (const lines of all) {
    for (const line of lines) assert.match(line.request_id ?? '', /^00000009-/, JSON.stringify(line));
    assert.equal(new Set(lines.map(({ request_id, trace_id }) => `${request_id} ${trace_id}`)).size, 1);
  }
  assert.equal(new Set(all.map(([line]) => line?.request_id)).size, all.length);
  const read = provider.callsOf(`GET ${REFUND}`)[0];
  assert.equal(read?.headers['x-request-id'], rounds[0]?.[0]?.request_id);
});

test('two simultaneous requests keep their log lines and calls separate', async (t) => {
  const { post, logged, provider } = await startTestProxy(t);
  scriptUqpay(provider);
  const ids = [uuid(81), uuid(82), uuid(83)];
  const send = (id: string) => post(REFUND, { key: id, headers: { 'x-request-id': id }, body: uqpayBody('1.00') });
  await Promise.all(ids.map(send));
  for (const id of ids) {
    const messages = linesOf(logged).flatMap(({ request_id, message }) => (request_id === id ? [message] : []));
    assert.deepEqual(
      messages.filter((message) => message !== 'called the provider'),
      ['sent', 'answered'],
    );
    const calls = provider.callsOf(UQPAY_POST).filter(({ headers }) => headers['x-request-id'] === id);
    assert.equal(calls.length, 1);
  }
});
