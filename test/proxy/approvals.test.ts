import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { paymentSummary } from '../../contract/index.ts';
import {
  makeRefund,
  ORDER,
  PAYMENT,
  REFUND,
  startTestProxy,
  UQPAY_POST,
  uqpayBody,
  uuid,
  type Answer,
  type TestProxyOptions,
} from './support/test-proxy.ts';
import { deferred } from './support/deferred.ts';
import { vendorRow } from './support/vendor-row.ts';

const DAY_MS = 86_400_000;

/** Amounts above 50.00 need a second person. A header names the user, as a merchant's session would. */
async function setUp(t: TestContext, options: TestProxyOptions = {}) {
  const authorizeCalls: string[] = [];
  const testProxy = await startTestProxy(t, {
    authorize: async (request, { action, amount }) => {
      const user = request.headers.get('x-user') ?? 'asker';
      authorizeCalls.push(`${user} ${action} ${amount}`);
      if (action === 'approve' && user === 'intern') return { refuse: 'forbidden' };
      return action === 'refund' && amount! > 5_000n ? { refuse: 'approval_required', user } : { user };
    },
    ...options,
  });
  const ask = (amount: string, number = 1, user?: string) =>
    testProxy.refund(amount, { key: uuid(number), headers: { 'x-user': user } });
  const act = (instance: string | undefined, action: string, user: string, body: object = {}) =>
    testProxy.post(`${String(instance).replace('/refunds', '')}/${action}`, { headers: { 'x-user': user }, body });
  return { ...testProxy, authorizeCalls, ask, act };
}

function instance({ problem }: Answer): string {
  return String(problem['instance']);
}

