import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { PaymentSummary } from '../../contract/index.ts';
import { order as orderSchema } from '../../proxy/index.ts';
import { unaccountedFor } from '../../proxy/refunds/unaccounted.ts';
import {
  listOf,
  ORDER,
  PAYMENT,
  REFUND,
  startTestProxy,
  scriptUqpay,
  UQPAY_POST,
  uuid,
  type TestProxy,
} from './support/test-proxy.ts';
import { CREATE, scriptList, upayments } from './support/upayments-list.ts';

const SCOPE = { merchant: 'default', provider: 'upayments' };
const INTENT = `GET /v2/payment_intents/${PAYMENT}`;

test('UPayments: a refund made in the dashboard is found before the next refund, which is not sent', async (t) => {
  const { provider, refund, get } = await upayments(t);
  assert.equal((await refund('10')).status, 201);
  scriptList(provider, ['refund-1', 'made-there']);
  const refusal = await refund('10', { key: uuid(1) });
  assert.deepEqual(
    [refusal.status, refusal.problem.code, refusal.problem.effect, refusal.problem.listed, refusal.problem.known],
    [409, 'refunded_elsewhere', 'nothing', 2, 1],
  );
  assert.match(
    refusal.problem.detail!,
    /more refunds of this payment \(2\) than .* \(1\)[^]* refunded_elsewhere_count/,
  );
  assert.equal(provider.callsOf(CREATE).length, 1);
  const { not_refundable, unaccounted_refunds, refundable } = await summary(get, ORDER);
  assert.match(not_refundable!, /more refunds of this payment \(2\)/);
  assert.deepEqual([unaccounted_refunds, refundable], [{ listed: 2, known: 1, unknown: 0 }, '90.000']);
  // Nothing was sent, so the same key can be used once the list is explained.
  scriptList(provider, ['refund-1']);
  assert.equal((await refund('10', { key: uuid(1) })).status, 201);
});

test('UPayments: refunds go on once the order gives amount and number, and stop at the next unexplained refund', async (t) => {
  let order: object = { payment_id: ORDER, currency: 'KWD', captured: '100.000' };
  const { provider, refund, get } = await upayments(t, { orders: async () => order });
  scriptList(provider, ['made-there']);
  order = { ...order, refunded_elsewhere: '40.000' };
  assert.equal((await refund('10')).problem.code, 'refunded_elsewhere', 'an amount without a number is not enough');
  order = { ...order, refunded_elsewhere_count: 1 };
  const { unaccounted_refunds, refunded, refundable } = await summary(get, ORDER);
  assert.deepEqual([unaccounted_refunds, refunded, refundable], [null, '40.000', '60.000']);
  assert.equal((await refund('60.001')).problem.refundable, '60.000');
  assert.equal((await refund('10')).status, 201);
  scriptList(provider, ['made-there', 'refund-1', 'another']);
  assert.deepEqual((await refund('10')).problem.known, 2);
});

test('UPayments: an operator’s entry counts like a refund, is audited, and is not counted again by the order', async (t) => {
  let order: object = { payment_id: ORDER, currency: 'KWD', captured: '100.000' };
  const { provider, refund, get, ledger, clock } = await upayments(t, { orders: async () => order });
  scriptList(provider, ['made-there']);
  assert.equal((await refund('10')).problem.code, 'refunded_elsewhere');
  const entry = { paymentId: ORDER, currency: 'KWD', amount: 40_000n, reason: 'Seen there', who: 'op', at: clock.now };
  await ledger.tellElsewhere(SCOPE, entry);
  const figures = async () => {
    const { refunded, pending, refundable, unaccounted_refunds } = await summary(get, ORDER);
    return [refunded, pending, refundable, unaccounted_refunds];
  };
  assert.deepEqual(await figures(), ['40.000', '0.000', '60.000', null]);
  order = { ...order, refunded_elsewhere: '40.000', refunded_elsewhere_count: 1 };
  assert.deepEqual(await figures(), ['40.000', '0.000', '60.000', null]);
  assert.equal((await refund('60.001')).problem.code, 'amount_above_refundable');
  assert.equal((await refund('60')).status, 201);
  const { refunds } = await summary(get, ORDER);
  const { amount, standing, idempotency_key, reason } = refunds!.find(({ status }) => status === 'elsewhere')!;
  assert.deepEqual([amount, standing, idempotency_key, reason], ['40.000', 'succeeded', null, 'Seen there']);
});

