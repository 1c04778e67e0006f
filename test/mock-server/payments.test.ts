import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { INTENT, startWorld, type Reply, type SandboxWorld } from './world.ts';

const NEW = {
  amount: '12.50',
  currency: 'USD',
  merchant_order_id: 'US-9001',
  return_url: 'https://shop.example/return',
  description: 'Two mugs',
};

const post = async (world: SandboxWorld, path: string, body?: object | string, headers = {}): Promise<Reply> =>
  world.uqpay(`/v2/payment_intents${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-idempotency-key': world.newKey(), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });

const make = async (world: SandboxWorld, body: object = {}) => {
  const reply = await post(world, '/create', { ...NEW, ...body });
  assert.equal(reply.status, 200, reply.text);
  return String(reply.json['payment_intent_id']);
};

const CARD = {
  type: 'card',
  card: {
    card_number: '4176660000000027',
    expiry_month: '12',
    cvc: '303',
    network: 'visa',
    billing: { first_name: 'Huda' },
    authorization_type: 'final_authorization',
    three_ds_action: 'skip_3ds',
  },
};
const card = (more: object) => ({ payment_method: { ...CARD, card: { ...CARD.card, ...more } } });
const AUTHORISE = card({ auto_capture: false });

const statusOf = async (world: SandboxWorld, id: string) =>
  (await world.uqpay(`/v2/payment_intents/${id}`)).json['intent_status'];

const attemptOf = (reply: Reply) => reply.json['latest_payment_attempt'] as Record<string, unknown>;

describe('UQPAY payment intents', () => {
  it('are created unconfirmed, with every member that the provider has', async () => {
    await using world = await startWorld();
    const { status, json } = await post(world, '/create', { ...NEW, amount: '12.5', metadata: { k: 'v' } });
    assert.equal(status, 200);
    assert.match(String(json['payment_intent_id']), /^PI\d{19}$/);
    assert.deepEqual(
      [
        json['amount'],
        json['captured_amount'],
        json['intent_status'],
        json['metadata'],
        json['latest_payment_attempt'],
      ],
      ['12.5', '0.00', 'REQUIRES_PAYMENT_METHOD', { k: 'v' }, null],
    );
    assert.equal(json['create_time'], '2026-11-02T09:00:00+08:00');
    assert.ok((json['available_payment_method_types'] as string[]).includes('card'));
    assert.equal(await statusOf(world, String(json['payment_intent_id'])), 'REQUIRES_PAYMENT_METHOD');
  });

  it('refuse an invalid member and name it', async () => {
    await using world = await startWorld();
    const cases: readonly [body: object, message: RegExp][] = [
      [{ amount: 12.5 }, /amount: expected a string, received the number 12.5/],
      [{ amount: '0' }, /amount: expected a decimal string above 0 in USD/],
      [{ amount: '1.005' }, /amount: expected a decimal string above 0 in USD/],
      [{ currency: 'usd' }, /currency: expected an active ISO 4217 code/],
      [{ merchant_order_id: undefined }, /merchant_order_id: is required/],
      [{ return_url: undefined }, /return_url: is required/],
      [{ description: undefined }, /description: is required/],
      [{ metadata: { a: 1 } }, /metadata.a: expected a string/],
      [{ payment_method: {} }, /payment_method.type: is required/],
      [{ description: 'x'.repeat(33) }, /description: must have at most 32 characters, received 33/],
    ];
    for (const [body, message] of cases) {
      const { status, json } = await post(world, '/create', { ...NEW, ...body });
      assert.deepEqual([status, json['code']], [400, 'invalid_parameter'], JSON.stringify(body));
      assert.match(String(json['message']), message);
    }
    assert.equal((await world.control.db('uqpay_intents')).length, 11);
  });

  it('can change while they wait for a payment method, also their merchant order', async () => {
    await using world = await startWorld();
    const id = await make(world);
    const { json } = await post(world, `/${id}`, { amount: '13', merchant_order_id: 'US-9002', description: 'One' });
    assert.deepEqual([json['amount'], json['description'], json['return_url']], ['13', 'One', NEW.return_url]);
    await post(world, `/${id}/confirm`, card({}));
    await world.refund({ payment_intent_id: id, amount: '13.00' });
    const refunds = async (order: string) =>
      (await world.uqpay(`/v2/payment/refunds?page_size=9&page_number=1&merchant_order_id=${order}`)).json;
    assert.equal((await refunds('US-9002'))['total_items'], 1);
    assert.equal((await refunds('US-9001'))['total_items'], 0);
    const late = await post(world, `/${id}`, { amount: '14' });
    assert.deepEqual([late.status, late.json['type']], [400, 'payment_error']);
    assert.match(String(late.json['message']), /it is SUCCEEDED: expected REQUIRES_PAYMENT_METHOD/);
  });

  it('get the status of their payment method when they are confirmed', async () => {
    await using world = await startWorld();
    const ways: readonly [body: object, intent: string, attempt: string, captured: string][] = [
      [card({}), 'SUCCEEDED', 'CAPTURE_REQUESTED', '12.50'],
      [AUTHORISE, 'REQUIRES_CAPTURE', 'AUTHORIZED', '0.00'],
      [card({ three_ds_action: 'enforce_3ds' }), 'REQUIRES_CUSTOMER_ACTION', 'AUTHENTICATION_REDIRECTED', '0.00'],
      [{ payment_method: { type: 'alipaycn' } }, 'REQUIRES_CUSTOMER_ACTION', 'AUTHENTICATION_REDIRECTED', '0.00'],
      [card({ card_number: '4000 0000 0000 0002' }), 'FAILED', 'FAILED', '0.00'],
    ];
    for (const [body, intent, attempt, captured] of ways) {
      const reply = await post(world, `/${await make(world)}/confirm`, body);
      assert.deepEqual(
        [reply.json['intent_status'], attemptOf(reply)['attempt_status'], reply.json['captured_amount']],
        [intent, attempt, captured],
        reply.text,
      );
      const needsAction = intent === 'REQUIRES_CUSTOMER_ACTION';
      assert.equal(reply.json['next_action'] !== null, needsAction);
    }
  });

  it('get the status of a scenario from the header, the metadata or the control API', async () => {
    await using world = await startWorld();
    const confirm = async (id: string, headers = {}) =>
      (await post(world, `/${id}/confirm`, card({}), headers)).json['intent_status'];
    assert.equal(await confirm(await make(world), { 'x-sandbox-scenario': 'payment_declined' }), 'FAILED');
    const withAction = await make(world, { metadata: { sandbox_scenario: 'requires_action' } });
    assert.equal(await confirm(withAction), 'REQUIRES_CUSTOMER_ACTION');
    const id = await make(world);
    await world.control.scenario('stay_processing', { route: 'confirm_intent' });
    assert.equal(await confirm(id), 'PENDING');
    await world.control.advance('P1D');
    assert.equal(await statusOf(world, id), 'PENDING');
  });

  it('are paid on the page of next_action, or after a time', async () => {
    await using world = await startWorld();
    const send = async (method = {}) => {
      const id = await make(world);
      const { json } = await post(world, `/${id}/confirm`, { payment_method: { type: 'grabpay', ...method } });
      return { id, json };
    };
    const { id, json } = await send();
    const { url } = (json['next_action'] as { redirect_to_url: { url: string } }).redirect_to_url;
    assert.equal(url, `${world.sandbox.url}/_sandbox/pay/uqpay/${id}`);
    const page = await fetch(url);
    assert.match(page.headers.get('content-type') ?? '', /text\/html/);
    assert.match(await page.text(), /USD 12\.50/);
    assert.deepEqual(await world.control.pay('uqpay', id), {
      result: 'paid',
      status: 'SUCCEEDED',
      return_url: `https://shop.example/return?payment_intent_id=${id}`,
    });
    await assert.rejects(world.control.pay('uqpay', id), /409.*waits for nobody: it is SUCCEEDED/);

    const failed = await send();
    assert.equal((await world.control.pay('uqpay', failed.id, 'failed')).status, 'FAILED');
    const cancelled = await send();
    assert.equal((await world.control.pay('uqpay', cancelled.id, 'cancelled')).status, 'CANCELLED');
    const later = await send({ card: { ...CARD.card, auto_capture: false } });
    await world.control.advance('PT29S');
    assert.equal(await statusOf(world, later.id), 'REQUIRES_CUSTOMER_ACTION');
    await world.control.advance('PT1S');
    assert.equal(await statusOf(world, later.id), 'REQUIRES_CAPTURE');
    assert.equal(await statusOf(world, failed.id), 'FAILED');
  });

  it('are captured once, in part or whole, and can be refunded only then', async () => {
    await using world = await startWorld();
    for (const [body, captured] of [
      [{ amount_to_capture: '10.10' }, '10.10'],
      [{ amount_to_capture: 10.1 }, '10.10'],
      [{}, '12.50'],
      [undefined, '12.50'],
      ['null', '12.50'],
    ] as const) {
      const id = await make(world);
      await post(world, `/${id}/confirm`, AUTHORISE);
      assert.equal((await world.refund({ payment_intent_id: id, amount: '0.01' })).json['type'], 'refund_error');
      const reply = await post(world, `/${id}/capture`, body);
      assert.deepEqual([reply.json['intent_status'], reply.json['captured_amount']], ['SUCCEEDED', captured]);
      assert.equal(attemptOf(reply)['captured_amount'], captured);
      assert.equal((await post(world, `/${id}/capture`)).json['code'], 'payment_intent_status_invalid');
      assert.equal((await world.refund({ payment_intent_id: id, amount: '12.51' })).status, 400);
      assert.equal((await world.refund({ payment_intent_id: id, amount: captured })).status, 200);
      assert.equal((await world.refund({ payment_intent_id: id, amount: '0.01' })).status, 400);
    }
  });

  it('refuse a capture above the authorised amount, and one without a valid amount', async () => {
    await using world = await startWorld();
    const id = await make(world);
    await post(world, `/${id}/confirm`, AUTHORISE);
    const over = await post(world, `/${id}/capture`, { amount_to_capture: '12.51' });
    assert.deepEqual([over.status, over.json['type']], [400, 'payment_error']);
    assert.match(String(over.json['message']), /12.51 USD is above the 12.50 USD/);
    for (const amount of ['0', -1, 0.001, 'all', true]) {
      const { status, json } = await post(world, `/${id}/capture`, { amount_to_capture: amount });
      assert.deepEqual([status, json['code']], [400, 'invalid_parameter'], String(amount));
    }
    assert.equal(await statusOf(world, id), 'REQUIRES_CAPTURE');
  });

  it('can be cancelled before the capture, with a listed reason or none', async () => {
    await using world = await startWorld();
    const id = await make(world);
    await post(world, `/${id}/confirm`, AUTHORISE);
    const wrong = await post(world, `/${id}/cancel`, { cancellation_reason: 'bored' });
    assert.match(String(wrong.json['message']), /expected one of duplicate, fraudulent, requested_by_customer, aband/);
    const { json, text } = await post(world, `/${id}/cancel`, { cancellation_reason: 'duplicate' });
    assert.deepEqual([json['intent_status'], json['cancellation_reason']], ['CANCELLED', 'duplicate'], text);
    assert.equal(json['cancel_time'], '2026-11-02T09:00:00+08:00');
    assert.equal((json['latest_payment_attempt'] as Record<string, unknown>)['attempt_status'], 'CANCELLED');
    assert.equal((await post(world, `/${await make(world)}/cancel`)).json['intent_status'], 'CANCELLED');
    assert.equal((await post(world, `/${INTENT}/cancel`, {})).json['type'], 'payment_error');
  });

  it('bind an idempotency key to one payment, although the body does not name it', async () => {
    await using world = await startWorld();
    const key = { 'x-idempotency-key': world.newKey() };
    const [one, other] = [await make(world), await make(world)];
    const first = await post(world, `/${one}/cancel`, {}, key);
    assert.equal((await post(world, `/${one}/cancel`, {}, key)).text, first.text);
    assert.equal((await post(world, `/${other}/cancel`, {}, key)).json['type'], 'idempotency_error');
    assert.equal(await statusOf(world, other), 'REQUIRES_PAYMENT_METHOD');
  });

  it('store no card data and show none in the journal', async () => {
    await using world = await startWorld();
    await post(world, `/${await make(world)}/confirm`, card({ card_name: 'Huda A' }));
    const visibleText = JSON.stringify([await world.control.journal(), await world.control.db('uqpay_attempts')]);
    for (const secret of ['4176660000000027', '0027', '"303"', 'Huda'])
      assert.ok(!visibleText.includes(secret), secret);
  });

  it('can be listed with the filters of every library, also when a time offset lost its plus', async () => {
    await using world = await startWorld();
    const total = async (query: string) =>
      (await world.uqpay(`/v2/payment_intents?page_size=50&page_number=1&${query}`)).json['total_items'];
    for (const name of ['intent_status', 'payment_intent_status']) {
      assert.equal(await total(`${name}=REQUIRES_CAPTURE`), 1, name);
      assert.equal(await total(`${name}=GONE`), undefined, name);
    }
    for (const [start, end] of [
      ['create_start_time', 'create_end_time'],
      ['start_time', 'end_time'],
    ]) {
      assert.equal(await total(`${start}=2026-11-01T09:00:00+08:00&${end}=2026-11-01T09:07:00+08:00`), 2);
      assert.equal(await total(`${start}=2001-01-01T00:00:00Z`), 9);
      assert.equal(await total(`${end}=2001-01-01T00:00:00Z`), 0);
      assert.equal(await total(`${start}=2026-11-02&${end}=2026-11-01`), undefined);
    }
  });
});

