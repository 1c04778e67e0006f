import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { SandboxSnapshot } from '../../mock-server/index.ts';
import { PAGE_VENDORS, startWorld, type Reply, type SandboxWorld } from './world.ts';

const post = (world: SandboxWorld, path: string, body: object) =>
  world.fetch(`/_sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
const edit = (world: SandboxWorld, path: string, body?: object) =>
  world.fetch(`/_sandbox/db/${path}`, {
    method: body ? 'PATCH' : 'DELETE',
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });

function assertRefused(reply: Reply, why: RegExp): void {
  assert.equal(reply.status, 422, reply.text);
  assert.match(String(reply.json['error']), why);
}

/** A state that a call has broken refuses every later edit, and its own snapshot. */
async function assertSound(world: SandboxWorld): Promise<void> {
  const other = await edit(world, 'uqpay_intents/PI2000000000000000004', { merchant_order_id: 'other' });
  assert.equal(other.status, 200, other.text);
  await world.control.restore(await world.control.snapshot());
}

const INTENT = { id: 'PI1', amount: '10.00', currency: 'USD' };
const OTHER = { id: 'PI2', amount: '10.00', currency: 'USD' };
const ORDER = { id: 'o1', total_price: '10.000' };
const VENDOR = { id: 'v1', order: 'o1', iban_number: 'KW1', total_paid: '6.000' };

describe('rows that a later call would break', () => {
  it('are refused as an edit', async () => {
    await using world = await startWorld();
    const cases: readonly [path: string, body: object | undefined, why: RegExp][] = [
      [
        'uqpay_intents/PI2000000000000000001',
        { latest_attempt: 'PA2000000000000000005' },
        /uqpay_intents "PI2000000000000000001" refers to "PA2000000000000000005", which is no attempt of "PI2000000000000000001"/,
      ],
      [
        'uqpay_attempts/PA2000000000000000001',
        { payment_intent: 'PI2000000000000000002' },
        /uqpay_intents "PI2000000000000000001" refers to "PA2000000000000000001", which is no attempt/,
      ],
      [
        'uqpay_intents/PI2000000000000000005',
        { intent_status: 'REQUIRES_CAPTURE' },
        /"PI2000000000000000005" has refunds and is REQUIRES_CAPTURE/,
      ],
      [
        'uqpay_attempts/PA2000000000000000001',
        { currency: 'KWD', amount: '10.000', captured_amount: '10.000' },
        /attempt "PA2000000000000000001" is in another currency than its payment/,
      ],
      [
        'uqpay_attempts/PA2000000000000000005',
        { currency: 'KWD', amount: '10.000', captured_amount: '10.000' },
        /refund "RF2000000000000000005" is in another currency than its attempt/,
      ],
      [
        'uqpay_attempts/PA2000000000000000001',
        { captured_amount: '128.41' },
        /attempt "PA2000000000000000001" has captured more than its amount/,
      ],
      ['upayments_vendors/cDg2RTY1Yjc5aw%3D%3D', { total_paid: '200.000' }, /paid more than its total_price/],
      [`upayments_orders/${PAGE_VENDORS}`, { total_price: '99.999' }, /paid more than its total_price/],
    ];
    const before = (await world.fetch('/_sandbox/db')).text;
    for (const [path, body, why] of cases) assertRefused(await edit(world, path, body), why);
    assert.equal((await world.fetch('/_sandbox/db')).text, before);
  });

  it('are refused in a seed and in a snapshot', async () => {
    await using world = await startWorld();
    const attempt = { id: 'PA9', payment_intent: 'PI2' };
    const seeds: readonly [rows: object, why: RegExp][] = [
      [
        { uqpay_intents: [{ ...INTENT, latest_attempt: 'PA9' }, OTHER], uqpay_attempts: [attempt] },
        /uqpay_intents "PI1" refers to "PA9", which is no attempt of "PI1"/,
      ],
      [
        {
          uqpay_intents: [{ ...INTENT, intent_status: 'REQUIRES_CUSTOMER_ACTION', latest_attempt: 'PA9' }],
          uqpay_attempts: [{ ...attempt, payment_intent: 'PI1', amount: '10.01' }],
        },
        /attempt "PA9" has a higher amount than its payment/,
      ],
      [
        {
          uqpay_intents: [{ ...INTENT, latest_attempt: 'PA9' }],
          uqpay_attempts: [{ ...attempt, payment_intent: 'PI1', currency: 'KWD', captured_amount: '10.000' }],
        },
        /attempt "PA9" is in another currency than its payment/,
      ],
      [
        {
          uqpay_intents: [INTENT],
          uqpay_attempts: [{ ...attempt, payment_intent: 'PI1', currency: 'KWD', captured_amount: '10.000' }],
          uqpay_refunds: [{ id: 'RF1', payment_intent: 'PI1', payment_attempt: 'PA9', amount: '1.00' }],
        },
        /refund "RF1" is in another currency than its attempt/,
      ],
      [
        { upayments_orders: [ORDER], upayments_vendors: [VENDOR, { ...VENDOR, id: 'v2', total_paid: '4.001' }] },
        /the vendors of "o1" would have been paid more than its total_price/,
      ],
      [
        {
          upayments_orders: [ORDER],
          upayments_accounts: [{ id: 'merchant', currency: 'USD', balance: '50.00' }],
          upayments_refunds: [{ id: 'r1', order: 'o1', amount: '1.000', account: 'merchant' }],
        },
        /refund "r1" is in another currency than its account/,
      ],
    ];
    for (const [rows, why] of seeds) assertRefused(await post(world, 'seed', rows), why);
    const snapshot = (await world.control.snapshot()) as SandboxSnapshot & { rows: Record<string, object[]> };
    const [first, ...others] = snapshot.rows['uqpay_intents'] ?? [];
    const rows = {
      ...snapshot.rows,
      uqpay_intents: [{ ...first, latest_attempt: 'PA2000000000000000005' }, ...others],
    };
    assertRefused(
      await post(world, 'restore', { ...snapshot, rows }),
      /"PA2000000000000000005", which is no attempt of/,
    );
    await assertSound(world);
  });
});

describe('rows that refer to each other', () => {
  it('are added one after the other, and the payment is refunded once its attempt is there', async () => {
    await using world = await startWorld();
    const rows = (await world.fetch('/_sandbox/db')).json as Record<string, Record<string, unknown>[]>;
    const [intent, attempt] = [rows['uqpay_intents']?.[0], rows['uqpay_attempts']?.[0]];
    const added = await post(world, 'db/uqpay_intents', { ...intent, id: 'PI1', latest_attempt: 'PA1' });
    assert.equal(added.status, 201, added.text);
    const refund = () => world.refund({ payment_intent_id: 'PI1', amount: '1.00' });
    assert.equal((await refund()).json['code'], 'payment_attempt_not_found');
    const foreign = { ...attempt, id: 'PA1', payment_intent: 'PI2000000000000000001' };
    assertRefused(await post(world, 'db/uqpay_attempts', foreign), /"PA1", which is no attempt of "PI1"/);
    assert.equal((await post(world, 'db/uqpay_attempts', { ...foreign, payment_intent: 'PI1' })).status, 201);
    assert.equal((await refund()).status, 200);
    await assertSound(world);
  });
});

describe('an attempt of another amount or currency than its payment', () => {
  const amounts = async (world: SandboxWorld, id: string) => {
    const { json } = await world.uqpay(`/v2/payment/payment_attempts/${id}`);
    return [json['amount'], json['captured_amount']];
  };
  const write = async (world: SandboxWorld, path: string, body: object) =>
    world.uqpay(`/v2/payment_intents/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-idempotency-key': world.newKey() },
      body: JSON.stringify(body),
    });

  it('has captured no more than its own amount, whether by its seed or by a capture', async () => {
    await using world = await startWorld();
    const waiting = { ...INTENT, id: 'PI2', intent_status: 'REQUIRES_CAPTURE', latest_attempt: 'PA2' };
    const seeded = await post(world, 'seed', {
      uqpay_intents: [INTENT, waiting],
      uqpay_attempts: [
        { id: 'PA9', payment_intent: 'PI1', amount: '4' },
        { id: 'PA2', payment_intent: 'PI2', amount: '4.00' },
      ],
    });
    assert.equal(seeded.status, 200, seeded.text);
    assert.deepEqual(await amounts(world, 'PA9'), ['4.00', '4.00']);
    const refused = await write(world, 'PI2/capture', {});
    assert.match(String(refused.json['message']), /10\.00 USD is above the 4\.00 USD that was authorised/);
    const captured = await write(world, 'PI2/capture', { amount_to_capture: '4.00' });
    assert.equal(captured.status, 200, captured.text);
    assert.deepEqual(await amounts(world, 'PA2'), ['4.00', '4.00']);
    await world.control.restore(await world.control.snapshot());
  });

  it('is the latest of its payment where the seed has no other, and is refunded then', async () => {
    await using world = await startWorld();
    const attempt = { id: 'PA9', payment_intent: 'PI1' };
    const failed = { ...attempt, id: 'PA8', attempt_status: 'FAILED', captured_amount: '0.00' };
    const begun = { ...failed, id: 'PA8', attempt_status: 'INITIATED' };
    for (const [attempts, ids] of [
      [[attempt], ['PA9']],
      [
        [attempt, failed],
        ['PA9', 'PA8'],
      ],
      [[failed], ['PA8', 'PA1']],
      [
        [attempt, begun],
        ['PA9', 'PA8'],
      ],
    ] as const) {
      await world.control.seed({ uqpay_intents: [INTENT], uqpay_attempts: attempts });
      const rows = await world.control.db('uqpay_attempts');
      assert.deepEqual(
        rows.map(({ id }) => id),
        ids,
      );
      const refund = await world.refund({ payment_intent_id: 'PI1', amount: '10.00' });
      assert.equal(
        refund.json['payment_attempt_id'],
        ids.find((id) => id !== 'PA8'),
        refund.text,
      );
    }
  });

  it('stays behind when an unpaid payment changes its currency, and then nothing is refunded of it', async () => {
    await using world = await startWorld();
    const open = { ...INTENT, intent_status: 'REQUIRES_PAYMENT_METHOD', latest_attempt: 'PA1' };
    const attempt = { id: 'PA1', payment_intent: 'PI1', captured_amount: '10.00' };
    const seeded = await post(world, 'seed', { uqpay_intents: [open], uqpay_attempts: [attempt] });
    assert.equal(seeded.status, 200, seeded.text);
    assert.equal((await write(world, 'PI1', { currency: 'KWD', amount: '10.000' })).status, 200);
    await world.control.restore(await world.control.snapshot());
    const card = {
      billing: {},
      network: 'visa',
      authorization_type: 'final_authorization',
      three_ds_action: 'skip_3ds',
    };
    const paid = await write(world, 'PI1/confirm', { payment_method: { type: 'card', card } });
    assert.equal(paid.json['intent_status'], 'SUCCEEDED', paid.text);
    const refund = (body: object) => world.refund({ payment_intent_id: 'PI1', amount: '1.000', ...body });
    assert.equal((await refund({ payment_attempt_id: 'PA1' })).json['code'], 'amount_exceeds_refundable');
    assert.equal((await refund({})).status, 200);
    await world.control.restore(await world.control.snapshot());
  });
});

