import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { PaymentSummary } from '../../contract/index.ts';
import { ORDER, startTestProxy, uuid, type TestProxy } from './support/test-proxy.ts';
import { vendorRow } from './support/vendor-row.ts';

const CREATE = 'POST /create-refund';
const VENDORS = 'POST /create-multivendor-refund';
const SCOPE = { merchant: 'default', provider: 'upayments' };
const HOUR = 3_600_000;
/** What a deleted refund answers. */
const GONE = { status: 404, json: { status: false, message: 'No refund with this id' } };
const CREATED = {
  status: true,
  message: 'Refund invoice generated successfully',
  data: { orderId: 'refund-order-1', refundOrderId: 'R1', refundArn: '202611200000000000000000000001' },
};

test('the configured notifyUrl replaces the one of the browser', async (t) => {
  const { provider, post } = await upayments(t);
  await post('/create-refund', { body: { orderId: ORDER, totalPrice: 10, notifyUrl: 'https://evil.example/' } });
  const [call] = provider.callsOf(CREATE);
  assert.deepEqual(JSON.parse(call!.body), { orderId: ORDER, totalPrice: 10, notifyUrl: 'https://shop.example/hook' });
  assert.equal(call!.headers.authorization, 'Bearer token-of-ours');
});

test('a refund whose answer was lost is never sent again, and no other refund of the order starts', async (t) => {
  const { provider, refund } = await upayments(t);
  provider.on(CREATE, 'drop');
  const lost = await refund('10', { key: uuid(1) });
  assert.deepEqual([lost.status, lost.problem.effect], [504, 'unknown']);
  const again = await refund('10', { key: uuid(1) });
  assert.deepEqual([again.status, again.problem.effect], [504, 'unknown']);
  assert.equal(provider.callsOf(CREATE).length, 1);
  const other = await refund('5', { key: uuid(2) });
  assert.deepEqual([other.status, other.problem.code], [409, 'payment_busy']);
  assert.equal(provider.callsOf(CREATE).length, 1);
});

test('the counts of check-refund before and after the send are audit evidence, and settle nothing', async (t) => {
  const { provider, refund, ledger } = await upayments(t);
  const key = uuid(1);
  provider.on(CREATE, () => {
    scriptList(provider, 1);
    return 'drop';
  });
  await refund('10', { key });
  const moreListed = await refund('10', { key });
  assert.match(moreListed.problem.detail!, /lists 1 more than before/);
  scriptList(provider, 0);
  assert.match((await refund('10', { key })).problem.detail!, /proves nothing/);
  const intent = await ledger.intentByKey(SCOPE, key);
  assert.equal(intent?.state, 'unknown');
  const evidence = (await ledger.audit(intent.id)).filter(({ what }) => what === 'evidence');
  assert.deepEqual(
    evidence.map(({ detail }) => detail),
    ['before sending: 0, now: 1', 'before sending: 0, now: 0'],
  );
});

test('only a person with permission can settle an unknown refund, with a reason and once', async (t) => {
  let mayResolve = false;
  const { provider, refund, post, get, ledger } = await upayments(t, {
    authorize: async (_request, { action }) =>
      action === 'resolve' && !mayResolve ? { refuse: 'forbidden' } : { user: 'auditor-7' },
  });
  provider.on(CREATE, 'drop');
  const key = uuid(1);
  await refund('10', { key });
  const unknownList = (await get('/intents?state=unknown')).json as { intents: { id: string; payment_id: string }[] };
  assert.deepEqual(
    unknownList.intents.map(({ payment_id }) => payment_id),
    [ORDER],
  );
  const path = `/intents/${unknownList.intents[0]!.id}/resolve`;
  const body = { outcome: 'nothing', reason: 'Not in the dashboard a day later' };
  assert.equal((await post(path, { body })).status, 403);
  mayResolve = true;
  assert.equal((await post(path, { body: { outcome: 'nothing' } })).status, 400);
  assert.equal((await post(path, { body: { ...body, outcome: 'cancelled' } })).status, 400);
  assert.equal((await post(path, { body })).status, 200);
  assert.equal((await post(path, { body })).status, 400);
  const repeat = await refund('10', { key });
  assert.deepEqual([repeat.status, repeat.problem.code, repeat.problem.effect], [410, 'settled_nothing', 'nothing']);
  const auditLine = (await ledger.audit(unknownList.intents[0]!.id)).find(({ what }) => what === 'resolve');
  assert.deepEqual([auditLine?.who, auditLine?.to, auditLine?.detail], ['auditor-7', 'nothing', body.reason]);
  provider.on(CREATE, { status: 201, json: CREATED });
  assert.equal((await refund('100', { key: uuid(2) })).status, 201);
});

