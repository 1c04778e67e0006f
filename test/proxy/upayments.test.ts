import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ORDER, startTestProxy, uuid, type TestProxy } from './support/test-proxy.ts';

const CREATE = 'POST /create-refund';
const VENDORS = 'POST /create-multivendor-refund';
const SCOPE = { merchant: 'default', provider: 'upayments' };
const CREATED = {
  status: true,
  message: 'Refund invoice generated successfully',
  data: { orderId: 'refund-order-1', refundOrderId: 'R1', refundArn: '202611200000000000000000000001' },
};

test('the browser’s notifyUrl is replaced by the one of the configuration', async (t) => {
  const { provider, post } = await upayments(t);
  await post('/create-refund', { body: { orderId: ORDER, totalPrice: 10, notifyUrl: 'https://evil.example/' } });
  const [call] = provider.callsOf(CREATE);
  assert.deepEqual(JSON.parse(call!.body), { orderId: ORDER, totalPrice: 10, notifyUrl: 'https://shop.example/hook' });
  assert.equal(call!.headers.authorization, 'Bearer token-of-ours');
});

test('a lost answer is never sent again, and no other refund of the order begins', async (t) => {
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

test('what check-refund lists before and after is evidence in the audit, and proves nothing', async (t) => {
  const { provider, refund, ledger } = await upayments(t);
  const key = uuid(1);
  provider.on(CREATE, () => {
    listed(provider, 1);
    return 'drop';
  });
  await refund('10', { key });
  const more = await refund('10', { key });
  assert.match(more.problem.detail!, /lists 1 more than before/);
  listed(provider, 0);
  assert.match((await refund('10', { key })).problem.detail!, /proves nothing/);
  const intent = await ledger.intentByKey(SCOPE, key);
  assert.equal(intent?.state, 'unknown');
  const evidence = (await ledger.audit(intent.id)).filter(({ what }) => what === 'evidence');
  assert.deepEqual(
    evidence.map(({ detail }) => detail),
    ['before sending: 0, now: 1', 'before sending: 0, now: 0'],
  );
});

test('a person settles what no machine can know: with a reason, once, and only when allowed to', async (t) => {
  let mayResolve = false;
  const { provider, refund, post, get, ledger } = await upayments(t, {
    authorize: async (_request, { action }) =>
      action === 'resolve' && !mayResolve ? { refuse: 'forbidden' } : { user: 'auditor-7' },
  });
  provider.on(CREATE, 'drop');
  const key = uuid(1);
  await refund('10', { key });
  const listed = (await get('/intents?state=unknown')).json as { intents: { id: string; payment_id: string }[] };
  assert.deepEqual(
    listed.intents.map(({ payment_id }) => payment_id),
    [ORDER],
  );
  const path = `/intents/${listed.intents[0]!.id}/resolve`;
  const body = { outcome: 'nothing', reason: 'Not in the dashboard a day later' };
  assert.equal((await post(path, { body })).status, 403);
  mayResolve = true;
  assert.equal((await post(path, { body: { outcome: 'nothing' } })).status, 400);
  assert.equal((await post(path, { body: { ...body, outcome: 'cancelled' } })).status, 400);
  assert.equal((await post(path, { body })).status, 200);
  assert.equal((await post(path, { body })).status, 400);
  const gone = await refund('10', { key });
  assert.deepEqual([gone.status, gone.problem.code, gone.problem.effect], [410, 'settled_nothing', 'nothing']);
  const said = (await ledger.audit(listed.intents[0]!.id)).find(({ what }) => what === 'resolve');
  assert.deepEqual([said?.who, said?.to, said?.detail], ['auditor-7', 'nothing', body.reason]);
  provider.on(CREATE, { status: 201, json: CREATED });
  assert.equal((await refund('100', { key: uuid(2) })).status, 201);
});

test('a refund that a person found goes on counting, and is read until it is final', async (t) => {
  const { provider, refund, post, get, clock, proxy } = await upayments(t);
  provider.on(CREATE, 'drop');
  await refund('10', { key: uuid(1) });
  const { intents } = (await get('/intents')).json as { intents: { id: string }[] };
  const body = { outcome: 'initiated', reason: 'Seen in the dashboard', refund_id: 'refund-order-1' };
  await post(`/intents/${intents[0]!.id}/resolve`, { body });
  assert.deepEqual(await money(get), ['0.000', '10.000', '90.000']);
  provider.on('GET /check-refund-status/refund-order-1', { status: 200, json: checkStatus(true) });
  clock.now += 10_000;
  await proxy.reconcile();
  assert.deepEqual(await money(get), ['10.000', '0.000', '90.000']);
});

test('status false is a refusal whatever the HTTP status, and its answer is replayed', async (t) => {
  for (const status of [200, 201, 403, 422]) {
    const { provider, refund, get } = await upayments(t);
    const json = { status: false, message: 'Insufficient balance', data: null };
    provider.on(CREATE, { status, json });
    const refused = await refund('10', { key: uuid(1) });
    assert.deepEqual([refused.status, refused.json], [status, json]);
    assert.equal((await refund('10', { key: uuid(1) })).headers.get('idempotent-replayed'), 'true');
    assert.equal(provider.callsOf(CREATE).length, 1);
    assert.deepEqual(await money(get), ['0.000', '0.000', '100.000']);
  }
});

test('a refusal that comes after the lease settles the refund: nothing was ever sent but this', async (t) => {
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

test('an answer that says no and lists refunds of vendors that cannot be read gives nothing back', async (t) => {
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

test('amounts: three decimals of KWD pass exactly, anything else is refused at its field', async (t) => {
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

test('a first step that opens the vendors’ refunds holds nothing', async (t) => {
  const { post, get } = await opened(t);
  assert.deepEqual(await money(get), ['0.000', '0.000', '100.000']);
  assert.equal((await post('/create-multivendor-refund', { body: vendorsBody([30, 20]) })).status, 201);
});

test('each vendor has an outcome of its own: made is kept, refused is given back, unmatched stays unknown', async (t) => {
  const { provider, post, get, ledger } = await opened(t, 3);
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

test('monitoring counts what is listed as unknown: a part within an answer too, and each intent once', async (t) => {
  const { provider, post, get, proxy } = await opened(t, 3);
  const counted = async () => {
    const { intents } = (await get('/intents?state=unknown')).json as { intents: { id: string; state: string }[] };
    assert.equal(await proxy.unknownIntents(), intents.length);
    return intents;
  };
  assert.deepEqual(await counted(), []);
  provider.on(VENDORS, { status: 201, json: vendorsAnswer({ generated: [generated('R1', 30)] }) });
  await post('/create-multivendor-refund', { body: vendorsBody([30, 20, 10]) });
  const [answered, ...others] = await counted();
  assert.deepEqual([answered?.state, others], ['succeeded', []]);
  const settle = (vendor: string) =>
    post(`/intents/${answered?.id}/resolve`, { body: { outcome: 'nothing', reason: 'There is none', vendor } });
  await settle('v2');
  assert.equal((await counted()).length, 1);
  await settle('v3');
  assert.deepEqual(await counted(), []);
  provider.on(VENDORS, 'drop');
  await post('/create-multivendor-refund', { body: vendorsBody([0, 20, 10]) });
  assert.deepEqual(
    (await counted()).map(({ state }) => state),
    ['unknown'],
  );
});

test('of two vendors with one amount and one refund between them, both stay unknown', async (t) => {
  const { provider, post, ledger } = await opened(t);
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

test('a refund that no row is left for contradicts the refusals: nothing is given back until a person has read it', async (t) => {
  const { provider, post, get } = await opened(t);
  const refused = ['v1', 'v2'].map((refundRequestId) => ({ refundRequestId }));
  provider.on(VENDORS, {
    status: 201,
    json: vendorsAnswer({ generated: [generated('R1', 30)], insufficientBalance: refused }),
  });
  await post('/create-multivendor-refund', { body: vendorsBody([30, 20]) });
  assert.deepEqual(await money(get), ['0.000', '50.000', '50.000']);
  const { intents } = (await get('/intents')).json as { intents: { id: string }[] };
  assert.equal(intents.length, 1);
});

test('more refunds than vendors of one amount: which of them is whose is not guessed', async (t) => {
  const { provider, post, ledger } = await opened(t);
  const made = [generated('R1', 30), generated('R2', 30)];
  provider.on(VENDORS, {
    status: 201,
    json: vendorsAnswer({ generated: made, refundIssue: [{ refundRequestId: 'v2' }] }),
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

test('a vendor’s cap is what the provider’s first step said, whatever the browser claims', async (t) => {
  const { provider, post } = await opened(t);
  const claimed = vendorsBody([60, 0]);
  claimed.refundPayload[0]!.remainingLimit = 1_000;
  const above = await post('/create-multivendor-refund', { body: claimed });
  assert.deepEqual([above.status, above.problem.code], [422, 'amount_above_refundable']);
  provider.on(VENDORS, { status: 201, json: vendorsAnswer({ generated: [generated('R1', 30)] }) });
  assert.equal((await post('/create-multivendor-refund', { body: vendorsBody([30, 0]) })).status, 201);
  assert.equal((await post('/create-multivendor-refund', { body: vendorsBody([21, 0]) })).status, 422);
  assert.equal(provider.callsOf(VENDORS).length, 1);
});

test('vendor rows that no first step has named, or that repeat, are refused', async (t) => {
  const { post } = await upayments(t);
  const unopened = await post('/create-multivendor-refund', { body: vendorsBody([30, 20]) });
  assert.deepEqual([unopened.status, unopened.problem.code], [400, 'invalid_request']);
  const twice = vendorsBody([1, 1]);
  twice.refundPayload[1]!.refundRequestId = 'v1';
  const repeated = await post('/create-multivendor-refund', { body: twice });
  assert.equal(repeated.problem.errors?.[0]?.pointer, '/refundPayload/1/refundRequestId');
});

test('cancelling gives the amount back; a lost answer of it gives nothing back', async (t) => {
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
  assert.equal((await post(`/intents/${intents[0]!.id}/resolve`, { body: resolution })).status, 200);
  assert.deepEqual(await money(get), ['0.000', '0.000', '100.000']);
});

test('a lost cancel came to nothing once the refund is carried out: nobody has to settle that', async (t) => {
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

test('reads of a refund by its own order id are allowed, and bring it to the ledger', async (t) => {
  const { provider, refund, get } = await upayments(t);
  await refund('10');
  provider.on('GET /check-refund-status/refund-order-1', { status: 200, json: checkStatus(true) });
  assert.equal((await get('/check-refund-status/refund-order-1')).status, 200);
  assert.deepEqual(await money(get), ['10.000', '0.000', '90.000']);
  assert.equal((await get('/check-refund-status/somebody-elses')).problem.code, 'payment_not_found');
});

test('what was refunded elsewhere counts where the provider cannot tell', async (t) => {
  const order = { payment_id: ORDER, currency: 'KWD', captured: '64.000', refunded_elsewhere: '20.000' };
  const { refund, get } = await upayments(t, { orders: async () => order });
  assert.deepEqual(await money(get), ['20.000', '0.000', '44.000']);
  assert.equal((await refund('44.001')).problem.refundable, '44.000');
});

async function upayments(
  t: Parameters<typeof startTestProxy>[0],
  options: Parameters<typeof startTestProxy>[1] = {},
): Promise<TestProxy> {
  const made = await startTestProxy(t, { name: 'upayments', ...options });
  listed(made.provider, 0);
  made.provider.on(CREATE, { status: 201, json: CREATED });
  return made;
}

/** After a first step that named `count` vendors with 50.000 each. */
async function opened(t: Parameters<typeof startTestProxy>[0], count = 2): Promise<TestProxy> {
  const made = await upayments(t);
  const { refundPayload } = vendorsBody(Array.from({ length: count }, () => 0));
  made.provider.on(CREATE, {
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
  assert.equal((await made.refund('100')).status, 201);
  made.provider.on(VENDORS, {
    status: 201,
    json: vendorsAnswer({ generated: [generated('R1', 30), generated('R2', 20)] }),
  });
  return made;
}

function listed(provider: TestProxy['provider'], count: number): void {
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
    refundPayload: amounts.map((amountToRefund, index) => ({
      refundRequestId: `v${index + 1}`,
      ibanNumber: 'KW91KFHO0000000000051010173254',
      totalPaid: '50.000',
      refundedAmount: 0,
      remainingLimit: 50,
      amountToRefund,
      merchantType: 'vendor',
    })),
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
