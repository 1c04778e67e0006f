import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';

import { LedgerUnavailableError } from '../../proxy/index.ts';
import { LedgerCore } from '../../proxy/ledger/ledger-core.ts';
import {
  ORDER,
  PAYMENT,
  readAnswer,
  REFUND,
  scriptUqpay,
  startTestProxy,
  UQPAY_POST,
  uqpayBody,
  uuid,
  type Call,
  type TestProxyOptions,
} from './support/test-proxy.ts';
import { failWhile } from './support/away.ts';
import { requestOf, SECRET, webhook } from './support/webhook.ts';

const REFUSED: Readonly<Record<string, { call: Call; status: number; code: string; pointer?: string }>> = {
  'without X-Refund-Form': {
    call: { headers: { 'x-refund-form': undefined } },
    status: 400,
    code: 'refund_form_header_required',
  },
  'as a form': { call: { headers: { 'content-type': 'text/plain' } }, status: 415, code: 'unsupported_media_type' },
  'as JSON of another kind': {
    call: { headers: { 'content-type': 'application/jsonp' } },
    status: 415,
    code: 'unsupported_media_type',
  },
  'without a key': {
    call: { headers: { 'idempotency-key': undefined } },
    status: 400,
    code: 'idempotency_key_required',
  },
  'with a key that is no UUID': { call: { key: 'order-1' }, status: 400, code: 'idempotency_key_invalid' },
  'with broken JSON': { call: { body: '{"amount":' }, status: 400, code: 'malformed_json' },
  'with ten thousand levels': {
    call: { body: '['.repeat(10_000) + ']'.repeat(10_000) },
    status: 400,
    code: 'malformed_json',
  },
  'with a body over the limit': { call: { body: `"${'x'.repeat(70_000)}"` }, status: 413, code: 'body_too_large' },
  'with a body that is declared over the limit': {
    call: { headers: { 'content-length': '70000' } },
    status: 413,
    code: 'body_too_large',
  },
  'with a body over the limit that is declared within it': {
    call: { body: `"${'x'.repeat(70_000)}"`, headers: { 'content-length': '2' } },
    status: 413,
    code: 'body_too_large',
  },
  'with an array': { call: { body: '[]' }, status: 400, code: 'invalid_request', pointer: '' },
  'without a reason': {
    call: { body: { payment_intent_id: PAYMENT, amount: '1.00' } },
    status: 400,
    code: 'invalid_request',
    pointer: '/reason',
  },
  'with a number for the amount': {
    call: { body: { ...uqpayBody('1.00'), amount: 1 } },
    status: 400,
    code: 'invalid_request',
    pointer: '/amount',
  },
  'for another currency': {
    call: { body: { ...uqpayBody('1.00'), currency: 'KWD' } },
    status: 400,
    code: 'invalid_request',
    pointer: '/currency',
  },
  'for another attempt': {
    call: { body: { ...uqpayBody('1.00'), payment_attempt_id: 'PA999' } },
    status: 400,
    code: 'invalid_request',
    pointer: '/payment_attempt_id',
  },
  'for a payment that is no order': {
    call: { body: { ...uqpayBody('1.00'), payment_intent_id: 'PI404' } },
    status: 404,
    code: 'payment_not_found',
  },
  'with an X-Expected-Refundable that is no amount': {
    call: { headers: { 'x-expected-refundable': '1e2' } },
    status: 400,
    code: 'invalid_request',
  },
  'from a page of another origin': {
    call: { headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } },
    status: 403,
    code: 'origin_not_allowed',
  },
  'from a sandboxed page': { call: { headers: { origin: 'null' } }, status: 403, code: 'origin_not_allowed' },
  'from a sibling site': {
    call: { headers: { origin: 'https://blog.shop.example', 'sec-fetch-site': 'same-site' } },
    status: 403,
    code: 'origin_not_allowed',
  },
  'across sites without an origin': {
    call: { headers: { 'sec-fetch-site': 'cross-site' } },
    status: 403,
    code: 'origin_not_allowed',
  },
};