test('a refund that a person settled as initiated is still counted, and is read until it is final', async (t) => {
  const { provider, refund, post, get, clock, proxy } = await upayments(t);
  provider.on(CREATE, 'drop');
  await refund('10', { key: uuid(1) });
  const { intents } = (await get('/intents')).json as { intents: { id: string }[] };
  const body = { outcome: 'initiated', reason: 'Seen in the dashboard', refund_id: 'refund-order-1' };
  const at = `/intents/${intents[0]!.id}/resolve`;
  // A number that the provider's list does not confirm is recorded nowhere.
  provider.on(`GET /check-refund/${ORDER}`, { status: 500, json: {} });
  const unread = await post(at, { body });
  assert.match(unread.problem.detail!, /cannot be read now .* without a number/);
  scriptList(provider, 0);
  const unlisted = await post(at, { body });
  assert.match(unlisted.problem.detail!, /lists no refund refund-order-1 of this payment/);
  scriptList(provider, 2);
  assert.equal((await post(at, { body })).status, 200);
  assert.deepEqual(await money(get), ['0.000', '10.000', '90.000']);
  provider.on('GET /check-refund-status/refund-order-1', { status: 200, json: checkStatus(true) });
  clock.now += 10_000;
  await proxy.reconcile();
  assert.deepEqual(await money(get), ['10.000', '0.000', '90.000']);
});

test('status false is a refusal with any HTTP status below 500, and its answer is replayed', async (t) => {
  for (const status of [200, 201, 403, 422]) {
    const { provider, refund, get } = await upayments(t);
    const json = { status: false, message: 'Insufficient balance', data: null };
    provider.on(CREATE, { status, json });
    const refusal = await refund('10', { key: uuid(1) });
    assert.deepEqual([refusal.status, refusal.json], [status, json]);
    assert.equal((await refund('10', { key: uuid(1) })).headers.get('idempotent-replayed'), 'true');
    assert.equal(provider.callsOf(CREATE).length, 1);
    assert.deepEqual(await money(get), ['0.000', '0.000', '100.000']);
  }
});

test('a refusal after the end of the lease settles the refund, because UPayments refunds are sent only once', async (t) => {
  const { proxy, provider, refund, get, clock } = await upayments(t);
  const json = { status: false, message: 'Insufficient balance', data: null };
  provider.on(CREATE, async () => {
    clock.now += 20 * 60_000;
    await proxy.reconcile();
    return { status: 422, json };
  });
  const late = await refund('10', { key: uuid(1) });
  assert.deepEqual([late.status, late.json], [422, json]);
  assert.deepEqual(await money(get), ['0.000', '0.000', '100.000']);
});

test('a refusal that also lists unreadable vendor refunds releases nothing', async (t) => {
  const { provider, refund } = await upayments(t);
  const responseData = { generated: [{ orderId: 'o' }] };
  provider.on(CREATE, { status: 201, json: { status: false, message: 'failed', data: { responseData } } });
  assert.equal((await refund('10', { key: uuid(1) })).problem.code, 'outcome_unknown');
});

test('status false with a 500 is unknown', async (t) => {
  const { provider, refund } = await upayments(t);
  provider.on(CREATE, { status: 500, json: { status: false, message: 'x' } });
  assert.equal((await refund('10')).status, 504);
});

test('an amount in KWD passes with exactly three decimals, and any other amount is refused at its field', async (t) => {
  const { provider, post, refund } = await upayments(t);
  assert.equal((await refund('1.005')).status, 201);
  assert.equal(provider.callsOf(CREATE)[0]!.body.includes('"totalPrice":1.005'), true);
  for (const totalPrice of ['10', null, 0, -1, 1.0005, 1e21, 1e-7, 123456789012345680000]) {
    const answer = await post('/create-refund', { body: { orderId: ORDER, totalPrice } });
    assert.deepEqual([answer.status, answer.problem.code], [400, 'invalid_request'], String(totalPrice));
    assert.deepEqual(
      answer.problem.errors?.map(({ pointer }) => pointer),
      ['/totalPrice'],
    );
  }
  assert.equal(provider.callsOf(CREATE).length, 1);
});

