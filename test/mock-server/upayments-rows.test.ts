import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { SandboxSnapshot } from '../../mock-server/index.ts';
import { CARD, startWorld, type Reply, type SandboxWorld } from './world.ts';

const PARTLY = 'up20261103knet0000000000000000000000000000000000000000000000000003';
const REFUND = `${PARTLY}seedseedRefundOrder33333333333333333`;
/** The payment of `CARD`. */
const TRACK = '20261101090000000003';
const OF_OTHER_ORDER = 'cDg2RTY1Yjc5aw==';

const patch = (world: SandboxWorld, path: string, body: object) =>
  world.fetch(`/_sandbox/db/${path}`, { method: 'PATCH', body: JSON.stringify(body) });
const seed = (world: SandboxWorld, body: object) =>
  world.fetch('/_sandbox/seed', { method: 'POST', body: JSON.stringify(body) });

function assertRefused(reply: Reply, why: RegExp): void {
  assert.equal(reply.status, 422, reply.text);
  assert.match(String(reply.json['error']), why);
}

const ORDER = { id: 'o1', total_price: '10.000' };
const PAYMENT = { id: 't1', order: 'o1' };
const IS_UNPAID = /upayments_orders "o1" is captured, and its payment "t1" is NOT CAPTURED: expected a payment that is/;

describe('rows of UPayments that contradict each other', () => {
  const edits: readonly [what: string, path: string, body: object, why: RegExp][] = [
    [
      'a refund by a vendor of another order',
      `upayments_refunds/${REFUND}`,
      { vendor: OF_OTHER_ORDER },
      /upayments_refunds "\S+" refers to "cDg2RTY1Yjc5aw==", which is no vendor of "up20261103knet/,
    ],
    [
      'a refunded order that was not captured',
      `upayments_orders/${PARTLY}`,
      { captured: false },
      /"up20261103knet\d+" has refunds: expected an order that was captured/,
    ],
    [
      'a captured order whose payment failed',
      `upayments_payments/${TRACK}`,
      { result: 'NOT CAPTURED' },
      /upayments_orders "up20261102card\d+" is captured, and its payment "20261101090000000003" is NOT CAPTURED/,
    ],
    [
      'a date that is none',
      `upayments_refunds/${REFUND}`,
      { refunded_date: 'rubbish' },
      /refunded_date: expected a local time such as "2026-11-01 04:00:00", or null, received the string "rubbish"/,
    ],
    [
      'a date with an impossible hour',
      `upayments_refunds/${REFUND}`,
      { refunded_date: '2026-11-01 25:00:00' },
      /refunded_date: expected a local time/,
    ],
  ];
  for (const [what, path, body, why] of edits) {
    it(`are refused as an edit: ${what}`, async () => {
      await using world = await startWorld();
      const before = (await world.fetch('/_sandbox/db')).text;
      assertRefused(await patch(world, path, body), why);
      assert.equal((await world.fetch('/_sandbox/db')).text, before);
    });
  }

  it('are refused in a seed', async () => {
    await using world = await startWorld();
    const refund = { id: 'r1', order: 'o1', amount: '1.000' };
    const vendor = { id: 'v2', order: 'o2', iban_number: 'KW1', total_paid: '5.000' };
    const cases: readonly [rows: object, why: RegExp][] = [
      [
        {
          upayments_orders: [ORDER, { ...ORDER, id: 'o2' }],
          upayments_vendors: [vendor],
          upayments_refunds: [{ ...refund, vendor: 'v2' }],
        },
        /upayments_refunds "r1" refers to "v2", which is no vendor of "o1"/,
      ],
      [
        { upayments_orders: [{ ...ORDER, captured: false }], upayments_refunds: [refund] },
        /"o1" has refunds: expected an order that was captured/,
      ],
      [
        {
          upayments_orders: [{ ...ORDER, captured: true }],
          upayments_payments: [{ ...PAYMENT, result: 'NOT CAPTURED' }],
        },
        IS_UNPAID,
      ],
      [
        { upayments_orders: [ORDER], upayments_refunds: [{ ...refund, refunded_date: '2026-11-01T04:00:00Z' }] },
        /upayments_refunds\.0\.refunded_date: expected a local time/,
      ],
    ];
    for (const [rows, why] of cases) assertRefused(await seed(world, rows), why);
  });

  it('are refused in a snapshot', async () => {
    await using world = await startWorld();
    await seed(world, { upayments_orders: [ORDER], upayments_payments: [PAYMENT] });
    const snapshot = (await world.control.snapshot()) as SandboxSnapshot & { rows: Record<string, object[]> };
    const [payment] = snapshot.rows['upayments_payments'] ?? [];
    const rows = { ...snapshot.rows, upayments_payments: [{ ...payment, result: 'NOT CAPTURED' }] };
    const restored = await world.fetch('/_sandbox/restore', {
      method: 'POST',
      body: JSON.stringify({ ...snapshot, rows }),
    });
    assertRefused(restored, IS_UNPAID);
  });
});

