import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { startReceiver, type Receiver } from './receiver.ts';
import { CARD, KNET, startWorld, statusOf, type SandboxWorld } from './world.ts';

interface Hooked extends AsyncDisposable {
  readonly world: SandboxWorld;
  /** Types of the events that have arrived since the last call. */
  readonly newEventTypes: () => Promise<string[]>;
  readonly receiver: Receiver;
}

async function startHooked(): Promise<Hooked> {
  const receiver = await startReceiver();
  const world = await startWorld({ webhooks: { endpoints: [{ provider: 'uqpay', url: receiver.url }] } });
  let readCount = 0;
  return {
    world,
    receiver,
    newEventTypes: async () => {
      await world.control.flushWebhooks();
      const types = receiver.webhooks.slice(readCount).map(({ body }) => String(body['event_type']));
      readCount = receiver.webhooks.length;
      return types;
    },
    [Symbol.asyncDispose]: async () => {
      await world.sandbox.close();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

const CREATED = 'acquiring.refund.created';
const LATE_AND_TWICE = 'webhook_duplicate; copies=3, webhook_delay; seconds=60';

describe('scenarios for repeated and late webhooks', () => {
  const ways: readonly [name: string, refund: (world: SandboxWorld) => Promise<unknown>][] = [
    ['a header', (world) => world.refund({}, { 'x-sandbox-scenario': `stay_initiated, ${LATE_AND_TWICE}` })],
    ['metadata', (world) => world.refund({ metadata: { sandbox_scenario: `stay_initiated, ${LATE_AND_TWICE}` } })],
    ['the reason', (world) => world.refund({ reason: `sandbox:stay_initiated, ${LATE_AND_TWICE}` })],
    [
      'one rule of the control API',
      async (world) => {
        await world.control.scenario(`stay_initiated, ${LATE_AND_TWICE}`);
        await world.refund();
      },
    ],
    [
      'a rule each',
      async (world) => {
        await world.control.scenario('stay_initiated');
        await world.control.scenario('webhook_duplicate', { params: { copies: 3 } });
        await world.control.scenario('webhook_delay', { params: { seconds: 60 } });
        await world.refund();
      },
    ],
  ];
  for (const [name, refund] of ways) {
    it(`apply together when they are set by ${name}`, async () => {
      await using hooked = await startHooked();
      await refund(hooked.world);
      assert.deepEqual(await hooked.newEventTypes(), []);
      await hooked.world.control.advance('PT59S');
      assert.deepEqual(await hooked.newEventTypes(), []);
      await hooked.world.control.advance('PT1S');
      assert.deepEqual(await hooked.newEventTypes(), [CREATED, CREATED, CREATED]);
      assert.equal(new Set(hooked.receiver.webhooks.map(({ body }) => body['event_id'])).size, 1);
    });
  }

  it('are refused when they contradict each other, and none is ignored', async () => {
    await using world = await startWorld();
    for (const together of [
      'webhook_drop, webhook_duplicate',
      'fail, succeed',
      'drop_before_commit, drop_after_commit',
    ]) {
      await assert.rejects(world.control.scenario(together as 'fail'), /do not go together: choose one/, together);
      const { status, json } = await world.refund({}, { 'x-sandbox-scenario': together });
      assert.equal(status, 400);
      assert.match(String(json['message']), /do not go together/);
    }
    await world.control.scenario('webhook_drop');
    await world.control.scenario('webhook_duplicate');
    await world.refund();
    const left = await world.fetch('/_sandbox/scenarios');
    const active = left.json['active'] as { scenario: string }[];
    assert.deepEqual(
      active.map(({ scenario }) => scenario),
      ['webhook_duplicate'],
      'it waits for the next refund',
    );
  });
});

describe('an outcome with a delay', () => {
  it('comes exactly after the delay, wherever the scenario is set', async () => {
    await using world = await startWorld();
    const text = 'fail; after=P3D';
    await world.control.scenario(text);
    const refunds = [await world.refund({ amount: '1.00' })];
    refunds.push(await world.refund({ amount: '1.00' }, { 'x-sandbox-scenario': text }));
    refunds.push(await world.refund({ amount: '1.00', metadata: { sandbox_scenario: text } }));
    refunds.push(await world.refund({ amount: '1.00', reason: `sandbox:${text}` }));
    await world.control.advance('P2DT23H59M59S');
    // One after the other, because each sign-in makes the earlier token invalid.
    for (const refund of refunds) assert.equal(await statusOf(world, refund), 'PROCESSING');
    await world.control.advance('PT1S');
    for (const refund of refunds) assert.equal(await statusOf(world, refund), 'FAILED');
  });

  it('works for refunds of UPayments, and refuses an invalid delay', async () => {
    await using world = await startWorld();
    const reference = 'sandbox:succeed; after=P5D';
    await world.upayments('/create-refund', { orderId: KNET, totalPrice: 1, reference });
    await world.upayments('/create-refund', { orderId: CARD, totalPrice: 1 });
    const refundedFlags = async (order: string) => {
      const { data } = (await world.upayments(`/check-refund/${order}`)).json as {
        data: { refund: { is_refunded: boolean }[] };
      };
      return data.refund.map(({ is_refunded }) => is_refunded);
    };
    await world.control.advance('P4D');
    assert.deepEqual([await refundedFlags(KNET), await refundedFlags(CARD)], [[false], [true]]);
    await world.control.advance('P1D');
    assert.deepEqual(await refundedFlags(KNET), [true]);
    const invalid = await world.refund({ reason: 'sandbox:fail; after=soon' });
    assert.match(String(invalid.json['message']), /after of scenario fail must be a duration/);
  });
});

describe('a status that is edited through json-server', () => {
  it('sends the webhook that the provider would send', async () => {
    await using hooked = await startHooked();
    const { world } = hooked;
    const refund = await world.refund({ reason: 'sandbox:stay_initiated' });
    await hooked.newEventTypes();
    const edit = (below: string, change: object) =>
      world.fetch(`/_sandbox/db/${below}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(change),
      });
    const id = String(refund.json['payment_refund_id']);
    assert.equal((await edit(`uqpay_refunds/${id}`, { refund_status: 'FAILED' })).status, 200);
    assert.deepEqual(await hooked.newEventTypes(), ['acquiring.refund.failed']);
    assert.equal((await edit(`uqpay_refunds/${id}`, { reason: 'another' })).status, 200);
    assert.deepEqual(await hooked.newEventTypes(), [], 'its status stays');
    await edit('uqpay_attempts/PA1234567890123456789', { attempt_status: 'FAILED' });
    assert.deepEqual(await hooked.newEventTypes(), ['payment_attempt.failed']);
    await edit('uqpay_intents/PI1234567890123456789', { intent_status: 'FAILED', captured_amount: '250.00' });
    assert.deepEqual(await hooked.newEventTypes(), ['payment_intent.failed']);
  });
});

/** `docs/providers/uqpay.md#disputes`, and `docs/providers/uqpay.md#webhooks`. */
describe('the webhooks of a payment', () => {
  const card = {
    card_number: '4176660000000027',
    network: 'visa',
    billing: {},
    authorization_type: 'final_authorization',
    three_ds_action: 'skip_3ds',
  };
  const create = (world: SandboxWorld, body: object = {}, headers: object = {}) =>
    world.uqpay('/v2/payment_intents/create', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-idempotency-key': world.newKey(), ...headers },
      body: JSON.stringify({
        amount: '10.00',
        currency: 'USD',
        merchant_order_id: 'US-9001',
        return_url: 'https://shop.example/return',
        description: 'Two mugs',
        ...body,
      }),
    });
  const cancel = (world: SandboxWorld, id: unknown, headers: object = {}) =>
    world.uqpay(`/v2/payment_intents/${String(id)}/cancel`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-idempotency-key': world.newKey(), ...headers },
      body: '{}',
    });

  it('are the documented ones for a paid, a declined and a cancelled payment and a failed cancel', async () => {
    await using hooked = await startHooked();
    const { world, newEventTypes } = hooked;
    await create(world, { payment_method: { type: 'card', card } });
    assert.deepEqual(await newEventTypes(), [
      'payment_intent.created',
      'payment_attempt.created',
      'payment_attempt.capture_requested',
      'payment_intent.succeeded',
    ]);
    const declined = { 'x-sandbox-scenario': 'payment_declined' };
    await create(world, { payment_method: { type: 'card', card } }, declined);
    assert.deepEqual((await newEventTypes()).slice(2), ['payment_attempt.failed', 'payment_intent.failed']);
    const hold = { ...card, authorization_type: 'pre_authorization' };
    const authorised = await create(world, { payment_method: { type: 'card', card: hold } });
    await newEventTypes();
    await cancel(world, authorised.json['payment_intent_id'], { 'x-sandbox-scenario': 'cancel_fails' });
    assert.deepEqual(await newEventTypes(), ['cancel.failed']);
    await cancel(world, authorised.json['payment_intent_id']);
    assert.deepEqual(await newEventTypes(), [
      'payment_attempt.cancelled',
      'payment_intent.cancelled',
      'cancel.succeeded',
    ]);
  });

  it('write amounts as the setting says, such as "refunded_amount": "0" in the documented sample', async () => {
    await using hooked = await startHooked();
    const { world, receiver } = hooked;
    await world.control.setSettings({ amounts: 'trimmed' });
    await create(world, { payment_method: { type: 'card', card } });
    await hooked.newEventTypes();
    const attempt = receiver.webhooks.find(({ body }) => body['event_type'] === 'payment_attempt.created');
    const data = attempt?.body['data'] as Record<string, unknown>;
    assert.deepEqual([data['amount'], data['refunded_amount']], ['10', '0']);
  });

  it('report a dispute, and the payment allows no refund until the dispute is closed', async () => {
    await using hooked = await startHooked();
    const { world } = hooked;
    const refusal = await world.refund({ reason: 'sandbox:dispute_open' });
    assert.deepEqual([refusal.json['type'], refusal.json['code']], ['refund_error', 'payment_disputed']);
    assert.deepEqual(await hooked.newEventTypes(), ['acquiring.chargeback.alert.created']);
    const data = hooked.receiver.webhooks[0]?.body['data'] as object;
    assert.deepEqual(Object.keys(data).toSorted(), [
      'amount',
      'chargeback_id',
      'create_time',
      'currency',
      'payment_intent_id',
      'reason',
    ]);
    assert.equal((await world.refund()).json['code'], 'payment_disputed');
    const [dispute] = await world.control.db('uqpay_disputes');
    await world.fetch(`/_sandbox/db/uqpay_disputes/${String(dispute?.['id'])}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: '{"status":"closed"}',
    });
    assert.equal((await world.refund()).status, 200);
  });
});