test('a first step that lists the vendors holds no amount', async (t) => {
  const { post, get } = await setUpVendors(t);
  assert.deepEqual(await money(get), ['0.000', '0.000', '100.000']);
  assert.equal((await post('/create-multivendor-refund', { body: vendorsBody([30, 20]) })).status, 201);
});

test('each vendor has its own outcome: pending holds its amount, a refusal releases it, no answer stays unknown', async (t) => {
  const { provider, post, get, ledger } = await setUpVendors(t, 3);
  provider.on(VENDORS, {
    status: 201,
    json: vendorsAnswer({ generated: [generated('R1', 30)], insufficientBalance: [{ refundRequestId: 'v2' }] }),
  });
  const answer = await post('/create-multivendor-refund', { key: uuid(5), body: vendorsBody([30, 20, 10]) });
  assert.equal(answer.status, 201);
  const rows = (await ledger.reservationsOfPayment(SCOPE, ORDER)).filter(({ vendor }) => vendor !== undefined);
  assert.deepEqual(
    rows.map(({ vendor, standing, released, amount }) => [vendor, standing, released, amount]),
    [
      ['v1', 'pending', false, 30_000n],
      ['v2', 'failed', true, 20_000n],
      ['v3', 'unknown', false, 10_000n],
    ],
  );
  assert.deepEqual(await money(get), ['0.000', '40.000', '60.000']);
  const busy = await post('/create-multivendor-refund', { body: vendorsBody([1, 0, 0]) });
  assert.equal(busy.problem.code, 'payment_busy');
  const { intents } = (await get('/intents')).json as { intents: { id: string }[] };
  assert.equal(intents.length, 1);
  const body = { outcome: 'nothing', reason: 'The vendor has no refund', vendor: 'v3' };
  assert.equal((await post(`/intents/${intents[0]!.id}/resolve`, { body })).status, 200);
  assert.deepEqual(await money(get), ['0.000', '30.000', '70.000']);
});

test('the count says of a lost division that a part of it was made, and nothing of the rest once that part is settled', async (t) => {
  const { provider, post, get } = await setUpVendors(t, 2);
  scriptList(provider, 0);
  provider.on(VENDORS, () => {
    scriptList(provider, 1);
    return 'drop';
  });
  assert.equal((await post('/create-multivendor-refund', { body: vendorsBody([30, 20]) })).status, 504);
  const parts = async () => {
    const { refunds = [] } = (await get(`/payments/${ORDER}`)).json as PaymentSummary;
    return refunds.flatMap(({ vendor, standing, evidence }) => (vendor ? [[vendor, standing, evidence?.code]] : []));
  };
  assert.deepEqual(await parts(), [
    ['v1', 'unknown', 'some_listed'],
    ['v2', 'unknown', 'some_listed'],
  ]);
  const { intents } = (await get('/intents')).json as { intents: { id: string }[] };
  const settle = (vendor: string, outcome: string, more: object = {}) =>
    post(`/intents/${intents[0]!.id}/resolve`, {
      body: { outcome, reason: 'As the dashboard shows it', vendor, ...more },
    });
  const early = await settle('v2', 'nothing');
  assert.equal(early.problem.code, 'confirmation_required');
  assert.match(early.problem.detail!, /lists 1 more than before this request, which has more parts/);
  // Which of the two it is, only the person knows.
  assert.equal((await settle('v1', 'initiated')).problem.code, 'confirmation_required');
  assert.equal((await settle('v1', 'initiated', { confirm: true })).status, 200);
  assert.deepEqual(await parts(), [
    ['v1', 'pending', undefined],
    ['v2', 'unknown', 'none_more_listed'],
  ]);
  assert.equal((await settle('v1', 'refunded')).status, 200);
  assert.equal((await settle('v2', 'nothing')).status, 200);
  assert.deepEqual(await money(get), ['30.000', '0.000', '70.000']);
});

