import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { CARD, KNET, PAGE_VENDORS, SHORT_VENDORS, startWorld, type Reply, type SandboxWorld } from './world.ts';

const data = (reply: Reply) => reply.json['data'] as Record<string, unknown>;
const errors = (reply: Reply) => reply.json['errors'] as Record<string, string[]>;

const refund = (world: SandboxWorld, body: object = {}) =>
  world.upayments('/create-refund', { orderId: KNET, totalPrice: 10, ...body });

const isRefunded = async (world: SandboxWorld, of: Reply) =>
  data(await world.upayments(`/check-refund-status/${String(data(of)['orderId'])}`))['is_refunded'];

describe('UPayments create-refund', () => {
  it('refuses invalid members with 422 and the name of the field', async () => {
    await using world = await startWorld();
    const cases: readonly [body: object, field: string, message: RegExp][] = [
      [{ totalPrice: '10' }, 'totalPrice', /expected a number, received the string "10"/],
      [{ totalPrice: undefined }, 'totalPrice', /is required/],
      [{ totalPrice: 0 }, 'totalPrice', /above 0/],
      [{ totalPrice: -1 }, 'totalPrice', /above 0/],
      [
        { totalPrice: 1.0005 },
        'totalPrice',
        /a number above 0 in KWD, with at most 3 decimals and 18 digits, received/,
      ],
      [{ totalPrice: 1e21 }, 'totalPrice', /KWD/],
      [{ totalPrice: 32.751 }, 'totalPrice', /32.751 KWD is above the 32.750 KWD/],
      [{ orderId: 'nobody' }, 'orderId', /no order/],
      [{ customerFirstName: 'n'.repeat(256) }, 'customerFirstName', /at most 255/],
      [{ customerMobileNumber: '1'.repeat(17) }, 'customerMobileNumber', /at most 16/],
      [{ requireApproval: true }, 'refundReason', /required/],
      [{ reference: 7 }, 'reference', /expected a string/],
      [{ reference: '💸'.repeat(256) }, 'reference', /must have at most 255 characters, received 256/],
    ];
    for (const [body, field, message] of cases) {
      const answer = await refund(world, body);
      assert.deepEqual([answer.status, answer.json['status'], answer.json['data']], [422, false, null], answer.text);
      assert.match(errors(answer)[field]?.[0] ?? '', message, answer.text);
    }
    assert.equal((await world.control.db('upayments_refunds')).length, 2);
  });

  it('accepts three decimals, and the journal names this policy', async () => {
    await using world = await startWorld();
    assert.equal((await refund(world, { totalPrice: 1.005 })).status, 201);
    const [entry] = await world.control.journal({ provider: 'upayments' });
    assert.ok(entry?.policies.some(({ id }) => id === 'upayments.amount-decimals'));
    const [, , row] = await world.control.db('upayments_refunds');
    assert.equal(row?.['amount'], '1.005');
  });

  it('settles KNET after four hours and cards after two days, exactly when due', async () => {
    await using world = await startWorld();
    const knet = await refund(world);
    const card = await refund(world, { orderId: CARD });
    await world.control.advance('PT3H59M59S');
    assert.equal(await isRefunded(world, knet), false);
    await world.control.advance('PT1H');
    assert.equal(await isRefunded(world, knet), true);
    assert.equal(await isRefunded(world, card), false);
    await world.control.advance('P2D');
    assert.equal(await isRefunded(world, card), true);
    const status = await world.upayments(`/check-refund-status/${String(data(knet)['orderId'])}`);
    assert.equal(data(status)['refunded_date'], '2026-11-02 08:00:00');
  });

  it("reduces the merchant's balance, and a deletion restores it", async () => {
    await using world = await startWorld();
    const balance = async () => (await world.control.db('upayments_accounts'))[0]?.['balance'];
    const creation = await refund(world);
    assert.equal(await balance(), '99990.000');
    const { orderId, refundOrderId } = data(creation);
    assert.equal((await world.upayments('/delete-refund', { orderId, refundOrderId })).status, 201);
    assert.equal(await balance(), '100000.000');
    assert.equal((await world.upayments(`/check-refund-status/${String(orderId)}`)).status, 404);
    assert.deepEqual(data(await world.upayments(`/check-refund/${KNET}`))['refund'], []);
    assert.equal((await refund(world, { totalPrice: 32.75 })).status, 201);
  });

  it('can be deleted only while it is initiated, and only by its own ids', async () => {
    await using world = await startWorld();
    const { orderId, refundOrderId } = data(await refund(world));
    assert.equal((await world.upayments('/delete-refund', { orderId: KNET, refundOrderId })).status, 422);
    assert.equal((await world.upayments('/delete-refund', { orderId, refundOrderId: 'other' })).status, 422);
    await world.control.advance('PT4H');
    const late = await world.upayments('/delete-refund', { orderId, refundOrderId });
    assert.equal(late.status, 422);
    assert.match(errors(late)['orderId']?.[0] ?? '', /refunded already/);
    const incomplete = await world.upayments('/delete-multivendor-refund', { orderId, refundOrderId, refundArn: '1' });
    assert.deepEqual(errors(incomplete)['generatedInvoiceId'], [
      'generatedInvoiceId: is required: expected a string or a number',
    ]);
  });

  it('answers 422 to a write about an unknown id, and the journal says that this is no documented fact', async () => {
    await using world = await startWorld();
    const ids = { orderId: 'none', refundOrderId: 'none', refundArn: 'none', generatedInvoiceId: 'none' };
    const row = (await open(world, PAGE_VENDORS, 1))[0];
    const answers = [
      await refund(world, { orderId: 'none' }),
      await second(world, 'none', [{ ...row, amountToRefund: 1 }]),
      await world.upayments('/delete-refund', ids),
      await world.upayments('/delete-multivendor-refund', ids),
    ];
    for (const { status, text } of answers) assert.equal(status, 422, text);
    for (const { route, policies } of (await world.control.journal({ provider: 'upayments' })).slice(1)) {
      assert.ok(
        policies.some(({ id }) => id === 'upayments.not-found'),
        route,
      );
    }
  });

  it('refuses with the scenario insufficient_balance, and makes no refund', async () => {
    await using world = await startWorld();
    const answer = await refund(world, { reference: 'sandbox:insufficient_balance' });
    assert.deepEqual([answer.status, answer.json['status']], [422, false]);
    assert.match(String(answer.json['message']), /insufficient balance/);
    assert.equal((await world.control.db('upayments_refunds')).length, 2);
  });
});

