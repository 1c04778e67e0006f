import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { CARD, NEW_INTENT } from '../payment-bodies.ts';
import { INTENT, startWorld, type Reply, type SandboxWorld } from './world.ts';

/** Facts from the provider's clients and public pages: `docs/providers/uqpay.md`. */

const CONNECTED = 'c0a80101-0000-4000-8000-000000000001';
const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const OWN = 'PI3000000000000000001';
const PAGE = 'page_size=50&page_number=1';
const PAID = { ...NEW_INTENT, payment_method: { type: 'card', card: CARD } };

const post = async (world: SandboxWorld, path: string, body: object, headers: object = {}): Promise<Reply> =>
  world.uqpay(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-idempotency-key': world.newKey(), ...headers },
    body: JSON.stringify(body),
  });

function expectRefusal(answer: Reply, type: string, message: RegExp): void {
  assert.deepEqual([answer.status, answer.json['type']], [400, type], answer.text);
  assert.match(String(answer.json['message']), message);
}

const attemptIn = ({ json }: Reply) => json['latest_payment_attempt'] as Record<string, unknown>;

describe('filters of UQPAY (Added 2026-11: the spelling of the Java client, in any case; no other is ignored)', () => {
  it('accept payment_intent_status in lower case or intent_status, and not both', async () => {
    await using world = await startWorld();
    const total = async (query: string) =>
      (await world.uqpay(`/v2/payment_intents?${PAGE}&${query}`)).json['total_items'];
    const succeeded = await total('intent_status=SUCCEEDED');
    assert.ok(Number(succeeded) > 0 && Number(succeeded) < Number(await total('')));
    assert.equal(await total('payment_intent_status=succeeded'), succeeded);
    const both = await world.uqpay(`/v2/payment_intents?${PAGE}&intent_status=FAILED&payment_intent_status=failed`);
    expectRefusal(both, 'invalid_request_error', /payment_intent_status: is the same filter as intent_status/);
  });

  it('are refused by name on every read that does not serve them', async () => {
    await using world = await startWorld();
    for (const path of [
      `/v2/payment/refunds?${PAGE}&status=SUCCEEDED`,
      `/v2/payment_intents?${PAGE}&status=SUCCEEDED`,
      `/v2/payment/payment_attempts?${PAGE}&status=SUCCEEDED`,
      '/v2/payment/balances?status=SUCCEEDED',
      '/v2/payment/balances/USD?status=SUCCEEDED',
      `/v2/payment_intents/${INTENT}?status=SUCCEEDED`,
      '/v2/payment/refunds/RF2000000000000000005?status=SUCCEEDED',
      '/v2/payment/payment_attempts/PA1234567890123456789?status=SUCCEEDED',
    ]) {
      expectRefusal(
        await world.uqpay(path),
        'invalid_request_error',
        /^Invalid request parameters: status: is not a filter/,
      );
    }
    const twice = await world.uqpay(`/v2/payment/refunds?${PAGE}&payment_intent_id=a&payment_intent_id=b`);
    expectRefusal(twice, 'invalid_request_error', /payment_intent_id: is there twice/);
  });
});