for (const [how, { call, status, code, pointer }] of Object.entries(REFUSED)) {
  test(`a refund ${how} is refused as ${code}, and nothing is sent`, async (t) => {
    const { provider, post } = await startTestProxy(t);
    const answer = await post(REFUND, { body: uqpayBody('1.00'), ...call });
    assert.deepEqual([answer.status, answer.problem.code, answer.problem.effect], [status, code, 'nothing']);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
    if (pointer !== undefined) assert.equal(answer.problem.errors?.[0]?.pointer, pointer);
    assert.equal(provider.calls.length, 0);
  });
}

test('a wrong amount is refused with a pointer to its field and the reason', async (t) => {
  const { refund, provider } = await startTestProxy(t);
  const cases = {
    '0.00': /zero/,
    '-1.00': /sign/,
    '1e3': /exponent/,
    '1,5': /plain number/,
    '1.234': /too many decimals/,
    [`1${'0'.repeat(40)}`]: /too long/,
    '٢.٠٠': /plain number/,
    ' 1.00': /plain number/,
  };
  for (const [amount, expected] of Object.entries(cases)) {
    const { problem } = await refund(amount);
    assert.equal(problem.code, 'invalid_request', amount);
    assert.equal(problem.errors?.[0]?.pointer, '/amount');
    assert.match(problem.errors?.[0]?.detail ?? '', expected);
  }
  assert.equal(provider.calls.length, 0);
});

test('only the paths and methods of the allowlist exist', async (t) => {
  const { get, post, provider } = await startTestProxy(t);
  for (const path of [
    '/v1/connect/token',
    '/v2/payment_intents/create',
    '/v2/payment/refunds/',
    '/v2/payment/refunds/..%2f..%2fbalances',
    '/v2/payment/refunds/%2e%2e',
    '/v2/payment/refunds/%00',
    '/v2/payment/refunds/%zz',
    '//v2/payment/refunds',
    '/__proto__',
    `/payments/${'x'.repeat(300)}`,
  ]) {
    const answer = await get(path);
    assert.deepEqual([answer.status, answer.problem.code], [404, 'path_not_allowed'], path);
  }
  assert.equal((await post(`/payments/${PAYMENT}`, { body: {} })).status, 405);
  assert.equal((await get(REFUND)).problem.code, 'invalid_request');
  assert.equal(provider.calls.length, 0);
});

test('a duplicate JSON member counts once, and __proto__ changes no prototype', async (t) => {
  const { post, provider } = await startTestProxy(t);
  const body = `{"payment_intent_id":"${PAYMENT}","amount":"99.00","amount":"1.00","reason":"x",
    "__proto__":{"polluted":true},"metadata":{"__proto__":"x","a":"b"}}`;
  assert.equal((await post(REFUND, { body })).status, 200);
  const sentBody = provider.callsOf(UQPAY_POST)[0]!.body;
  assert.ok(sentBody.includes('"amount":"1.00"') && !sentBody.includes('99.00') && !sentBody.includes('__proto__'));
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
});

test('an allowed origin gets CORS headers, also for a preflight, and a foreign origin gets none', async (t) => {
  const origin = 'https://admin.example';
  const { proxy, refund } = await startTestProxy(t, { allowedOrigins: [origin] });
  const preflight = (from: string) =>
    proxy.fetch(
      new Request(`https://shop.example/refunds${REFUND}`, {
        method: 'OPTIONS',
        headers: { origin: from, 'access-control-request-method': 'POST', 'sec-fetch-site': 'cross-site' },
      }),
    );
  const allowed = await preflight(origin);
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers.get('access-control-allow-origin'), origin);
  assert.match(allowed.headers.get('access-control-allow-headers') ?? '', /X-Refund-Form/);
  const foreign = await preflight('https://evil.example');
  assert.equal(foreign.status, 403);
  assert.equal(foreign.headers.get('access-control-allow-origin'), null);
  const answer = await refund('1.00', { headers: { origin, 'sec-fetch-site': 'cross-site' } });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('access-control-allow-origin'), origin);
});

test('a page of the same origin needs no allowlist', async (t) => {
  const { refund } = await startTestProxy(t);
  const headers = { origin: 'https://shop.example', 'sec-fetch-site': 'same-origin' };
  assert.equal((await refund('1.00', { headers })).status, 200);
});

