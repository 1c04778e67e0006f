import assert from 'node:assert/strict';
import { test } from 'node:test';

import { listingShop } from './support/listing-shop.ts';
import { lostAtUqpay, lostDivision, UPAYMENTS, UQPAY } from './support/lost-refunds.ts';
import { ORDER, PAYMENT, REFUND, uuid } from './support/test-proxy.ts';

const BACK = { take_back: true } as const;

for (const outcome of ['refunded', 'initiated'] as const) {
  test(`a request that was settled as nothing is ${outcome} after another word, and its key says so`, async (t) => {
    const { say, summary, check, ledger } = await lostAtUqpay(t);
    assert.equal((await say({ outcome: 'nothing' })).status, 200);
    assert.equal((await check()).problem.code, 'settled_nothing');
    const early = await say({ outcome, confirm: true });
    assert.deepEqual([early.problem.code, early.problem.errors?.[0]?.pointer], ['confirmation_required', '/take_back']);
    assert.match(early.problem.detail!, /^A person has settled this refund as nothing\. If that was wrong, and /);
    // The flag alone does not answer what the provider shows.
    const unseen = await say({ outcome, ...BACK });
    assert.deepEqual([unseen.problem.code, unseen.problem.errors?.[0]?.pointer], ['confirmation_required', '/confirm']);
    assert.match(unseen.problem.detail!, /^The provider's list does not show this refund\./);
    assert.equal((await summary()).refundable, '100.00');
    assert.equal((await say({ outcome, ...BACK, confirm: true })).status, 200);
    const { refundable, refunds } = await summary();
    assert.deepEqual(
      [refundable, refunds![0]!.standing, refunds![0]!.status, refunds![0]!.ended],
      ['90.00', outcome === 'refunded' ? 'succeeded' : 'pending', outcome, undefined],
    );
    const { problem } = await check();
    assert.deepEqual([problem.code, problem.effect], ['outcome_unknown', 'unknown']);
    assert.match(problem.detail!, /A person has settled this request as carried out/);
    const { id } = (await ledger.intentByKey(UQPAY, uuid(1)))!;
    const told = (await ledger.audit(id)).filter(({ source }) => source === 'person');
    assert.deepEqual(told.map(({ what, from, to }) => [what, from, to]).slice(-4), [
      ['resolve', undefined, outcome],
      ['standing', 'failed', outcome === 'refunded' ? 'succeeded' : 'pending'],
      ['reopen', 'failed', 'unknown'],
      ['settle', 'unknown', 'succeeded'],
    ]);
    // Once; and back again.
    assert.match((await say({ outcome, ...BACK })).problem.detail!, /a person has settled it as \w+ already$/);
    assert.equal((await say({ outcome: 'nothing', ...BACK })).status, 200);
    assert.equal((await summary()).refundable, '100.00');
    assert.equal((await check()).problem.code, 'settled_nothing');
  });
}

test('a settled contradiction is settled anew in either direction, after what the provider has stated was confirmed', async (t) => {
  const { say, summary, list } = await lostAtUqpay(t);
  list(true, 'SUCCEEDED');
  await summary();
  list(true, 'FAILED');
  await summary();
  assert.equal((await say({ outcome: 'refunded', confirm: true })).status, 200);
  assert.equal((await say({ outcome: 'nothing', confirm: true })).problem.errors?.[0]?.pointer, '/take_back');
  const early = await say({ outcome: 'nothing', ...BACK });
  assert.equal(early.problem.code, 'confirmation_required');
  assert.match(
    early.problem.detail!,
    /known as succeeded, last stated as failed: 10\.00 USD are held for it\. .*RF1|FAILED/,
  );
  assert.equal((await say({ outcome: 'nothing', ...BACK, confirm: true })).status, 200);
  assert.equal((await summary()).refundable, '100.00');
  const back = await say({ outcome: 'refunded', ...BACK });
  assert.deepEqual([back.problem.code, back.problem.errors?.[0]?.pointer], ['confirmation_required', '/confirm']);
  assert.equal((await say({ outcome: 'refunded', refund_id: 'RF1', ...BACK })).problem.code, 'invalid_request');
  assert.equal((await say({ outcome: 'refunded', ...BACK, confirm: true })).status, 200);
  const { refunded, refunds } = await summary();
  assert.deepEqual([refunded, refunds![0]!.status], ['10.00', 'contradiction_settled']);
});

test('what the provider itself has told after a word is not overruled by another word', async (t) => {
  const { say, summary, list } = await lostAtUqpay(t);
  list(true, 'SUCCEEDED');
  await summary();
  list(true, 'FAILED');
  await summary();
  await say({ outcome: 'initiated', confirm: true });
  list(true, 'SUCCEEDED');
  assert.equal((await summary()).refunded, '10.00');
  const { problem } = await say({ outcome: 'nothing', ...BACK, confirm: true });
  assert.deepEqual([problem.code, problem.errors], ['invalid_request', undefined]);
  assert.match(
    problem.detail!,
    /the provider itself tells what becomes of its refund, and no word changes that\. Read it again later$/,
  );
});

test('a correction that counts more than was captured is asked about, also beside another doubt', async (t) => {
  const { say, summary, refund } = await lostAtUqpay(t);
  await say({ outcome: 'nothing' });
  assert.equal((await refund('100.00', { key: uuid(2) })).status, 200);
  const { problem } = await say({ outcome: 'refunded', ...BACK });
  assert.match(
    problem.detail!,
    /^With this refund 110\.00 USD would count, and 100\.00 USD were captured of this payment\. The provider's list does not/,
  );
  assert.equal((await summary()).refunds![0]!.standing, 'failed');
  const sure = await say({ outcome: 'refunded', ...BACK, confirm: true });
  assert.match((sure.json as { saw: string }).saw, /^With this refund 110\.00 USD would count/);
  assert.equal((await summary()).refundable, '0.00');
});

test('what the order says was refunded elsewhere counts in that question', async (t) => {
  let elsewhere = {};
  const order = { payment_id: PAYMENT, currency: 'USD', captured: '100.00', payment_attempt_id: null };
  const { say } = await lostAtUqpay(t, { options: { orders: async () => ({ ...order, ...elsewhere }) } });
  await say({ outcome: 'nothing' });
  elsewhere = { refunded_elsewhere: '95.00' };
  const { problem } = await say({ outcome: 'initiated', ...BACK });
  assert.match(problem.detail!, /^With this refund 105\.00 USD would count, and 100\.00 USD were captured/);
});

test('a correction takes back no word that was said while it was compared', async (t) => {
  const { say, ledger, clock } = await lostAtUqpay(t);
  const { id } = (await ledger.intentByKey(UQPAY, uuid(1)))!;
  await say({ outcome: 'nothing' });
  const spoken = await ledger.spoken((await ledger.intent(id))!);
  await say({ outcome: 'refunded', ...BACK, confirm: true });
  const said = { reason: 'Compared before that', who: 'admin-2', at: clock.now, takesBack: true } as const;
  for (const outcome of ['nothing', 'initiated'] as const) {
    assert.equal(await ledger.resolve(id, { ...said, outcome, words: spoken.words }), undefined);
  }
  assert.equal((await ledger.reservationsOfIntent(id))[0]!.standing, 'succeeded');
  const { words } = await ledger.spoken((await ledger.intent(id))!);
  // More than is free by now.
  await ledger.resolve(id, { ...said, outcome: 'nothing', words });
  const most = { limit: 9_00n, toldElsewhere: 0n };
  assert.equal(await ledger.resolve(id, { ...said, outcome: 'refunded', words: words + 1, most }), undefined);
  assert.equal((await ledger.reservationsOfIntent(id))[0]!.released, true);
});

test('a colleague who speaks while the provider is read is not overruled', async (t) => {
  const { say, ledger, clock, provider } = await lostAtUqpay(t);
  const { id } = (await ledger.intentByKey(UQPAY, uuid(1)))!;
  await say({ outcome: 'refunded', confirm: true });
  const colleague = { reason: 'Not made', who: 'admin-2', at: clock.now, takesBack: true } as const;
  let spoken = false;
  provider.on(`GET ${REFUND}`, async () => {
    if (!spoken) {
      spoken = true;
      await ledger.resolve(id, { ...colleague, outcome: 'nothing' });
      await ledger.resolve(id, { ...colleague, outcome: 'initiated' });
    }
    return { status: 200, json: { total_pages: 1, total_items: 0, data: [] } };
  });
  const { problem } = await say({ outcome: 'nothing', ...BACK });
  assert.match(
    problem.detail!,
    /^Somebody else has spoken, or the payment has changed, .* read it again before you say more$/,
  );
  assert.equal((await ledger.reservationsOfIntent(id))[0]!.standing, 'pending');
});

test('nothing that a word holds is free before the provider can be read', async (t) => {
  const { say, provider, summary } = await lostAtUqpay(t);
  await say({ outcome: 'refunded', confirm: true });
  provider.on(`GET ${REFUND}`, 'drop');
  const { problem } = await say({ outcome: 'nothing', ...BACK, confirm: true });
  assert.deepEqual([problem.code, problem.errors?.[0]?.pointer], ['invalid_request', '/take_back']);
  assert.match(problem.detail!, /cannot be read.* try again later$/);
  provider.on(`GET ${REFUND}`, { status: 200, json: { total_pages: 1, total_items: 0, data: [] } });
  assert.equal((await summary()).refundable, '90.00');
});

test('a refund that a word has cancelled is on its way again after another word', async (t) => {
  const shop = await listingShop(t);
  await shop.refund('90', { key: uuid(1) });
  const { id } = (await shop.ledger.intentByKey(UPAYMENTS, uuid(1)))!;
  assert.equal((await shop.resolve(id, { outcome: 'cancelled', confirm: true })).status, 200);
  assert.deepEqual(await shop.money(), ['0.000', '0.000', '100.000']);
  const early = await shop.resolve(id, { outcome: 'initiated', confirm: true });
  assert.match(
    early.problem.detail!,
    /^A person has settled this refund as cancelled\. If that was wrong, and the refund is on its way, /,
  );
  const paid = await shop.resolve(id, { outcome: 'refunded', ...BACK });
  assert.match(paid.problem.detail!, /^The provider says of the refund: initiated\. .* or settle it as initiated/);
  assert.equal((await shop.resolve(id, { outcome: 'initiated', ...BACK })).status, 200);
  assert.deepEqual(await shop.money(), ['0.000', '90.000', '10.000']);
  const { cancels } = await shop.summary();
  assert.deepEqual(
    cancels!.map(({ standing, ended }) => [standing, ended]),
    [['failed', 'overtaken']],
  );
  // The cancel's own request names where to say it.
  const [cancel] = await shop.ledger
    .intents(UPAYMENTS, { states: ['succeeded'], paymentId: ORDER, limit: 9 })
    .then((all) => all.filter(({ kind }) => kind === 'cancel'));
  assert.match((await shop.resolve(cancel!.id, { outcome: 'nothing' })).problem.detail!, new RegExp(`${id}$`));
  // It is read like any other again.
  shop.list.set('R1', true);
  shop.clock.now += 3_600_000;
  await shop.proxy.reconcile();
  assert.deepEqual(await shop.money(), ['90.000', '0.000', '10.000']);
});

test('a refund that the provider’s own answer has cancelled is not brought back by a word', async (t) => {
  const shop = await listingShop(t);
  await shop.refund('90', { key: uuid(1) });
  await shop.post('/delete-refund', { key: uuid(2), body: { orderId: 'R1', refundOrderId: 'RO-R1' } });
  shop.list.delete('R1');
  const { id } = (await shop.ledger.intentByKey(UPAYMENTS, uuid(1)))!;
  const { problem } = await shop.resolve(id, { outcome: 'initiated', ...BACK, confirm: true });
  assert.equal(problem.code, 'invalid_request');
  assert.match(problem.detail!, /^Nothing about this intent is unknown\. .* `proxy elsewhere`$/);
  assert.deepEqual(await shop.money(), ['0.000', '0.000', '100.000']);
});

test('one vendor of a division is corrected, and the list has to show a refund that does not count already', async (t) => {
  const { say, count, money, standings } = await lostDivision(t);
  assert.equal((await say({ outcome: 'nothing' })).status, 200);
  assert.equal((await say({ outcome: 'initiated', ...BACK })).problem.errors?.[0]?.pointer, '/vendor');
  count(1);
  assert.equal((await say({ outcome: 'refunded', vendor: 'v1', ...BACK })).status, 200);
  assert.deepEqual(await money(), ['30.000', '0.000', '70.000']);
  const { problem } = await say({ outcome: 'refunded', vendor: 'v2', ...BACK });
  assert.equal(problem.code, 'confirmation_required');
  assert.match(
    problem.detail!,
    /^The provider lists 1 refund of this payment, and each may be one that counts here already\./,
  );
  assert.deepEqual(await standings(), ['succeeded', 'failed']);
});

test('two vendors whose numbers were exchanged by words get the right ones, and what is told moves along', async (t) => {
  const { say, count, money, ledger } = await lostDivision(t);
  count(2, false);
  const numbers = async (key: string) => {
    const { id } = (await ledger.intentByKey(UPAYMENTS, key))!;
    return (await ledger.reservationsOfIntent(id)).map(({ vendor, refundId, standing }) => [
      vendor,
      refundId,
      standing,
    ]);
  };
  assert.equal((await say({ outcome: 'initiated', vendor: 'v1', refund_id: 'refund-2' })).status, 200);
  assert.equal((await say({ outcome: 'initiated', vendor: 'v2', refund_id: 'refund-1' })).status, 200);
  const right = { outcome: 'initiated', vendor: 'v1', refund_id: 'refund-1' };
  const early = await say({ ...right, confirm: true });
  assert.deepEqual(
    [early.problem.code, early.problem.detail],
    [
      'confirmation_required',
      'This refund has the number refund-2, which the provider has not given to it. If that was wrong, say so again with take_back: true',
    ],
  );
  const swapped = await say({ ...right, ...BACK });
  assert.equal(
    (swapped.json as { saw: string }).saw,
    'The provider lists the refund refund-1. The vendor row v2 has the number refund-2 from now on.',
  );
  assert.deepEqual(await numbers(uuid(2)), [
    ['v1', 'refund-1', 'pending'],
    ['v2', 'refund-2', 'pending'],
  ]);
  assert.deepEqual(await money(), ['0.000', '50.000', '50.000']);
  // What the list says is of the right vendor, and the exchange can be said once.
  count(1);
  assert.deepEqual(await money(), ['30.000', '20.000', '50.000']);
  const again = await say({ ...right, ...BACK });
  assert.equal(again.problem.code, 'invalid_request');
});

test('a number that a person has mistaken is replaced by the right one, or taken back with the refund', async (t) => {
  const { say, count, money, ledger } = await lostDivision(t);
  count(2, false);
  assert.equal((await say({ outcome: 'nothing', vendor: 'v2', confirm: true })).status, 200);
  assert.equal((await say({ outcome: 'initiated', vendor: 'v1', refund_id: 'refund-1' })).status, 200);
  const v1 = { outcome: 'initiated', vendor: 'v1', ...BACK };
  assert.equal((await say({ ...v1, refund_id: 'refund-9' })).problem.errors?.[0]?.pointer, '/refund_id');
  assert.equal((await say({ ...v1, refund_id: 'refund-2' })).status, 200);
  const { id } = (await ledger.intentByKey(UPAYMENTS, uuid(2)))!;
  const [row] = await ledger.reservationsOfIntent(id);
  assert.equal(row!.refundId, 'refund-2');
  // Nobody's number any more.
  assert.deepEqual(await ledger.reservationsByReference(UPAYMENTS, 'refund-1'), []);
  const early = await say({ ...v1, outcome: 'nothing' });
  assert.equal(early.problem.code, 'confirmation_required');
  assert.match(early.problem.detail!, /^The provider lists the refund refund-2 as initiated, and has not said that/);
  assert.equal((await say({ ...v1, outcome: 'nothing', confirm: true })).status, 200);
  assert.deepEqual(await money(), ['0.000', '0.000', '100.000']);
  const [freed] = await ledger.reservationsOfIntent(id);
  assert.deepEqual([freed!.refundId, freed!.released, freed!.status], [undefined, true, 'nothing']);
});

test('a number that the provider itself has given is not replaced or taken back', async (t) => {
  const { say, summary, list, ledger } = await lostAtUqpay(t);
  list(true);
  await summary();
  for (const body of [{ outcome: 'nothing' }, { outcome: 'initiated', refund_id: 'RF2' }]) {
    const { problem } = await say({ ...body, ...BACK, confirm: true });
    assert.match(problem.detail!, /the provider itself tells what becomes of its refund/);
  }
  const { id } = (await ledger.intentByKey(UQPAY, uuid(1)))!;
  assert.equal((await ledger.reservationsOfIntent(id))[0]!.refundId, 'RF1');
});

test('a word with a number reads a list without amounts once', async (t) => {
  const { say, count, provider } = await lostDivision(t);
  count(1);
  const reads = () => provider.callsOf(`GET /check-refund/${ORDER}`).length;
  const before = reads();
  assert.equal((await say({ outcome: 'refunded', vendor: 'v1', refund_id: 'refund-1' })).status, 200);
  assert.equal(reads() - before, 1);
  count(2);
  assert.equal((await say({ outcome: 'nothing', vendor: 'v2', confirm: true })).status, 200);
  const later = reads();
  const again = { outcome: 'initiated', vendor: 'v2', refund_id: 'refund-2', take_back: true, confirm: true };
  assert.equal((await say(again)).status, 200);
  assert.equal(reads() - later, 1);
});

test('what a word alone has settled as refunded is pending once the provider shows that it is on its way', async (t) => {
  const { say, summary, list } = await lostAtUqpay(t);
  await say({ outcome: 'refunded', confirm: true });
  assert.equal((await summary()).refunded, '10.00');
  list(true, 'INITIATED');
  const { refunded, pending, refunds } = await summary();
  assert.deepEqual([refunded, pending, refunds![0]!.status], ['0.00', '10.00', 'INITIATED']);
  list(true, 'SUCCEEDED');
  assert.equal((await summary()).refunded, '10.00');
});

test('a refusal names the word that is wrong: a cancel before a number, and exchanged numbers of which one is over', async (t) => {
  const { say, count, provider } = await lostDivision(t);
  count(2, false);
  for (const [vendor, refund_id] of [
    ['v1', 'refund-2'],
    ['v2', 'refund-1'],
  ]) {
    assert.equal((await say({ outcome: 'initiated', vendor, refund_id })).status, 200);
    const is_refunded = false;
    const json = { status: true, message: 'ok', data: { is_refunded, refunded_date: null } };
    provider.on(`GET /check-refund-status/${refund_id}`, { status: 200, json });
  }
  const v2 = { outcome: 'initiated', vendor: 'v2' };
  assert.equal((await say({ ...v2, outcome: 'cancelled', confirm: true })).status, 200);
  const twice = await say({ ...v2, outcome: 'cancelled', confirm: true });
  assert.equal(twice.problem.detail, 'This refund is cancelled already');
  assert.match((await say(v2)).problem.detail!, /^A person has settled this refund as cancelled\./);
  const exchange = { ...v2, refund_id: 'refund-2', ...BACK };
  assert.match(
    (await say(exchange)).problem.detail!,
    /^refund_id: refund-2 is the refund of another vendor\. Two numbers are exchanged while both refunds are held: /,
  );
  assert.equal((await say({ ...v2, ...BACK })).status, 200);
  assert.equal((await say(exchange)).status, 200);
});