test('monitoring counts the unknown intents of the list, also for one unknown part, and each intent once', async (t) => {
  const { provider, post, get, proxy } = await setUpVendors(t, 3);
  const unknownIntents = async () => {
    const { intents } = (await get('/intents?state=unknown')).json as { intents: { id: string; state: string }[] };
    assert.equal(await proxy.unknownIntents(), intents.length);
    return intents;
  };
  assert.deepEqual(await unknownIntents(), []);
  provider.on(VENDORS, { status: 201, json: vendorsAnswer({ generated: [generated('R1', 30)] }) });
  await post('/create-multivendor-refund', { body: vendorsBody([30, 20, 10]) });
  const [answered, ...others] = await unknownIntents();
  assert.deepEqual([answered?.state, others], ['succeeded', []]);
  const settle = (vendor: string) =>
    post(`/intents/${answered?.id}/resolve`, { body: { outcome: 'nothing', reason: 'There is none', vendor } });
  await settle('v2');
  assert.equal((await unknownIntents()).length, 1);
  await settle('v3');
  assert.deepEqual(await unknownIntents(), []);
  provider.on(VENDORS, 'drop');
  await post('/create-multivendor-refund', { body: vendorsBody([0, 20, 10]) });
  assert.deepEqual(
    (await unknownIntents()).map(({ state }) => state),
    ['unknown'],
  );
});

test('one refund that fits two vendors of the same amount settles neither', async (t) => {
  const { provider, post, ledger } = await setUpVendors(t);
  provider.on(VENDORS, { status: 201, json: vendorsAnswer({ generated: [generated('R2', 30)] }) });
  assert.equal((await post('/create-multivendor-refund', { body: vendorsBody([30, 30]) })).status, 201);
  const rows = (await ledger.reservationsOfPayment(SCOPE, ORDER)).filter(({ vendor }) => vendor !== undefined);
  assert.deepEqual(
    rows.map(({ vendor, standing, refundId }) => [vendor, standing, refundId]),
    [
      ['v1', 'unknown', undefined],
      ['v2', 'unknown', undefined],
    ],
  );
});

test('a refund that fits no vendor contradicts the refusals, so nothing is released until a person decides', async (t) => {
  const { provider, post, get } = await setUpVendors(t);
  const refusals = ['v1', 'v2'].map((refundRequestId) => ({ refundRequestId }));
  provider.on(VENDORS, {
    status: 201,
    json: vendorsAnswer({ generated: [generated('R1', 30)], insufficientBalance: refusals }),
  });
  await post('/create-multivendor-refund', { body: vendorsBody([30, 20]) });
  assert.deepEqual(await money(get), ['0.000', '50.000', '50.000']);
  const { intents } = (await get('/intents')).json as { intents: { id: string }[] };
  assert.equal(intents.length, 1);
});

test('two refunds that fit one vendor each are not assigned by guess', async (t) => {
  const { provider, post, ledger } = await setUpVendors(t);
  const refunds = [generated('R1', 30), generated('R2', 30)];
  provider.on(VENDORS, {
    status: 201,
    json: vendorsAnswer({ generated: refunds, refundIssue: [{ refundRequestId: 'v2' }] }),
  });
  await post('/create-multivendor-refund', { body: vendorsBody([30, 30]) });
  const rows = (await ledger.reservationsOfPayment(SCOPE, ORDER)).filter(({ vendor }) => vendor !== undefined);
  assert.deepEqual(
    rows.map(({ standing, released }) => [standing, released]),
    [
      ['unknown', false],
      ['unknown', false],
    ],
  );
});

test('a vendor’s limit comes from the provider’s first step, not from the browser', async (t) => {
  const { provider, post } = await setUpVendors(t);
  const body = vendorsBody([60, 0]);
  body.refundPayload[0]!.remainingLimit = 1_000;
  const above = await post('/create-multivendor-refund', { body: body });
  assert.deepEqual([above.status, above.problem.code], [422, 'amount_above_refundable']);
  provider.on(VENDORS, { status: 201, json: vendorsAnswer({ generated: [generated('R1', 30)] }) });
  assert.equal((await post('/create-multivendor-refund', { body: vendorsBody([30, 0]) })).status, 201);
  assert.equal((await post('/create-multivendor-refund', { body: vendorsBody([21, 0]) })).status, 422);
  assert.equal(provider.callsOf(VENDORS).length, 1);
});

test('vendor rows are refused if no first step has listed them, or if they repeat', async (t) => {
  const { post } = await upayments(t);
  const unopened = await post('/create-multivendor-refund', { body: vendorsBody([30, 20]) });
  assert.deepEqual([unopened.status, unopened.problem.code], [400, 'invalid_request']);
  const twice = vendorsBody([1, 1]);
  twice.refundPayload[1]!.refundRequestId = 'v1';
  const repeated = await post('/create-multivendor-refund', { body: twice });
  assert.equal(repeated.problem.errors?.[0]?.pointer, '/refundPayload/1/refundRequestId');
});