test('UPayments: a refund whose answer was lost is not recorded as made elsewhere, whoever asks', async (t) => {
  const { provider, refund, get, post, ledger, clock } = await upayments(t);
  assert.equal((await refund('10')).status, 201);
  provider.on(CREATE, 'drop');
  scriptList(provider, ['refund-1']);
  assert.equal((await refund('20', { key: uuid(1) })).problem.code, 'outcome_unknown');
  scriptList(provider, ['refund-1', 'lost']);
  const open = await summary(get, ORDER);
  assert.deepEqual(open.unaccounted_refunds, { listed: 2, known: 1, unknown: 1 });
  assert.match(open.not_refundable!, /may be requests made here whose outcome nobody knows.* Settle those first/);
  assert.doesNotMatch(open.not_refundable!, /made elsewhere|refunded_elsewhere/);
  assert.equal((await refund('10')).problem.code, 'payment_busy');
  const entry = { paymentId: ORDER, currency: 'KWD', amount: 20_000n, reason: 'Seen there', who: 'op', at: clock.now };
  assert.equal(await ledger.tellElsewhere(SCOPE, entry), undefined);
  // One more than the lost one explains.
  scriptList(provider, ['refund-1', 'lost', 'made-there']);
  const more = await summary(get, ORDER);
  assert.deepEqual(more.unaccounted_refunds, { listed: 3, known: 1, unknown: 1 });
  assert.match(more.not_refundable!, /Settle those first/);
  // Once it is settled, only the refund made elsewhere is left, and can be recorded.
  const { intent_id } = more.refunds!.find(({ standing }) => standing === 'unknown')!;
  const body = { outcome: 'refunded', reason: 'Found in the dashboard' };
  assert.equal((await post(`/intents/${intent_id}/resolve`, { body })).status, 200);
  assert.deepEqual((await summary(get, ORDER)).unaccounted_refunds, { listed: 3, known: 2, unknown: 0 });
  assert.ok(await ledger.tellElsewhere(SCOPE, { ...entry, amount: 40_000n }));
  const { unaccounted_refunds, not_refundable, refundable } = await summary(get, ORDER);
  assert.deepEqual([unaccounted_refunds, not_refundable, refundable], [null, null, '30.000']);
});

test('UPayments: a contradicted refund that the list names under no known id may be the one too many', () => {
  const rows = [{ intentId: 'i', released: false, standing: 'unknown', refundId: 'a', references: {} }];
  const of = rows as unknown as Parameters<typeof unaccountedFor>[1];
  assert.deepEqual(unaccountedFor(listed('x'), of, {}), { listed: 1, known: 0, unknown: 1 });
  assert.equal(unaccountedFor(listed('a'), of, {}), undefined);
  assert.deepEqual(unaccountedFor(listed('a', 'x'), of, {}), { listed: 2, known: 1, unknown: 0 });
});

test('UPayments: a key that was put off is not sent again before the list can be read, which may have its refund', async (t) => {
  const { provider, refund, get } = await upayments(t);
  provider.on(CREATE, { status: 429, headers: { 'retry-after': '1' }, json: { status: false, message: 'Slow down' } });
  assert.equal((await refund('10', { key: uuid(1) })).status, 429);
  for (const status of [429, 500]) {
    provider.on(`GET /check-refund/${ORDER}`, { status, text: 'oops' });
    const { problem } = await refund('10', { key: uuid(1) });
    assert.deepEqual([problem.code, problem.effect], ['provider_unreachable', 'nothing']);
    assert.match(problem.detail!, /list of refunds cannot be read .* this key was sent before/);
  }
  assert.equal(provider.callsOf(CREATE).length, 1);
  // It was carried out all the same.
  scriptList(provider, ['late']);
  assert.equal((await refund('10', { key: uuid(1) })).problem.code, 'outcome_unknown');
  assert.equal(provider.callsOf(CREATE).length, 1);
  const { refundable, refunds } = await summary(get, ORDER);
  assert.deepEqual([refundable, refunds![0]!.standing, refunds![0]!.evidence!.code], ['90.000', 'unknown', 'listed']);
  assert.equal(refunds![0]!.evidence!.text, 'The provider lists 1 refund of this payment, and 0 of them count here.');
});