describe('a multivendor refund', () => {
  it('is limited by the order, too, where the order has refunds that no vendor paid', async () => {
    await using world = await startWorld();
    const refund = { id: 'r1', order: 'o1', amount: '7.000' };
    const rows = { upayments_orders: [ORDER], upayments_vendors: [VENDOR], upayments_refunds: [refund] };
    assert.equal((await post(world, 'seed', { ...rows, uqpay_intents: [] })).status, 200);
    const first = await world.upayments('/create-refund', { orderId: 'o1', totalPrice: 1 });
    const { refundPayload } = first.json['data'] as { refundPayload: { remainingLimit: number }[] };
    assert.equal(refundPayload[0]?.remainingLimit, 3);
    const send = async (amountToRefund: number) => {
      const payload = [{ ...refundPayload[0], amountToRefund }];
      const { json } = await world.upayments('/create-multivendor-refund', { orderId: 'o1', refundPayload: payload });
      return (json['data'] as { responseData: Record<string, { message?: string }[]> }).responseData;
    };
    assert.match((await send(3.001))['refundIssue']?.[0]?.message ?? '', /above the remaining limit of 3\.000 KWD/);
    assert.equal((await send(3))['generated']?.length, 1);
    await world.control.restore(await world.control.snapshot());
  });
});
