import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { LedgerUnavailableError } from '../../proxy/ledger/errors.ts';
import { Ledger } from '../../proxy/ledger/ledger.ts';
import { listingShop } from './support/listing-shop.ts';
import { ORDER, startTestProxy, uuid } from './support/test-proxy.ts';

const HOUR = 3_600_000;
const SCOPE = { merchant: 'default', provider: 'upayments' };
const CANCEL = { orderId: 'R1', refundOrderId: 'RO-R1' };

for (const how of ['a person’s word', 'the provider’s answer'] as const) {
  test(`a refund that was cancelled by ${how} and is listed as paid holds its amount before anything is shown`, async (t) => {
    const shop = await cancelledShop(t, how);
    shop.list.set('R1', true);
    assert.deepEqual(await shop.money(), ['0.000', '90.000', '10.000']);
    const [first] = (await shop.summary()).refunds!;
    assert.deepEqual([first?.standing, first?.status], ['unknown', 'contradiction']);
    assert.equal((await shop.refund('100', { key: uuid(3) })).problem.code, 'payment_busy');
  });

  test(`a refund that was cancelled by ${how} and is listed as paid stops the next refund`, async (t) => {
    const shop = await cancelledShop(t, how);
    shop.list.set('R1', true);
    const { status, problem } = await shop.refund('100', { key: uuid(3) });
    assert.deepEqual([status, problem.code, problem.effect], [409, 'payment_busy', 'nothing']);
    assert.equal(shop.provider.callsOf('POST /create-refund').length, 1);
    assert.deepEqual(await shop.money(), ['0.000', '90.000', '10.000']);
    assert.equal((await shop.ledger.intentByKey(SCOPE, uuid(3)))?.state, 'void');
  });
}

test('a list that is read as evidence, or for a number that a person gives, is taken into the ledger too', async (t) => {
  for (const ask of ['evidence', 'number'] as const) {
    const shop = await cancelledShop(t, 'the provider’s answer');
    shop.provider.on('POST /create-refund', 'drop');
    assert.equal((await shop.refund('5', { key: uuid(3) })).problem.code, 'outcome_unknown');
    shop.list.set('R1', true);
    if (ask === 'evidence') await shop.refund('5', { key: uuid(3) });
    else {
      const { id } = (await shop.ledger.intentByKey(SCOPE, uuid(3)))!;
      await shop.resolve(id, { outcome: 'refunded', refund_id: 'R9' });
    }
    const [row] = await shop.ledger.reservationsOfPayment(SCOPE, ORDER);
    assert.equal(row?.status, 'contradiction', ask);
  }
});

test('after a restore, the comparison with the list takes in that a cancelled refund is paid', async (t) => {
  const shop = await cancelledShop(t, 'the provider’s answer');
  const restored = { generation: 'g1', since: 0 };
  await shop.ledger.setRestored(restored, { who: 'op', reason: 'backup of Tuesday', at: shop.clock.now });
  shop.list.set('R1', true);
  assert.equal((await shop.refund('100', { key: uuid(3) })).problem.code, 'payment_busy');
  const [row] = await shop.ledger.reservationsOfPayment(SCOPE, ORDER);
  assert.equal(row?.status, 'contradiction');
});

test('a list that cannot be recorded stops the refund before it is sent, so its outcome is known', async (t) => {
  const shop = await listingShop(t);
  await shop.refund('10', { key: uuid(1) });
  const failing = t.mock.method(Ledger.prototype, 'observe', async () => {
    throw new LedgerUnavailableError('locked');
  });
  const { status, problem } = await shop.refund('20', { key: uuid(2) });
  assert.deepEqual([status, problem.code, problem.effect], [503, 'ledger_unavailable', 'nothing']);
  assert.equal(shop.provider.callsOf('POST /create-refund').length, 1);
  failing.mock.restore();
  assert.equal((await shop.refund('20', { key: uuid(2) })).status, 201);
});

