import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { startWorld, type SandboxWorld } from './world.ts';

const INTENT = { id: 'PI3000000000000000001', amount: '20.00', currency: 'USD' };
const REFUND = { id: 'RF1', payment_intent: INTENT.id, amount: '1.00' };
const ATTEMPT = { id: 'PA1', payment_intent: INTENT.id };
const ORDER = { id: 'shop-1', total_price: '12.500', payment_type: 'cc' };
const VENDOR = { id: 'v1', order: ORDER.id, iban_number: 'KW1', total_paid: '12.500' };
const ORDER_REFUND = { id: 'r1', order: ORDER.id, amount: '1.000' };

const seed = (world: SandboxWorld, rows: object) =>
  world.fetch('/_sandbox/seed', { method: 'POST', body: JSON.stringify(rows) });
const intent = (row: object, more: object = {}) => ({ uqpay_intents: [{ ...INTENT, ...row }], ...more });
const refund = (row: object) => intent({}, { uqpay_refunds: [{ ...REFUND, ...row }] });
const order = (row: object, more: object = {}) => ({ upayments_orders: [{ ...ORDER, ...row }], ...more });
const orderRefund = (row: object) => order({}, { upayments_refunds: [{ ...ORDER_REFUND, ...row }] });

describe('a row of a seed that contradicts itself, or that has no effect, is refused', () => {
  const R = 'uqpay_refunds.0.';
  const I = 'uqpay_intents.0.';
  const O = 'upayments_orders.0.multivendor: ';
  const U = 'upayments_refunds.0.';
  const cases: readonly [rows: object, error: string][] = [
    [
      refund({ lifecycle: 'fast_fail', refund_status: 'SUCCEEDED' }),
      `${R}refund_status: expected a status of its lifecycle fast_fail: FAILED, received the string "SUCCEEDED"`,
    ],
    [
      refund({ lifecycle: 'fast_success', refund_status: 'INITIATED' }),
      `${R}refund_status: expected a status of its lifecycle fast_success: SUCCEEDED, received the string "INITIATED"`,
    ],
    [
      refund({ lifecycle: 'stay_initiated', refund_status: 'PROCESSING' }),
      `${R}refund_status: expected a status of its lifecycle stay_initiated: INITIATED, received the string "PROCESSING"`,
    ],
    [
      refund({ outcome_after: 'P3D', refund_status: 'SUCCEEDED' }),
      `${R}outcome_after: expected none for a refund that is SUCCEEDED already, received the string "P3D"`,
    ],
    [
      refund({ outcome_after: 'P3D', lifecycle: 'fast_fail' }),
      `${R}outcome_after: expected none for a refund that is FAILED already, received the string "P3D"`,
    ],
    [refund({ amount: '0.00' }), `${R}amount: expected more than zero, received the string "0.00"`],
    [
      refund({ refund_status: 'INITIATED', complete_time: '2026-11-01T09:00:00Z' }),
      `${R}complete_time: expected null for a refund that is INITIATED, received the string "2026-11-01T17:00:00+08:00"`,
    ],
    [
      refund({ create_time: '2026-11-01T09:00:00Z', update_time: '2026-11-01T08:59:59Z' }),
      `${R}update_time: expected a time from its create_time on, 2026-11-01T17:00:00+08:00, received the string "2026-11-01T16:59:59+08:00"`,
    ],
    [
      intent(
        { create_time: '2026-11-01T09:00:00Z' },
        { uqpay_refunds: [{ ...REFUND, create_time: '2026-10-31T09:00:00Z' }] },
      ),
      `${R}create_time: expected a time from the create_time of its payment on, 2026-11-01T17:00:00+08:00, received the string "2026-10-31T17:00:00+08:00"`,
    ],
    ...['my intent/1?', 'pi1', 'RF1', 'PI1a', `PI${'1'.repeat(35)}`].map((id): [object, string] => [
      intent({ id }),
      `${I}id: expected PI and digits, at most 36 characters, such as PI1234567890123456789, received the string "${id}"`,
    ]),
    [
      refund({ id: 'refund-1' }),
      `${R}id: expected RF and digits, at most 36 characters, such as RF1234567890123456789, received the string "refund-1"`,
    ],
    [
      intent({}, { uqpay_attempts: [{ ...ATTEMPT, id: 'attempt-1' }] }),
      'uqpay_attempts.0.id: expected PA and digits, at most 36 characters, such as PA1234567890123456789, received the string "attempt-1"',
    ],
    [
      intent({ captured_amount: '0.00' }),
      `${I}captured_amount: expected more than zero for a payment that is SUCCEEDED, received the string "0.00"`,
    ],
    [
      intent({ intent_status: 'CANCELLED', captured_amount: '20.00' }),
      `${I}captured_amount: expected zero for a payment that is CANCELLED, received the string "20.00"`,
    ],
    [
      intent({ captured_amount: '20.00' }, { uqpay_attempts: [{ ...ATTEMPT, amount: '15.00' }] }),
      `${I}captured_amount: expected at most the 15.00 that its attempts have captured, received the string "20.00"`,
    ],
    [
      intent({}, { uqpay_attempts: [{ ...ATTEMPT, amount: '30.00', captured_amount: '30.00' }] }),
      'uqpay_attempts.0.captured_amount: expected at most the 20.00 that its payment has captured, received the string "30.00"',
    ],
    [
      order({ multivendor: false }, { upayments_vendors: [VENDOR] }),
      `${O}expected true for an order with rows of upayments_vendors, received the boolean false`,
    ],
    [
      order({ multivendor: true }),
      `${O}expected rows of upayments_vendors for this order, or false, received the boolean true`,
    ],
    [
      order({}, { upayments_vendors: [VENDOR], upayments_accounts: [{ id: 'merchnt', balance: '1.000' }] }),
      'upayments_accounts.0.id: no refund is paid from the string "merchnt": expected an account such as merchant, merchant-USD, vendor-v1',
    ],
    [orderRefund({ amount: '0' }), `${U}amount: expected more than zero, received the string "0.000"`],
    [
      orderRefund({ refund_status: 'initiated', refunded_date: '2026-11-01 04:00:00' }),
      `${U}refunded_date: expected null for a refund that is initiated, received the string "2026-11-01 04:00:00"`,
    ],
    [
      orderRefund({ refund_status: 'initiated', lifecycle: 'fast_success' }),
      `${U}refund_status: expected refunded, as its lifecycle fast_success is at once, received the string "initiated"`,
    ],
    [
      orderRefund({ refund_status: 'refunded', outcome_after: 'P3D' }),
      `${U}outcome_after: expected none for a refund that is refunded already, received the string "P3D"`,
    ],
    [
      orderRefund({ lifecycle: 'stay_processing', outcome_after: 'P3D' }),
      `${U}outcome_after: expected none beside the lifecycle stay_processing, received the string "P3D"`,
    ],
  ];
  for (const [rows, error] of cases) {
    it(error, async () => {
      await using world = await startWorld();
      const { status, json } = await seed(world, rows);
      assert.deepEqual([status, json], [422, { error }]);
    });
  }
});

