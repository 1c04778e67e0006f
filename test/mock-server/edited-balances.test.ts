import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { KNET, startWorld, type SandboxWorld } from './world.ts';

const PAYMENT = { payment_intent_id: 'PI2000000000000000002' };

const edit = (world: SandboxWorld, path: string, body?: object) =>
  world.fetch(`/_sandbox/db/${path}`, {
    method: body ? 'PATCH' : 'DELETE',
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
const post = (world: SandboxWorld, path: string, body: object) =>
  world.fetch(`/_sandbox/db/${path}`, { method: 'POST', body: JSON.stringify(body) });
const balanceOf = async (world: SandboxWorld) =>
  (await world.uqpay('/v2/payment/balances/HKD')).json['available_balance'];
const merchantOf = async (world: SandboxWorld) =>
  (await world.fetch('/_sandbox/db/upayments_accounts/merchant')).json['balance'];

/** Refunds 100.00 HKD and returns the path of the row. */
async function refund(world: SandboxWorld, reason = 'Return good'): Promise<string> {
  const answer = await world.refund({ ...PAYMENT, amount: '100.00', reason });
  assert.equal(answer.status, 200, answer.text);
  return `uqpay_refunds/${String(answer.json['payment_refund_id'])}`;
}

describe('the balance that pays a refund', () => {
  it('gets the amount back when an edit lets the refund fail, and pays it when an edit lets it succeed', async () => {
    await using world = await startWorld();
    const row = await refund(world);
    assert.equal(await balanceOf(world), '199900.00');
    await edit(world, row, { refund_status: 'FAILED' });
    assert.equal(await balanceOf(world), '200000.00');
    await world.control.advance('PT1M');
    assert.equal(await balanceOf(world), '200000.00');
    await edit(world, row, { refund_status: 'SUCCEEDED' });
    assert.equal(await balanceOf(world), '199900.00');
    await edit(world, row);
    assert.equal(await balanceOf(world), '200000.00');
  });

  it('gets back what was taken when the amount was edited before the refund failed', async () => {
    await using world = await startWorld();
    const row = await refund(world, 'sandbox:fail');
    assert.equal((await edit(world, row, { amount: '250.00' })).status, 200);
    assert.equal(await balanceOf(world), '199750.00');
    await world.control.advance('PT1M');
    assert.equal(await balanceOf(world), '200000.00');
  });

  it('is not edited below zero', async () => {
    await using world = await startWorld();
    const row = await refund(world);
    await edit(world, 'uqpay_balances/HKD', { available_balance: '50.00' });
    assert.equal((await edit(world, row, { amount: '150.00' })).status, 200);
    await edit(world, 'uqpay_balances/HKD', { available_balance: '50.00' });
    const refused = await edit(world, row, { amount: '200.01' });
    assert.equal(refused.status, 422);
    assert.match(refused.text, /is of 200\.01, and the balance \\"HKD\\" has 200\.00: raise the balance first/);
    assert.equal(await balanceOf(world), '50.00');
    assert.equal((await world.fetch(`/_sandbox/db/${row}`)).json['amount'], '150.00');
  });

  it('is not deleted where the payments of its currency would open it again, so that no money appears', async () => {
    await using world = await startWorld();
    const before = await world.control.db('uqpay_balances');
    const refused = await edit(world, 'uqpay_balances/HKD');
    assert.equal(refused.status, 422);
    assert.match(refused.text, /makes the row \\"HKD\\" from other rows, so it would be there again: edit its members/);
    assert.deepEqual(await world.control.db('uqpay_balances'), before);
    const row = { ...before[0], id: 'EUR', currency: 'EUR' };
    assert.equal((await post(world, 'uqpay_balances', row)).status, 201);
    assert.equal((await edit(world, 'uqpay_balances/EUR')).status, 200, 'no payment is in euros');
    assert.deepEqual(await world.control.db('uqpay_balances'), before);
  });

  it('follows an edit at UPayments, too', async () => {
    await using world = await startWorld();
    const creation = await world.upayments('/create-refund', { orderId: KNET, totalPrice: 5 });
    const row = `upayments_refunds/${(creation.json['data'] as { orderId: string }).orderId}`;
    assert.equal(await merchantOf(world), '99995.000');
    await edit(world, row, { amount: '6.000' });
    assert.equal(await merchantOf(world), '99994.000');
    await edit(world, row, { refund_status: 'deleted' });
    assert.equal(await merchantOf(world), '100000.000');
    await edit(world, row, { refund_status: 'refunded' });
    assert.equal(await merchantOf(world), '99994.000');
    await edit(world, row);
    assert.equal(await merchantOf(world), '100000.000');
  });
});

describe('what was refunded of an attempt', () => {
  it('is edited through its refunds, and an edit of the sum itself is refused', async () => {
    await using world = await startWorld();
    const path = 'uqpay_attempts/PA2000000000000000005';
    const refused = await edit(world, path, { refunded_amount: '5.00' });
    assert.equal(refused.status, 422);
    assert.match(refused.text, /refunded_amount: the sandbox works it out from other rows: expected the string /);
    assert.match(refused.text, /expected the string \\"30\.00\\", as it would be/);
    const row = (await world.fetch(`/_sandbox/db/${path}`)).json;
    const whole = { method: 'PUT', body: JSON.stringify({ ...row, arn: '123' }) };
    assert.equal((await world.fetch(`/_sandbox/db/${path}`, whole)).status, 200, 'a whole row has the sum, too');
  });
});