test('a person frees a refund that was deleted in the provider’s dashboard', async (t) => {
  const shop = await listingShop(t);
  await shop.refund('90', { key: uuid(1) });
  shop.list.delete('R1');
  const { id } = (await shop.ledger.intentByKey(SCOPE, uuid(1)))!;
  const said = await shop.resolve(id, { outcome: 'cancelled', reason: 'Deleted in the dashboard' });
  assert.equal(said.status, 200, said.text);
  assert.equal((said.json as { saw: string }).saw, 'The refund cannot be read (answer 404).');
  assert.deepEqual(await shop.money(), ['0.000', '0.000', '100.000']);
  const { refunds, cancels } = await shop.summary();
  assert.deepEqual([refunds?.[0]?.standing, refunds?.[0]?.status], ['cancelled', 'cancelled']);
  assert.deepEqual(
    cancels?.map(({ standing, refund_id, requested_by }) => [standing, refund_id, requested_by]),
    [['cancelled', 'R1', 'admin-1']],
  );
  const words = (await shop.ledger.audit(id)).filter(({ what }) => what === 'resolve');
  assert.deepEqual(
    words.map(({ who, to, detail }) => [who, to, detail]),
    [['admin-1', 'cancelled', 'Deleted in the dashboard']],
  );
  // Once.
  assert.equal((await shop.resolve(id, { outcome: 'cancelled' })).problem.code, 'invalid_request');
});

test('a refund whose cancel was wrongly settled as nothing is freed by a word, too', async (t) => {
  const shop = await listingShop(t);
  await shop.refund('90', { key: uuid(1) });
  shop.provider.on('POST /delete-refund', 'drop');
  const lost = await shop.post('/delete-refund', { key: uuid(2), body: CANCEL });
  assert.equal(lost.problem.code, 'outcome_unknown');
  const { id } = (await shop.ledger.intentByKey(SCOPE, uuid(1)))!;
  const cancel = (await shop.ledger.intentByKey(SCOPE, uuid(2)))!;
  shop.list.delete('R1');
  // While the cancel is unknown, the word is about that request.
  assert.match((await shop.resolve(id, { outcome: 'cancelled' })).problem.detail!, new RegExp(cancel.id));
  assert.equal((await shop.resolve(cancel.id, { outcome: 'nothing' })).status, 200);
  assert.deepEqual(await shop.money(), ['0.000', '90.000', '10.000']);
  assert.equal((await shop.resolve(id, { outcome: 'cancelled' })).status, 200);
  assert.deepEqual(await shop.money(), ['0.000', '0.000', '100.000']);
});

test('a word that a refund is deleted is compared with what the provider lists', async (t) => {
  const shop = await listingShop(t);
  await shop.refund('90', { key: uuid(1) });
  const { id } = (await shop.ledger.intentByKey(SCOPE, uuid(1)))!;
  const listed = await shop.resolve(id, { outcome: 'cancelled' });
  assert.deepEqual([listed.status, listed.problem.code], [400, 'confirmation_required']);
  assert.deepEqual(
    listed.problem.errors?.map(({ pointer }) => pointer),
    ['/confirm'],
  );
  assert.deepEqual(await shop.money(), ['0.000', '90.000', '10.000']);
  assert.equal((await shop.resolve(id, { outcome: 'cancelled', confirm: true })).status, 200);
  assert.deepEqual(await shop.money(), ['0.000', '0.000', '100.000']);

  const other = await listingShop(t);
  await other.refund('90', { key: uuid(1) });
  other.list.set('R1', true);
  const paid = (await other.ledger.intentByKey(SCOPE, uuid(1)))!.id;
  const refused = await other.resolve(paid, { outcome: 'cancelled', confirm: true });
  assert.deepEqual([refused.status, refused.problem.code], [400, 'invalid_request']);
  assert.match(refused.problem.detail!, /lists the refund as refunded, so it is not cancelled/);
  assert.deepEqual(await other.money(), ['90.000', '0.000', '10.000']);
});

