import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { TOKEN_EXPIRED } from '../contract-suite/token-expired.ts';
import { quote } from '../../mock-server/core/engine/validation.ts';
import { INTENT, REFUND, startWorld, type Reply, type SandboxWorld } from './world.ts';

/**
 * What the published client libraries rely on, in plain HTTP (`docs/providers/uqpay.md`, `docs/providers/upayments.md`).
 * An answer that differs from this breaks one of them, even if it is right by the provider's page.
 */

const TOKEN = '/uqpay/api/v1/connect/token';
const CREDENTIALS = { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' };

/** The error class that a library makes from an answer: by its HTTP status, then by the type in its body. */
function errorClass({ status, json }: Reply): string {
  const classByStatus: Readonly<Record<number, string>> = {
    401: 'Authentication',
    403: 'Forbidden',
    404: 'NotFound',
    429: 'RateLimit',
  };
  if (status >= 500) return 'Server';
  if (classByStatus[status] !== undefined) return classByStatus[status];
  if (json['type'] === 'not_found') return 'NotFound';
  return json['type'] === 'idempotency_error' ? 'Idempotency' : 'Validation';
}

const list = '/v2/payment/refunds?page_size=1&page_number=1';

describe('the token that client libraries fetch', () => {
  it('comes with 200 for every request body, also for none', async () => {
    await using world = await startWorld();
    for (const init of [
      {},
      { headers: { 'content-type': 'application/json' } },
      { headers: { 'content-type': 'application/json' }, body: '{}' },
      { body: 'anything' },
    ]) {
      const { status, json } = await world.fetch(TOKEN, {
        method: 'POST',
        ...init,
        headers: { ...CREDENTIALS, ...init.headers },
      });
      assert.equal(status, 200);
      assert.ok(Number.isSafeInteger(json['expired_at']), 'a library decodes it into an int64');
    }
  });

  it('decodes as a JWT with string claims, and expires after 30 minutes', async () => {
    await using world = await startWorld();
    const { json } = await world.fetch(TOKEN, { method: 'POST', headers: CREDENTIALS });
    const parts = String(json['auth_token']).split('.');
    assert.equal(parts.length, 3);
    for (const part of parts) assert.match(part, /^[\w-]+$/);
    const claims = JSON.parse(Buffer.from(parts[1]!, 'base64url').toString()) as Record<string, unknown>;
    for (const name of ['entity_id', 'short_entity_id', 'parent_entity_id', 'client_id', 'api_version', 'bus_type']) {
      assert.ok(typeof claims[name] === 'string' && claims[name] !== '', name);
    }
    const { epoch_ms } = await world.control.clock();
    assert.equal(json['expired_at'], epoch_ms / 1_000 + 1_800);
  });

  it('is fetched again once by a library that reads the error message, and the call then succeeds', async () => {
    await using world = await startWorld();
    let headers = await world.signIn();
    let signIns = 0;
    const call = async () => {
      const answer = await world.fetch(`/uqpay/api${list}`, { headers });
      if (answer.status !== 401 || !TOKEN_EXPIRED.test(String(answer.json['error']))) return answer;
      headers = await world.signIn();
      signIns += 1;
      return world.fetch(`/uqpay/api${list}`, { headers });
    };
    assert.equal((await call()).status, 200);
    await world.control.advance('PT31M');
    assert.equal((await call()).status, 200);
    await world.signIn();
    assert.equal((await call()).status, 200);
    assert.equal(signIns, 2);
  });

  it('works without x-client-id, and with a content-type on a read', async () => {
    await using world = await startWorld();
    const { 'x-auth-token': token } = await world.signIn();
    const headers = { 'x-auth-token': String(token), 'content-type': 'application/json', 'x-idempotency-key': 'read' };
    for (const path of [list, '/v2/payment/balances', `/v2/payment_intents/${INTENT}`]) {
      assert.equal((await world.fetch(`/uqpay/api${path}`, { headers })).status, 200, path);
    }
  });
});

describe('the errors that client libraries distinguish', () => {
  it('have the shape and the status from which each error class is made', async () => {
    await using world = await startWorld();
    const key = { 'x-idempotency-key': world.newKey() };
    await world.refund({}, key);
    const cases: readonly [expected: string, call: () => Promise<Reply>, type: string | undefined][] = [
      ['Authentication', () => world.refund({}, { 'x-auth-token': 'wrong' }), undefined],
      [
        'Authentication',
        () => world.fetch(TOKEN, { method: 'POST', headers: { ...CREDENTIALS, 'x-api-key': 'b' } }),
        undefined,
      ],
      ['NotFound', () => world.uqpay('/v2/payment/refunds/RF0'), 'not_found'],
      ['Validation', () => world.refund({ amount: 1 }), 'invalid_request_error'],
      ['Validation', () => world.uqpay('/v2/payment/refunds'), 'invalid_request_error'],
      ['Validation', () => world.refund({ amount: '99999999.00' }), 'refund_error'],
      ['Idempotency', () => world.refund({ amount: '1.00' }, key), 'idempotency_error'],
      ['RateLimit', () => world.refund({}, { 'x-sandbox-scenario': 'rate_limited' }), 'api_error'],
      ['Server', () => world.refund({}, { 'x-sandbox-scenario': 'server_error' }), 'api_error'],
    ];
    for (const [expected, call, type] of cases) {
      const reply = await call();
      assert.equal(errorClass(reply), expected, reply.text);
      assert.equal(reply.json['type'], type, reply.text);
      // No library makes a typed error from a body without `message` or `error`.
      const message = type === undefined ? reply.json['error'] : reply.json['message'];
      assert.ok(typeof message === 'string' && message !== '', reply.text);
      if (type !== undefined) assert.equal(typeof reply.json['code'], 'string');
    }
  });
});

/** Retries as the libraries do: on 429, 5xx and "request is processing", with the same key, and notes Retry-After. */
async function persist(world: SandboxWorld, headers: Record<string, string>, waits: number[]): Promise<Reply> {
  for (;;) {
    const reply = await world.refund({}, headers);
    const processing = /request is processing/i.test(String(reply.json['message']));
    if (reply.status !== 429 && reply.status < 500 && !processing) return reply;
    waits.push(Number(reply.headers.get('retry-after') ?? Number.NaN));
    assert.ok(waits.length < 1_000, 'the answer never came');
  }
}

describe('the retries of client libraries', () => {
  it('read the time to wait from Retry-After in whole seconds', async () => {
    await using world = await startWorld();
    await world.control.scenario('rate_limited', { times: 2, params: { retry_after: 7 } });
    const waits: number[] = [];
    assert.equal((await persist(world, { 'x-idempotency-key': world.newKey() }, waits)).status, 200);
    assert.deepEqual(waits, [7, 7]);
  });

  it('get the refund of a lost answer with the same key, and another refund with a new key', async () => {
    await using world = await startWorld();
    const newRefundCount = async () => (await world.control.db('uqpay_refunds')).length - 3;
    await world.control.scenario('server_error', { params: { status: 503, after_commit: 1 } });
    assert.equal((await persist(world, { 'x-idempotency-key': world.newKey() }, [])).status, 200);
    assert.equal(await newRefundCount(), 1);
    await world.control.scenario('server_error', { params: { status: 503, after_commit: 1 } });
    assert.equal((await world.refund()).status, 503);
    assert.equal((await world.refund()).status, 200);
    assert.equal(await newRefundCount(), 3);
  });

  it('wait for a call that is still running, and then get its answer', async () => {
    await using world = await startWorld();
    const headers = { ...(await world.signIn()), 'x-idempotency-key': world.newKey() };
    await world.control.scenario('latency', { params: { ms: 150 } });
    const slow = world.refund({}, headers);
    while ((await world.control.count({ route: 'create_refund' })) === 0);
    const running = await world.refund({}, headers);
    assert.deepEqual([running.status, typeof running.json['code'], running.json['type']], [400, 'number', undefined]);
    const second = await persist(world, headers, []);
    assert.equal(second.text, (await slow).text);
    assert.equal((await world.control.db('uqpay_refunds')).length, 4);
  });
});

/** A library with static types fails when it gets a number instead of a string, or null instead of a list. */
function assertTexts(value: Record<string, unknown>, names: readonly string[]): void {
  for (const name of names) {
    const member = value[name];
    assert.ok(member === null || typeof member === 'string', `${name} is ${JSON.stringify(member)}`);
    assert.ok(name in value, `${name} is missing`);
  }
}

describe('the types that client libraries decode', () => {
  const REFUND_TEXTS =
    'payment_refund_id payment_attempt_id amount currency refund_status create_time update_time reason'.split(' ');
  const INTENT_TEXTS =
    'payment_intent_id amount currency intent_status captured_amount merchant_order_id description return_url create_time update_time complete_time cancel_time cancellation_reason client_secret'.split(
      ' ',
    );
  const ATTEMPT_TEXTS =
    'attempt_id amount currency captured_amount refunded_amount attempt_status create_time update_time complete_time auth_code arn rrn failure_code'.split(
      ' ',
    );

  it('are strings in refunds, intents, attempts and balances, and integers in the totals of a page', async () => {
    await using world = await startWorld();
    await world.refund({ metadata: { by: 'me' } });
    await world.refund();
    const rows = async (path: string) => {
      const { json, text } = await world.uqpay(`${path}?page_size=50&page_number=1`);
      assert.ok(Number.isSafeInteger(json['total_pages']) && Number.isSafeInteger(json['total_items']), text);
      assert.ok(Array.isArray(json['data']) && json['data'].length > 0, text);
      return json['data'] as Record<string, unknown>[];
    };
    for (const refund of await rows('/v2/payment/refunds')) {
      assertTexts(refund, REFUND_TEXTS);
      for (const value of Object.values(refund['metadata'] as object)) assert.equal(typeof value, 'string');
    }
    for (const intent of await rows('/v2/payment_intents')) {
      assertTexts(intent, INTENT_TEXTS);
      assert.ok(Array.isArray(intent['available_payment_method_types']));
      assertTexts(intent['latest_payment_attempt'] as Record<string, unknown>, ATTEMPT_TEXTS);
    }
    for (const attempt of await rows('/v2/payment/payment_attempts')) {
      assertTexts(attempt, ATTEMPT_TEXTS);
      assert.equal(typeof (attempt['payment_method'] as Record<string, unknown>)['type'], 'string');
    }
    for (const balance of await rows('/v2/payment/balances')) {
      assertTexts(balance, ['currency', 'available_balance', 'pending_balance']);
    }
  });

  it('include a list in an empty page, never null', async () => {
    await using world = await startWorld();
    const { json } = await world.uqpay(`${list}&merchant_order_id=nobody`);
    assert.deepEqual(json, { total_pages: 0, total_items: 0, data: [] });
  });

  it('fit the SDKs of UPayments: 201, booleans, and both spellings of the ids of a deleted refund', async () => {
    await using world = await startWorld();
    const orderId = 'up20261101knet0000000000000000000000000000000000000000000000000001';
    const created = await world.upayments('/create-refund', { orderId, totalPrice: 1 });
    assert.deepEqual([created.status, created.json['status']], [201, true]);
    assert.match(created.headers.get('content-type') ?? '', /^application\/json; charset=utf-8$/i);
    const data = created.json['data'] as Record<string, unknown>;
    assertTexts(data, ['orderId', 'refundOrderId', 'refundArn']);
    const ids = { orderId: data['orderId'], refundOrderId: data['refundOrderId'] };
    const deletion = await world.upayments('/delete-refund', ids);
    assert.equal(deletion.status, 201);
    const expected = { ...ids, order_id: ids.orderId, refund_order_id: ids.refundOrderId };
    assert.deepEqual(deletion.json['data'], expected);
  });
});

describe('the times of client libraries', () => {
  it('may have a plus that is not percent-encoded, and the journal names this policy', async () => {
    await using world = await startWorld();
    const zone = (plus: string) => `2026-11-01T00:00:00${plus}08:00`;
    for (const plus of ['+', '%2B']) {
      const list = await world.uqpay(`/v2/payment/refunds?page_size=10&page_number=1&start_time=${zone(plus)}`);
      assert.deepEqual([list.status, list.json['total_items']], [200, 3]);
      const intents = `/v2/payment_intents?page_size=10&page_number=1&create_start_time=${zone(plus)}`;
      assert.equal((await world.uqpay(intents)).status, 200);
    }
    const calls = await world.control.journal({ method: 'GET', provider: 'uqpay' });
    const isPolicyNamed = calls.map(({ policies }) => policies.some(({ id }) => id === 'uqpay.raw-plus'));
    assert.deepEqual(isPolicyNamed, [true, true, false, false]);
    const list = await world.uqpay('/v2/payment/refunds?page_size=10&page_number=1&start_time=2026-11-01T00:00:00');
    assert.equal(list.status, 400, 'no offset');
  });
});

describe('the idempotency keys of client libraries', () => {
  it('are UUIDs of any version, and the journal names the policy that refuses another one', async () => {
    await using world = await startWorld();
    const key = 'f3b0c442-98fc-4c14-9afb-f4c8996fb924';
    const send = async (sent: string) => {
      const { status, json } = await world.refund({}, { 'x-idempotency-key': sent });
      return [status, json['code'], json['message']];
    };
    for (const odd of ['unique-key', key.slice(0, -1), `{${key}}`, key.replaceAll('-', ''), '', `${key} `.repeat(2)]) {
      const message = `x-idempotency-key must be a UUID, received the string ${quote(odd.trim())}`;
      assert.deepEqual(await send(odd), [400, 'idempotency_key_invalid', message]);
    }
    for (const taken of [key, key.toUpperCase(), key.replace('-4', '-7'), '00000000-0000-0000-0000-000000000000']) {
      assert.equal((await send(taken))[0], 200, taken);
    }
    assert.equal((await world.control.db('uqpay_refunds')).length, 6);
    const isPolicyNamed = (await world.control.journal({ route: 'create_refund' })).map(({ policies }) =>
      policies.some(({ id }) => id === 'uqpay.idempotency-key-format'),
    );
    assert.deepEqual(isPolicyNamed, [true, true, true, true, true, true, false, false, false, false]);
  });

  it('are refused with another body', async () => {
    await using world = await startWorld();
    const headers = { 'x-idempotency-key': '00000000-0000-4000-8000-0000000000aa' };
    assert.equal((await world.refund(REFUND, headers)).status, 200);
    assert.equal((await world.refund({ ...REFUND, reason: 'other' }, headers)).json['type'], 'idempotency_error');
  });
});

describe('a connection that a client library keeps', () => {
  it('is not closed between two calls of a test, where the next call could meet that', async () => {
    await using world = await startWorld();
    const { headers } = await fetch(`${world.sandbox.url}/_sandbox/clock`);
    assert.equal(headers.get('keep-alive'), 'timeout=75');
  });
});