test('UPayments: a key that was put off is sent again once the list shows that it was not carried out', async (t) => {
  const { provider, refund } = await upayments(t);
  for (const sends of [1, 2]) {
    provider.on(CREATE, { status: 429, json: {} });
    assert.equal((await refund('10', { key: uuid(1) })).status, 429);
    assert.equal(provider.callsOf(CREATE).length, sends);
  }
});

test('UPayments: the same holds for a key that was answered 401', async (t) => {
  const { provider, refund } = await upayments(t);
  provider.on(CREATE, { status: 401, json: { status: false, message: 'Unauthenticated.' } });
  assert.equal((await refund('10', { key: uuid(1) })).problem.code, 'credentials_refused');
  const sent = provider.callsOf(CREATE).length;
  provider.on(`GET /check-refund/${ORDER}`, { status: 500, text: 'oops' });
  assert.equal((await refund('10', { key: uuid(1) })).problem.code, 'provider_unreachable');
  assert.equal(provider.callsOf(CREATE).length, sent);
});

test('UPayments: a refund that is in progress by a person’s word alone is settled by a word', async (t) => {
  const { provider, refund, get, post } = await upayments(t);
  provider.on(CREATE, 'drop');
  scriptList(provider, []);
  assert.equal((await refund('20', { key: uuid(1) })).problem.code, 'outcome_unknown');
  const { intent_id: id } = (await summary(get, ORDER)).refunds![0]!;
  const say = async (outcome: string, more: object = {}) =>
    post(`/intents/${id}/resolve`, { body: { outcome, reason: 'As the dashboard shows it', ...more } });
  assert.equal((await say('initiated')).problem.code, 'confirmation_required');
  assert.equal((await say('initiated', { confirm: true })).status, 200);
  assert.deepEqual((await summary(get, ORDER)).pending, '20.000');
  scriptList(provider, ['late']);
  assert.match(
    (await say('refunded', { refund_id: 'other' })).problem.detail!,
    /lists no refund other of this payment/,
  );
  assert.match((await say('nothing')).problem.detail!, /^A person has settled this refund as initiated\./);
  // The list calls it initiated.
  assert.equal((await say('refunded', { refund_id: 'late' })).problem.code, 'confirmation_required');
  assert.equal((await say('refunded', { refund_id: 'late', confirm: true })).status, 200);
  const { refunded, pending, unaccounted_refunds } = await summary(get, ORDER);
  assert.deepEqual([refunded, pending, unaccounted_refunds], ['20.000', '0.000', null]);
  assert.match((await say('refunded')).problem.detail!, /Nothing about this intent is unknown/);
});

test('UPayments: a person’s word that nothing was refunded is confirmed while the list has more than is known', async (t) => {
  const { provider, refund, get, post } = await upayments(t);
  // Nobody could count before it was sent.
  provider.on(`GET /check-refund/${ORDER}`, { status: 500, text: 'oops' });
  provider.on(CREATE, 'drop');
  assert.equal((await refund('20', { key: uuid(1) })).problem.code, 'outcome_unknown');
  const { intent_id: id } = (await summary(get, ORDER)).refunds![0]!;
  const body = { outcome: 'nothing', reason: 'No mail has come' };
  scriptList(provider, ['it']);
  const { problem } = await post(`/intents/${id}/resolve`, { body });
  assert.deepEqual(
    [problem.code, problem.detail!.startsWith('The provider lists 1 refund of')],
    ['confirmation_required', true],
  );
  // The list that forgets it is no proof.
  scriptList(provider, []);
  const { problem: later } = await post(`/intents/${id}/resolve`, { body });
  assert.match(
    later.detail!,
    /^The provider has listed 1 refund of this payment since this request, and lists 0 now\./,
  );
  assert.equal((await post(`/intents/${id}/resolve`, { body: { ...body, confirm: true } })).status, 200);
});

