import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { paymentSummary, type PaymentRefund, type PaymentSummary } from '../../contract/index.ts';
import {
  ORDER,
  PAYMENT,
  startTestProxy,
  scriptUqpay,
  UQPAY_POST,
  uuid,
  type TestProxy,
  type TestProxyOptions,
} from './support/test-proxy.ts';
import { vendorRow } from './support/vendor-row.ts';

const CREATE = 'POST /create-refund';
const VENDORS = 'POST /create-multivendor-refund';
const DAY_MS = 86_400_000;

test('a lost refund that a person settles is listed under its key, with any outcome', async (t) => {
  for (const [outcome, standing, ended, refundable] of [
    ['refunded', 'succeeded', undefined, '90.000'],
    ['initiated', 'pending', undefined, '90.000'],
    ['nothing', 'failed', 'nothing', '100.000'],
  ] as const) {
    const { provider, refund, post, read } = await upayments(t);
    provider.on(CREATE, () => {
      scriptList(provider, 1);
      return 'drop';
    });
    await refund('10', { key: uuid(1) });
    const lost = byKey(await read(), uuid(1));
    assert.deepEqual([lost.standing, lost.state, lost.amount], ['unknown', 'unknown', '10.000']);
    const body = { outcome, reason: 'Seen in the dashboard' };
    const first = await post(`/intents/${lost.intent_id}/resolve`, { body });
    assert.equal(
      first.status,
      outcome === 'nothing' ? 400 : 200,
      'the provider lists one more refund, so `nothing` requires `confirm`',
    );
    if (outcome === 'nothing') {
      assert.match(first.problem.detail!, /lists 1 more than before .* confirm: true/);
      const sure = await post(`/intents/${lost.intent_id}/resolve`, { body: { ...body, confirm: true } });
      assert.deepEqual([sure.status, /1 more/.test((sure.json as { saw: string }).saw)], [200, true]);
    }
    const settled = await read();
    const { standing: now, status, ended: why, state } = byKey(settled, uuid(1));
    assert.deepEqual([now, status, why], [standing, outcome, ended]);
    assert.equal(state, outcome === 'nothing' ? 'failed' : 'succeeded');
    assert.equal(settled.refundable, refundable);
  }
});

test('the summary shows the count of the provider’s list as evidence: a code, numbers and a sentence', async (t) => {
  const { provider, refund, read, clock } = await upayments(t);
  provider.on(CREATE, () => {
    scriptList(provider, 1);
    return 'drop';
  });
  await refund('10', { key: uuid(1) });
  clock.now += 1_000;
  const { evidence } = byKey(await read(), uuid(1));
  const at = new Date(clock.now).toISOString();
  const text = 'The provider lists 1 more than before this request: it was probably carried out.';
  assert.deepEqual(evidence, { code: 'more_listed', before: 0, now: 1, text, at });
  clock.now += 1_000;
  assert.equal(byKey(await read(), uuid(1)).evidence?.at, at, 'the same evidence is not recorded again');
  scriptList(provider, 0);
  const { code, before, now } = byKey(await read(), uuid(1)).evidence!;
  assert.deepEqual([code, before, now], ['none_more_listed', 0, 0]);
});

test('evidence needs no count before the send, and says `not_listed` where the list names every refund', async (t) => {
  const first = await upayments(t);
  first.provider.on(`GET /check-refund/${ORDER}`, 'drop');
  first.provider.on(CREATE, 'drop');
  await first.refund('10', { key: uuid(1) });
  assert.equal(byKey(await first.read(), uuid(1)).evidence, undefined);
  scriptList(first.provider, 2);
  const { code, before, now } = byKey(await first.read(), uuid(1)).evidence!;
  assert.deepEqual([code, before, now], ['listed', undefined, 2]);

  const { provider, refund, clock, read } = await uqpay(t);
  provider.on(UQPAY_POST, 'drop');
  await refund('10.00', { key: uuid(1) });
  clock.now += DAY_MS;
  await refund('10.00', { key: uuid(1) });
  const { evidence, standing } = byKey(await read(), uuid(1));
  assert.deepEqual([standing, evidence?.code], ['unknown', 'not_listed']);
});

