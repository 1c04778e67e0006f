import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import { BUILT_IN } from '../../mock-server/core/providers/index.ts';
import { CARD, CHARGE as CHARGE_BODY, NEW_INTENT } from '../payment-bodies.ts';
import { assertDropped, INTENT, KNET, REFUND, SHORT_VENDORS, startWorld, type Reply } from './world.ts';

const KEY = '00000000-0000-4000-8000-00000000000a';
const CREATE = { provider: 'upayments', route: 'create_refund' };
const CHECK = { provider: 'upayments', route: 'check_refund' };
const CHARGE = { provider: 'upayments', route: 'charge' };
const INTENT_READ = { provider: 'uqpay', route: 'retrieve_intent' };

/** A typo in a test must be refused. If it had no effect, the test would pass for the wrong reason. */

describe('an expectation with a typo is refused with the valid values', () => {
  const cases: readonly [filter: object, why: RegExp][] = [
    [{ route: 'creat_refund' }, /filter\.route: expected one of connect_token, create_refund/],
    [{ route: 'charge', provider: 'uqpay' }, /filter\.route: expected one of/],
    [{ provider: 'uqpayy' }, /filter\.provider: expected one of uqpay, upayments/],
    [{ rout: 'create_refund' }, /filter: does not take "rout": expected .*route/],
    [{ method: 'post' }, /filter\.method: expected one of GET/],
    [{ path: '/v2/payment/refunds' }, /filter\.path: .* is no path of a provider/],
    [{ status: 20 }, /filter\.status: expected an HTTP status/],
    [{ wire: 'dropp' }, /filter\.wire: expected one of drop/],
    [{ scenario: 'fial' }, /filter\.scenario: expected one of fail/],
    [{ payment_id: 'PI0' }, /filter\.payment_id: "PI0" is not there .* expected one such as "PI/],
    [{ refund_id: 'RF0' }, /filter\.refund_id: "RF0" is not there/],
    [{ after: 99 }, /filter\.after: the journal has come to 0/],
    [{ request: 'amount' }, /filter\.request: expected an object, received the string "amount"/],
    [{ request: { amout: '1.00' } }, /filter\.request\.amout: is no member of these calls/],
    [{ response: { refund_statuss: 'FAILED' } }, /filter\.response\.refund_statuss: is no member/],
    [{ path: '/ns/other/uqpay/api/v2/payment/refunds' }, /filter\.path: .* is of another namespace/],
    [{ path: '/uqpay/api/v2/payment/refunds?page_size=1' }, /filter\.path: .* without a query/],
    [{ path: '/uqpay/api/v2/payment/refunds/RF0?x=1' }, /filter\.path: .* without a query/],
    [{ path: '/uqpay/api/v2/payment/refunds/RF0' }, /filter\.path: "RF0" in .* is not there/],
    [{ path: '/uqpay/api/v2/payment_intents/{id}/cancel' }, /filter\.path: "\{id\}" in .* is not there/],
    [{ ...CREATE, response: { data: { refundOrdrId: 'x' } } }, /data\.refundOrdrId: is no member .* refundOrderId/],
    [{ ...CHECK, response: { data: { refunds: [{ is_refunded: true }] } } }, /data\.refunds: is no member .* refund$/],
    [{ ...CHECK, response: { data: { refund: [{ is_refunde: true }] } } }, /refund\.0\.is_refunde: is no member/],
    [{ ...INTENT_READ, response: { latest_payment_attempt: { refundd: '1' } } }, /attempt\.refundd: is no member/],
    [{ ...CHARGE, request: { customer: { uniqueI: '1' } } }, /customer\.uniqueI: is no member .* uniqueId/],
    [{ provider: 'uqpay', request: { amount: { x: 1 } } }, /request\.amount: expected a string, received an object/],
    [{ provider: 'uqpay', request: { amount: 10.01 } }, /amount: expected a string, received the number 10\.01/],
    [{ request: ['amount'] }, /request: expected an object, received an array of 1/],
    [{ request: { refundPayload: { amountToRefund: 1 } } }, /refundPayload: expected an array, received an object/],
    [{ request: { metadata: { order_id: 7 } } }, /metadata\.order_id: expected a string, received the number 7/],
    [{ route: 'list_refunds', request: { amount: '1' } }, /request: these calls have no body/],
    [{ request: { payment_intent_id: 'PI404' } }, /request\.payment_intent_id: "PI404" is not there and no recorded/],
    [{ response: { payment_refund_id: 'RF404' } }, /response\.payment_refund_id: "RF404" is not there/],
    [{ provider: 'upayments', request: { orderId: 'nope' } }, /request\.orderId: "nope" is not there/],
    [
      { request: { refundPayload: [{ refundRequestId: 'nope' }] } },
      /request\.refundPayload\.0\.refundRequestId: "nope" is not there/,
    ],
    [{ provider: 'uqpay', response: { refund_status: 'initiated' } }, /refund_status: expected one of INITIATED/],
    [{ response: { refund_status: 'SUCCEDED' } }, /refund_status: expected one of INITIATED, .*SUCCEEDED.* "SUCCEDED"/],
    [
      { response: { code: 'amount_exceeds_refundible' } },
      /response\.code: expected one of .*amount_exceeds_refundable.* received the string "amount_exceeds_refundible"/,
    ],
    [{ idempotency_key: '' }, /idempotency_key: expected a key, received the string ""/],
    [
      { route: 'create_refund', request: { customerFirstName: '[redacted]' } },
      /request\.customerFirstName: the journal shows this text in the place of what came, and compares what came: expected the value itself, or no customerFirstName, received the string "\[redacted\]"/,
    ],
    [
      { request: { refundPayload: [{ ibanNumber: 'KW91****3254' }] } },
      /request\.refundPayload\.0\.ibanNumber: the journal shows this text .* received the string "KW91\*{4}3254"/,
    ],
    [{ response: { auth_token: '[redacted]' } }, /response\.auth_token: the journal shows this text/],
    [{ request: { reason: 'Mail to [redacted]' } }, /request\.reason: the journal shows this text/],
    [{ ...CREATE, response: { status: 'true' } }, /response\.status: expected a boolean, received the string "true"/],
  ];
  for (const [filter, why] of cases) {
    it(JSON.stringify(filter), async () => {
      await using world = await startWorld();
      const body = JSON.stringify({ filter, never: true });
      const { status, json } = await world.fetch('/_sandbox/journal/verify', { method: 'POST', body });
      assert.equal(status, 400);
      assert.match(String(json['error']), why);
    });
  }
});

describe('an expectation whose members contradict each other is refused, because no call could ever fit', () => {
  const refund = { refund_id: 'RF2000000000000000005' };
  const cases: readonly [filter: object, why: RegExp][] = [
    [{ provider: 'uqpay', payment_id: KNET }, /payment_id: "up.* is not there at uqpay/],
    [{ route: 'charge', payment_id: INTENT }, /payment_id: "PI.* is not there at upayments/],
    [{ route: 'list_balances', payment_id: INTENT }, /payment_id: a call of list_balances is about no payment/],
    [{ ...refund, payment_id: INTENT }, /refund_id: "RF2.*" is a refund of "PI2000000000000000005"/],
    [{ ...refund, payment_id: KNET }, /refund_id: "RF2.*" is a refund of "PI2000000000000000005"/],
    [{ route: 'create_refund', method: 'GET' }, /method: a call of create_refund is a POST, received the string "GET"/],
    [{ route: 'create_refund', path: '/uqpay/api/v1/connect/token' }, /path: .* is the path of connect_token/],
    [{ provider: 'upayments', path: '/uqpay/api/v1/connect/token' }, /path: .* is a path of uqpay/],
    [
      { provider: 'uqpay', scenario: 'vendor_short' },
      /vendor_short is for create_multivendor_refund of upayments only/,
    ],
    [
      { route: 'retrieve_refund', scenario: 'fail' },
      /scenario: fail is for create_refund of uqpay only, .* retrieve_ref/,
    ],
    [{ provider: 'uqpay', scenario: 'forbidden' }, /scenario: forbidden is for calls of upayments only/],
    [{ scenario: 'fail, succeed' }, /scenario: no call has both fail and succeed/],
    [{ provider: 'uqpay', route: 'create_refund', request: { totalPrice: 1 } }, /totalPrice: is no member/],
    [{ payment_id: INTENT, request: { totalPrice: 1 } }, /totalPrice: is no member/],
    [{ path: '/uqpay/api/v2/payment/refunds', request: { totalPrice: 1 } }, /totalPrice: is no member/],
    [
      { provider: 'uqpay', route: 'create_refund', status: 201 },
      /status: these calls are answered with one of 200, 400, 401, 429, 500 to 599, received the number 201/,
    ],
    [{ ...CREATE, status: 200 }, /status: these calls are answered with one of 201, 401, 403, .* received/],
    [{ provider: 'uqpay', route: 'create_refund', status: 404 }, /status: these calls are answered with one of 200/],
    [{ provider: 'uqpay', wire: 'drop', status: 100 }, /status: these calls are answered with one of 200/],
    [{ route: 'unknown', status: 201 }, /status: these calls are answered with one of 4/],
    [
      { provider: 'uqpay', route: 'create_refund', status: 400, response: { refund_status: 'SUCCEEDED' } },
      /response\.refund_status: is no member of these calls: expected one of .*code/,
    ],
    [{ provider: 'upayments', idempotency_key: 'k9' }, /idempotency_key: upayments takes no idempotency key/],
    [{ route: 'charge', replayed: true }, /replayed: upayments takes no idempotency key/],
    [{ route: 'list_refunds', idempotency_key: 'k9' }, /idempotency_key: these calls take no idempotency key/],
    [{ route: 'connect_token', idempotency_key: 'k9' }, /idempotency_key: these calls take no idempotency key/],
    [{ route: 'list_refunds', replayed: true }, /replayed: these calls take no idempotency key, so no recorded call/],
    [{ provider: 'uqpay', method: 'GET', idempotency_key: 'k9' }, /idempotency_key: these calls take no/],
    [{ route: 'unknown', idempotency_key: 'k9' }, /idempotency_key: these calls take no idempotency key/],
    [{ path: '/uqpay/api/v1/connect/token', replayed: true }, /replayed: these calls take no idempotency key/],
    [{ payment_id: KNET, idempotency_key: 'k9' }, /idempotency_key: these calls take no idempotency key/],
    [
      { provider: 'uqpay', route: 'create_refund', status: 200, response: { type: 'refund_error' } },
      /response\.type: is no member of these calls: expected one of payment_refund_id/,
    ],
    [
      { provider: 'uqpay', route: 'create_refund', scenario: 'rate_limited', status: 200 },
      /status: these calls are answered with one of 429, received the number 200/,
    ],
    [
      { ...refund, route: 'connect_token' },
      /refund_id: a call of connect_token is about no refund of its own, received/,
    ],
    [{ ...refund, route: 'list_refunds' }, /refund_id: a call of list_refunds is about no refund of its own, received/],
    [{ ...refund, path: '/uqpay/api/v2/payment_intents' }, /refund_id: a call of list_intents is about no refund/],
    [{ payment_id: INTENT, path: '/uqpay/api/v2/payment/balances' }, /payment_id: a call of list_balances is about no/],
    [{ idempotency_key: KEY, status: 201 }, /status: these calls are answered with one of 200, 400, .* number 201/],
    [{ idempotency_key: KEY, status: 422 }, /status: these calls are answered with one of 200, 400, .* number 422/],
    [{ replayed: true, status: 429 }, /status: these calls are answered with one of 200, 400, 500 to 599, received/],
    [{ replayed: true, scenario: 'fail' }, /scenario: an answer that is repeated carries out no scenario fail/],
    [
      { replayed: true, scenario: 'rate_limited' },
      /scenario: an answer that is repeated carries out no scenario rate_/,
    ],
    [
      { payment_id: INTENT, request: { payment_intent_id: 'PI2000000000000000001' } },
      /request: is of a call about "PI2000000000000000001", and this filter is for payment_id "PI1234567890123456789"/,
    ],
    [
      { ...CREATE, payment_id: KNET, request: { orderId: SHORT_VENDORS } },
      /request: is of a call about "up20261106vend.*, and this filter is for payment_id "up20261101knet/,
    ],
    [
      { route: 'create_refund', response: { refund_status: 'SUCCEEDED', status: true } },
      /response: no body of these calls has all of this at once: expected members and values of one body/,
    ],
    [
      { route: 'create_refund', request: { orderId: KNET, amount: '2.00' } },
      /request: no body of these calls has all of this at once/,
    ],
    [
      { route: 'create_refund', request: { orderId: KNET }, response: { refund_status: 'SUCCEEDED' } },
      /response: no call with such a request is answered with it: expected the request and the response of one route/,
    ],
    [
      { provider: 'uqpay', route: 'create_refund', response: { refund_status: 'SUCCEEDED', type: 'refund_error' } },
      /response: no body of these calls has all of this at once/,
    ],
    [{ ...CREATE, scenario: 'forbidden', status: 201 }, /status: these calls are answered with one of 403, received/],
    [{ ...CREATE, scenario: 'server_error, latency', status: 422 }, /status: .* one of 500 to 599, received/],
  ];
  for (const [filter, why] of cases) {
    it(JSON.stringify(filter), async () => {
      await using world = await startWorld();
      const body = JSON.stringify({ filter, never: true });
      const { status, json } = await world.fetch('/_sandbox/journal/verify', { method: 'POST', body });
      assert.equal(status, 400, JSON.stringify(json));
      assert.match(String(json['error']), why);
    });
  }

  it('also when no single call has all of it, and several have each a part', async () => {
    await using world = await startWorld();
    assert.equal((await world.refund({ amount: '1.00' })).status, 200);
    assert.equal((await world.refund({ amount: '0' })).status, 400);
    const create = { provider: 'uqpay', route: 'create_refund' } as const;
    for (const [filter, why] of [
      [{ scenario: 'rate_limited', status: 200 }, /status: these calls are answered with one of 429/],
      [{ scenario: 'server_error', status: 200 }, /status: .* one of 500 to 599/],
      [{ status: 200, response: { type: 'refund_error' } }, /response\.type: is no member/],
      [{ status: 400, response: { refund_status: 'INITIATED' } }, /response\.refund_status: is no member/],
    ] as const) {
      await assert.rejects(world.control.verify({ ...create, ...filter }, { never: true }), why);
    }
  });

  it('also when a call of another provider has such a member', async () => {
    await using world = await startWorld();
    await world.upayments('/create-refund', { orderId: KNET, totalPrice: 1 });
    const filter = { provider: 'uqpay', request: { totalPrice: 1 } } as const;
    await assert.rejects(world.control.verify(filter, { never: true }), /totalPrice: is no member/);
  });

  it('and so is one that every journal meets', async () => {
    await using world = await startWorld();
    await assert.rejects(
      world.control.verify({}, { atLeast: 0 }),
      /atLeast: must be at least 1, received the number 0/,
    );
    const limited = await world.fetch('/_sandbox/journal/count?limit=1');
    assert.match(String(limited.json['error']), /limit: is not a filter of this call/);
  });
});

describe('an expectation of what a call can be is taken', () => {
  const cases: readonly object[] = [
    { path: '/uqpay/api/v2/payment/refunds/' },
    { path: '/api/v2/payment/refunds' },
    { path: '/uqpay/api/v2/payment/refunds/RF2000000000000000005' },
    { path: '/uqpay/api/v2/payment/balances/EUR' },
    { path: '/upayments/api/v1/get-payment-status/20261101090000000001' },
    { path: '/upayments/api/v1/check-refund/seed-order-0911' },
    { route: 'retrieve_refund', method: 'HEAD' },
    { provider: 'uqpay', method: 'PUT', request: { anything: 1 } },
    { route: 'unknown', request: { anything: 1 } },
    { route: 'create_intent', payment_id: INTENT },
    { refund_id: 'RF2000000000000000005', payment_id: 'PI2000000000000000005' },
    { scenario: 'succeed, webhook_delay, latency' },
    { provider: 'uqpay', status: 503 },
    { provider: 'uqpay', route: 'unknown', status: 400 },
    { provider: 'upayments', status: 405 },
    { route: 'check_refund_status', status: 200 },
    { route: 'check_refund_status', status: 201 },
    { route: 'check_refund_status', status: 404 },
    { ...CREATE, status: 201, response: { message: 'nothing was carried out' } },
    { provider: 'upayments', replayed: false },
    { idempotency_key: 'k9' },
    { idempotency_key: 'k9', method: 'POST', replayed: true },
    { route: 'create_refund', idempotency_key: 'k9' },
    { route: 'cancel_intent', idempotency_key: 'k9', replayed: false },
    { path: '/api/v2/payment/refunds', idempotency_key: 'k9' },
    { payment_id: INTENT, idempotency_key: 'k9' },
    { route: 'list_refunds', replayed: false },
    { scenario: 'rate_limited', status: 429 },
    { provider: 'uqpay', scenario: 'server_error', status: 503, response: { refund_status: 'INITIATED' } },
    { scenario: 'latency', wire: 'drop' },
    { request: { metadata: { anything: 'x' } } },
    { ...CHARGE, request: { products: [{ anything: 1 }] } },
    { ...CREATE, response: { data: null } },
    { ...CREATE, response: { errors: { totalPrice: ['x'] } } },
    { response: { data: { responseData: { dataTempered: [{ ibanNumber: 'KW1', message: 'x' }] } } } },
    { response: { refund_status: 'FAILED' } },
    { response: { description: null } },
  ];
  for (const filter of cases) {
    it(JSON.stringify(filter), async () => {
      await using world = await startWorld();
      assert.equal((await world.control.verify(filter, { never: true })).ok, true);
    });
  }

  it('and so is each answer that a call has had, once the journal has forgotten it', async () => {
    await using world = await startWorld();
    const calls: { path: string; body: object | undefined; response: object }[] = [];
    const note = (path: string, body: object | undefined, { json }: Reply) =>
      calls.push({ path, body, response: json });
    const uqpay = async (below: string, body?: object) => {
      const headers = { 'content-type': 'application/json', 'x-idempotency-key': world.newKey() };
      const init = body && { method: 'POST', headers, body: JSON.stringify(body) };
      const reply = await world.uqpay(below, init);
      note(`/uqpay/api${below.split('?', 1)[0]}`, body, reply);
      return reply.json;
    };
    const upayments = async (below: string, body?: object) => {
      const reply = await world.upayments(below, body);
      note(`/upayments/api/v1${below.split('?', 1)[0]}`, body, reply);
      return reply.json;
    };
    const page = '?page_size=10&page_number=1';
    const refund = await uqpay('/v2/payment/refunds', { ...REFUND, metadata: { order_id: 'o-1' } });
    await uqpay('/v2/payment/refunds', { ...REFUND, amount: '9999.00' });
    // It is another account's.
    await uqpay('/v2/payment/refunds', { ...REFUND, payment_intent_id: 'PI3000000000000000001' });
    await uqpay(`/v2/payment/refunds/${String(refund['payment_refund_id'])}`);
    await uqpay(`/v2/payment/refunds${page}`);
    const card = { payment_method: { type: 'card', card: CARD } };
    const intent = await uqpay('/v2/payment_intents/create', NEW_INTENT);
    const below = `/v2/payment_intents/${String(intent['payment_intent_id'])}`;
    await uqpay(below, { description: 'Three mugs' });
    await uqpay(`${below}/confirm`, card);
    await uqpay(`${below}/capture`, { amount_to_capture: '1.00' });
    await uqpay(`${below}/cancel`, { cancellation_reason: 'duplicate' });
    await uqpay(below);
    for (const list of ['/v2/payment_intents', '/v2/payment/payment_attempts', '/v2/payment/balances']) {
      await uqpay(`${list}${page}`);
    }
    await uqpay('/v2/payment/balances/USD');
    const order = await upayments('/create-refund', { orderId: KNET, totalPrice: 1, reference: 'r-1' });
    await upayments('/create-refund', { orderId: KNET, totalPrice: 99 });
    const { orderId, refundOrderId } = order['data'] as Record<string, string>;
    await upayments(`/check-refund/${KNET}`);
    await upayments(`/check-refund-status/${orderId}`);
    await upayments('/delete-refund', { orderId, refundOrderId });
    const offer = await upayments('/create-refund', { orderId: SHORT_VENDORS, totalPrice: 1 });
    const [first, second] = (offer['data'] as { refundPayload: object[] }).refundPayload;
    const rows = [
      { ...first, amountToRefund: 1 },
      { ...second, amountToRefund: 30 },
      { ...second, amountToRefund: '1' },
    ];
    await upayments('/create-multivendor-refund', { orderId: SHORT_VENDORS, refundPayload: rows.slice(0, 2) });
    await upayments('/create-multivendor-refund', { orderId: SHORT_VENDORS, refundPayload: rows.slice(1) });
    const charge = await upayments('/charge', { ...CHARGE_BODY, notificationUrl: 'https://shop.example/notify' });
    await upayments(`/get-payment-status/${(charge['data'] as { trackId: string }).trackId}`);
    await upayments('/check-payment-button-status');
    const bodies = calls.map(({ path, body, response }) => ({ path, response, ...(body && { request: body }) }));
    await world.control.clearJournal();
    for (const filter of bodies) {
      const { ok, count } = await world.control.verify(filter, { never: true });
      assert.deepEqual([ok, count], [true, 0], filter.path);
    }
  });

  it('and so is a member, a shape or a word that a recorded call has', async () => {
    await using world = await startWorld();
    await world.refund({ amount: { minor: 1001 }, shop: 'one' });
    const filter = { route: 'create_refund', request: { amount: { minor: 1001 }, shop: 'one' } };
    assert.equal((await world.control.verify(filter, { exactly: 1 })).ok, true);
    assert.equal((await world.control.verify({ request: { amount: { minor: 1 } } }, { never: true })).ok, true);
  });

  it('and so is what the journal shows, where it came like that', async () => {
    await using world = await startWorld();
    const request = { reason: '[redacted]', metadata: { order_id: 'o-1' } };
    await world.refund(request);
    const filter = { route: 'create_refund', request };
    assert.equal((await world.control.verify(filter, { exactly: 1 })).ok, true);
  });

  it('and so is all of one recorded body, whatever else a schema says', async () => {
    await using world = await startWorld();
    await world.refund({ orderId: KNET, shop: 'one' });
    const request = { orderId: KNET, payment_intent_id: INTENT, shop: 'two', metadata: { order_id: 'o-1' } };
    const filter = { route: 'create_refund', provider: 'uqpay', request } as const;
    assert.equal((await world.control.verify(filter, { never: true })).ok, true);
  });

  it('and so is a key in capitals, which is the same key', async () => {
    await using world = await startWorld();
    for (const key of [KEY, KEY.toUpperCase()]) await world.refund({}, { 'x-idempotency-key': key });
    assert.equal(await world.control.count({ idempotency_key: KEY }), 2);
    for (const idempotency_key of [KEY, KEY.toUpperCase()]) {
      assert.equal((await world.control.verify({ idempotency_key }, { exactly: 2 })).ok, true);
    }
    assert.equal(await world.control.count({ idempotency_key: KEY, replayed: true }), 1);
  });

  it('and so is a status that only a row has', async () => {
    await using world = await startWorld();
    await world.control.seed({
      uqpay_intents: [{ id: 'PI1', amount: '1.00', currency: 'USD' }],
      uqpay_refunds: [{ id: 'RF1', payment_intent: 'PI1', amount: '1.00', unknown_status: 'REFUND_HELD' }],
    });
    const filter = { response: { refund_status: 'REFUND_HELD' } };
    assert.equal((await world.control.verify(filter, { never: true })).ok, true);
    assert.equal((await world.uqpay('/v2/payment/refunds/RF1')).json['refund_status'], 'REFUND_HELD');
    assert.equal((await world.control.verify(filter, { exactly: 1 })).ok, true);
  });
});

describe('a control call with a typo is refused with the valid values', () => {
  const cases: readonly [method: string, path: string, body: object | undefined, status: number, why: RegExp][] = [
    ['POST', '/rest', undefined, 404, /expected one of \/_sandbox, .*\/_sandbox\/reset/],
    ['POST', '/reset', { x: 1 }, 400, /takes no body/],
    ['POST', '/reset?ns=one', undefined, 400, /ns: is not a filter of this call/],
    ['POST', '/clock', {}, 400, /^the body changes nothing: expected mode, set or advance$/],
    [
      'POST',
      '/settings',
      {},
      400,
      /^the body changes nothing: expected amounts, upayments_get_status, refund_callbacks$/,
    ],
    ['POST', '/clock', { advanc: 'PT1H' }, 400, /does not take "advanc": expected mode, set, advance/],
    ['POST', '/settings', { amount: 'trimmed' }, 400, /does not take "amount": expected .*amounts/],
    ['POST', '/settings', { amounts: 'trim' }, 400, /amounts: expected one of as-sent, trimmed/],
    ['POST', '/scenarios', { scenario: 'fial' }, 400, /unknown scenario "fial": expected one of fail/],
    [
      'POST',
      '/scenarios',
      { scenario: 'fail', payment: INTENT },
      400,
      /does not take "payment": expected .*payment_id/,
    ],
    ['POST', '/scenarios', { scenario: 'fail', payment_id: 'PI0' }, 400, /no payment "PI0" of uqpay: expected one of/],
    ['POST', '/scenarios', { scenario: 'fail', payment_id: KNET }, 400, /no payment .* of uqpay/],
    ['POST', '/scenarios', { scenario: 'fail', route: 'creat_refund' }, 400, /route: expected \* or one of/],
    ['POST', '/scenarios', { scenario: 'latency; mss=3' }, 400, /has no parameter "mss": expected ms, max/],
    ['GET', '/journal?rout=create_refund', undefined, 400, /rout: is not a filter of this call: expected one of/],
    ['GET', '/journal/count?route=creat_refund', undefined, 400, /route: expected one of/],
    ['DELETE', '/journal?provider=uqpay', undefined, 400, /provider: is not a filter of this call/],
    ['GET', '/webhooks?event_type=acquiring.refund.suceeded', undefined, 400, /event_type: expected one of/],
    ['GET', '/webhooks?payment_id=PI0', undefined, 400, /payment_id: "PI0" is not there/],
    ['POST', '/webhooks/flush?refund_id=RF0', undefined, 400, /refund_id: "RF0" is not there/],
    ['POST', '/webhooks/endpoints', { provider: 'uqpay', url: 'http://127.0.0.1:9/', secrt: 'x' }, 400, /"secrt"/],
    [
      'POST',
      '/webhooks/endpoints',
      { provider: 'upayments', url: 'http://127.0.0.1:9/', secret: 'x' },
      400,
      /^secret: upayments documents no signature: leave secret out/,
    ],
    [
      'POST',
      '/webhooks/endpoints',
      { provider: 'upayments', url: 'http://127.0.0.1:9/', timestamp: 'seconds' },
      400,
      /^timestamp: upayments documents no signature: leave timestamp out/,
    ],
    [
      'GET',
      '/webhooks?provider=upayments&event_type=acquiring.refund.succeeded',
      undefined,
      400,
      /event_type: expected/,
    ],
    ['GET', `/webhooks?provider=uqpay&payment_id=${KNET}`, undefined, 400, /payment_id: "up.* is not there at uqpay/],
    ['GET', '/db/uqpay_intents/PI9', undefined, 404, /^no row "PI9" in uqpay_intents: GET \/_sandbox\/db\/uqpay_int/],
    ['POST', '/seed', { uqpay_intent: [] }, 422, /uqpay_intent: no such collection, expected uqpay_intents/],
    ['GET', '/db/uqpay_intent', undefined, 404, /no collection "uqpay_intent": expected one of uqpay_intents/],
    ['GET', '/db/uqpay_intents?curency=USD', undefined, 400, /curency: is no member of uqpay_intents/],
    [
      'GET',
      '/db/uqpay_intents?intent_status=SUCCEDED',
      undefined,
      400,
      /^intent_status: expected one of REQUIRES_PAYMENT_METHOD, .*SUCCEEDED.*, received the string "SUCCEDED"$/,
    ],
    ['GET', '/db/uqpay_refunds?refund_status_ne=FALED', undefined, 400, /^refund_status_ne: expected one of INITIATED/],
    [
      'GET',
      '/db/uqpay_intents?currency=usd',
      undefined,
      400,
      /^currency: expected an active ISO 4217 code in capitals, such as KWD, received the string "usd"$/,
    ],
    [
      'GET',
      '/db/uqpay_refunds?payment_intent=PI9',
      undefined,
      400,
      /^payment_intent: expected the id of a row of uqpay_intents, such as "PI\d+", received the string "PI9"$/,
    ],
    ['GET', '/db/upayments_orders?captured=yes', undefined, 400, /^captured: expected a boolean, received the string/],
    ['GET', '/db/uqpay_refunds?create_time=2026-11-01', undefined, 400, /^create_time: expected a time such as/],
    ['POST', `/pay/uqpay/${INTENT}`, { outcome: 'paid' }, 400, /does not take "outcome"/],
  ];
  for (const [method, below, body, expected, why] of cases) {
    it(`${method} ${below} ${body ? JSON.stringify(body) : ''}`, async () => {
      await using world = await startWorld();
      const { status, json } = await world.fetch(`/_sandbox${below}`, {
        method,
        ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      assert.equal(status, expected, JSON.stringify(json));
      assert.match(String(json['error']), why);
    });
  }
});

describe('a scenario in the members of a request', () => {
  it('is refused when that call cannot carry it out', async () => {
    await using world = await startWorld();
    const refund = await world.refund({ metadata: { sandbox_scenario: 'payment_declined' } });
    assert.equal(refund.status, 400);
    assert.match(
      String(refund.json['message']),
      /payment_declined is not for create_refund: expected it in create_intent, confirm_intent$/,
    );
    const intent = await world.uqpay('/v2/payment_intents/create', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-idempotency-key': world.newKey() },
      body: JSON.stringify({ ...NEW_INTENT, metadata: { sandbox_scenario: 'fail' } }),
    });
    assert.match(String(intent.json['message']), /fail is not for create_intent: expected it in create_refund$/);
    const request = { totalPrice: 1, reference: 'sandbox:vendor_short' };
    const several = await world.upayments('/create-refund', { ...request, orderId: SHORT_VENDORS });
    assert.equal(several.status, 201, 'the second step carries it out');
    const ordinary = await world.upayments('/create-refund', { ...request, orderId: KNET });
    assert.equal(ordinary.status, 422, 'there is no second step');
    assert.match(String(ordinary.json['message']), /vendor_short is never carried out for /);
    const magic = await world.upayments('/create-refund', { orderId: KNET, totalPrice: 6.19 });
    assert.equal(magic.status, 201, 'an ordinary amount there');
    const [call] = await world.control.journal({ route: 'create_refund', provider: 'uqpay' });
    assert.equal(call?.status, 400);
  });

  it('is carried out however its text begins, or refused by name', async () => {
    await using world = await startWorld();
    for (const reason of ['SANDBOX:fast_fail', ' sandbox:fast_fail', 'sandbox : fast_fail', 'Sandbox:\tfast_fail ']) {
      const refund = await world.refund({ amount: '1.00', reason });
      assert.equal(refund.json['refund_status'], 'FAILED', JSON.stringify(reason));
    }
    for (const reason of ['sandbox:', 'sandbox: ']) {
      const empty = await world.refund({ reason });
      assert.match(String(empty.json['message']), /unknown scenario "": expected one of fail/, JSON.stringify(reason));
    }
    const refused = await world.refund({ reason: 'Sandbox: fast_fial' });
    assert.match(String(refused.json['message']), /unknown scenario "fast_fial": expected one of fail/);
    const order = { orderId: KNET, totalPrice: 1, reference: 'SANDBOX: forbidden' };
    assert.equal((await world.upayments('/create-refund', order)).status, 403);
  });
});

describe('a misspelt member of the metadata that is meant for the sandbox', () => {
  for (const name of [
    'sandbox-scenario',
    'sandboxScenario',
    'SANDBOX_SCENARIO',
    'sandbox_senario',
    'sandbox_scenario ',
  ]) {
    it(`is refused: ${name}`, async () => {
      await using world = await startWorld();
      const refund = await world.refund({ metadata: { [name]: 'fast_fail' } });
      assert.equal(refund.status, 400, refund.text);
      assert.equal(
        refund.json['message'],
        `metadata: "${name}" is no member of the sandbox: expected sandbox_scenario`,
      );
    });
  }

  it('is none where it is a member of the merchant', async () => {
    await using world = await startWorld();
    const metadata = { sandbox: 'yes', sandbox_session: '7', scenario: 'fast_fail' };
    assert.equal((await world.refund({ metadata })).json['refund_status'], 'INITIATED');
  });
});

describe('a misspelt header of the sandbox', () => {
  const names = [
    'x-sandbox-senario',
    'x-sandbox-scenarios',
    'X_SANDBOX_SCENARIO',
    'sandbox-scenario',
    'x-sandboxscenario',
  ];
  for (const name of names) {
    it(`is refused: ${name}`, async () => {
      await using world = await startWorld();
      const refund = await world.refund({}, { [name]: 'webhook_duplicate' });
      assert.equal(refund.status, 400, refund.text);
      const why = new RegExp(`"${name}" is no header of the sandbox: expected x-sandbox-scenario or x-`, 'i');
      assert.match(String(refund.json['message']), why);
      const order = { orderId: KNET, totalPrice: 1 };
      assert.equal((await world.upayments('/create-refund', order, { [name]: 'forbidden' })).status, 422);
      await world.control.namespace('one').clock();
      for (const [path, method = 'GET'] of [
        ['/_sandbox/clock'],
        ['/_sandbox/db/uqpay_refunds'],
        ['/_sandbox/db/uqpay_refunds/RF2000000000000000005', 'DELETE'],
        ['/ns/two/_sandbox/db'],
        ['/ns'],
        ['/ns/one', 'DELETE'],
      ] as const) {
        const control = await world.fetch(path, { method, headers: { [name]: 'existing' } });
        assert.equal(control.status, 400, path);
        assert.match(String(control.json['error']), why);
      }
      assert.deepEqual(await world.control.namespaces(), ['one']);
      assert.equal((await world.control.db('uqpay_refunds')).length, 3);
    });
  }
});

describe('the journal', () => {
  it('keeps the idempotency key of a call that a fault answered, so that its repeats can be verified', async () => {
    await using world = await startWorld();
    const headers = await world.signIn();
    for (const scenario of ['server_error', 'rate_limited', 'drop_before_commit'] as const) {
      const key = world.newKey();
      await world.control.scenario(scenario, { times: 2 });
      const attempt = () => world.refund({ amount: '1.00' }, { ...headers, 'x-idempotency-key': key });
      if (scenario === 'drop_before_commit') {
        await assertDropped(attempt());
        await assertDropped(attempt());
      } else {
        assert.ok((await attempt()).status >= 429);
        assert.ok((await attempt()).status >= 429);
      }
      assert.equal((await attempt()).status, 200);
      const filter = { route: 'create_refund', idempotency_key: key };
      const all = await world.control.verify(filter, { exactly: 3 });
      assert.ok(all.ok, all.explanation);
      const lost = await world.control.verify({ ...filter, scenario }, { exactly: 2 });
      assert.ok(lost.ok, lost.explanation);
    }
  });
});

describe('GET /_sandbox/policies', () => {
  it('lists every policy of the sandbox with what would change it', async () => {
    await using world = await startWorld();
    const policies = await world.control.policies();
    assert.deepEqual(policies.map(({ id }) => id).toSorted(), Object.keys(BUILT_IN.policies).toSorted());
    for (const { id, text, changed_by } of policies) {
      assert.match(text, /\.$/, id);
      assert.match(changed_by, /\.$/, id);
    }
  });

  it('lists no policy that the code does not use', () => {
    const core = path.resolve(import.meta.dirname, '../../mock-server/core');
    const files = readdirSync(core, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const sources = files
      .filter((file) => !file.endsWith('policies.ts'))
      .map((file) => readFileSync(path.join(core, file), 'utf8'));
    const unused = Object.keys(BUILT_IN.policies).filter((id) => !sources.some((source) => source.includes(`'${id}'`)));
    assert.deepEqual(unused, []);
  });
});