test('a refund that is paid although a person said that it was deleted is held as a contradiction', async (t) => {
  const shop = await listingShop(t);
  await shop.refund('90', { key: uuid(1) });
  shop.list.delete('R1');
  const { id } = (await shop.ledger.intentByKey(SCOPE, uuid(1)))!;
  assert.equal((await shop.resolve(id, { outcome: 'cancelled' })).status, 200);
  for (let hour = 0; hour < 9 * 24; hour += 1) {
    shop.clock.now += HOUR;
    await shop.proxy.reconcile();
  }
  const before = shop.provider.callsOf('GET /check-refund-status/R1').length;
  assert.ok(before > 5, `${before} reads`);
  shop.list.set('R1', true);
  for (let hour = 0; hour < 36 * 24; hour += 1) {
    shop.clock.now += HOUR;
    await shop.proxy.reconcile();
  }
  const [row] = await shop.ledger.reservationsOfPayment(SCOPE, ORDER);
  assert.deepEqual([row?.standing, row?.status, row?.released], ['unknown', 'contradiction', false]);
  const { intents } = (await shop.get('/intents')).json as { intents: { id: string }[] };
  assert.deepEqual(
    intents.map((intent) => intent.id),
    [id],
  );
});

test('a refund whose contradiction was settled, and that is paid after it was deleted again, is a contradiction again', async (t) => {
  const shop = await cancelledShop(t, 'a person’s word');
  const { id } = (await shop.ledger.intentByKey(SCOPE, uuid(1)))!;
  shop.list.set('R1', true);
  assert.deepEqual(await shop.money(), ['0.000', '90.000', '10.000']);
  assert.equal((await shop.resolve(id, { outcome: 'initiated' })).status, 200);
  shop.list.delete('R1');
  assert.equal((await shop.resolve(id, { outcome: 'cancelled' })).status, 200);
  assert.deepEqual(await shop.money(), ['0.000', '0.000', '100.000']);
  shop.list.set('R1', true);
  assert.deepEqual(await shop.money(), ['0.000', '90.000', '10.000']);
});

test('a refund of ours that the list has named is not taken for one that was made there in its place', async (t) => {
  const shop = await listingShop(t);
  await shop.refund('10', { key: uuid(1) });
  assert.deepEqual((await shop.summary()).unaccounted_refunds, null);
  await shop.summary();
  const { id } = (await shop.ledger.intentByKey(SCOPE, uuid(1)))!;
  assert.equal((await shop.ledger.audit(id)).filter(({ what }) => what === 'listed').length, 1);
  shop.list.delete('R1');
  shop.list.set('made-there', true);
  assert.deepEqual((await shop.summary()).unaccounted_refunds, { listed: 1, known: 0, unknown: 0 });
  assert.equal((await shop.refund('90', { key: uuid(2) })).problem.code, 'refunded_elsewhere');
  assert.equal(shop.provider.callsOf('POST /create-refund').length, 1);
});

test('a refund of ours that no list has named may be the one in the list', async (t) => {
  const shop = await listingShop(t);
  await shop.refund('10', { key: uuid(1) });
  shop.list.delete('R1');
  shop.list.set('another-id-of-it', false);
  assert.deepEqual((await shop.summary()).unaccounted_refunds, null);
  assert.equal((await shop.refund('90', { key: uuid(2) })).status, 201);
});

test('a provider that reports what became of its refunds takes no such word', async (t) => {
  const { refund, post, ledger } = await startTestProxy(t);
  assert.equal((await refund('10.00', { key: uuid(1) })).status, 200);
  const { id } = (await ledger.intentByKey({ merchant: 'default', provider: 'uqpay' }, uuid(1)))!;
  const body = { outcome: 'cancelled', reason: 'Seen in the portal', confirm: true };
  const { status, problem } = await post(`/intents/${id}/resolve`, { body });
  assert.deepEqual([status, problem.code], [400, 'invalid_request']);
});

/** A refund of 90 that was cancelled. */
async function cancelledShop(t: TestContext, how: 'a person’s word' | 'the provider’s answer') {
  const shop = await listingShop(t);
  await shop.refund('90', { key: uuid(1) });
  if (how === 'a person’s word') shop.provider.on('POST /delete-refund', 'drop');
  await shop.post('/delete-refund', { key: uuid(2), body: CANCEL });
  shop.list.delete('R1');
  const { id, state } = (await shop.ledger.intentByKey(SCOPE, uuid(2)))!;
  if (state === 'unknown') assert.equal((await shop.resolve(id, { outcome: 'cancelled' })).status, 200);
  assert.deepEqual(await shop.money(), ['0.000', '0.000', '100.000']);
  return shop;
}