test('a lost cancel releases nothing until a person settles it as cancelled', async (t) => {
  const { provider, refund, post, get } = await upayments(t);
  await refund('10');
  const body = { orderId: 'refund-order-1', refundOrderId: 'R1' };
  provider.on('POST /delete-refund', 'drop');
  provider.on('GET /check-refund-status/refund-order-1', { status: 200, json: checkStatus(false) });
  const lost = await post('/delete-refund', { key: uuid(1), body });
  assert.equal(lost.problem.code, 'outcome_unknown');
  const again = await post('/delete-refund', { key: uuid(1), body });
  assert.match(again.problem.detail!, /initiated/);
  assert.equal(provider.callsOf('POST /delete-refund').length, 1);
  assert.equal((await post('/delete-refund', { key: uuid(2), body })).problem.code, 'payment_busy');
  assert.deepEqual(await money(get), ['0.000', '10.000', '90.000']);
  const { intents } = (await get('/intents')).json as { intents: { id: string }[] };
  const resolution = { outcome: 'cancelled', reason: 'Gone from the dashboard' };
  provider.on('GET /check-refund-status/refund-order-1', GONE);
  const settled = await post(`/intents/${intents[0]!.id}/resolve`, { body: resolution });
  assert.equal(settled.status, 200);
  assert.equal((settled.json as { saw: string }).saw, 'The refund cannot be read (answer 404).');
  assert.deepEqual(await money(get), ['0.000', '0.000', '100.000']);
});

for (const [isRefunded, word, after] of [
  [false, 'initiated', ['0.000', '10.000', '90.000']],
  [true, 'refunded', ['10.000', '0.000', '90.000']],
] as const) {
  test(`a lost cancel is not settled as cancelled while the provider says that the refund is ${word}`, async (t) => {
    const { provider, get, say, ledger } = await setUpLostCancel(t);
    provider.on('GET /check-refund-status/refund-order-1', { status: 200, json: checkStatus(isRefunded) });
    const { status, problem } = await say('cancelled');
    assert.deepEqual([status, problem.code], [400, isRefunded ? 'invalid_request' : 'confirmation_required']);
    assert.deepEqual(
      problem.errors?.map(({ pointer }) => pointer),
      isRefunded ? undefined : ['/confirm'],
    );
    const how = isRefunded ? '' : '. If it is cancelled all the same, say so again with confirm: true';
    assert.equal(problem.detail, `The provider lists the refund as ${word}, so it is not cancelled${how}`);
    assert.deepEqual(await money(get), after);
    const cancel = await ledger.intentByKey(SCOPE, uuid(1));
    assert.equal(cancel?.state, isRefunded ? 'failed' : 'unknown');
    const audit = await ledger.audit(cancel.id);
    assert.ok(!audit.some(({ what, source }) => what === 'resolve' || source === 'person'));
  });
}

test('a person’s confirmed word that a refund is cancelled counts while the provider still lists it as pending', async (t) => {
  const { provider, get, say } = await setUpLostCancel(t);
  provider.on('GET /check-refund-status/refund-order-1', { status: 200, json: checkStatus(false) });
  assert.equal((await say('cancelled', { confirm: true })).status, 200);
  assert.deepEqual(await money(get), ['0.000', '0.000', '100.000']);
});

for (const [what, answer] of Object.entries({
  'no answer': 'drop',
  'a gateway’s 404': { status: 404, json: 'Not here' },
  'a refused token': { status: 401, json: { status: false, message: 'Unauthenticated' } },
} as const)) {
  test(`a person’s word that a refund is cancelled has to be confirmed if the provider cannot be read: ${what}`, async (t) => {
    const { provider, get, say } = await setUpLostCancel(t);
    provider.on('GET /check-refund-status/refund-order-1', answer);
    const { problem } = await say('cancelled');
    assert.deepEqual([problem.code, problem.errors?.[0]?.pointer], ['confirmation_required', '/confirm']);
    assert.match(problem.detail!, /cannot be read .* say so again with confirm: true$/);
    assert.deepEqual(await money(get), ['0.000', '10.000', '90.000']);
    assert.equal((await say('cancelled', { confirm: true })).status, 200);
    assert.deepEqual(await money(get), ['0.000', '0.000', '100.000']);
  });
}