describe('a refund of a seed with a course of its own and no status', () => {
  const statuses = async (world: SandboxWorld, name: 'uqpay_refunds' | 'upayments_refunds') =>
    (await world.control.db(name)).map((row) => row['refund_status']);

  it('is at the beginning of that course', async () => {
    await using world = await startWorld();
    const courses = [{}, { lifecycle: 'fail' }, { lifecycle: 'fast_fail' }, { outcome_after: 'PT1H' }];
    const rows = intent({}, { uqpay_refunds: courses.map((row, index) => ({ ...REFUND, ...row, id: `RF${index}` })) });
    const seeded = await seed(world, rows);
    assert.equal(seeded.status, 200, seeded.text);
    assert.deepEqual(await statuses(world, 'uqpay_refunds'), ['SUCCEEDED', 'INITIATED', 'FAILED', 'INITIATED']);
    await world.control.advance('PT1M');
    assert.deepEqual(await statuses(world, 'uqpay_refunds'), ['SUCCEEDED', 'FAILED', 'FAILED', 'PROCESSING']);
    await world.control.advance('PT1H');
    assert.deepEqual(await statuses(world, 'uqpay_refunds'), ['SUCCEEDED', 'FAILED', 'FAILED', 'SUCCEEDED']);
  });

  it('is at the beginning of that course also at UPayments', async () => {
    await using world = await startWorld();
    const courses = [{}, { lifecycle: 'stay_processing' }, { lifecycle: 'fast_success' }, { outcome_after: 'PT1H' }];
    const upayments_refunds = courses.map((row, index) => ({ ...ORDER_REFUND, ...row, id: `r${index}` }));
    assert.equal((await seed(world, order({}, { upayments_refunds }))).status, 200);
    const first = ['refunded', 'initiated', 'refunded', 'initiated'];
    assert.deepEqual(await statuses(world, 'upayments_refunds'), first);
    await world.control.advance('PT1H');
    assert.deepEqual(await statuses(world, 'upayments_refunds'), first.with(3, 'refunded'));
  });
});