describe('x-on-behalf-of (Added 2026-11: an account that is not connected is not_found)', () => {
  it('is refused on every call for an account that is not connected', async () => {
    await using world = await startWorld();
    const headers = { 'x-on-behalf-of': UNKNOWN };
    const refund = { payment_intent_id: INTENT, amount: '1.00', reason: 'r' };
    for (const answer of [
      await world.uqpay(`/v2/payment_intents/${INTENT}`, { headers }),
      await world.uqpay('/v2/payment/balances', { headers }),
      await post(world, '/v2/payment/refunds', refund, headers),
      await post(world, '/v2/payment_intents/create', NEW_INTENT, headers),
    ]) {
      expectRefusal(answer, 'not_found', /was not found on the connected account/);
    }
    assert.equal((await world.control.db('uqpay_refunds')).length, 3);
  });

  it('separates the payments, refunds and balances of a connected account from those of the master', async () => {
    await using world = await startWorld();
    const headers = { 'x-on-behalf-of': CONNECTED };
    const own = await world.uqpay(`/v2/payment_intents/${OWN}`, { headers });
    assert.equal(own.status, 200, own.text);
    const creation = await post(
      world,
      '/v2/payment/refunds',
      { payment_intent_id: OWN, amount: '1.00', reason: 'r' },
      headers,
    );
    const id = String(creation.json['payment_refund_id']);
    for (const path of [`/v2/payment_intents/${OWN}`, `/v2/payment/refunds/${id}`]) {
      expectRefusal(await world.uqpay(path), 'not_found', /no (?:payment intent|refund)/);
      assert.equal((await world.uqpay(path, { headers })).status, 200);
    }
    expectRefusal(await world.uqpay(`/v2/payment_intents/${INTENT}`, { headers }), 'not_found', /no payment intent/);
    const balance = async (of: object) =>
      (await world.uqpay('/v2/payment/balances/USD', { headers: { ...of } })).json['available_balance'];
    assert.deepEqual([await balance(headers), await balance({})], ['1999.00', '50000.00']);
  });

  it('separates idempotency keys, so that one key can make a refund in each of two accounts (P)', async () => {
    await using world = await startWorld();
    const key = { 'x-idempotency-key': world.newKey() };
    const body = (payment_intent_id: string) => ({ payment_intent_id, amount: '1.00', reason: 'r' });
    const master = await post(world, '/v2/payment/refunds', body(INTENT), key);
    const own = await post(world, '/v2/payment/refunds', body(OWN), { ...key, 'x-on-behalf-of': CONNECTED });
    const again = await post(world, '/v2/payment/refunds', body(OWN), { ...key, 'x-on-behalf-of': CONNECTED });
    assert.deepEqual([master.status, own.status], [200, 200], own.text);
    assert.notEqual(master.json['payment_refund_id'], own.json['payment_refund_id']);
    assert.equal(again.text, own.text);
  });
});

describe('amounts of UQPAY (Added 2026-11: "103" in some places, "103.00" in others)', () => {
  it('are written as they were sent or without trailing zeros, by a setting', async () => {
    await using world = await startWorld();
    const creation = await world.refund({ amount: '103.00' });
    assert.equal(creation.json['amount'], '103.00');
    assert.equal((await world.refund({ amount: '3' })).json['amount'], '3');
    await world.control.setSettings({ amounts: 'trimmed' });
    const trimmed = await world.uqpay(`/v2/payment/refunds/${String(creation.json['payment_refund_id'])}`);
    assert.equal(trimmed.json['amount'], '103');
    const intent = await world.uqpay(`/v2/payment_intents/${INTENT}`);
    assert.deepEqual([intent.json['amount'], attemptIn(intent)['refunded_amount']], ['250', '0']);
    assert.equal((await world.refund({ amount: '1.10' })).json['amount'], '1.1');
    assert.equal((await world.refund({ amount: '10.00' })).json['amount'], '10');
    const balance = (await world.uqpay('/v2/payment/balances/USD')).json;
    assert.deepEqual([balance['available_balance'], balance['pending_balance']], ['49882.9', '0']);
  });
});

describe('a payment attempt (Added 2026-11: D K)', () => {
  it('has empty strings instead of null, no payment_intent_id, and the members of its card', async () => {
    await using world = await startWorld();
    const attempt = attemptIn(await post(world, '/v2/payment_intents/create', PAID));
    assert.deepEqual([attempt['failure_code'], attempt['cancellation_reason'], attempt['advice_code']], ['', '', '']);
    assert.ok(!('payment_intent_id' in attempt));
    assert.ok('authentication_data' in attempt);
    assert.deepEqual(attempt['payment_method'], {
      type: 'card',
      card: { network: 'visa', authorization_type: 'final_authorization' },
    });
  });

  it('goes through CAPTURE_REQUESTED, SETTLED and SUCCEEDED, while its intent is SUCCEEDED at once', async () => {
    await using world = await startWorld();
    const creation = await post(world, '/v2/payment_intents/create', PAID);
    assert.equal(creation.json['intent_status'], 'SUCCEEDED');
    const path = `/v2/payment/payment_attempts/${String(attemptIn(creation)['attempt_id'])}`;
    const statuses: unknown[] = [];
    for (const step of ['PT0S', 'PT20S', 'PT40S']) {
      await world.control.advance(step);
      statuses.push((await world.uqpay(path)).json['attempt_status']);
    }
    assert.deepEqual(statuses, ['CAPTURE_REQUESTED', 'SETTLED', 'SUCCEEDED']);
  });
});

