import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { PaymentSummary } from '../../contract/index.ts';
import { lostAtUqpay, lostDivision, UPAYMENTS, UQPAY } from './support/lost-refunds.ts';
import { listOf, ORDER, REFUND, startTestProxy, uuid } from './support/test-proxy.ts';

for (const outcome of ['refunded', 'initiated'] as const) {
  test(`a refund that the provider’s list does not show is settled as ${outcome} only after a confirmation`, async (t) => {
    const { say, summary } = await lostAtUqpay(t);
    const early = await say({ outcome });
    assert.deepEqual([early.problem.code, early.problem.errors?.[0]?.pointer], ['confirmation_required', '/confirm']);
    assert.equal(
      early.problem.detail,
      "The provider's list does not show this refund. If it was made all the same, say so again with confirm: true",
    );
    assert.equal((await summary()).refunds![0]!.standing, 'unknown');
    const sure = await say({ outcome, confirm: true });
    assert.equal((sure.json as { saw: string }).saw, "The provider's list does not show this refund.");
    assert.equal((await summary()).refundable, '90.00');
  });

  test(`a slip is taken back: what a word alone has settled as ${outcome} holds nothing after another word`, async (t) => {
    const { say, summary, check, refund } = await lostAtUqpay(t);
    await say({ outcome, confirm: true });
    assert.deepEqual([(await check()).problem.code, (await summary()).refundable], ['outcome_unknown', '90.00']);
    // Whoever confirms what the provider shows does not know of a colleague's word.
    for (const confirm of [false, true]) {
      const early = await say({ outcome: 'nothing', confirm });
      assert.deepEqual(
        [early.problem.code, early.problem.errors?.[0]?.pointer],
        ['confirmation_required', '/take_back'],
      );
      assert.match(
        early.problem.detail!,
        new RegExp(`^A person has settled this refund as ${outcome}\\. .* take_back: true$`),
      );
    }
    assert.equal((await summary()).refundable, '90.00');
    assert.equal((await say({ outcome: 'nothing', take_back: true })).status, 200);
    const { refundable, refunds } = await summary();
    assert.deepEqual([refundable, refunds![0]!.standing, refunds![0]!.ended], ['100.00', 'failed', 'nothing']);
    // The key says so, too, and is never sent again.
    const { problem } = await check();
    assert.deepEqual([problem.code, problem.effect], ['settled_nothing', 'nothing']);
    assert.equal((await refund('100.00', { key: uuid(2) })).status, 200);
    assert.equal((await say({ outcome: 'nothing', take_back: true })).problem.code, 'invalid_request');
  });
}

test('`nothing` that meets a word of somebody else takes nothing back unless that was confirmed', async (t) => {
  const { say, ledger, clock } = await lostAtUqpay(t);
  const { id } = (await ledger.intentByKey(UQPAY, uuid(1)))!;
  await say({ outcome: 'refunded', confirm: true });
  const word = { outcome: 'nothing', reason: 'Said a moment later', who: 'admin-2', at: clock.now } as const;
  assert.equal(await ledger.resolve(id, word), undefined);
  assert.equal((await ledger.reservationsOfIntent(id))[0]!.standing, 'succeeded');
});

test('a refund that appears after its word was taken back is a contradiction, and holds its amount', async (t) => {
  const { say, summary, list } = await lostAtUqpay(t);
  await say({ outcome: 'refunded', confirm: true });
  await say({ outcome: 'nothing', take_back: true });
  list(true);
  const { refundable, refunds } = await summary();
  assert.deepEqual([refundable, refunds![0]!.status], ['90.00', 'contradiction']);
  const settle = await say({ outcome: 'nothing' });
  assert.equal(
    settle.problem.detail,
    'The provider contradicts what is known of the refund RF1, known as failed, last stated as pending: 10.00 USD ' +
      'are held for it. If nothing was refunded all the same, say so again with confirm: true',
  );
});

