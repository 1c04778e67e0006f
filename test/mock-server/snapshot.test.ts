import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { OUTSIDE, PART_NAMES, PARTS } from '../../mock-server/core/engine/snapshot.ts';
import { Random } from '../../mock-server/core/engine/random.ts';
import { SandboxState } from '../../mock-server/core/engine/state.ts';
import { SandboxControlError, type SandboxSnapshot } from '../../mock-server/index.ts';
import { stateOptions } from '../../mock-server/options.ts';
import { INTENT, KNET, startWorld, statusOf, type SandboxWorld } from './world.ts';

const key = (n: number) => ({ 'x-idempotency-key': `00000000-0000-4000-8000-${String(n).padStart(12, '0')}` });

/** Makes some calls and returns everything that the world answers, as text. */
async function future(world: SandboxWorld): Promise<string[]> {
  const texts = [(await world.refund({ amount: '1.00' }, key(900))).text, (await world.refund({}, key(901))).text];
  texts.push((await world.upayments('/create-refund', { orderId: KNET, totalPrice: 1 })).text);
  await world.control.advance('PT30S');
  texts.push(JSON.stringify(await world.control.flushWebhooks()));
  texts.push(JSON.stringify(await world.control.db('uqpay_refunds')), JSON.stringify(await world.control.clock()));
  return texts;
}

/** The snapshot without the step numbers of deliveries, because a restore plans them again. */
function comparable(snapshot: SandboxSnapshot): unknown {
  return JSON.parse(JSON.stringify(snapshot, (name, value: unknown) => (name === 'step' ? undefined : value)));
}

describe('a snapshot', () => {
  it('covers every member of the state, or lists it as left out', () => {
    const state = new SandboxState(stateOptions({}));
    const covered = new Set<string>([...PART_NAMES.flatMap((name) => PARTS[name].covers), ...OUTSIDE]);
    const uncovered = Object.entries(state).filter(([name, value]) => !covered.has(name) && !(value instanceof Random));
    assert.deepEqual(
      uncovered.map(([name]) => name),
      [],
      'give it a part in core/snapshot.ts',
    );
  });

  it('restores everything, so that the same calls give the same bytes', async () => {
    await using world = await startWorld();
    await world.control.addWebhookEndpoint({ provider: 'uqpay', url: 'http://127.0.0.1:9/hook' });
    await world.refund({}, key(1));
    await world.upayments('/create-refund', { orderId: KNET, totalPrice: 2 });
    await world.control.scenario('fail', { times: 2, payment_id: INTENT });
    await world.control.advance('PT6S');
    await world.control.flushWebhooks();
    const snapshot = await world.control.snapshot();
    const first = await future(world);
    await world.control.restore(snapshot);
    assert.deepEqual(comparable(await world.control.snapshot()), comparable(snapshot));
    assert.equal((await future(world)).join('\n'), first.join('\n'));
    await world.control.reset();
    const one = world.control.namespace('one');
    await one.restore(snapshot);
    assert.deepEqual(comparable(await one.snapshot()), comparable(snapshot));
  });

  it('holds no token and no journal', async () => {
    await using world = await startWorld();
    await world.upayments('/create-refund', { orderId: KNET, totalPrice: 1, customerFirstName: 'Huda' });
    await world.refund();
    const text = JSON.stringify(await world.control.snapshot());
    for (const secret of ['Huda', 'eyJ', 'jtest123', 'sandbox-key']) assert.ok(!text.includes(secret), secret);
  });

  it('replays earlier answers, and forgets later ones', async () => {
    await using world = await startWorld();
    const first = await world.refund({}, key(1));
    const snapshot = await world.control.snapshot();
    const later = await world.refund({}, key(2));
    await world.control.restore(snapshot);
    assert.equal((await world.refund({}, key(1))).text, first.text);
    assert.equal((await world.refund({}, key(2))).text, later.text, 'the same id is drawn again');
    assert.equal((await world.control.db('uqpay_refunds')).length, 5);
  });

  it('is refused with the reason when it is invalid, and changes nothing', async () => {
    await using world = await startWorld();
    await world.control.addWebhookEndpoint({ provider: 'uqpay', url: 'http://127.0.0.1:9/hook' });
    await world.refund();
    const snapshot = (await world.control.snapshot()) as Record<string, unknown> & { version: number };
    const withRule = (params: object) => ({ next: 2, rules: [{ id: 1, scenario: 'fail', params, times: 1 }] });
    const webhooks = snapshot['webhooks'] as { deliveries: object[] };
    const withBody = (body: string) => ({ ...webhooks, deliveries: [{ ...webhooks.deliveries[0], body }] });
    const rows = snapshot['rows'] as Record<string, Record<string, unknown>[]>;
    const withRow = (change: object) => ({
      ...snapshot,
      rows: { ...rows, uqpay_refunds: [{ ...rows['uqpay_refunds']![0]!, ...change }] },
    });
    const { uqpay_disputes: _disputes, ...withoutDisputes } = rows;
    const cases: [input: object, why: RegExp][] = [
      [[], /expected a snapshot as GET \/_sandbox\/snapshot gives it, received an array of 0/],
      [{ ...snapshot, version: 1 }, /version: /],
      [{ ...snapshot, clock: { mode: 'running' } }, /clock\.now: is required/],
      [{ ...snapshot, more: 1 }, /does not take "more"/],
      [withRow({ amount: 30 }), /rows\.uqpay_refunds\.0\.amount: expected a string, received the number 30/],
      [withRow({ amount: '90.00' }), /the refunds of "PI2000000000000000005" would add up to more/],
      [withRow({ currency: 'KWD' }), /uqpay_refunds\.0\..*not an amount|another currency/],
      [{ ...snapshot, rows: { ...rows, orders: [] } }, /rows\.orders: no such collection, expected uqpay_intents/],
      [{ ...snapshot, rows: withoutDisputes }, /rows\.uqpay_disputes: is required/],
      [{ ...snapshot, rows: {} }, /rows\.uqpay_intents: is required: expected an array; .*rows\.upayments_vendors/],
      [{ ...snapshot, scenarios: withRule({ after: 'soon' }) }, /scenarios\.rules\.0: after of scenario fail must be/],
      [{ ...snapshot, webhooks: withBody('{') }, /webhooks\.deliveries\.0\.body: expected JSON text/],
    ];
    // What is written first must not show the snapshot's values after a later part was refused.
    await world.control.advance('PT10M');
    await world.control.flushWebhooks();
    const before = await world.control.snapshot();
    for (const [input, why] of cases) {
      await assert.rejects(world.control.restore(input as typeof snapshot), (error) => {
        assert.ok(error instanceof SandboxControlError);
        assert.equal(error.status, 422, error.message);
        assert.match(error.message, why);
        return true;
      });
    }
    assert.deepEqual(await world.control.snapshot(), before);
  });
});