test('a list that settles the refund leaves no evidence that the refund is missing', async (t) => {
  const { provider, refund, clock, proxy, ledger } = await uqpay(t);
  const refunds = scriptUqpay(provider);
  provider.on(UQPAY_POST, ({ body }) => {
    const fields = JSON.parse(body) as object;
    refunds.set('1', { payment_refund_id: 'RF1', currency: 'USD', refund_status: 'INITIATED', ...fields });
    return 'drop';
  });
  await refund('10.00', { key: uuid(1) });
  clock.now += 60_000;
  assert.equal((await proxy.reconcile()).settled, 1);
  const intent = await ledger.intentByKey({ merchant: 'default', provider: 'uqpay' }, uuid(1));
  assert.equal((await ledger.audit(intent!.id)).filter(({ what }) => what === 'evidence').length, 0);
});

test('a refused, an unsent and a delayed request are each listed once, with what happened to them', async (t) => {
  const { provider, refund, read } = await uqpay(t);
  provider.on(UQPAY_POST, { status: 400, json: { type: 'refund_error', code: 'x', message: 'No' } });
  await refund('10.00', { key: uuid(1) });
  provider.on(UQPAY_POST, { status: 429, json: { type: 'api_error', code: 'velocity_limit_exceeded', message: 'x' } });
  for (let tries = 0; tries < 3; tries += 1) await refund('20.00', { key: uuid(2) });
  const before = await read();
  assert.deepEqual(
    before.refunds!.map(({ idempotency_key, amount, standing, ended, state }) => [
      idempotency_key,
      amount,
      standing,
      ended,
      state,
    ]),
    [
      [uuid(1), '10.00', 'failed', 'refused', 'failed'],
      [uuid(2), '20.00', 'failed', 'not_sent', 'void'],
    ],
  );
  assert.equal(before.refundable, '100.00');
  scriptUqpay(provider);
  await refund('20.00', { key: uuid(2) });
  const { standing, ended } = byKey(await read(), uuid(2));
  assert.deepEqual([standing, ended], ['pending', undefined]);
});

test('a refused request is listed with the provider’s code and words, also to a proxy that was started since', async (t) => {
  const { provider, refund, read, place, ledger, clock, ...uqpayProxy } = await uqpay(t);
  const json = { type: 'refund_error', code: 'insufficient_balance', message: 'Top it up', customer: 'Ms Jones' };
  provider.on(UQPAY_POST, { status: 400, json });
  await refund('10.00', { key: uuid(1) });
  const REFUSAL = { code: 'insufficient_balance', words: 'Top it up' };
  assert.deepEqual(byKey(await read(), uuid(1)).refusal, REFUSAL);
  // Nothing else of the answer is told to everyone who reads the payment.
  assert.doesNotMatch((await uqpayProxy.get(`/payments/${PAYMENT}`)).text, /Jones/);
  provider.on(UQPAY_POST, { status: 400, json: { ...json, message: 'x'.repeat(4_000) } });
  await refund('10.00', { key: uuid(2) });
  assert.equal(byKey(await read(), uuid(2)).refusal?.words.length, 500);
  const restarted = await startTestProxy(t, { ledger: place.open() });
  const again = await summaryOf(restarted.get, PAYMENT);
  assert.deepEqual(byKey(again, uuid(1)).refusal, REFUSAL);
  // The answer goes with the person who asked; that the provider refused it stays.
  await ledger.erase({ user: 'admin-1', pseudonym: 'erased-1', who: 'operator', at: clock.now });
  const { ended, refusal } = byKey(await read(), uuid(1));
  assert.deepEqual([ended, refusal], ['refused', undefined]);
});