test('a number corrects what a word alone has settled, and the provider then speaks of that refund', async (t) => {
  const { say, summary, list } = await lostAtUqpay(t, { isMarked: false });
  await say({ outcome: 'refunded', confirm: true });
  list(true);
  // Without a mark, and of an hour that fits no request, it counts beside the word.
  assert.equal((await summary()).refundable, '80.00');
  const named = await say({ outcome: 'refunded', refund_id: 'RF1' });
  assert.equal(named.problem.code, 'confirmation_required');
  assert.equal((await say({ outcome: 'initiated', refund_id: 'RF1' })).status, 200);
  const { refundable, refunds } = await summary();
  assert.deepEqual([refundable, refunds?.map(({ refund_id }) => refund_id)], ['90.00', ['RF1']]);
});

test('a number with the word `initiated` corrects the word `refunded`', async (t) => {
  const { say, count, money } = await lostDivision(t);
  const v1 = { vendor: 'v1' };
  assert.equal((await say({ ...v1, outcome: 'refunded', confirm: true })).status, 200);
  assert.equal((await say({ vendor: 'v2', outcome: 'nothing' })).status, 200);
  assert.deepEqual(await money(), ['30.000', '0.000', '70.000']);
  count(1, false);
  assert.equal((await say({ ...v1, outcome: 'initiated', refund_id: 'refund-1' })).status, 200);
  assert.deepEqual(await money(), ['0.000', '30.000', '70.000']);
});

test('a word is refused with what to do next: a wrong vendor, an amount of nothing, a request that is over', async (t) => {
  const { say } = await lostDivision(t);
  const unknown = await say({ outcome: 'refunded', vendor: 'v9', confirm: true });
  assert.deepEqual(
    [unknown.problem.errors?.[0]?.pointer, unknown.problem.detail],
    ['/vendor', 'vendor: this request has no part with that vendor row'],
  );
  const amount = await say({ outcome: 'nothing', vendor: 'v1', amount: '1.000', confirm: true });
  assert.equal(amount.problem.errors?.[0]?.pointer, '/amount');
  assert.equal((await say({ outcome: 'nothing' })).status, 200);
  const late = await say({ outcome: 'initiated', vendor: 'v1' });
  assert.equal(
    late.problem.detail,
    'A person has settled this refund as nothing. If that was wrong, and the refund is on its way, ' +
      'say so again with take_back: true',
  );
});

test('what the provider lists is weighed without the word that is taken back', async (t) => {
  const { say, count } = await lostDivision(t);
  count(1);
  assert.equal((await say({ outcome: 'refunded', vendor: 'v1', confirm: true })).status, 200);
  assert.equal((await say({ outcome: 'nothing', vendor: 'v2' })).status, 200);
  const { problem } = await say({ outcome: 'nothing', vendor: 'v1', take_back: true });
  assert.match(problem.detail!, /^The provider lists 1 more than before .* say so again with confirm: true$/);
  assert.equal((await say({ outcome: 'nothing', vendor: 'v1', take_back: true, confirm: true })).status, 200);
});

test('of a contradiction, a word that its last statement denies has to be confirmed', async (t) => {
  const { say, summary, list } = await lostAtUqpay(t);
  list(true, 'SUCCEEDED');
  await summary();
  list(true, 'FAILED');
  assert.equal((await summary()).refunds![0]!.status, 'contradiction');
  const early = await say({ outcome: 'refunded' });
  assert.equal(early.problem.code, 'confirmation_required');
  assert.match(
    early.problem.detail!,
    /the refund RF1, known as succeeded, last stated as failed: 10\.00 USD are held for it\./,
  );
  assert.equal((await say({ outcome: 'refunded', confirm: true })).status, 200);
  assert.equal((await summary()).refunded, '10.00');
});

test('a refund that was settled as nothing, and is carried out as the provider never said before, is held again', async (t) => {
  const { say, summary, list } = await lostAtUqpay(t);
  await say({ outcome: 'nothing' });
  list(true, 'PROCESSING');
  assert.equal((await summary()).refunds![0]!.status, 'contradiction');
  assert.equal((await say({ outcome: 'nothing', confirm: true })).status, 200);
  // The provider repeats itself.
  assert.equal((await summary()).refundable, '100.00');
  for (let reads = 0; reads < 2; reads += 1) {
    list(true, 'SUCCEEDED');
    const { refundable, refunds } = await summary();
    assert.deepEqual([refundable, refunds![0]!.status], ['90.00', 'contradiction']);
  }
  // Now the person knows it.
  assert.equal((await say({ outcome: 'nothing', confirm: true })).status, 200);
  assert.equal((await summary()).refundable, '100.00');
});