interface Row {
  readonly refundRequestId: string;
  readonly amountToRefund: number;
}

const lists = (reply: Reply) => data(reply)['responseData'] as Record<string, Record<string, unknown>[]>;

async function open(world: SandboxWorld, orderId: string, totalPrice: number): Promise<Row[]> {
  return data(await world.upayments('/create-refund', { orderId, totalPrice }))['refundPayload'] as Row[];
}

const second = (world: SandboxWorld, orderId: string, refundPayload: readonly object[]) =>
  world.upayments('/create-multivendor-refund', { orderId, refundPayload });

describe('UPayments multivendor refunds', () => {
  it('name the second step at the address of the call, and make no refund in the first', async () => {
    await using world = await startWorld();
    const answer = await world.upayments('/create-refund', { orderId: PAGE_VENDORS, totalPrice: 10 });
    assert.equal(answer.status, 201);
    assert.equal(
      data(answer)['multivendor_refund_end_point'],
      `${world.sandbox.url}/upayments/api/v1/create-multivendor-refund`,
    );
    assert.equal((await world.control.db('upayments_refunds')).length, 2);
  });

  it('put each row in the right list of the answer', async () => {
    await using world = await startWorld();
    const [large, small] = await open(world, SHORT_VENDORS, 20);
    const answer = await second(world, SHORT_VENDORS, [
      { ...large, amountToRefund: 10.5 },
      { ...small, amountToRefund: 9.5 },
      { ...large, refundRequestId: 'bm9ib2R5', amountToRefund: 1 },
    ]);
    assert.equal(answer.status, 201);
    const { generated, insufficientBalance, refundIssue, dataTempered } = lists(answer);
    assert.equal(generated?.[0]?.['amount'], 10.5);
    assert.equal(insufficientBalance?.[0]?.['refundRequestId'], 'dmVuZG9yQjAwMg==');
    assert.match(String(insufficientBalance?.[0]?.['message']), /balance/);
    assert.equal(refundIssue?.[0]?.['refundRequestId'], 'bm9ib2R5');
    assert.deepEqual(dataTempered, []);
  });

  it('detect a tampered row, a repeated row and an invalid amount', async () => {
    await using world = await startWorld();
    const [first, other] = await open(world, PAGE_VENDORS, 100);
    const step = async (...rows: object[]) => lists(await second(world, PAGE_VENDORS, rows));
    assert.equal((await step({ ...first, amountToRefund: 1, remainingLimit: 500 }))['dataTempered']?.length, 1);
    assert.equal((await step({ ...first, amountToRefund: 0 }))['refundIssue']?.length, 1);
    assert.equal((await step({ ...first, amountToRefund: 50.001 }))['refundIssue']?.length, 1);
    const [fine] = (await step({ ...first, amountToRefund: 1.0005 }))['refundIssue'] ?? [];
    assert.match(
      String((fine as { message?: unknown }).message),
      /must be a number above 0 in KWD, with at most 3 decimals and 18 digits/,
    );
    const twice = await step({ ...other, amountToRefund: 1 }, { ...other, amountToRefund: 1 });
    assert.deepEqual([twice['generated']?.length, twice['refundIssue']?.length], [1, 1]);
    assert.equal((await step({ ...first, amountToRefund: 50 }))['generated']?.length, 1);
    assert.equal((await step({ ...first, amountToRefund: 0.001 }))['refundIssue']?.length, 1);
  });

  it('show earlier refunds in the next first step, and are deleted by four ids', async () => {
    await using world = await startWorld();
    const [first] = await open(world, PAGE_VENDORS, 10);
    const [creation] =
      lists(await second(world, PAGE_VENDORS, [{ ...first, amountToRefund: 12.5 }]))['generated'] ?? [];
    const [again] = (await open(world, PAGE_VENDORS, 10)) as unknown as Record<string, unknown>[];
    assert.deepEqual([again?.['refundedAmount'], again?.['remainingLimit']], [12.5, 37.5]);
    assert.equal((await world.upayments('/delete-refund', { ...creation })).status, 422);
    assert.equal((await world.upayments('/delete-multivendor-refund', { ...creation, refundArn: '1' })).status, 422);
    assert.equal((await world.upayments('/delete-multivendor-refund', { ...creation })).status, 201);
    const [after] = (await open(world, PAGE_VENDORS, 10)) as unknown as Record<string, unknown>[];
    assert.deepEqual([after?.['refundedAmount'], after?.['remainingLimit']], [0, 50]);
  });

  it('need a first step, a multivendor order and complete rows', async () => {
    await using world = await startWorld();
    const row = { refundRequestId: 'cDg2RTY1Yjc5aw==', amountToRefund: 1 };
    const partial = await second(world, PAGE_VENDORS, [row]);
    assert.match(errors(partial)['refundPayload.0.ibanNumber']?.[0] ?? '', /is required/);
    const [whole] = await open(world, SHORT_VENDORS, 1);
    assert.match(
      errors(await second(world, PAGE_VENDORS, [{ ...whole }]))['refundPayload']?.[0] ?? '',
      /create-refund first/,
    );
    assert.match(errors(await second(world, KNET, [{ ...whole }]))['orderId']?.[0] ?? '', /no multivendor order/);
  });

  it('apply insufficient_balance to the first vendor only', async () => {
    await using world = await startWorld();
    const rows = await open(world, PAGE_VENDORS, 10);
    await world.control.scenario('insufficient_balance', { route: 'create_multivendor_refund' });
    const answer = lists(
      await second(
        world,
        PAGE_VENDORS,
        rows.map((row) => ({ ...row, amountToRefund: 5 })),
      ),
    );
    assert.deepEqual([answer['insufficientBalance']?.length, answer['generated']?.length], [1, 1]);
  });
});