test('an answer has no cookie, keeps only Content-Type and Retry-After of the provider’s headers, and is not stored', async (t) => {
  const { refund, provider } = await startTestProxy(t);
  provider.on(UQPAY_POST, {
    status: 400,
    json: { type: 'refund_error', code: 'x', message: 'x' },
    headers: { 'set-cookie': 'a=b', 'x-auth-token': 'secret', server: 'nginx', 'retry-after': '3' },
  });
  const { headers } = await refund('1.00');
  assert.deepEqual(
    [...headers.keys()],
    ['cache-control', 'content-type', 'retry-after', 'vary', 'x-content-type-options', 'x-request-id'],
  );
  assert.equal(headers.get('cache-control'), 'no-store');
});

test('an HTML page that the provider sends is passed on as plain text', async (t) => {
  const { get, provider } = await startTestProxy(t);
  provider.on(`GET ${REFUND}`, { status: 503, text: '<script>alert(1)</script>' });
  const answer = await get(`${REFUND}?payment_intent_id=${PAYMENT}&page_size=1&page_number=1&x-auth-token=1`);
  assert.deepEqual([answer.status, answer.headers.get('content-type')], [503, 'text/plain; charset=utf-8']);
  assert.equal(answer.text, '<script>alert(1)</script>');
  assert.equal(provider.callsOf(`GET ${REFUND}`)[0]!.query.has('x-auth-token'), false);
});