test('a refund of this amount that the list shows without our mark has to be named, or confirmed as another', async (t) => {
  const { say, list } = await lostAtUqpay(t, { isMarked: false });
  list(true);
  const { problem } = await say({ outcome: 'refunded' });
  assert.equal(problem.code, 'confirmation_required');
  assert.match(
    problem.detail!,
    /^The provider lists the refund RF1 of this amount, .* settle it as refunded with refund_id RF1$/,
  );
});

test('a number that the provider lists as failed is refused for good', async (t) => {
  const { say, list, summary } = await lostAtUqpay(t, { isMarked: false });
  list(true, 'FAILED');
  for (const outcome of ['refunded', 'initiated']) {
    const { problem } = await say({ outcome, refund_id: 'RF1', confirm: true });
    assert.deepEqual([problem.code, problem.errors?.[0]?.pointer], ['invalid_request', '/refund_id']);
    assert.match(problem.detail!, /lists the refund RF1 as FAILED, so it is not/);
  }
  assert.equal((await summary()).refunds![0]!.standing, 'unknown');
});

test('a word that a refund was made counts unseen: it frees nothing, and can be taken back', async (t) => {
  const { say, summary, provider } = await lostAtUqpay(t);
  provider.on(`GET ${REFUND}`, 'drop');
  const said = await say({ outcome: 'refunded' });
  assert.equal(said.status, 200);
  assert.match((said.json as { saw: string }).saw, /cannot be read/);
  provider.on(`GET ${REFUND}`, listOf([]));
  assert.equal((await summary()).refundable, '90.00');
});

test('a count that shows none more asks for a confirmation, and one vendor’s word leaves the others alone', async (t) => {
  const { say, money, count, standings } = await lostDivision(t);
  count(1);
  const v1 = { outcome: 'refunded', vendor: 'v1' };
  assert.equal((await say(v1)).problem.code, 'confirmation_required');
  assert.equal((await say({ ...v1, confirm: true })).status, 200);
  // The one that is listed is counted now.
  assert.equal((await say({ outcome: 'refunded', vendor: 'v2' })).problem.code, 'confirmation_required');
  assert.deepEqual(await standings(), ['succeeded', 'unknown']);
  // `nothing` without a vendor is about what is unknown.
  assert.equal((await say({ outcome: 'nothing', confirm: true })).status, 200);
  assert.deepEqual(await standings(), ['succeeded', 'failed']);
  assert.deepEqual(await money(), ['30.000', '0.000', '70.000']);
});

test('of several vendors that a word alone has settled, one at a time is taken back', async (t) => {
  const { say, standings } = await lostDivision(t);
  assert.equal((await say({ outcome: 'initiated', confirm: true })).status, 200);
  const both = await say({ outcome: 'nothing', take_back: true });
  assert.deepEqual([both.problem.code, both.problem.errors?.[0]?.pointer], ['invalid_request', '/vendor']);
  assert.equal((await say({ outcome: 'nothing', vendor: 'v2', take_back: true })).status, 200);
  assert.deepEqual(await standings(), ['pending', 'failed']);
});

test('a refund that the provider knows by another number is not settled as cancelled without a confirmation', async (t) => {
  const { provider, refund, post, ledger } = await startTestProxy(t, { name: 'upayments' });
  const data = { orderId: 'R1', refundOrderId: 'RO1', refundArn: 'A1' };
  provider.on('POST /create-refund', { status: 201, json: { status: true, message: 'ok', data } });
  provider.on('GET /check-refund-status/R1', { status: 404, json: { status: false, message: 'No such refund' } });
  const list = (refund: readonly object[]) =>
    provider.on(`GET /check-refund/${ORDER}`, { status: 200, json: { status: true, message: 'ok', data: { refund } } });
  list([]);
  await refund('10', { key: uuid(1) });
  list([{ order_id: 'RO1', is_refunded: false, refunded_date: null }]);
  const { id } = (await ledger.intentByKey(UPAYMENTS, uuid(1)))!;
  const body = { outcome: 'cancelled', reason: 'Deleted in the dashboard' };
  const { problem } = await post(`/intents/${id}/resolve`, { body });
  assert.equal(problem.code, 'confirmation_required');
  assert.match(problem.detail!, /^The provider lists 1 refund of this payment, and 1 of them count here\./);
});

