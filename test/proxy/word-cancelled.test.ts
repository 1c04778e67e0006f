import assert from 'node:assert/strict';
import { test } from 'node:test';

import { listingShop } from './support/listing-shop.ts';
import { lostDivision, UPAYMENTS } from './support/lost-refunds.ts';
import { ORDER, uuid } from './support/test-proxy.ts';

const CREATE = 'POST /create-refund';
const CANCEL = { orderId: 'R1', refundOrderId: 'RO-R1' };
const BACK = { take_back: true } as const;

test('a refund that a word has cancelled, and that the provider lists, is one too many until it is recorded as made elsewhere', async (t) => {
  const shop = await listingShop(t);
  const id = await lost(shop, '5');
  shop.list.set('X', false);
  // A slip: X was made in the dashboard, of 20.
  assert.equal((await shop.resolve(id, { outcome: 'initiated', refund_id: 'X' })).status, 200);
  assert.equal((await shop.resolve(id, { outcome: 'cancelled', confirm: true })).status, 200);
  const { unaccounted_refunds, not_refundable, refundable } = await shop.summary();
  assert.deepEqual([unaccounted_refunds, refundable], [{ listed: 1, known: 0, unknown: 0 }, '100.000']);
  assert.match(
    not_refundable!,
    new RegExp(`has settled as cancelled what it lists.* X \\(settle the request ${id} as `),
  );
  const sends = shop.provider.callsOf(CREATE).length;
  const { status, problem } = await shop.refund('90', { key: uuid(3) });
  assert.deepEqual([status, problem.code, problem.effect], [409, 'refunded_elsewhere', 'nothing']);
  assert.equal(shop.provider.callsOf(CREATE).length, sends);
  const told = {
    paymentId: ORDER,
    currency: 'KWD',
    amount: 20_000n,
    reason: 'Seen there',
    who: 'op',
    at: shop.clock.now,
  };
  assert.ok(await shop.ledger.tellElsewhere(UPAYMENTS, told));
  assert.deepEqual([(await shop.summary()).not_refundable, (await shop.summary()).refundable], [null, '80.000']);
  assert.equal((await shop.refund('80', { key: uuid(4) })).status, 201);
});

test('a cancel that a person confirmed while nobody could read the refund frees nothing while it is listed', async (t) => {
  const shop = await listingShop(t);
  await shop.refund('90', { key: uuid(1) });
  const { id } = (await shop.ledger.intentByKey(UPAYMENTS, uuid(1)))!;
  shop.provider.on('GET /check-refund-status/R1', { status: 500, json: {} });
  assert.equal((await shop.resolve(id, { outcome: 'cancelled', confirm: true })).status, 200);
  assert.equal((await shop.refund('100', { key: uuid(2) })).problem.code, 'refunded_elsewhere');
  assert.equal((await shop.resolve(id, { outcome: 'initiated', ...BACK, confirm: true })).status, 200);
  assert.deepEqual(await shop.money(), ['0.000', '90.000', '10.000']);
  assert.equal((await shop.summary()).unaccounted_refunds, null);
});

test('a cancel of the provider’s own frees the amount although its list is late', async (t) => {
  const shop = await listingShop(t);
  await shop.refund('90', { key: uuid(1) });
  assert.equal((await shop.post('/delete-refund', { key: uuid(2), body: CANCEL })).status, 200);
  assert.equal(shop.list.get('R1'), false);
  assert.equal((await shop.summary()).unaccounted_refunds, null);
  assert.equal((await shop.refund('100', { key: uuid(3) })).status, 201);
});