test('authorize decides about every request with the order and the amount, and refuses when it throws', async (t) => {
  const calls: unknown[] = [];
  const { refund, get, provider } = await startTestProxy(t, {
    authorize: async (_request, { action, amount, order }) => {
      calls.push([action, amount, order?.payment_id]);
      if (action === 'read') throw new Error('the session store is down');
      return amount! > 5_000n ? { refuse: 'approval_required', detail: 'Above 50.00' } : { user: 'admin-1' };
    },
  });
  const above = await refund('50.01');
  assert.deepEqual([above.status, above.problem.code], [403, 'approval_required']);
  assert.equal((await refund('50.00')).status, 200);
  const read = await get(`/payments/${PAYMENT}`);
  assert.deepEqual([read.status, read.problem.code], [403, 'forbidden']);
  assert.deepEqual(calls, [
    ['refund', 5_001n, PAYMENT],
    ['refund', 5_000n, PAYMENT],
    ['read', undefined, PAYMENT],
  ]);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

/** Only a signed-in user may do anything. */
async function setUpSignIn(t: TestContext, options: TestProxyOptions = {}) {
  const testProxy = await startTestProxy(t, {
    authorize: async ({ headers }) => {
      const user = headers.get('x-user');
      if (user === null) return { refuse: 'unauthenticated' };
      return user === 'clerk' ? { refuse: 'approval_required', user } : { user };
    },
    ...options,
  });
  const refundAs = (user: string, amount: string) => testProxy.refund(amount, { headers: { 'x-user': user } });
  /** The answers to a stranger and to a signed-in user. */
  const both = async (method: 'get' | 'post', path: string, body?: unknown) => {
    const stranger = await testProxy[method](path, { key: uuid(1), body });
    const signedIn = await testProxy[method](path, { key: uuid(1), body, headers: { 'x-user': 'admin-1' } });
    return [stranger.problem.code, signedIn.status < 300 ? 'done' : signedIn.problem.code];
  };
  return { ...testProxy, refundAs, both };
}

test('a stranger cannot find out whether a payment, a refund or an intent exists', async (t) => {
  const { both, refundAs } = await setUpSignIn(t);
  const intent = String((await refundAs('clerk', '10.00')).problem['instance'])
    .split('/')
    .at(-1);
  const none = uuid(99);
  const cases: [...Parameters<typeof both>, answer: string][] = [
    ['get', `/payments/${PAYMENT}`, undefined, 'done'],
    ['get', '/payments/PI-other', undefined, 'payment_not_found'],
    ['get', '/payments/PI-other/events', undefined, 'payment_not_found'],
    ['get', `${REFUND}?payment_intent_id=${PAYMENT}`, undefined, 'done'],
    ['get', `${REFUND}?payment_intent_id=PI-other`, undefined, 'payment_not_found'],
    ['get', `${REFUND}/RF-other`, undefined, 'payment_not_found'],
    ['post', REFUND, { ...uqpayBody('1.00'), payment_intent_id: 'PI-other' }, 'payment_not_found'],
    ['post', REFUND, { ...uqpayBody('1.00'), currency: 'KWD' }, 'invalid_request'],
    ['post', REFUND, uqpayBody('1.001'), 'invalid_request'],
    ['post', `/intents/${none}/resolve`, { outcome: 'nothing', reason: 'none' }, 'path_not_allowed'],
    ['post', `/intents/${none}/approve`, {}, 'path_not_allowed'],
    ['post', `/intents/${none}/decline`, { reason: 'none' }, 'path_not_allowed'],
    ['post', `/intents/${intent}/resolve`, { outcome: 'nothing', reason: 'none' }, 'invalid_request'],
    ['post', `/intents/${intent}/approve`, {}, 'done'],
    ['post', `/intents/${intent}/decline`, { reason: 'none' }, 'invalid_request'],
  ];
  for (const [method, path, body, answer] of cases) {
    assert.deepEqual(await both(method, path, body), ['unauthenticated', answer], path);
  }
});

test('a stranger cannot find out whether the ids of a cancel exist', async (t) => {
  const { both, provider, refundAs } = await setUpSignIn(t, { name: 'upayments' });
  provider.on('POST /create-refund', {
    status: 201,
    json: { status: true, message: 'ok', data: { orderId: 'refund-1', refundOrderId: 'R1', refundArn: '1' } },
  });
  assert.equal((await refundAs('admin-1', '10')).status, 201);
  assert.deepEqual(await both('post', '/delete-refund', { orderId: 'refund-1', refundOrderId: 'R2' }), [
    'unauthenticated',
    'payment_not_found',
  ]);
  assert.deepEqual(await both('post', '/delete-refund', { orderId: 'refund-2', refundOrderId: 'R1' }), [
    'unauthenticated',
    'invalid_request',
  ]);
});

test('a stranger is not told that the orders cannot be read', async (t) => {
  let isDown = false;
  const { both } = await setUpSignIn(t, {
    orders: async () => {
      if (isDown) throw new Error('no database');
      return { payment_id: PAYMENT, currency: 'USD', captured: '100.00' };
    },
  });
  isDown = true;
  for (const path of [
    `/payments/${PAYMENT}`,
    `/payments/${PAYMENT}/events`,
    `${REFUND}?payment_intent_id=${PAYMENT}`,
  ]) {
    assert.deepEqual(await both('get', path), ['unauthenticated', 'orders_unavailable'], path);
  }
  assert.deepEqual(await both('post', REFUND, uqpayBody('1.00')), ['unauthenticated', 'orders_unavailable']);
});

test('only a user who may refund the order is told what is wrong with the request', async (t) => {
  const calls: unknown[] = [];
  const { refund, post } = await startTestProxy(t, {
    authorize: async (_request, { amount, order }) => {
      calls.push([amount, order?.payment_id]);
      return { refuse: 'forbidden' };
    },
  });
  assert.equal((await refund('1.001')).problem.code, 'forbidden');
  assert.equal((await post(REFUND, { body: { ...uqpayBody('1.00'), currency: 'KWD' } })).problem.code, 'forbidden');
  assert.deepEqual(calls, [
    [undefined, PAYMENT],
    [100n, PAYMENT],
  ]);
});

test('an orders hook that fails sends nothing', async (t) => {
  const { refund } = await startTestProxy(t, { orders: () => Promise.reject(new Error('no database')) });
  assert.deepEqual([(await refund('1.00')).status, (await refund('1.00')).problem.effect], [503, 'nothing']);
});

test('an order that is not refundable gives its reason', async (t) => {
  const order = { payment_id: PAYMENT, currency: 'USD', captured: '10.00', not_refundable: 'Disputed by the customer' };
  const { refund, get } = await startTestProxy(t, { orders: async () => order });
  assert.equal((await refund('1.00')).problem.detail, 'Disputed by the customer');
  assert.equal(
    ((await get(`/payments/${PAYMENT}`)).json as { not_refundable: string }).not_refundable,
    order.not_refundable,
  );
});

test('a user above the rate limit must wait, but may always repeat an old key', async (t) => {
  const { refund, clock } = await startTestProxy(t, { rateLimit: { writes: 2, perMs: 60_000 } });
  await refund('1.00', { key: uuid(1) });
  await refund('1.00', { key: uuid(2) });
  const third = await refund('1.00', { key: uuid(3) });
  assert.deepEqual([third.status, third.problem.code, third.headers.get('retry-after')], [429, 'rate_limited', '60']);
  assert.equal((await refund('1.00', { key: uuid(1) })).status, 200);
  clock.now += 60_000;
  assert.equal((await refund('1.00', { key: uuid(3) })).status, 200);
});

test('the proxy sends nothing while another process locks the ledger, and answers soon', async (t) => {
  const { refund, provider, place } = await startTestProxy(t);
  // It has a token, so that only the refund needs the lock.
  await refund('2.00', { key: uuid(9) });
  const other = new DatabaseSync(place.environment['REFUND_PROXY_DB']!);
  other.exec('BEGIN IMMEDIATE');
  const locked = await refund('1.00', { key: uuid(1) });
  assert.deepEqual([locked.status, locked.problem.code, locked.problem.effect], [503, 'ledger_unavailable', 'nothing']);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
  other.exec('ROLLBACK');
  other.close();
  assert.equal((await refund('1.00', { key: uuid(1) })).status, 200);
});

test('a webhook is not acknowledged while the ledger is locked, and is accepted when it is sent again', async (t) => {
  const { refund, proxy, ledger, place } = await startTestProxy(t, { webhookSecret: SECRET });
  await refund('10.00');
  const deliver = () =>
    proxy.fetch(requestOf(webhook({ refund: 'RF1', status: 'SUCCEEDED', event: 'e1' }))).then(readAnswer);
  const other = new DatabaseSync(place.environment['REFUND_PROXY_DB']!);
  other.exec('BEGIN IMMEDIATE');
  const locked = await deliver();
  assert.deepEqual([locked.status, locked.problem.code], [503, 'ledger_unavailable']);
  other.exec('ROLLBACK');
  other.close();
  assert.deepEqual((await deliver()).json, { received: 'changed' });
  const [row] = await ledger.reservationsOfPayment({ merchant: 'default', provider: 'uqpay' }, PAYMENT);
  assert.equal(row?.standing, 'succeeded');
});

test('the proxy sends nothing when its ledger is closed', async (t) => {
  const { refund, provider, ledger } = await startTestProxy(t);
  await ledger.close();
  const answer = await refund('1.00', { key: uuid(9) });
  assert.deepEqual([answer.status, answer.problem.code], [503, 'ledger_unavailable']);
  assert.equal(provider.calls.length, 0);
});

test('an outcome that cannot be recorded is reported as unknown, and is recorded as soon as possible', async (t) => {
  const { refund, provider, place, ledger } = await startTestProxy(t);
  const other = new DatabaseSync(place.environment['REFUND_PROXY_DB']!);
  provider.on(UQPAY_POST, ({ body }) => {
    other.exec('BEGIN IMMEDIATE');
    const { amount } = JSON.parse(body) as { amount: string };
    return { status: 200, json: { payment_refund_id: 'RF1', amount, currency: 'USD', refund_status: 'INITIATED' } };
  });
  const unsure = await refund('1.00', { key: uuid(1) });
  assert.deepEqual([unsure.status, unsure.problem.code], [504, 'outcome_unknown']);
  const running = await refund('1.00', { key: uuid(1) });
  assert.deepEqual(
    [running.status, running.problem.code, running.problem.effect],
    [503, 'ledger_unavailable', 'unknown'],
  );
  other.exec('ROLLBACK');
  other.close();
  const replay = await refund('1.00', { key: uuid(1) });
  assert.deepEqual([replay.status, replay.headers.get('idempotent-replayed')], [200, 'true']);
  const [intent] = await ledger.intents(
    { merchant: 'default', provider: 'uqpay' },
    { states: ['succeeded'], limit: 5 },
  );
  assert.equal(intent?.key, uuid(1));
});

test('an outcome that could not be recorded at once is recorded before an ordinary stop', async (t) => {
  const { refund, provider, place, ledger, proxy } = await startTestProxy(t, { name: 'upayments' });
  const other = new DatabaseSync(place.environment['REFUND_PROXY_DB']!);
  provider.on('POST /create-refund', () => {
    other.exec('BEGIN IMMEDIATE');
    const data = { orderId: 'R1', refundOrderId: 'RO1', refundArn: 'A1' };
    return { status: 201, json: { status: true, message: 'ok', data } };
  });
  assert.equal((await refund('1.000', { key: uuid(1) })).problem.code, 'outcome_unknown');
  other.exec('ROLLBACK');
  other.close();
  await proxy.close();
  const intent = await ledger.intentByKey({ merchant: 'default', provider: 'upayments' }, uuid(1));
  assert.equal(intent?.state, 'succeeded');
});

test('an answer that comes while the ledger cannot even be read is kept, and recorded later', async (t) => {
  const { refund, provider } = await startTestProxy(t, { name: 'upayments' });
  let isAway = false;
  failWhile(t, ['reservationsByReference', 'settle'], () => isAway);
  provider.on('POST /create-refund', () => {
    isAway = true;
    const data = { orderId: 'R1', refundOrderId: 'RO1', refundArn: 'A1' };
    return { status: 201, json: { status: true, message: 'ok', data } };
  });
  assert.equal((await refund('1.000', { key: uuid(1) })).problem.code, 'outcome_unknown');
  isAway = false;
  const again = await refund('1.000', { key: uuid(1) });
  assert.deepEqual([again.status, again.headers.get('idempotent-replayed')], [201, 'true']);
});

test('a request that the ledger has lost while it was sent is written again with its outcome, and keeps no other waiting', async (t) => {
  const { refund, provider, place, logged, ledger } = await startTestProxy(t);
  const other = new DatabaseSync(place.environment['REFUND_PROXY_DB']!);
  provider.on(UQPAY_POST, () => {
    other.exec('PRAGMA foreign_keys = OFF; DELETE FROM reservations; DELETE FROM intents');
    return { status: 500, json: {} };
  });
  assert.equal((await refund('1.00', { key: uuid(1) })).problem.code, 'outcome_unknown');
  other.close();
  scriptUqpay(provider);
  assert.equal((await refund('2.00', { key: uuid(2) })).status, 200);
  assert.ok(logged.some((line) => line.includes('the ledger has lost a request while it was sent')));
  assert.equal((await ledger.intentByKey(UQPAY, uuid(1)))?.state, 'unknown');
  assert.equal((await refund('1.00', { key: uuid(1) })).status, 200);
});

const UQPAY = { merchant: 'default', provider: 'uqpay' };

/** Each number is a payment with one request. Of those that are locked, nothing can be written in the ledger. */
async function startLocked(t: TestContext) {
  const orders = async (payment_id: string) => ({ payment_id, currency: 'USD', captured: '100.00' });
  const started = await startTestProxy(t, { orders });
  const { post, ledger } = started;
  let locked: readonly number[] = [];
  const methods = LedgerCore.prototype as unknown as Record<'about', (id: string) => Promise<unknown>>;
  const about = methods.about;
  t.mock.method(methods, 'about', async function (this: LedgerCore, ...args: Parameters<typeof about>) {
    const key = (await ledger.intent(args[0]))?.key;
    if (locked.some((number) => uuid(number) === key)) throw new LedgerUnavailableError('locked');
    return about.apply(this as unknown as typeof methods, args);
  });
  return {
    ...started,
    lock: (...numbers: number[]) => {
      locked = numbers;
    },
    send: (number: number) =>
      post(REFUND, { key: uuid(number), body: { ...uqpayBody('1.00'), payment_intent_id: `PI${number}` } }),
    stateOf: async (number: number) => (await ledger.intentByKey(UQPAY, uuid(number)))?.state,
  };
}

test('a payment that cannot be written keeps no other from being read', async (t) => {
  const { ledger, proxy, provider, clock, lock, send, stateOf } = await startLocked(t);
  assert.equal((await send(3)).status, 200);
  lock(1, 2);
  assert.equal((await send(1)).problem.code, 'outcome_unknown');
  assert.equal((await send(2)).problem.code, 'outcome_unknown');
  lock(1);
  const [pending] = await ledger.reservationsOfPayment(UQPAY, 'PI3');
  const record = { payment_refund_id: pending!.refundId!, amount: '1.00', currency: 'USD', refund_status: 'SUCCEEDED' };
  provider.on(`GET ${REFUND}/${pending!.refundId!}`, { status: 200, json: record });
  clock.now += 3_600_000;
  await proxy.reconcile();
  assert.deepEqual([await stateOf(1), await stateOf(2)], ['sending', 'succeeded']);
  assert.equal((await ledger.reservationsOfPayment(UQPAY, 'PI3'))[0]!.standing, 'succeeded');
});

test('a known outcome that cannot be written yet is not counted as lost when its lease ends', async (t) => {
  const { proxy, provider, clock, lock, send, stateOf, ledger } = await startLocked(t);
  provider.on(UQPAY_POST, {
    status: 429,
    json: { type: 'rate_limit_error', code: 'rate_limit', message: 'slow down' },
  });
  lock(1);
  assert.equal((await send(1)).problem.code, 'outcome_unknown');
  clock.now += 3_600_000;
  let isHeld = true;
  // The lock ends between the two writes of a round.
  failWhile(t, ['settle'], () => isHeld);
  lock();
  await proxy.reconcile();
  assert.equal(await stateOf(1), 'sending');
  isHeld = false;
  await proxy.reconcile();
  assert.equal(await stateOf(1), 'void');
  assert.equal((await ledger.intentByKey(UQPAY, uuid(1)))?.state, 'void');
});

test('a payment that cannot be written keeps no other outcome from being recorded', async (t) => {
  const { proxy, lock, send, stateOf } = await startLocked(t);
  lock(1, 2);
  assert.equal((await send(1)).problem.code, 'outcome_unknown');
  assert.equal((await send(2)).problem.code, 'outcome_unknown');
  lock(1);
  await proxy.close();
  assert.deepEqual([await stateOf(1), await stateOf(2)], ['sending', 'succeeded']);
});

test('no log line contains a token, a key, a name, an email address, a phone number or an IBAN', async (t) => {
  const { post, get, provider, logged } = await startTestProxy(t, { name: 'upayments' });
  const secrets = [
    'Layla',
    'layla@mail.example',
    '+96512345678',
    'KW91KFHO0000000000051010173254',
    'token-of-ours',
    uuid(1),
  ];
  provider.on('POST /create-refund', {
    status: 500,
    json: {
      status: false,
      message: 'Layla layla@mail.example +96512345678 KW91KFHO0000000000051010173254 token-of-ours',
    },
  });
  const body = {
    orderId: ORDER,
    totalPrice: 10,
    customerFirstName: 'Layla',
    customerEmail: 'layla@mail.example',
    customerMobileNumber: '+96512345678',
    reference: 'KW91KFHO0000000000051010173254',
  };
  await post('/create-refund', { key: uuid(1), body });
  await post('/create-refund', { key: uuid(1), body: { ...body, customerEmail: 7 } });
  await get('/check-refund/layla@mail.example');
  assert.ok(logged.length >= 4);
  for (const line of logged) for (const secret of secrets) assert.ok(!line.includes(secret), line);
});

test('the proxy describes itself to everybody', async (t) => {
  const { get } = await startTestProxy(t, { authorize: async () => ({ refuse: 'unauthenticated' }) });
  assert.deepEqual((await get('/')).json, {
    name: 'refund-form-proxy',
    provider: 'uqpay',
    deduplicates: true,
    max_body_bytes: 65_536,
    events: true,
    max_event_payments: 50,
  });
  assert.equal((await get('')).status, 200);
});

test('a refusal before the key is looked up says nothing of a refund that was made with it', async (t) => {
  const { refund } = await startTestProxy(t);
  assert.equal((await refund('1.00', { key: uuid(1) })).status, 200);
  for (const headers of [
    { origin: 'https://evil.example' },
    { 'content-type': 'text/plain' },
    { 'x-refund-form': undefined },
  ] as const) {
    const [made, fresh] = [
      await refund('1.00', { key: uuid(1), headers }),
      await refund('1.00', { key: uuid(2), headers }),
    ];
    assert.deepEqual([made.problem.effect, fresh.problem.effect], ['unknown', 'nothing'], JSON.stringify(headers));
    assert.equal(made.status, fresh.status);
    assert.match(made.problem.detail!, /An earlier request with this key may have moved money/);
  }
});