test('UPayments: a refusal is listed with every field that is wrong, that of a cancel too, and of no other ending', async (t) => {
  const { provider, refund, post, read } = await upayments(t);
  await refund('10', { key: uuid(3) });
  const errors = { totalPrice: ['It is too much.', 'It has four decimals.'] };
  const reply = { status: 422, json: { status: false, message: 'Invalid data', data: null, errors } };
  provider.on(CREATE, reply);
  await refund('10', { key: uuid(1) });
  const REFUSAL = { code: '422', words: 'Invalid data It is too much. It has four decimals.' };
  assert.deepEqual(byKey(await read(), uuid(1)).refusal, REFUSAL);
  provider.on('POST /delete-refund', reply);
  await post('/delete-refund', { key: uuid(2), body: { orderId: 'refund-1', refundOrderId: 'R1' } });
  const { refunds, cancels } = await read();
  assert.deepEqual([cancels![0]!.ended, cancels![0]!.refusal], ['refused', REFUSAL]);
  assert.equal(byKey({ refunds } as PaymentSummary, uuid(3)).refusal, undefined);
});

test('a refund that is being sent is listed with the standing unknown and the state sending', async (t) => {
  const { provider, refund, read } = await uqpay(t);
  const arrival = new Promise<void>((resolve) => {
    provider.on(UQPAY_POST, () => {
      resolve();
      return answer;
    });
  });
  let finish = (): void => undefined;
  const answer = new Promise<'drop'>((resolve) => {
    finish = () => resolve('drop');
  });
  const first = refund('10.00', { key: uuid(1) });
  await arrival;
  const { standing, state, evidence } = byKey(await read(), uuid(1));
  assert.deepEqual([standing, state, evidence], ['unknown', 'sending', undefined]);
  finish();
  await first;
});

test('the first step of a vendor refund is listed as vendors_opened, and its parts under one key', async (t) => {
  const { provider, refund, post, read } = await upayments(t);
  const rows = [vendorRow('v1', 30), vendorRow('v2', 20), vendorRow('v3', 10)];
  provider.on(CREATE, opened(rows));
  await refund('60', { key: uuid(1) });
  const refundRow = { generatedInvoiceId: 7, amount: 30, orderId: 'own-1', refundOrderId: 'R1', refundArn: 'A1' };
  const responseData = {
    generated: [refundRow],
    dataTempered: [],
    refundIssue: [],
    insufficientBalance: [{ refundRequestId: 'v2', message: 'short' }],
  };
  provider.on(VENDORS, { status: 201, json: { status: true, message: 'ok', data: { responseData } } });
  await post('/create-multivendor-refund', { key: uuid(2), body: { orderId: ORDER, refundPayload: rows } });
  const parts = (await read()).refunds!.map(({ idempotency_key, vendor: of, standing, status, ended }) => [
    idempotency_key,
    of,
    standing,
    status,
    ended,
  ]);
  assert.deepEqual(parts, [
    [uuid(1), undefined, 'failed', 'vendors_opened', 'vendors_opened'],
    [uuid(2), 'v1', 'pending', 'initiated', undefined],
    [uuid(2), 'v2', 'failed', 'insufficientBalance', 'refused'],
    [uuid(2), 'v3', 'unknown', '', undefined],
  ]);
});

test('the parts of a vendor refund name each vendor by its masked account while its outcome is unknown, and after', async (t) => {
  const { provider, refund, post, read } = await upayments(t);
  const rows = [vendorRow('v1', 15), vendorRow('v2', 15)].map((row, index) => ({
    ...row,
    ibanNumber: `KW0${index}CBKU000000000000123456010${index}`,
  }));
  provider.on(CREATE, opened(rows));
  await refund('30', { key: uuid(1) });
  provider.on(VENDORS, 'drop');
  await post('/create-multivendor-refund', { key: uuid(2), body: { orderId: ORDER, refundPayload: rows } });
  const labels = async () =>
    (await read()).refunds!.map(({ vendor: of, vendor_label: label, standing }) => [of, label, standing]);
  assert.deepEqual(await labels(), [
    [undefined, undefined, 'failed'],
    ['v1', 'KW00 •••• 0100', 'unknown'],
    ['v2', 'KW01 •••• 0101', 'unknown'],
  ]);
  const id = (await read()).refunds![1]!.intent_id;
  scriptList(provider, 1);
  // One number, and one amount, is of one vendor's refund.
  const all = { outcome: 'refunded', reason: 'Seen in the dashboard' };
  for (const more of [{ refund_id: 'refund-1' }, { amount: '1.000' }]) {
    const both = await post(`/intents/${id}/resolve`, { body: { ...all, ...more } });
    assert.deepEqual([both.status, both.problem.errors?.[0]?.pointer], [400, '/vendor'], JSON.stringify(both.problem));
  }
  const body = { outcome: 'nothing', reason: 'Seen in the dashboard', vendor: 'v1', confirm: true };
  assert.equal((await post(`/intents/${id}/resolve`, { body })).status, 200);
  assert.deepEqual((await labels())[1], ['v1', 'KW00 •••• 0100', 'failed']);
});