test('a number that a word gave to the wrong vendor, whose refund is cancelled, is given to the right one', async (t) => {
  const { say, count, provider, standings, ledger } = await lostDivision(t);
  count(2, false);
  for (const [vendor, refund_id] of [
    ['v1', 'refund-2'],
    ['v2', 'refund-1'],
  ]) {
    assert.equal((await say({ outcome: 'initiated', vendor, refund_id })).status, 200);
    const json = { status: true, message: 'ok', data: { is_refunded: false, refunded_date: null } };
    provider.on(`GET /check-refund-status/${refund_id}`, { status: 200, json });
  }
  assert.equal((await say({ outcome: 'cancelled', vendor: 'v1', confirm: true })).status, 200);
  const right = { outcome: 'initiated', vendor: 'v2', refund_id: 'refund-2' };
  assert.equal((await say(right)).problem.errors?.[0]?.pointer, '/take_back');
  assert.equal((await say({ ...right, ...BACK })).status, 200);
  assert.deepEqual(await standings(), ['cancelled', 'pending']);
  const { id } = (await ledger.intentByKey(UPAYMENTS, uuid(2)))!;
  const rows = await ledger.reservationsOfIntent(id);
  assert.deepEqual(
    rows.map(({ refundId }) => refundId),
    [undefined, 'refund-2'],
  );
  const named = await ledger.reservationsByReference(UPAYMENTS, 'refund-2');
  assert.deepEqual(
    named.map(({ vendor }) => vendor),
    ['v2'],
  );
});

test('a number that a word gave to another request, which came to nothing, is given to the right one', async (t) => {
  const shop = await listingShop(t);
  const first = await lost(shop, '5', 1);
  shop.list.set('R1', false);
  assert.equal((await shop.resolve(first, { outcome: 'initiated', refund_id: 'R1' })).status, 200);
  const second = await lost(shop, '7', 2);
  assert.match(
    (await shop.resolve(second, { outcome: 'initiated', refund_id: 'R1' })).problem.detail!,
    /^refund_id: R1 is the refund of another request/,
  );
  assert.equal((await shop.resolve(first, { outcome: 'cancelled', confirm: true })).status, 200);
  assert.equal((await shop.resolve(second, { outcome: 'initiated', refund_id: 'R1', confirm: true })).status, 200);
  assert.deepEqual(await shop.money(), ['0.000', '7.000', '93.000']);
  assert.equal((await shop.summary()).not_refundable, null);
});

test('the number and the amount beside a word on a lost cancel are judged as those of its refund', async (t) => {
  const shop = await listingShop(t);
  await shop.refund('90', { key: uuid(1) });
  shop.provider.on('POST /delete-refund', 'drop');
  await shop.post('/delete-refund', { key: uuid(2), body: CANCEL });
  shop.list.delete('R1');
  const cancel = (await shop.ledger.intentByKey(UPAYMENTS, uuid(2)))!.id;
  const wrong = await shop.resolve(cancel, { outcome: 'cancelled', refund_id: 'R9' });
  assert.equal(wrong.problem.detail, 'refund_id: this cancel is not about the refund R9');
  const amount = await shop.resolve(cancel, { outcome: 'cancelled', amount: '90.000' });
  assert.equal(amount.problem.detail, 'amount: expected none with the outcome cancelled');
  assert.equal((await shop.resolve(cancel, { outcome: 'cancelled', refund_id: 'R1' })).status, 200);
  assert.deepEqual(await shop.money(), ['0.000', '0.000', '100.000']);
  // It was not cancelled after all: its key must not say that it was.
  const { id } = (await shop.ledger.intentByKey(UPAYMENTS, uuid(1)))!;
  assert.equal((await shop.resolve(id, { outcome: 'initiated', ...BACK, confirm: true })).status, 200);
  const again = await shop.post('/delete-refund', { key: uuid(2), body: CANCEL });
  assert.deepEqual([again.status, again.problem.code], [410, 'settled_nothing']);
  assert.match(again.problem.detail!, /^The refund was not cancelled/);
});

/** A refund whose answer was lost. Returns its intent. */
async function lost(shop: Awaited<ReturnType<typeof listingShop>>, amount: string, key = 1): Promise<string> {
  shop.lose();
  assert.equal((await shop.refund(amount, { key: uuid(key) })).problem.code, 'outcome_unknown');
  return (await shop.ledger.intentByKey(UPAYMENTS, uuid(key)))!.id;
}