describe('rows of a running sandbox', () => {
  it('are a seed again, whatever refunds were made, settled and edited', async () => {
    await using world = await startWorld();
    for (const scenario of ['succeed', 'fail; after=PT1H', 'stay_initiated', 'reversal', 'fast_success']) {
      const made = await world.refund({ amount: '1.00', reason: scenario }, { 'x-sandbox-scenario': scenario });
      assert.equal(made.status, 200, made.text);
    }
    await world.control.advance('PT2H');
    const edit = async (path: string, body: object) => {
      const edited = await world.fetch(`/_sandbox/db/${path}`, { method: 'PATCH', body: JSON.stringify(body) });
      assert.equal(edited.status, 200, edited.text);
    };
    for (const { id } of await world.control.db('uqpay_refunds')) {
      for (const refund_status of ['FAILED', 'SUCCEEDED', 'INITIATED', 'REVERSAL_PROCESSING', 'PROCESSING']) {
        await edit(`uqpay_refunds/${String(id)}`, { refund_status });
        const rows = (await world.fetch('/_sandbox/db')).json;
        const seeded = await world.fetch('/ns/copy/_sandbox/seed', { method: 'POST', body: JSON.stringify(rows) });
        assert.equal(seeded.status, 200, seeded.text);
      }
    }
    for (const { id } of await world.control.db('upayments_refunds')) {
      for (const refund_status of ['initiated', 'deleted', 'initiated', 'refunded']) {
        await edit(`upayments_refunds/${String(id)}`, { refund_status });
        const rows = (await world.fetch('/_sandbox/db')).json;
        const seeded = await world.fetch('/ns/copy/_sandbox/seed', { method: 'POST', body: JSON.stringify(rows) });
        assert.equal(seeded.status, 200, seeded.text);
      }
    }
  });
});

describe('a payment of UQPAY', () => {
  it('has captured what its attempt has, where the seed says nothing else', async () => {
    await using world = await startWorld();
    await world.control.seed(intent({}, { uqpay_attempts: [{ ...ATTEMPT, amount: '15.00' }] }));
    const ask = (amount: string) => world.refund({ payment_intent_id: INTENT.id, amount });
    assert.equal((await ask('15.01')).json['code'], 'amount_exceeds_refundable');
    assert.equal((await ask('15.00')).status, 200);
  });

  it('has nothing refundable in the overview and for a proxy while its status refuses a refund', async () => {
    await using world = await startWorld();
    await world.control.seed(intent({}));
    const body = JSON.stringify({ intent_status: 'FAILED' });
    await world.fetch(`/_sandbox/db/uqpay_intents/${INTENT.id}`, { method: 'PATCH', body });
    const [payment] = (await world.fetch('/_sandbox/payments')).json['payments'] as Record<string, unknown>[];
    assert.deepEqual([payment?.['captured'], payment?.['refundable']], ['20.00', '0.00']);
    assert.equal(
      (await world.fetch(`/orders/${INTENT.id}`)).json['not_refundable'],
      'Only a payment that is SUCCEEDED can be refunded: this one is FAILED.',
    );
    assert.equal((await world.refund({ payment_intent_id: INTENT.id })).json['code'], 'payment_not_refundable');
  });
});

describe('a seed', () => {
  it('has nothing captured by an attempt that has failed, or is still open', async () => {
    for (const status of ['FAILED', 'EXPIRED', 'AUTHORIZED']) {
      await using world = await startWorld();
      const paid = { ...ATTEMPT, id: 'PA2', attempt_status: 'SUCCEEDED' };
      const rows = intent({}, { uqpay_attempts: [{ ...ATTEMPT, attempt_status: status }, paid] });
      assert.equal((await seed(world, rows)).status, 200);
      const { json } = await world.fetch(`/_sandbox/db/uqpay_attempts/${ATTEMPT.id}`);
      assert.equal(json['captured_amount'], '0.00', status);
    }
  });

  it('may have the account of a vendor of a later charge', async () => {
    await using world = await startWorld();
    const id = 'KW81CBKU0000000000001234560101-KWD';
    assert.equal((await seed(world, { upayments_accounts: [{ id, balance: '1.000' }] })).status, 200);
  });

  it('is filtered by a member that no row has', async () => {
    await using world = await startWorld();
    for (const filter of [
      'metadata.a=b',
      'metadata.a.b=c',
      'outcome_after=P3D',
      'unknown_status=PENDING',
      'outcome_after=P3D&currency=USD',
    ]) {
      assert.deepEqual((await world.fetch(`/_sandbox/db/uqpay_refunds?${filter}`)).text, '[]', filter);
    }
  });
});