test('a refund above the limit waits without a send or a reservation, and is sent unchanged after the approval', async (t) => {
  const { ask, act, authorizeCalls, get, provider } = await setUp(t);
  const waiting = await ask('60.00');
  assert.deepEqual(
    [waiting.status, waiting.problem.code, waiting.problem.effect],
    [403, 'approval_required', 'running'],
  );
  assert.equal(((await get(`/payments/${PAYMENT}`)).json as { refundable: string }).refundable, '100.00');
  assert.equal(provider.callsOf(UQPAY_POST).length, 0);
  const intent = (await get(instance(waiting).replace('/refunds', ''))).json as Record<string, unknown>;
  assert.deepEqual(
    [intent['state'], intent['requested'], intent['expires_at'], intent['user']],
    ['awaiting_approval', '60.00', '2026-11-21T09:00:00.000Z', 'asker'],
  );

  const approved = await act(instance(waiting), 'approve', 'second');
  assert.equal(approved.status, 200);
  assert.equal(authorizeCalls.at(-1), 'second approve 6000');
  const body = JSON.parse(provider.callsOf(UQPAY_POST)[0]!.body) as { amount: string; reason: string };
  assert.deepEqual([body.amount, body.reason], ['60.00', 'Return good']);
  const replayed = await ask('60.00');
  assert.deepEqual([replayed.text, replayed.headers.get('idempotent-replayed')], [approved.text, 'true']);
  const { audit } = (await get(instance(waiting).replace('/refunds', ''))).json as {
    audit: { who: string; what: string; to: string | null }[];
  };
  assert.deepEqual(
    audit.filter(({ what }) => what !== 'standing').map(({ who, what, to }) => `${who} ${what} ${to}`),
    ['asker begin awaiting_approval', 'second approve sending', 'provider settle succeeded'],
  );
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('a repeated request with the same key still waits, and with another body it is refused', async (t) => {
  const { ask, provider } = await setUp(t);
  const [first, second] = [await ask('60.00'), await ask('60.00')];
  assert.deepEqual([second.problem.code, instance(second)], ['approval_required', instance(first)]);
  assert.equal((await ask('70.00')).problem.code, 'idempotency_key_reused');
  assert.equal(provider.callsOf(UQPAY_POST).length, 0);
});

test('neither the requester nor a user without permission can approve', async (t) => {
  const { ask, act, provider } = await setUp(t);
  const waiting = await ask('60.00');
  // Another spelling makes nobody a second person.
  for (const user of ['asker', 'Asker', 'ASKER', 'intern']) {
    const refusal = await act(instance(waiting), 'approve', user);
    assert.deepEqual([refusal.status, refusal.problem.code], [403, 'forbidden'], user);
  }
  assert.equal(provider.callsOf(UQPAY_POST).length, 0);
});

test('a user cannot approve a request that became their own while the approval was being checked', async (t) => {
  let meanwhile = async () => undefined as unknown;
  const { ask, act, provider, ledger } = await setUp(t, {
    timeoutMs: 20_000,
    authorize: async (request, { action }) => {
      const user = request.headers.get('x-user') ?? 'asker';
      if (action === 'approve' && user === 'second') await meanwhile();
      return action === 'refund' ? { refuse: 'approval_required', user } : { user };
    },
  });
  provider.on(UQPAY_POST, { status: 429, json: { code: 'x', message: 'slow down', type: 'x' } });
  const waiting = await ask('60.00');
  meanwhile = async () => {
    assert.equal((await act(instance(waiting), 'approve', 'third')).status, 429);
    assert.equal(instance(await ask('60.00', 1, 'second')), instance(waiting));
  };
  const own = await act(instance(waiting), 'approve', 'second');
  assert.deepEqual([own.status, own.problem.code], [403, 'forbidden']);
  assert.match(own.problem.detail ?? '', /The person who made the request cannot approve it/);
  const intent = await ledger.intent(instance(waiting).split('/').at(-1)!);
  assert.deepEqual([intent?.state, intent?.user], ['awaiting_approval', 'second']);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('fifty approvals at once cause one send', async (t) => {
  const { ask, act, provider } = await setUp(t);
  const waiting = await ask('60.00');
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, number) => act(instance(waiting), 'approve', `second-${number}`)),
  );
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  assert.equal(answers.filter(({ status }) => status === 400).length, 49);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('what a person is told of an approval stays true of an earlier copy of it, and says nothing of that of another person', async (t) => {
  const [first, last] = [deferred(), deferred()];
  const reached = Array.from({ length: 5 }, () => deferred());
  let reads = 0;
  const { ask, act, provider } = await setUp(t, {
    orders: async () => {
      reads += 1;
      reached[reads]?.resolve();
      if (reads === 2) await first.promise;
      if (reads === 4) await last.promise;
      if (reads === 3) throw new Error('the orders are down');
      return { payment_id: PAYMENT, currency: 'USD', captured: '100.00' };
    },
  });
  const waiting = instance(await ask('60.00'));
  const early = act(waiting, 'approve', 'second');
  await reached[2]!.promise;
  const late = await act(waiting, 'approve', 'second');
  assert.deepEqual([late.problem.code, late.problem.effect], ['orders_unavailable', 'nothing']);
  const third = act(waiting, 'approve', 'third');
  await reached[4]!.promise;
  // What a person may not do says nothing of those who may.
  assert.equal((await act(waiting, 'approve', 'intern')).status, 403);
  assert.equal((await act(waiting, 'approve', 'asker')).status, 403);
  first.resolve();
  // Nobody knows yet whose the third one is: it may be of the same person, and goes on.
  const { problem } = await early;
  assert.deepEqual([problem.code, problem.effect], ['idempotency_key_running', 'running']);
  last.resolve();
  assert.equal((await third).status, 200);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('a decision after the send does not report that nothing was sent', async (t) => {
  const { ask, act } = await setUp(t);
  const waiting = await ask('60.00');
  const own = await act(instance(waiting), 'approve', 'asker');
  assert.deepEqual([own.problem.code, own.problem.effect], ['forbidden', 'nothing']);
  assert.equal((await act(instance(waiting), 'approve', 'second')).status, 200);
  for (const [action, user, body] of [
    ['approve', 'second', {}],
    ['approve', 'asker', {}],
    ['decline', 'second', { reason: 'The goods never came back' }],
    ['resolve', 'second', { outcome: 'nothing', reason: 'The goods never came back' }],
  ] as const) {
    const late = await act(instance(waiting), action, user, body);
    assert.deepEqual([late.problem.code, late.problem.effect], ['invalid_request', 'unknown'], `${user} ${action}`);
  }
});

test('an approval checks the refundable amount again', async (t) => {
  const { ask, act, provider } = await setUp(t);
  const [first, second] = [await ask('60.00', 1), await ask('60.00', 2)];
  assert.equal((await act(instance(first), 'approve', 'second')).status, 200);
  const above = await act(instance(second), 'approve', 'second');
  assert.deepEqual(
    [above.status, above.problem.code, above.problem.refundable],
    [422, 'amount_above_refundable', '40.00'],
  );
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

for (const [what, change, code] of [
  ['is no longer refundable', { not_refundable: 'A chargeback is open' }, 'not_refundable'],
  ['has a smaller captured amount', { captured: '50.00' }, 'amount_above_refundable'],
  ['has been refunded elsewhere', { refunded_elsewhere: '60.00' }, 'amount_above_refundable'],
] as const) {
  test(`an approval checks the current order: an order that ${what} stops the send`, async (t) => {
    let order: object = { payment_id: PAYMENT, currency: 'USD', captured: '100.00' };
    const { ask, act, provider } = await setUp(t, { orders: async (id) => (id === PAYMENT ? order : undefined) });
    const waiting = await ask('60.00');
    order = { ...order, ...change };
    assert.equal((await act(instance(waiting), 'approve', 'second')).problem.code, code);
    assert.equal(provider.callsOf(UQPAY_POST).length, 0);
  });
}

test('twenty requests of one payment wait, and the next one waits only when one of them is decided', async (t) => {
  const { ask, act, get, refund } = await setUp(t);
  const waiting: Answer[] = [];
  for (let number = 1; number <= 20; number += 1) waiting.push(await ask('60.00', number));
  assert.deepEqual(new Set(waiting.map(({ problem }) => problem.code)), new Set(['approval_required']));
  const refused = await ask('60.00', 21);
  assert.deepEqual([refused.status, refused.problem.code, refused.problem.effect], [409, 'payment_busy', 'nothing']);
  assert.match(refused.problem.detail ?? '', /^20 requests of this payment wait for a second person/);
  assert.equal((await ask('60.00', 20)).problem.code, 'approval_required', 'one that waits is no new one');
  assert.equal((await refund('1.00', { key: uuid(40) })).status, 200, 'what needs no second person does not wait');
  const { refunds } = paymentSummary.parse((await get(`/payments/${PAYMENT}`)).json);
  assert.equal(refunds!.filter(({ standing }) => standing === 'awaiting_approval').length, 20);
  assert.equal((await act(instance(waiting[3]!), 'decline', 'second', { reason: 'Too many' })).status, 200);
  assert.equal((await ask('60.00', 22)).problem.code, 'approval_required');
});

test('a request above the refundable amount is refused at once, without an approval', async (t) => {
  const { ask } = await setUp(t);
  assert.equal((await ask('100.01')).problem.code, 'amount_above_refundable');
});

test('whoever has asked takes the request back without the permission to decide, and nobody else does', async (t) => {
  const authorize: TestProxyOptions['authorize'] = async (request, { action }) => {
    const user = request.headers.get('x-user') ?? 'asker';
    if (action === 'decline' || (action === 'read' && user === 'stranger'))
      return { refuse: 'forbidden', detail: action };
    return action === 'refund' ? { refuse: 'approval_required', user } : { user };
  };
  const { ask, act, provider, get } = await setUp(t, { authorize });
  const waiting = await ask('60.00');
  const body = { reason: 'Taken back' };
  for (const user of ['second', 'stranger']) {
    const refusal = await act(instance(waiting), 'decline', user, body);
    assert.deepEqual(
      [refusal.status, refusal.problem.code, refusal.problem.detail],
      [403, 'forbidden', 'decline'],
      user,
    );
  }
  assert.equal((await act(instance(waiting), 'decline', 'asker', body)).status, 200);
  const { refunds } = paymentSummary.parse((await get(`/payments/${PAYMENT}`)).json);
  const { ended, approval } = refunds![0]!;
  assert.deepEqual([ended, approval?.decided_by, approval?.reason], ['declined', 'asker', 'Taken back']);
  assert.equal((await ask('60.00')).problem.code, 'settled_nothing');
  assert.equal(provider.callsOf(UQPAY_POST).length, 0);
});

test('a declined refund is never sent, neither by a later approval nor by its key', async (t) => {
  const { ask, act, provider } = await setUp(t);
  const waiting = await ask('60.00');
  assert.equal((await act(instance(waiting), 'decline', 'second', { reason: '' })).problem.code, 'invalid_request');
  const declined = await act(instance(waiting), 'decline', 'second', { reason: 'The goods never came back' });
  assert.equal((declined.json as { state: string }).state, 'failed');
  assert.equal((await act(instance(waiting), 'approve', 'third')).problem.code, 'invalid_request');
  const again = await ask('60.00');
  assert.deepEqual([again.status, again.problem.code, again.problem.effect], [410, 'settled_nothing', 'nothing']);
  assert.match(again.problem.detail ?? '', /declined/);
  assert.equal(provider.callsOf(UQPAY_POST).length, 0);
});

for (const how of ['by the reconciler', 'by the approval', 'by a request with its key'] as const) {
  test(`an expired approval sends nothing: the expiry is found ${how}`, async (t) => {
    const { ask, act, clock, proxy, provider, ledger } = await setUp(t);
    const waiting = await ask('60.00');
    const id = instance(waiting).split('/').at(-1)!;
    assert.match((await ledger.keptRequest(id))?.body ?? '', /60\.00/);
    clock.now += DAY_MS;
    if (how === 'by the reconciler') await proxy.reconcile();
    if (how !== 'by a request with its key') {
      assert.equal((await act(instance(waiting), 'approve', 'second')).problem.code, 'invalid_request');
    }
    const again = await ask('60.00');
    assert.deepEqual([again.status, again.problem.code], [410, 'settled_nothing']);
    assert.match(again.problem.detail ?? '', /in time/);
    assert.equal(await ledger.keptRequest(id), undefined);
    assert.equal(provider.callsOf(UQPAY_POST).length, 0);
  });
}

test('a waiting refund survives a restart, and after a lost send it is unknown like any other', async (t) => {
  const { ask, act, proxy, provider, get } = await setUp(t);
  const waiting = await ask('60.00');
  assert.equal(await proxy.recover(), 0);
  const refunds = new Map<string, object>();
  provider.on(UQPAY_POST, ({ headers, body }) => {
    makeRefund(refunds, headers, body);
    return 'drop';
  });
  const lost = await act(instance(waiting), 'approve', 'second');
  assert.deepEqual([lost.status, lost.problem.code], [504, 'outcome_unknown']);
  assert.equal(((await get(`/payments/${PAYMENT}`)).json as { pending: string }).pending, '60.00');
  provider.on(UQPAY_POST, ({ headers, body }) => ({ status: 200, json: makeRefund(refunds, headers, body) }));
  assert.equal((await ask('60.00')).status, 200);
  assert.equal(refunds.size, 1);
});

test('a waiting refund of a provider without idempotency blocks no other refund, and its approval sends it once', async (t) => {
  const { refund, act, provider } = await setUp(t, {
    name: 'upayments',
    authorize: async (request, { action, amount }) => {
      const user = request.headers.get('x-user') ?? 'asker';
      return action === 'refund' && amount! > 50_000n ? { refuse: 'approval_required', user } : { user };
    },
  });
  provider.on('POST /create-refund', ({ body }) => {
    const number = String((JSON.parse(body) as { totalPrice: number }).totalPrice);
    const data = { orderId: `refund-${number}`, refundOrderId: `R${number}`, refundArn: number };
    return { status: 201, json: { status: true, message: 'ok', data } };
  });
  const waiting = await refund('60', { key: uuid(1) });
  assert.equal(waiting.problem.code, 'approval_required');
  assert.equal((await refund('10', { key: uuid(2) })).status, 201);
  assert.equal((await act(instance(waiting), 'approve', 'second')).status, 201);
  const bodies = provider.callsOf('POST /create-refund').map(({ body }) => JSON.parse(body) as object);
  assert.deepEqual(bodies[1], { orderId: ORDER, totalPrice: 60, notifyUrl: 'https://shop.example/hook' });
});

test('an approval_required verdict without a user is refused, and no intent is created', async (t) => {
  const { refund, ledger } = await startTestProxy(t, { authorize: async () => ({ refuse: 'approval_required' }) });
  const refusal = await refund('1.00');
  assert.deepEqual([refusal.problem.code, refusal.problem.effect], ['approval_required', 'nothing']);
  assert.equal((await ledger.intents({ merchant: 'default', provider: 'uqpay' }, { limit: 1 })).length, 0);
});

test('an approval or a refusal has the same guards as a refund', async (t) => {
  const { ask, post, get } = await setUp(t);
  const at = instance(await ask('60.00')).replace('/refunds', '');
  const bare = await post(`${at}/approve`, { headers: { 'x-refund-form': undefined }, body: {} });
  assert.equal(bare.problem.code, 'refund_form_header_required');
  const foreign = await post(`${at}/approve`, { headers: { origin: 'https://evil.example' }, body: {} });
  assert.equal(foreign.problem.code, 'origin_not_allowed');
  assert.equal((await get(`${at}/approve`)).status, 405);
  assert.equal((await post(`${at}/approve`, { body: { amount: '1.00' } })).problem.code, 'invalid_request');
  assert.equal((await post('/intents/nobody/approve', { body: {} })).status, 404);
  assert.equal((await post(`${at}/toString`, { body: {} })).status, 404);
  assert.equal((await post(REFUND, { key: uuid(2), body: uqpayBody('10.00') })).status, 200);
});

const VENDORS_OPENED = {
  orderId: ORDER,
  isMultivendorRefund: true,
  refundPayload: [vendorRow('a', 0), vendorRow('b', 0)],
  multivendor_refund_end_point: 'https://provider.test',
};

test('a vendor refund waits like any other refund, and its approval sends every part', async (t) => {
  const { post, get, act, provider, ledger } = await setUp(t, {
    name: 'upayments',
    authorize: async (request, { action, amount }) => {
      const user = request.headers.get('x-user') ?? 'asker';
      return action === 'refund' && amount! > 50_000n ? { refuse: 'approval_required', user } : { user };
    },
  });
  provider.on('POST /create-refund', { status: 201, json: { status: true, message: 'success', data: VENDORS_OPENED } });
  const body = { orderId: ORDER, totalPrice: 1, refundReason: 'returned' };
  assert.equal((await post('/create-refund', { body })).status, 201);
  const rows = [vendorRow('a', 40), vendorRow('b', 30)];
  const generated = rows.map(({ refundRequestId, amountToRefund }) => ({
    generatedInvoiceId: `i-${refundRequestId}`,
    amount: amountToRefund,
    orderId: `refund-${refundRequestId}`,
    refundOrderId: `R-${refundRequestId}`,
    refundArn: refundRequestId,
  }));
  const responseData = { generated, dataTempered: [], refundIssue: [], insufficientBalance: [] };
  provider.on('POST /create-multivendor-refund', {
    status: 201,
    json: { status: true, message: 'success', data: { responseData } },
  });
  const waiting = await post('/create-multivendor-refund', {
    key: uuid(5),
    body: { orderId: ORDER, refundPayload: rows },
  });
  assert.equal(waiting.problem.code, 'approval_required');
  const scope = { merchant: 'default', provider: 'upayments' };
  const heldAmounts = async () =>
    (await ledger.reservationsOfPayment(scope, ORDER))
      .filter(({ released }) => !released)
      .map(({ vendor, amount }) => `${vendor} ${amount}`);
  assert.deepEqual(await heldAmounts(), []);
  const { refunds } = paymentSummary.parse((await get(`/payments/${ORDER}`)).json);
  const label = 'KW91 •••• 3254';
  const asked = refunds!.find(({ standing }) => standing === 'awaiting_approval');
  assert.deepEqual(asked?.parts, [
    { vendor: 'a', label, amount: '40.000' },
    { vendor: 'b', label, amount: '30.000' },
  ]);
  assert.equal(asked?.reason, 'returned', 'whoever decides reads why, though only the first step says it');
  assert.equal((await act(instance(waiting), 'approve', 'second')).status, 201);
  assert.deepEqual(await heldAmounts(), ['a 40000', 'b 30000']);
});