test('UPayments: a refund that has left the list does not hide one whose answer was lost', async (t) => {
  const { provider, refund, get, post } = await upayments(t);
  assert.equal((await refund('10', { key: uuid(1) })).status, 201);
  scriptList(provider, ['refund-1']);
  provider.on(CREATE, 'drop');
  assert.equal((await refund('20', { key: uuid(2) })).problem.code, 'outcome_unknown');
  const { refunds = [] } = await summary(get, ORDER);
  const first = refunds.find(({ idempotency_key }) => idempotency_key === uuid(1))!;
  provider.on('GET /check-refund-status/refund-1', { status: 404, json: { status: false, message: 'No such refund' } });
  const gone = { outcome: 'cancelled', reason: 'Deleted in the dashboard', confirm: true };
  assert.equal((await post(`/intents/${first.intent_id}/resolve`, { body: gone })).status, 200);
  // The list is as long as before the second one was sent, and the one in it is the lost one.
  scriptList(provider, ['lost']);
  const lost = refunds.find(({ idempotency_key }) => idempotency_key === uuid(2))!;
  const body = { outcome: 'nothing', reason: 'No mail has come' };
  const { problem } = await post(`/intents/${lost.intent_id}/resolve`, { body });
  assert.equal(problem.code, 'confirmation_required');
  assert.match(problem.detail!, /^The provider lists 1 refund of this payment, and 0 of them count here\./);
});

test('UPayments: a refund that a person said to be on its way, and then to be cancelled, was refused by nobody', async (t) => {
  const { provider, refund, get, post } = await upayments(t);
  provider.on(CREATE, 'drop');
  scriptList(provider, []);
  await refund('20', { key: uuid(1) });
  const { intent_id: id } = (await summary(get, ORDER)).refunds![0]!;
  for (const outcome of ['initiated', 'cancelled']) {
    const body = { outcome, reason: 'As the dashboard shows it', confirm: true };
    assert.equal((await post(`/intents/${id}/resolve`, { body })).status, 200, outcome);
  }
  const { refunds, refundable } = await summary(get, ORDER);
  const { standing, ended } = refunds![0]!;
  assert.deepEqual([standing, ended, refundable], ['cancelled', undefined, '100.000']);
});

test('UPayments: a list that cannot be read neither stops a refund nor hides the payment', async (t) => {
  const { provider, refund, get } = await upayments(t);
  provider.on(`GET /check-refund/${ORDER}`, { status: 500, text: 'oops' });
  assert.equal((await refund('10')).status, 201);
  assert.equal((await summary(get, ORDER)).refundable, '90.000');
});

test('listed refunds are matched with ours by their ids if those are known, otherwise by their number', () => {
  const row = (change: object) => ({ intentId: 'i', released: false, standing: 'pending', references: {}, ...change });
  const rows = (...changes: object[]) => changes.map(row) as unknown as Parameters<typeof unaccountedFor>[1];
  const none = { refunded_elsewhere_count: null };
  const a = { refundId: 'a', references: { refundOrderId: 'A' } };
  const cases: [string[], ReturnType<typeof rows>, number | null, number | undefined][] = [
    [[], rows(), null, undefined],
    [['a'], rows(a), null, undefined],
    [['A'], rows(a), null, undefined],
    [['a', 'x'], rows(a), null, 1],
    // Our refund is not listed yet. Its id is known, so the other refund is not ours.
    [['a', 'x'], rows(a, { refundId: 'b' }), null, 1],
    // A person settled our refund without its id.
    [['a', 'x'], rows(a, { refundId: undefined }), null, undefined],
    // No id of ours is in the list, so only the number counts.
    [['order', 'order'], rows(a, { refundId: 'b' }), null, undefined],
    [['order', 'order', 'order'], rows(a, { refundId: 'b' }), null, 2],
    // Our refund is cancelled and still listed.
    [['a'], rows({ ...a, released: true, standing: 'cancelled' }), null, undefined],
    [['x'], rows({ ...a, released: true, standing: 'failed', refundId: undefined, references: {} }), null, 0],
    [['x'], rows({ standing: 'unknown' }), null, 0],
    [['x'], rows({ intentId: undefined, standing: 'succeeded' }), null, undefined],
    [['x', 'y'], rows({ intentId: undefined, standing: 'succeeded' }), 1, 1],
    [['x', 'y'], rows(), 2, undefined],
  ];
  for (const [ids, of, count, known] of cases) {
    const found = unaccountedFor(listed(...ids), of, count === null ? none : { refunded_elsewhere_count: count });
    const unknown = of.filter(({ standing }) => standing === 'unknown').length;
    assert.deepEqual(
      found,
      known === undefined ? undefined : { listed: ids.length, known, unknown },
      JSON.stringify(ids),
    );
  }
});