test('an amount beside a number is taken only if the provider’s list states amounts', async (t) => {
  const { provider, refund, post, read } = await upayments(t);
  provider.on(CREATE, 'drop');
  await refund('30', { key: uuid(1) });
  scriptList(provider, 1);
  const id = (await read()).refunds![0]!.intent_id;
  for (const [outcome, confirm] of [
    ['initiated', false],
    ['refunded', true],
    ['nothing', true],
  ] as const) {
    const body = { outcome, reason: 'Seen in the dashboard', refund_id: 'refund-1', amount: '0.030', confirm };
    const slip = await post(`/intents/${id}/resolve`, { body });
    assert.deepEqual([slip.status, slip.problem.errors?.[0]?.pointer], [400, '/amount'], outcome);
  }
  assert.equal((await read()).refundable, '70.000');
});

test('the number of one vendor’s refund is not taken for another vendor of the same request', async (t) => {
  const { provider, refund, post, read } = await upayments(t);
  const rows = [vendorRow('v1', 15), vendorRow('v2', 15)];
  provider.on(CREATE, opened(rows));
  await refund('30', { key: uuid(1) });
  provider.on(VENDORS, 'drop');
  await post('/create-multivendor-refund', { key: uuid(2), body: { orderId: ORDER, refundPayload: rows } });
  const id = (await read()).refunds![1]!.intent_id;
  scriptList(provider, 1);
  const say = (of: string) =>
    post(`/intents/${id}/resolve`, {
      body: { outcome: 'initiated', reason: 'Seen in the dashboard', vendor: of, refund_id: 'refund-1' },
    });
  assert.equal((await say('v1')).status, 200);
  const twice = await say('v2');
  assert.deepEqual([twice.status, twice.problem.errors?.[0]?.pointer], [400, '/refund_id']);
  assert.deepEqual(
    (await read()).refunds!.map(({ standing }) => standing),
    ['failed', 'pending', 'unknown'],
  );
});

test('a cancel is listed by its key: while it is lost, with its evidence, and after it is settled', async (t) => {
  const { provider, refund, post, read, clock, proxy } = await upayments(t);
  const body = { orderId: 'refund-1', refundOrderId: 'R1' };
  await refund('10');
  provider.on('POST /delete-refund', 'drop');
  status(provider, false);
  await post('/delete-refund', { key: uuid(1), body });
  await post('/delete-refund', { key: uuid(1), body });
  const [lost] = (await read()).cancels!;
  assert.deepEqual(
    [lost?.idempotency_key, lost?.refund_id, lost?.standing, lost?.state, lost?.evidence?.code, lost?.evidence?.word],
    [uuid(1), 'refund-1', 'unknown', 'unknown', 'refund_is', 'initiated'],
  );
  status(provider, true);
  clock.now += 60_000;
  await proxy.reconcile();
  const [ended] = (await read()).cancels!;
  assert.deepEqual([ended?.standing, ended?.ended, ended?.evidence], ['failed', 'overtaken', undefined]);

  await refund('10');
  provider.on('POST /delete-refund', { status: 201, json: { status: true, message: 'Deleted' } });
  await post('/delete-refund', { key: uuid(2), body: { orderId: 'refund-2', refundOrderId: 'R2' } });
  const { cancels, refunds } = await read();
  assert.deepEqual([cancels?.[1]?.standing, cancels?.[1]?.refund_id], ['cancelled', 'refund-2']);
  assert.deepEqual(
    refunds?.map(({ refund_id, standing }) => [refund_id, standing]),
    [
      ['refund-1', 'succeeded'],
      ['refund-2', 'cancelled'],
    ],
  );
});