test('a refund that is paid although a person said that it is cancelled is held as a contradiction', async (t) => {
  const { provider, get, say, clock, proxy, refund } = await setUpLostCancel(t);
  provider.on('GET /check-refund-status/refund-order-1', 'drop');
  assert.equal((await say('cancelled', { confirm: true })).status, 200);
  clock.now += 4 * HOUR;
  await proxy.reconcile();
  assert.deepEqual(await money(get), ['0.000', '0.000', '100.000']);
  provider.on('GET /check-refund-status/refund-order-1', { status: 200, json: checkStatus(true) });
  clock.now += 4 * HOUR;
  assert.equal((await proxy.reconcile()).changed, 1);
  assert.deepEqual(await money(get), ['0.000', '10.000', '90.000']);
  const { refunds } = (await get(`/payments/${ORDER}`)).json as { refunds: { standing: string; status: string }[] };
  assert.deepEqual([refunds[0]?.standing, refunds[0]?.status], ['unknown', 'contradiction']);
  assert.notEqual((await refund('100', { key: uuid(9) })).status, 201);
});

test('a word frees the refund of the named vendor alone, and of several pending ones it must name one', async (t) => {
  const { post, ledger } = await setUpVendors(t);
  assert.equal((await post('/create-multivendor-refund', { key: uuid(1), body: vendorsBody([30, 20]) })).status, 201);
  const { id } = (await ledger.intentByKey(SCOPE, uuid(1)))!;
  const body = { outcome: 'cancelled', reason: 'Deleted in the dashboard', confirm: true };
  const unnamed = await post(`/intents/${id}/resolve`, { body });
  assert.deepEqual(unnamed.problem.errors?.[0]?.pointer, '/vendor');
  assert.equal((await post(`/intents/${id}/resolve`, { body: { ...body, vendor: 'v2' } })).status, 200);
  assert.deepEqual(
    (await ledger.reservationsOfIntent(id)).map(({ vendor, standing, released }) => [vendor, standing, released]),
    [
      ['v1', 'pending', false],
      ['v2', 'cancelled', true],
    ],
  );
});

test('a lost cancel is settled as nothing once the refund has succeeded', async (t) => {
  const { provider, refund, post, get, clock, proxy } = await upayments(t);
  await refund('10');
  const body = { orderId: 'refund-order-1', refundOrderId: 'R1' };
  provider.on('POST /delete-refund', 'drop');
  provider.on('GET /check-refund-status/refund-order-1', { status: 200, json: checkStatus(true) });
  assert.equal((await post('/delete-refund', { key: uuid(1), body })).problem.code, 'outcome_unknown');
  clock.now += 60_000;
  await proxy.reconcile();
  assert.deepEqual((await get('/intents')).json, { intents: [] });
  assert.equal((await post('/delete-refund', { key: uuid(1), body })).problem.code, 'settled_nothing');
  assert.deepEqual(await money(get), ['10.000', '0.000', '90.000']);
});

test('a cancel that the provider confirms is recorded and replayed', async (t) => {
  const { provider, refund, post, get } = await upayments(t);
  await refund('10');
  const body = { orderId: 'refund-order-1', refundOrderId: 'R1' };
  provider.on('POST /delete-refund', { status: 201, json: { status: true, message: 'Deleted' } });
  assert.equal((await post('/delete-refund', { key: uuid(1), body })).status, 201);
  assert.equal((await post('/delete-refund', { key: uuid(1), body })).headers.get('idempotent-replayed'), 'true');
  const summary = (await get(`/payments/${ORDER}`)).json as { refundable: string; refunds: { standing: string }[] };
  assert.deepEqual([summary.refundable, summary.refunds[0]?.standing], ['100.000', 'cancelled']);
});

test('a cancel must name a refund of this proxy, with ids that belong together', async (t) => {
  const { provider, refund, post } = await upayments(t);
  await refund('10');
  const unknown = await post('/delete-refund', { body: { orderId: 'x', refundOrderId: 'nobody' } });
  assert.deepEqual([unknown.status, unknown.problem.code], [404, 'payment_not_found']);
  const mixed = await post('/delete-refund', { body: { orderId: 'another', refundOrderId: 'R1' } });
  assert.deepEqual([mixed.status, mixed.problem.code], [400, 'invalid_request']);
  assert.equal(provider.callsOf('POST /delete-refund').length, 0);
});