describe('a payment intent (Added 2026-11: D K)', () => {
  it('is refused when its card lacks a member that the SDKs require', async () => {
    await using world = await startWorld();
    for (const name of ['billing', 'network', 'authorization_type', 'three_ds_action'] as const) {
      const { [name]: _, ...card } = CARD;
      const answer = await post(world, '/v2/payment_intents/create', {
        ...NEW_INTENT,
        payment_method: { type: 'card', card },
      });
      expectRefusal(answer, 'invalid_request_error', new RegExp(`payment_method\\.card\\.${name}: is required`));
    }
  });

  it('accepts a description of at most 32 characters', async () => {
    await using world = await startWorld();
    const create = (length: number) =>
      post(world, '/v2/payment_intents/create', { ...NEW_INTENT, description: 'x'.repeat(length) });
    assert.equal((await create(32)).status, 200);
    expectRefusal(await create(33), 'invalid_request_error', /description: must have at most 32 characters/);
  });

  it('waits for a capture after a pre_authorization', async () => {
    await using world = await startWorld();
    const card = { ...CARD, authorization_type: 'pre_authorization' };
    const creation = await post(world, '/v2/payment_intents/create', {
      ...NEW_INTENT,
      payment_method: { type: 'card', card },
    });
    assert.deepEqual([creation.json['intent_status'], creation.json['captured_amount']], ['REQUIRES_CAPTURE', '0.00']);
    const capture = await post(world, `/v2/payment_intents/${String(creation.json['payment_intent_id'])}/capture`, {});
    assert.equal(capture.json['captured_amount'], '10.00');
  });

  it('expires after exactly 30 minutes', async () => {
    await using world = await startWorld();
    const creation = await post(world, '/v2/payment_intents/create', NEW_INTENT);
    const path = `/v2/payment_intents/${String(creation.json['payment_intent_id'])}`;
    await world.control.advance('PT29M59S');
    assert.equal((await world.uqpay(path)).json['intent_status'], 'REQUIRES_PAYMENT_METHOD');
    await world.control.advance('PT1S');
    const expired = (await world.uqpay(path)).json;
    assert.deepEqual([expired['intent_status'], expired['cancellation_reason']], ['CANCELLED', 'abandoned']);
  });
});

describe('other facts of UQPAY (Added 2026-11)', () => {
  it('include every part of a balance (K)', async () => {
    await using world = await startWorld();
    const balance = (await world.uqpay('/v2/payment/balances/USD')).json;
    const names = ['available', 'pending', 'payable', 'reserved', 'margin', 'frozen'].map((part) => `${part}_balance`);
    for (const name of names) assert.match(String(balance[name]), /^\d+\.\d\d$/, name);
    assert.match(String(balance['balance_id']), /^[\da-f-]{36}$/);
  });

  it('include the errors for malformed JSON (D) and for an unknown client (D)', async () => {
    await using world = await startWorld();
    const headers = { 'content-type': 'application/json', 'x-idempotency-key': world.newKey() };
    const malformed = await world.uqpay('/v2/payment/refunds', { method: 'POST', headers, body: '{"amount":' });
    expectRefusal(malformed, 'invalid_request_error', /^parameter is invalid/);
    assert.equal(malformed.json['code'], 'invalid_parameter');
    const token = (client: string, key: string) =>
      world.fetch('/uqpay/api/v1/connect/token', {
        method: 'POST',
        headers: { 'x-client-id': client, 'x-api-key': key },
      });
    const unknown = await token('nobody', 'sandbox-key');
    assert.deepEqual([unknown.status, unknown.json['message']], [400, 'Invalid client id']);
    assert.equal((await token('sandbox-client', 'wrong')).status, 401);
  });
});