test('a refund that waits for approval is listed with its requester, approvers and expiry, and holds no amount', async (t) => {
  const { refund, read } = await setUpApproval(t);
  await refund('60.00', { key: uuid(1) });
  const summary = await read();
  const waiting = byKey(summary, uuid(1));
  assert.deepEqual(
    [waiting.standing, waiting.state, waiting.amount, waiting.refund_id],
    ['awaiting_approval', 'awaiting_approval', '60.00', null],
  );
  assert.deepEqual(waiting.approval, {
    asked_by: 'asker',
    asked_at: '2026-11-20T09:00:00.000Z',
    until: '2026-11-21T09:00:00.000Z',
    approvers: 'the finance team',
  });
  const { refunded, pending, refundable, awaiting_approval } = summary;
  assert.deepEqual([refunded, pending, refundable, awaiting_approval], ['0.00', '0.00', '100.00', '60.00']);
});

test('an approved refund is listed with its approver and the time, and counts like any other', async (t) => {
  const { refund, read, decide, clock } = await setUpApproval(t);
  await refund('60.00', { key: uuid(1) });
  clock.now += 60_000;
  await decide(byKey(await read(), uuid(1)), 'approve', {});
  const summary = await read();
  assert.equal(summary.refunds!.length, 1);
  const { standing, approval } = byKey(summary, uuid(1));
  assert.equal(standing, 'pending');
  assert.deepEqual(approval, {
    asked_by: 'asker',
    asked_at: '2026-11-20T09:00:00.000Z',
    approvers: 'the finance team',
    decision: 'approved',
    decided_by: 'second',
    decided_at: '2026-11-20T09:01:00.000Z',
  });
  assert.deepEqual([summary.pending, summary.refundable, summary.awaiting_approval], ['60.00', '40.00', '0.00']);
});

test('a declined refund is listed with who declined it, when and why, and with its amount', async (t) => {
  const { refund, read, decide } = await setUpApproval(t);
  await refund('60.00', { key: uuid(1) });
  await decide(byKey(await read(), uuid(1)), 'decline', { reason: 'The goods never came back' });
  const summary = await read();
  assert.equal(summary.refunds!.length, 1);
  const { standing, state, status: providerStatus, ended, amount, approval } = byKey(summary, uuid(1));
  assert.deepEqual(
    [standing, state, providerStatus, ended, amount],
    ['failed', 'failed', 'declined', 'declined', '60.00'],
  );
  assert.deepEqual(
    [approval?.decision, approval?.decided_by, approval?.reason, approval?.until],
    ['declined', 'second', 'The goods never came back', undefined],
  );
  assert.deepEqual([summary.refundable, summary.awaiting_approval], ['100.00', '0.00']);
});

test('an expired refund is listed with its amount and without a decider', async (t) => {
  const { refund, read, clock, proxy } = await setUpApproval(t);
  await refund('60.00', { key: uuid(1) });
  clock.now += DAY_MS;
  await proxy.reconcile();
  const { standing, ended, amount, approval } = byKey(await read(), uuid(1));
  assert.deepEqual([standing, ended, amount], ['failed', 'expired', '60.00']);
  assert.deepEqual([approval?.decision, approval?.decided_by], ['expired', undefined]);
});

test('an approved refund that the provider delayed and the user repeated is listed once, as waiting', async (t) => {
  const { refund, read, decide, provider } = await setUpApproval(t);
  await refund('60.00', { key: uuid(1) });
  provider.on(UQPAY_POST, { status: 429, json: { type: 'x', code: 'x', message: 'slow down' } });
  await decide(byKey(await read(), uuid(1)), 'approve', {});
  const unsent = byKey(await read(), uuid(1));
  assert.deepEqual([unsent.standing, unsent.ended, unsent.approval?.decision], ['failed', 'not_sent', 'approved']);
  await refund('60.00', { key: uuid(1) });
  const again = await read();
  assert.equal(again.refunds!.length, 1);
  assert.deepEqual(
    [byKey(again, uuid(1)).standing, byKey(again, uuid(1)).approval?.decision],
    ['awaiting_approval', undefined],
  );
  await decide(byKey(again, uuid(1)), 'decline', { reason: 'Not any more' });
  const declined = await read();
  assert.equal(declined.refunds!.length, 1);
  assert.equal(byKey(declined, uuid(1)).ended, 'declined');
});