test('UQPAY: the order’s refunded_elsewhere counts, and does not count again when the list shows the refund', async (t) => {
  const order = { payment_id: PAYMENT, currency: 'USD', captured: '100.00', refunded_elsewhere: '30.00' };
  const { provider, refund, get } = await startTestProxy(t, { orders: async () => order });
  const above = await refund('90.00');
  assert.deepEqual([above.problem.code, above.problem.refundable], ['amount_above_refundable', '70.00']);
  const listedRefund = { payment_refund_id: 'RF9', amount: '20.00', currency: 'USD', refund_status: 'SUCCEEDED' };
  provider.on(`GET ${REFUND}`, listOf([listedRefund]));
  const { refunded, refundable } = await summary(get, PAYMENT);
  assert.deepEqual([refunded, refundable], ['30.00', '70.00']);
  const call = { headers: { 'x-expected-refundable': '70.00' } };
  assert.equal((await refund('70.01', call)).problem.code, 'amount_above_refundable');
  assert.equal((await refund('70.00', call)).status, 200);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('UQPAY: a refund that is too old for the list is known from the total of the payment attempt', async (t) => {
  const { provider, refund, get } = await startTestProxy(t);
  attempt(provider, '30.00');
  for (let read = 0; read < 3; read += 1) {
    const { refunded, pending, refundable, refunds } = await summary(get, PAYMENT);
    assert.deepEqual([refunded, pending, refundable, refunds?.length], ['30.00', '0.00', '70.00', 1]);
  }
  const above = await refund('70.01');
  assert.deepEqual([above.problem.code, above.problem.refundable], ['amount_above_refundable', '70.00']);
  assert.equal((await refund('20.00', { headers: { 'x-expected-refundable': '70.00' } })).status, 200);
  assert.deepEqual(await money(get), ['30.00', '20.00', '50.00']);
});

test('UQPAY: the attempt’s total counts no refund twice, neither ours nor one that is listed later', async (t) => {
  const { provider, refund, get, ledger } = await startTestProxy(t);
  const refunds = scriptUqpay(provider);
  await refund('20.00');
  attempt(provider, '30.00');
  assert.deepEqual(await money(get), ['30.00', '20.00', '50.00']);
  const [key, own] = [...refunds][0]!;
  refunds.set(key, { ...own, refund_status: 'SUCCEEDED' });
  attempt(provider, '50.00');
  assert.deepEqual(await money(get), ['50.00', '0.00', '50.00']);
  const old = { payment_refund_id: 'RF8', amount: '30.00', currency: 'USD', refund_status: 'SUCCEEDED' };
  refunds.set('old', old);
  assert.deepEqual(await money(get), ['50.00', '0.00', '50.00']);
  const rows = await ledger.reservationsOfPayment({ merchant: 'default', provider: 'uqpay' }, PAYMENT);
  assert.deepEqual(
    rows.filter(({ status }) => status === 'not_listed').map(({ amount, released }) => [amount, released]),
    [[0n, true]],
  );
});

test('UQPAY: a refund that succeeds between two reads does not count twice', async (t) => {
  const { provider, refund, get } = await startTestProxy(t);
  const refunds = scriptUqpay(provider);
  await refund('20.00');
  const [key, own] = [...refunds][0]!;
  let reads = 0;
  provider.on(`GET ${REFUND}`, ({ query }) => {
    // The first read of the list is before the success. The attempt and the second read are after it.
    reads += 1;
    const data = query.has('start_time') ? [] : [...refunds.values()];
    if (reads === 2) refunds.set(key, { ...own, refund_status: 'SUCCEEDED' });
    return listOf(data);
  });
  attempt(provider, '20.00');
  assert.deepEqual(await money(get), ['20.00', '0.00', '80.00']);
});

test('UQPAY: an unreadable attempt stops the summary, and an unknown attempt does not', async (t) => {
  const { provider, get } = await startTestProxy(t);
  // A status about the call itself, not about the payment, gives no total either.
  const ofTheCall = [408, 409, 429, 499, 503].map((status) => ({
    status,
    json: { type: 'x', code: 'x', message: 'x' },
  }));
  for (const act of ['drop', ...ofTheCall, { status: 200, json: { currency: 'USD' } }] as const) {
    provider.on(INTENT, act);
    const label = JSON.stringify(act);
    assert.equal((await get(`/payments/${PAYMENT}`)).problem.code, 'provider_unreachable', label);
  }
  for (const act of [
    { status: 400, json: { type: 'not_found', code: 'x', message: 'x' } },
    { status: 200, json: { currency: 'USD', intent_status: 'SUCCEEDED', latest_payment_attempt: null } },
  ]) {
    provider.on(INTENT, act);
    assert.deepEqual(await money(get), ['0.00', '0.00', '100.00']);
  }
});

test('an order with refunded_elsewhere_count but without refunded_elsewhere is refused, with the missing field', () => {
  const order = { payment_id: 'P', currency: 'KWD', captured: '1.000', refunded_elsewhere_count: 1 };
  const parsed = orderSchema.safeParse(order);
  const [issue] = parsed.error?.issues ?? [];
  assert.deepEqual(issue?.path, ['refunded_elsewhere_count']);
  assert.match(issue?.message ?? '', /refunded_elsewhere with the sum/);
  assert.equal(orderSchema.safeParse({ ...order, refunded_elsewhere: '1.000' }).success, true);
  assert.equal(
    orderSchema.safeParse({ ...order, refunded_elsewhere: '1.000', refunded_elsewhere_count: -1 }).success,
    false,
  );
});

test('a payment that the merchant blocks is refused as not_refundable, also if the expected amount is wrong', async (t) => {
  const order = { payment_id: PAYMENT, currency: 'USD', captured: '100.00', not_refundable: 'A dispute is open' };
  const { refund } = await startTestProxy(t, { orders: async () => order });
  for (const expected of ['100.00', '59.90']) {
    const { status, problem } = await refund('10.00', { headers: { 'x-expected-refundable': expected } });
    assert.deepEqual([status, problem.code, problem.effect], [422, 'not_refundable', 'nothing']);
    assert.equal(problem.detail, 'A dispute is open');
  }
});

test('a refusal contains the amounts that it is about', async (t) => {
  const { refund } = await startTestProxy(t);
  await refund('50.10');
  const changed = (await refund('10.00', { headers: { 'x-expected-refundable': '59.90' } })).problem;
  assert.deepEqual(
    [changed.code, changed.currency, changed.expected, changed.refundable],
    ['refundable_changed', 'USD', '59.90', '49.90'],
  );
  const above = (await refund('50.00')).problem;
  assert.deepEqual(
    [above.code, above.currency, above.asked, above.refundable, above.expected],
    ['amount_above_refundable', 'USD', '50.00', '49.90', undefined],
  );
});

function attempt(provider: TestProxy['provider'], refunded_amount: string): void {
  const latest_payment_attempt = { attempt_id: 'PA1', captured_amount: '100.00', refunded_amount };
  const json = { currency: 'USD', intent_status: 'SUCCEEDED', captured_amount: '100.00', latest_payment_attempt };
  provider.on(INTENT, { status: 200, json });
}

async function summary(get: TestProxy['get'], payment: string): Promise<PaymentSummary> {
  return (await get(`/payments/${payment}`)).json as PaymentSummary;
}

async function money(get: TestProxy['get']): Promise<string[]> {
  const { refunded, pending, refundable } = await summary(get, PAYMENT);
  return [refunded, pending, refundable];
}

function listed(...ids: string[]) {
  return ids.map((refundId) => ({ refundId }));
}