describe('a seed', () => {
  it('needs only the essential members, and fills in the rest of a row', async () => {
    await using world = await startWorld();
    await world.control.seed({
      uqpay_intents: [
        { id: 'PI3000000000000000001', amount: '20', currency: 'USD' },
        { id: 'PI3000000000000000002', amount: '30.500', currency: 'KWD', intent_status: 'REQUIRES_CAPTURE' },
      ],
      uqpay_refunds: [{ id: 'RF3000000000000000001', payment_intent: 'PI3000000000000000001', amount: '5.00' }],
      upayments_orders: [
        { id: 'shop-1', total_price: '12.500' },
        { id: 'shop-2', total_price: '9' },
      ],
      upayments_vendors: [{ id: 'dmVuZG9y', order: 'shop-2', iban_number: 'KW1', total_paid: '9.000' }],
    });
    const over = await world.refund({ payment_intent_id: 'PI3000000000000000001', amount: '15.01' });
    assert.equal(over.json['code'], 'amount_exceeds_refundable');
    const creation = await world.refund({ payment_intent_id: 'PI3000000000000000001', amount: '15.00' });
    assert.deepEqual([creation.status, creation.json['payment_attempt_id']], [200, 'PA3000000000000000001']);
    assert.equal((await world.upayments('/create-refund', { orderId: 'shop-1', totalPrice: 12.5 })).status, 201);
    const { data } = (await world.upayments('/create-refund', { orderId: 'shop-2', totalPrice: 9 })).json as {
      data: Record<string, unknown>;
    };
    assert.equal(data['isMultivendorRefund'], true);
    await world.control.advance('PT1M');
    assert.equal(await statusOf(world, creation), 'SUCCEEDED');
    await world.control.reset();
    assert.equal((await world.control.health()).rows['uqpay_intents'], 2, 'a reset comes back to it');
    assert.equal((await world.control.namespace('one').health()).rows['uqpay_intents'], 11, 'it is of its namespace');
  });

  it('may be YAML', async () => {
    await using world = await startWorld();
    const post = (body: string) =>
      world.fetch('/_sandbox/seed', { method: 'POST', headers: { 'content-type': 'application/yaml' }, body });
    const good = await post('uqpay_intents:\n  - { id: PI3000000000000000001, amount: "20.00", currency: USD }\n');
    assert.equal(good.status, 200, good.text);
    assert.equal((good.json['rows'] as Record<string, number>)['uqpay_attempts'], 1);
    const bad = await post('uqpay_intents:\n  - { id: PI3\n');
    assert.equal(bad.status, 400);
    assert.match(String(bad.json['error']), /not valid YAML: .*line 3, column 1/);
  });

  it('is refused with the path and the expected value when it is invalid, and changes no row', async () => {
    await using world = await startWorld();
    const intent = { id: 'PI3', amount: '20.00', currency: 'USD' };
    const vendor = { order: 'o1', iban_number: 'KW1', total_paid: '1.000' };
    const cases: [seed: unknown, why: RegExp][] = [
      [[], /expected an object of collections, received an array of 0/],
      [{ orders: [] }, /orders: no such collection, expected uqpay_intents, /],
      [{ uqpay_intents: {} }, /uqpay_intents: expected an array of rows, received an object/],
      [{ uqpay_intents: [1] }, /uqpay_intents\.0: expected a row, received the number 1/],
      [
        { uqpay_intents: [intent, { ...intent, id: 'PI4', amount: 20 }] },
        /uqpay_intents\.1\.amount: expected a string, received the number 20/,
      ],
      [
        { uqpay_intents: [{ ...intent, currency: 'usd' }] },
        /uqpay_intents\.0\.currency: expected an active ISO 4217 code in capitals, such as KWD, received the string "usd"/,
      ],
      [
        { uqpay_intents: [{ ...intent, amount: '20.001' }] },
        /uqpay_intents\.0\.amount: "20.001" is not an amount in USD/,
      ],
      [{ uqpay_intents: [{ ...intent, colour: 'red' }] }, /uqpay_intents\.0: does not take "colour"/],
      [{ uqpay_intents: [intent, intent] }, /the id "PI3" is there twice/],
      [
        { uqpay_intents: [intent], uqpay_refunds: [{ id: 'RF1', payment_intent: 'PI3', amount: '20.01' }] },
        /the refunds of "PI3" would add up to more than was captured/,
      ],
      [{ uqpay_refunds: [{ id: 'RF1', payment_intent: 'PI9', amount: '1.00' }] }, /uqpay_refunds\.0\./],
      // Nothing is said of the attempt that was filled in.
      [{ uqpay_intents: [{ ...intent, id: 5 }] }, /^uqpay_intents\.0\.id: expected a string, received the number 5$/],
      [
        { upayments_orders: [{ id: 'p'.repeat(256), total_price: '1.000' }] },
        /^upayments_orders\.0\.id: must have at most 255 characters, received 256$/,
      ],
      [
        { upayments_orders: [{ id: 'o1', total_price: '9.000' }], upayments_vendors: [{ ...vendor, id: '' }] },
        /^upayments_vendors\.0\.id: must not be empty$/,
      ],
    ];
    const before = (await world.fetch('/_sandbox/db')).text;
    for (const [seed, why] of cases) {
      const { status, json } = await world.fetch('/_sandbox/seed', { method: 'POST', body: JSON.stringify(seed) });
      assert.equal(status, 422, JSON.stringify(seed));
      assert.match(String(json['error']), why);
    }
    const proto = await world.fetch('/_sandbox/seed', { method: 'POST', body: '{"__proto__":[{"id":"x"}]}' });
    assert.match(String(proto.json['error']), /__proto__: is no member of anything here/);
    assert.equal((await world.fetch('/_sandbox/db')).text, before);
  });

  it('may have ids as long as an id can be', async () => {
    await using world = await startWorld();
    const id = (end: string) => end.padStart(255, 'p');
    const digits = (end: string) => end.padStart(34, '4');
    await world.control.seed({
      uqpay_intents: ['1', '2'].map((end) => ({ id: `PI${digits(end)}`, amount: '20.00', currency: 'USD' })),
      upayments_orders: [{ id: id('o'), total_price: '9.000' }],
      upayments_payments: [{ id: id('p'), order: id('o') }],
      upayments_vendors: [{ id: id('v'), order: id('o'), iban_number: 'KW1', total_paid: '1.000' }],
    });
    const attempts = (await world.control.db('uqpay_attempts')).map((row) => row['id']);
    assert.deepEqual(attempts, [`PA${digits('1')}`, `PA${digits('2')}`]);
  });

  it('may have 10,000 rows and be larger than the limit of a provider', async () => {
    await using world = await startWorld();
    const intents = Array.from({ length: 10_000 }, (_, index) => ({
      id: `PI${String(index).padStart(19, '0')}`,
      amount: '100.00',
      currency: 'USD',
      description: 'x'.repeat(100),
    }));
    await world.control.seed({ uqpay_intents: intents });
    assert.equal((await world.control.health()).rows['uqpay_intents'], 10_000);
    await world.control.restore(await world.control.snapshot());
    const big = await world.fetch('/_sandbox/clock', { method: 'POST', body: `{"set":"${'x'.repeat(1_100_000)}"}` });
    assert.deepEqual([big.status, String(big.json['error']).slice(0, 21)], [400, 'the body is too large']);
  });
});