describe('UQPAY balances', () => {
  const balance = async (world: SandboxWorld, currency = 'USD') =>
    (await world.uqpay(`/v2/payment/balances/${currency}`)).json['available_balance'];

  it('change with captures and refunds, and get a failed refund back', async () => {
    await using world = await startWorld();
    assert.equal(await balance(world), '50000.00');
    await post(world, '/create', { ...NEW, ...card({}) });
    assert.equal(await balance(world), '50012.50');
    await world.refund({ amount: '10.00' });
    await world.refund({ amount: '5.00', metadata: { sandbox_scenario: 'fail' } });
    assert.equal(await balance(world), '49997.50');
    await world.control.advance('PT20S');
    assert.equal(await balance(world), '50002.50');
  });

  it('refuse a refund when they are too low', async () => {
    await using world = await startWorld();
    const edit = await world.fetch('/_sandbox/db/uqpay_balances/USD', {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ available_balance: '9.99' }),
    });
    assert.equal(edit.status, 200, edit.text);
    const refusal = await world.refund({ amount: '10.00' });
    assert.deepEqual([refusal.status, refusal.json['code']], [400, 'insufficient_balance']);
    assert.equal((await world.refund({ amount: '9.99' })).status, 200);
    assert.equal(await balance(world), '0.00');
  });

  it('start with the first capture in a currency, and are listed in pages', async () => {
    await using world = await startWorld();
    assert.equal((await world.uqpay('/v2/payment/balances/EUR')).json['code'], 'balance_not_found');
    assert.equal((await world.uqpay('/v2/payment/balances/eur')).json['code'], 'invalid_parameter');
    await post(world, '/create', { ...NEW, currency: 'EUR', ...card({}) });
    assert.equal(await balance(world, 'EUR'), '12.50');
    const page = await world.uqpay('/v2/payment/balances?page_size=4&page_number=2');
    assert.deepEqual([page.json['total_items'], page.json['total_pages']], [6, 2]);
    assert.equal((await world.uqpay('/v2/payment/balances')).json['total_items'], 6);
    assert.equal((await world.uqpay('/v2/payment/balances?page_size=0&page_number=1')).status, 400);
    const far = await world.uqpay('/v2/payment/balances?page_size=1&page_number=99999999999');
    assert.match(String(far.json['message']), /page_number: expected a whole number from 1 to 999999999, received/);
  });
});