test('the number of a refund of another amount has to be confirmed', async (t) => {
  const { say, list } = await lostAtUqpay(t, { isMarked: false });
  list(true, 'SUCCEEDED', '40.00');
  const { problem } = await say({ outcome: 'refunded', refund_id: 'RF1', amount: '40.00' });
  assert.equal(problem.code, 'confirmation_required');
  assert.match(problem.detail!, /^amount: the provider states 40\.00 USD, and 10\.00 USD were asked\./);
});

test('the number of an older refund that counts already is no proof of a lost one', async (t) => {
  const { provider, refund, post, ledger, clock } = await startTestProxy(t, { name: 'upayments' });
  const old = { order_id: 'old', is_refunded: true, refunded_date: null };
  provider.on(`GET /check-refund/${ORDER}`, {
    status: 200,
    json: { status: true, message: 'ok', data: { refund: [old] } },
  });
  const told = { paymentId: ORDER, currency: 'KWD', amount: 40_000n, reason: 'Dashboard', who: 'op', at: clock.now };
  assert.ok(await ledger.tellElsewhere(UPAYMENTS, told));
  provider.on('POST /create-refund', 'drop');
  await refund('10', { key: uuid(1) });
  const { id } = (await ledger.intentByKey(UPAYMENTS, uuid(1)))!;
  const body = { outcome: 'refunded', reason: 'Seen in the dashboard', refund_id: 'old' };
  const { problem } = await post(`/intents/${id}/resolve`, { body });
  assert.equal(problem.code, 'confirmation_required');
  assert.match(problem.detail!, /^The provider lists none more than before this request/);
});

test('a cancel is not listed as carried out while its refund is contradicted, or once a person has settled that it was made', async (t) => {
  const shop = await startTestProxy(t, { name: 'upayments' });
  const { provider, refund, post, ledger } = shop;
  const summary = async () => (await shop.get(`/payments/${ORDER}`)).json as PaymentSummary;
  const say = (id: string, body: object) => post(`/intents/${id}/resolve`, { body: { reason: 'Dashboard', ...body } });
  const data = { orderId: 'R1', refundOrderId: 'RO1', refundArn: 'A1' };
  provider.on('POST /create-refund', { status: 201, json: { status: true, message: 'ok', data } });
  provider.on('POST /delete-refund', 'drop');
  const listed = (refunds: object[]) => ({
    status: 200,
    json: { status: true, message: 'ok', data: { refund: refunds } },
  });
  provider.on(`GET /check-refund/${ORDER}`, listed([]));
  provider.on('GET /check-refund-status/R1', { status: 404, json: { status: false, message: 'No such refund' } });
  await refund('10', { key: uuid(1) });
  await post('/delete-refund', { key: uuid(2), body: { orderId: 'R1', refundOrderId: 'RO1' } });
  const cancel = (await ledger.intentByKey(UPAYMENTS, uuid(2)))!;
  assert.equal((await say(cancel.id, { outcome: 'cancelled' })).status, 200);
  assert.deepEqual(
    (await summary()).cancels!.map(({ standing }) => standing),
    ['cancelled'],
  );
  const isPaid = { is_refunded: true, refunded_date: null };
  provider.on(`GET /check-refund/${ORDER}`, listed([{ order_id: 'R1', ...isPaid }]));
  const contradicted = await summary();
  assert.deepEqual(
    [contradicted.refunds![0]!.status, contradicted.cancels!.map(({ standing, state }) => [standing, state])],
    ['contradiction', [['unknown', 'succeeded']]],
  );
  const { id } = (await ledger.intentByKey(UPAYMENTS, uuid(1)))!;
  assert.equal((await say(id, { outcome: 'refunded' })).status, 200);
  const { refunds, cancels } = await summary();
  assert.deepEqual(
    [refunds![0]!.standing, cancels!.map(({ standing, ended }) => [standing, ended])],
    ['succeeded', [['failed', 'overtaken']]],
  );
});