test('a read of a refund by its own order id is allowed, and updates the ledger', async (t) => {
  const { provider, refund, get } = await upayments(t);
  await refund('10');
  provider.on('GET /check-refund-status/refund-order-1', { status: 200, json: checkStatus(true) });
  assert.equal((await get('/check-refund-status/refund-order-1')).status, 200);
  assert.deepEqual(await money(get), ['10.000', '0.000', '90.000']);
  assert.equal((await get('/check-refund-status/somebody-elses')).problem.code, 'payment_not_found');
});

test('the order’s refunded_elsewhere counts where the provider cannot list refunds', async (t) => {
  const order = { payment_id: ORDER, currency: 'KWD', captured: '64.000', refunded_elsewhere: '20.000' };
  const { refund, get } = await upayments(t, { orders: async () => order });
  assert.deepEqual(await money(get), ['20.000', '0.000', '44.000']);
  assert.equal((await refund('44.001')).problem.refundable, '44.000');
});

async function upayments(
  t: Parameters<typeof startTestProxy>[0],
  options: Parameters<typeof startTestProxy>[1] = {},
): Promise<TestProxy> {
  const testProxy = await startTestProxy(t, { name: 'upayments', ...options });
  scriptList(testProxy.provider, 0);
  testProxy.provider.on(CREATE, { status: 201, json: CREATED });
  return testProxy;
}

/** A refund of 10.000 with a lost cancel under the key 1. `say` settles the cancel as a person. */
async function setUpLostCancel(t: Parameters<typeof startTestProxy>[0]) {
  const testProxy = await upayments(t);
  const { provider, refund, post, get } = testProxy;
  await refund('10');
  provider.on('POST /delete-refund', 'drop');
  await post('/delete-refund', { key: uuid(1), body: { orderId: 'refund-order-1', refundOrderId: 'R1' } });
  const { intents } = (await get('/intents')).json as { intents: { id: string }[] };
  const say = (outcome: string, more: object = {}) =>
    post(`/intents/${intents[0]!.id}/resolve`, { body: { ...more, outcome, reason: 'Told by phone' } });
  return { ...testProxy, say };
}

/** Starts a proxy with a first step that has listed `count` vendors of 50.000 each. */
async function setUpVendors(t: Parameters<typeof startTestProxy>[0], count = 2): Promise<TestProxy> {
  const testProxy = await upayments(t);
  const { refundPayload } = vendorsBody(Array.from({ length: count }, () => 0));
  testProxy.provider.on(CREATE, {
    status: 201,
    json: {
      status: true,
      message: 'success',
      data: {
        orderId: ORDER,
        isMultivendorRefund: true,
        refundPayload,
        multivendor_refund_end_point: 'https://x.example',
      },
    },
  });
  assert.equal((await testProxy.refund('100')).status, 201);
  testProxy.provider.on(VENDORS, {
    status: 201,
    json: vendorsAnswer({ generated: [generated('R1', 30), generated('R2', 20)] }),
  });
  return testProxy;
}

function scriptList(provider: TestProxy['provider'], count: number): void {
  const refund = Array.from({ length: count }, (_, index) => ({
    order_id: `refund-order-${index + 1}`,
    is_refunded: false,
    refunded_date: null,
  }));
  provider.on(`GET /check-refund/${ORDER}`, { status: 200, json: { status: true, message: 'ok', data: { refund } } });
}

function checkStatus(isRefunded: boolean) {
  const refunded_date = isRefunded ? '2026-11-20 13:00:00' : null;
  return { status: true, message: 'ok', data: { is_refunded: isRefunded, refunded_date } };
}

function vendorsBody(amounts: readonly number[]) {
  return {
    orderId: ORDER,
    refundPayload: amounts.map((amount, index) => vendorRow(`v${index + 1}`, amount)),
  };
}

function vendorsAnswer(lists: object) {
  const empty = { generated: [], dataTempered: [], refundIssue: [], insufficientBalance: [] };
  return { status: true, message: 'ok', data: { responseData: { ...empty, ...lists } } };
}

function generated(refundOrderId: string, amount: number) {
  return {
    generatedInvoiceId: 7,
    amount,
    orderId: `own-${refundOrderId}`,
    refundOrderId,
    refundArn: `arn-${refundOrderId}`,
  };
}

async function money(get: TestProxy['get']): Promise<(string | undefined)[]> {
  const { refunded, pending, refundable } = (await get(`/payments/${ORDER}`)).json as Record<string, string>;
  return [refunded, pending, refundable];
}