test('every step of an approval is reported to the listeners of the payment', async (t) => {
  const { refund, read, decide, ledger, clock, proxy } = await setUpApproval(t);
  let changes = 0;
  const scope = { merchant: 'default', provider: 'uqpay' };
  ledger.changes.listen(scope, PAYMENT, () => {
    changes += 1;
  });
  const reports = async (work: () => Promise<unknown>) => {
    changes = 0;
    await work();
    return changes > 0;
  };
  for (const [number, decision] of [
    [1, (waiting: PaymentRefund) => decide(waiting, 'decline', { reason: 'No more of it' })],
    [
      2,
      () => {
        clock.now += DAY_MS;
        return proxy.reconcile();
      },
    ],
    [3, (waiting: PaymentRefund) => decide(waiting, 'approve', {})],
  ] as const) {
    const key = uuid(number);
    assert.ok(await reports(() => refund('60.00', { key })));
    const waiting = byKey(await read(), key);
    assert.ok(await reports(() => decision(waiting)), `decision ${number}`);
  }
});

async function upayments(t: TestContext, options: TestProxyOptions = {}) {
  const testProxy = await startTestProxy(t, { name: 'upayments', ...options });
  let number = 0;
  testProxy.provider.on(CREATE, () => {
    number += 1;
    const data = { orderId: `refund-${number}`, refundOrderId: `R${number}`, refundArn: `arn-${number}` };
    return { status: 201, json: { status: true, message: 'ok', data } };
  });
  scriptList(testProxy.provider, 0);
  return { ...testProxy, read: () => summaryOf(testProxy.get, ORDER) };
}

async function uqpay(t: TestContext, options: TestProxyOptions = {}) {
  const testProxy = await startTestProxy(t, options);
  return { ...testProxy, read: () => summaryOf(testProxy.get, PAYMENT) };
}

/** Starts a proxy where an amount above 50.00 needs a second person. */
async function setUpApproval(t: TestContext) {
  const testProxy = await uqpay(t, {
    authorize: async (request, { action, amount }) => {
      const user = request.headers.get('x-user') ?? 'asker';
      if (action !== 'refund' || amount! <= 5_000n) return { user };
      return { refuse: 'approval_required', user, approvers: 'the finance team' };
    },
  });
  const decide = ({ intent_id }: PaymentRefund, action: string, body: object) =>
    testProxy.post(`/intents/${intent_id}/${action}`, { headers: { 'x-user': 'second' }, body });
  return { ...testProxy, decide };
}

function scriptList(provider: TestProxy['provider'], count: number): void {
  const refund = Array.from({ length: count }, (_, index) => ({
    order_id: `refund-${index + 1}`,
    is_refunded: false,
    refunded_date: null,
  }));
  provider.on(`GET /check-refund/${ORDER}`, { status: 200, json: { status: true, message: 'ok', data: { refund } } });
}

function status(provider: TestProxy['provider'], is_refunded: boolean): void {
  const data = { is_refunded, refunded_date: is_refunded ? '2026-11-20 13:00:00' : null };
  provider.on('GET /check-refund-status/refund-1', { status: 200, json: { status: true, message: 'ok', data } });
}

/** The answer to a first step that lists these vendors' rows. */
function opened(refundPayload: readonly object[]) {
  const data = {
    orderId: ORDER,
    isMultivendorRefund: true,
    refundPayload,
    multivendor_refund_end_point: 'https://x.example',
  };
  return { status: 201, json: { status: true, message: 'success', data } };
}

async function summaryOf(get: TestProxy['get'], payment: string): Promise<PaymentSummary> {
  const { status: statusCode, json } = await get(`/payments/${payment}`);
  assert.equal(statusCode, 200);
  return paymentSummary.parse(json);
}

function byKey({ refunds }: PaymentSummary, key: string): PaymentRefund {
  const found = refunds?.filter(({ idempotency_key }) => idempotency_key === key) ?? [];
  assert.equal(found.length, 1, `${key} is listed ${found.length} times`);
  return found[0]!;
}