describe('an order of UPayments and its payment', () => {
  const resultOf = async (world: SandboxWorld, track: string) => {
    const { json } = await world.upayments(`/get-payment-status/${track}`);
    return (json['data'] as { transaction: { result: unknown } }).transaction.result;
  };
  const refund = async (world: SandboxWorld, orderId: string) =>
    (await world.upayments('/create-refund', { orderId, totalPrice: 5 })).status;

  for (const result of ['PENDING', 'NOT CAPTURED', 'CANCELED']) {
    it(`are unpaid both where the seed says so of the payment only: ${result}`, async () => {
      await using world = await startWorld();
      const seeded = await seed(world, { upayments_orders: [ORDER], upayments_payments: [{ ...PAYMENT, result }] });
      assert.equal(seeded.status, 200, seeded.text);
      assert.equal(await resultOf(world, 't1'), result);
      assert.equal(await refund(world, 'o1'), 422);
      assert.equal((await world.fetch('/orders/o1')).json['captured'], '0.000');
    });
  }

  it('are unpaid both where the seed says so of the order only', async () => {
    await using world = await startWorld();
    await seed(world, { upayments_orders: [{ ...ORDER, captured: false }], upayments_payments: [PAYMENT] });
    assert.equal(await resultOf(world, 't1'), 'NOT CAPTURED');
    assert.equal(await refund(world, 'o1'), 422);
  });

  it('are paid both where one of several payments was captured, or has a result that nobody knows', async () => {
    await using world = await startWorld();
    const failed = { ...PAYMENT, id: 't0', result: 'NOT CAPTURED' };
    const unknown = { ...PAYMENT, result: 'PENDING', unknown_result: 'REFUND' };
    for (const rows of [
      { upayments_orders: [ORDER], upayments_payments: [failed, PAYMENT] },
      { upayments_orders: [{ ...ORDER, captured: true }], upayments_payments: [unknown] },
    ]) {
      const seeded = await seed(world, rows);
      assert.equal(seeded.status, 200, seeded.text);
      assert.equal(await refund(world, 'o1'), 201);
      await world.control.restore(await world.control.snapshot());
    }
  });

  it('are edited one after the other: the order first to take the payment back, the payment first to pay', async () => {
    await using world = await startWorld();
    for (const [path, body, refunded] of [
      [`upayments_orders/${CARD}`, { captured: false }, 422],
      [`upayments_payments/${TRACK}`, { result: 'CANCELED' }, 422],
      [`upayments_payments/${TRACK}`, { result: 'CAPTURED' }, 422],
      [`upayments_orders/${CARD}`, { captured: true }, 201],
    ] as const) {
      const edited = await patch(world, path, body);
      assert.equal(edited.status, 200, edited.text);
      assert.equal(await refund(world, CARD), refunded);
      await world.control.restore(await world.control.snapshot());
    }
  });
});
