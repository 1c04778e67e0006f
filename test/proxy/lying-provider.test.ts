import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import type { PaymentSummary } from '../../contract/index.ts';
import { intentList } from '../../contract/intents.ts';
import type { SettledElsewhere } from '../../proxy/ledger/rules/said-elsewhere.ts';
import { prometheusMetrics } from '../../proxy/telemetry/prometheus.ts';
import {
  listOf,
  makeRefund,
  ORDER,
  PAYMENT,
  REFUND,
  startTestProxy,
  scriptUqpay,
  START,
  UQPAY_POST,
  uqpayBody,
  uuid,
  INTENT,
  intentIn,
} from './support/test-proxy.ts';
import { SECRET, webhook } from './support/webhook.ts';

const HOUR = 3_600_000;
const SCOPE = { merchant: 'default', provider: 'uqpay' };
const RESOLVE = { reason: 'Seen in the dashboard' };

/** Starts a proxy with one refund of 10.00 whose answer was lost. `change` alters the refund in the provider's list. */
async function setUpLostAnswer(t: TestContext, change: (record: object) => object, { listed = true } = {}) {
  const metrics = prometheusMetrics();
  const testProxy = await startTestProxy(t, { metrics, webhookSecret: SECRET });
  const { provider, refund, get, ledger, proxy } = testProxy;
  const refunds = scriptUqpay(provider);
  let isListed = listed;
  provider.on(UQPAY_POST, ({ headers, body }) => {
    makeRefund(refunds, headers, body);
    return 'drop';
  });
  provider.on(`GET ${REFUND}`, () => listOf(isListed ? Array.from(refunds.values(), change) : []));
  assert.equal((await refund('10.00', { key: uuid(1) })).status, 504);
  return {
    ...testProxy,
    listRefund: () => {
      isListed = true;
    },
    read: async () => (await get(`/payments/${PAYMENT}`)).json as PaymentSummary,
    intent: async () => (await ledger.intentByKey(SCOPE, uuid(1)))!,
    contradictionCount: async () =>
      /refund_proxy_contradictions_total\{[^}]*\} (\d+)/.exec(await metrics.text({}))?.[1],
    deliver: async (parts: Parameters<typeof webhook>[0], at = START) => {
      const { body, headers } = webhook(parts, { at });
      const url = 'https://shop.example/refunds/webhooks';
      return (await proxy.fetch(new Request(url, { method: 'POST', headers, body }))).status;
    },
  };
}

test('our refund with a larger amount settles nothing, holds the larger amount, and is reported', async (t) => {
  const { read, intent, refund, post, logged, contradictionCount, get, provider } = await setUpLostAnswer(
    t,
    (record) => ({
      ...record,
      amount: '95.00',
      refund_status: 'SUCCEEDED',
    }),
  );
  for (let reads = 0; reads < 3; reads += 1) {
    const { refunded, pending, refundable, refunds } = await read();
    assert.deepEqual([refunded, pending, refundable], ['0.00', '95.00', '5.00']);
    assert.match(refunds?.[0]?.contradiction?.text ?? '', /1000 minor units are known, 9500 are said/);
  }
  assert.equal((await intent()).state, 'unknown');
  assert.equal(await contradictionCount(), '1');
  assert.equal(logged.filter((line) => line.includes('a provider contradicts what is known')).length, 1);
  const again = await refund('10.00', { key: uuid(1) });
  assert.deepEqual([again.status, again.problem.code], [504, 'outcome_unknown']);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1, 'a refund in dispute is not sent again');
  assert.equal((await refund('5.01')).problem.code, 'amount_above_refundable');
  const { intents } = (await get('/intents')).json as { intents: { id: string }[] };
  assert.deepEqual(
    intents.map(({ id }) => id),
    [(await intent()).id],
  );
  const body = { ...RESOLVE, outcome: 'refunded', amount: '10.001' };
  const at = `/intents/${(await intent()).id}/resolve`;
  assert.equal((await post(at, { body })).problem.errors?.[0]?.pointer, '/amount');
  assert.equal((await post(at, { body: { ...body, amount: '10.00', confirm: true } })).status, 200);
  const { refunded, pending } = await read();
  assert.deepEqual([refunded, pending], ['10.00', '0.00'], 'this stays so while the provider repeats its statement');
});

test('our refund with a smaller amount settles nothing', async (t) => {
  const { read, intent } = await setUpLostAnswer(t, (record) => ({ ...record, amount: '9.99' }));
  assert.deepEqual([(await read()).refundable, (await intent()).state], ['90.00', 'unknown']);
});

test('our refund in another currency stops further refunds until the merchant decides', async (t) => {
  const { read, intent, refund } = await setUpLostAnswer(t, (record) => ({
    ...record,
    amount: '1000',
    currency: 'JPY',
  }));
  const summary = await read();
  assert.deepEqual([(await intent()).state, summary.refundable, summary.refunded], ['unknown', '0.00', '0.00']);
  assert.match(summary.not_refundable ?? '', /not in USD/);
  assert.equal((await refund('1.00')).problem.code, 'not_refundable');
});

test('a refund made elsewhere in another currency stops further refunds until the order accounts for it', async (t) => {
  let elsewhere: string | undefined;
  const orders = async () => ({
    payment_id: PAYMENT,
    currency: 'USD',
    captured: '100.00',
    refunded_elsewhere: elsewhere,
  });
  const { provider, refund, get } = await startTestProxy(t, { orders });
  const row = { payment_refund_id: 'RF9', amount: '100.000', currency: 'KWD', refund_status: 'SUCCEEDED' };
  provider.on(`GET ${REFUND}`, listOf([row]));
  const read = async () => (await get(`/payments/${PAYMENT}`)).json as PaymentSummary;
  assert.deepEqual([(await read()).refundable, (await refund('1.00')).problem.code], ['0.00', 'not_refundable']);
  elsewhere = '30.00';
  assert.equal((await read()).refundable, '70.00');
  assert.equal((await refund('1.00')).status, 200);
});

test('a refund made elsewhere with two different amounts is unknown and listed until a person settles it', async (t) => {
  const metrics = prometheusMetrics();
  const { provider, get, ledger, logged } = await startTestProxy(t, { metrics });
  let amount = '20.00';
  provider.on(`GET ${REFUND}`, () =>
    listOf([{ payment_refund_id: 'RF9', amount, currency: 'USD', refund_status: 'SUCCEEDED' }]),
  );
  const figures = async () => {
    const { refunded, pending, refundable } = (await get(`/payments/${PAYMENT}`)).json as PaymentSummary;
    return [refunded, pending, refundable];
  };
  assert.deepEqual(await figures(), ['20.00', '0.00', '80.00']);
  for (amount of ['95.00', '20.00', '30.00']) assert.deepEqual(await figures(), ['0.00', '95.00', '5.00'], amount);
  const { refunds } = (await get(`/payments/${PAYMENT}`)).json as PaymentSummary;
  assert.equal(refunds?.[0]?.standing, 'unknown');
  assert.match(refunds[0].contradiction?.text ?? '', /contradicts itself about this refund, which was made elsewhere/);
  assert.match(await metrics.text({}), /refund_proxy_contradictions_total\{[^}]*\} 1/);
  assert.equal((await ledger.figures(SCOPE, { follows: true })).contradicted, 1);
  assert.equal(logged.filter((line) => line.includes('a provider contradicts what is known')).length, 1);
  const listElsewhere = async (query = '') => intentList.parse((await get(`/intents${query}`)).json).elsewhere;
  const [one, ...others] = (await listElsewhere())!;
  assert.deepEqual([one?.payment_id, one?.refund_id, one?.amount, others], [PAYMENT, 'RF9', '95.00', []]);
  assert.deepEqual(await listElsewhere(`?payment_id=${PAYMENT}`), [one]);
  assert.deepEqual(
    [await listElsewhere('?payment_id=PI9'), await listElsewhere('?state=succeeded')],
    [undefined, undefined],
  );

  const decision = { paymentId: PAYMENT, refundId: 'RF9', reason: 'Support says so', who: 'op-1', at: START };
  const settle = (fields: Partial<SettledElsewhere>) =>
    ledger.settleElsewhere(SCOPE, { ...decision, currency: 'USD', outcome: 'refunded', ...fields });
  for (const wrong of [{ refundId: 'RF8' }, { paymentId: 'PI9' }, { currency: 'KWD' }]) {
    assert.equal(await settle(wrong), undefined);
  }
  const settled = await settle({ amount: 2_000n });
  assert.ok(settled && settled !== 'changed' && settled.standing === 'succeeded');
  assert.deepEqual([await figures(), await listElsewhere()], [['20.00', '0.00', '80.00'], undefined]);
  assert.equal(await settle({ amount: 3_000n }), undefined, 'nothing is left to settle');
});

test('a person can settle such a refund as initiated or as nothing', async (t) => {
  for (const [outcome, expected] of [
    ['initiated', ['0.00', '95.00', '5.00']],
    ['nothing', ['0.00', '0.00', '100.00']],
  ] as const) {
    const { provider, get, ledger } = await startTestProxy(t);
    const row = { payment_refund_id: 'RF9', currency: 'USD', refund_status: 'SUCCEEDED' };
    for (const amount of ['20.00', '95.00']) {
      provider.on(`GET ${REFUND}`, listOf([{ ...row, amount }]));
      await get(`/payments/${PAYMENT}`);
    }
    const decision = {
      paymentId: PAYMENT,
      refundId: 'RF9',
      currency: 'USD',
      reason: 'as I saw',
      who: 'op-1',
      at: START,
    };
    await ledger.settleElsewhere(SCOPE, { ...decision, outcome });
    provider.on(`GET ${REFUND}`, listOf([]));
    const { refunded, pending, refundable } = (await get(`/payments/${PAYMENT}`)).json as PaymentSummary;
    assert.deepEqual([refunded, pending, refundable], expected);
  }
});

test('a contradicted refund that is also the answer to a request is settled once and counts once', async (t) => {
  const { provider, get, refund, ledger } = await startTestProxy(t);
  const refunds = scriptUqpay(provider);
  for (const amount of ['20.00', '95.00']) {
    const early = { payment_refund_id: 'RF1', amount, currency: 'USD', refund_status: 'SUCCEEDED' };
    provider.on(`GET ${REFUND}`, listOf([early]));
    await get(`/payments/${PAYMENT}`);
  }
  provider.on(`GET ${REFUND}`, () => listOf([...refunds.values()]));
  const figures = async () => {
    const { refunded, pending, refundable } = (await get(`/payments/${PAYMENT}`)).json as PaymentSummary;
    return [refunded, pending, refundable];
  };
  const answer = await refund('5.00', { key: uuid(1) });
  assert.deepEqual([answer.status, (answer.json as { payment_refund_id: string }).payment_refund_id], [200, 'RF1']);
  assert.deepEqual(
    await figures(),
    ['0.00', '100.00', '0.00'],
    'both amounts are held until a person has settled the refund',
  );
  const decision = { paymentId: PAYMENT, refundId: 'RF1', currency: 'USD', reason: 'as I saw', who: 'op-1', at: START };
  await ledger.settleElsewhere(SCOPE, { ...decision, outcome: 'initiated', amount: 500n });
  assert.deepEqual(await figures(), ['0.00', '5.00', '95.00']);
});

test('a success after a failure holds the amount again, and only a person can release it', async (t) => {
  const { read, refund, deliver, contradictionCount, logged, get, post, intent, provider } = await setUpLostAnswer(
    t,
    (record) => record,
    {
      listed: false,
    },
  );
  const { id } = await intent();
  await deliver({ refund: 'RF1', status: 'FAILED', intent: id });
  assert.equal((await read()).refundable, '100.00');
  await deliver({ refund: 'RF1', status: 'SUCCEEDED', intent: id });
  const { refundable, refunds } = await read();
  assert.deepEqual(
    [refundable, refunds?.[0]?.standing, refunds?.[0]?.contradiction?.to],
    ['90.00', 'unknown', 'succeeded'],
  );
  await deliver({ refund: 'RF1', status: 'FAILED', intent: id });
  assert.equal((await read()).refundable, '90.00', 'a third statement of the provider releases nothing');
  assert.equal((await refund('90.01')).problem.code, 'amount_above_refundable');
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
  assert.equal(await contradictionCount(), '1');
  assert.ok(logged.some((line) => line.includes('a provider contradicts what is known') && line.includes(id)));
  const { intents } = (await get('/intents')).json as { intents: { id: string }[] };
  assert.deepEqual(
    intents.map((one) => one.id),
    [id],
  );
  const nothing = { ...RESOLVE, outcome: 'nothing' };
  const first = await post(`/intents/${id}/resolve`, { body: nothing });
  assert.match(first.problem.detail!, /contradicts .* confirm: true/);
  assert.equal((await post(`/intents/${id}/resolve`, { body: { ...nothing, confirm: true } })).status, 200);
  await deliver({ refund: 'RF1', status: 'SUCCEEDED', intent: id });
  assert.equal((await read()).refundable, '100.00', 'the decision of the person is final');
});

test('a clock that steps back causes no second send, also after it has caught up', async (t) => {
  const { refund, provider, clock, logged, proxy } = await setUpLostAnswer(t, (record) => record, { listed: false });
  clock.now -= HOUR;
  await proxy.reconcile();
  clock.now += 24 * HOUR;
  assert.equal((await refund('10.00', { key: uuid(1) })).status, 504);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
  assert.ok(logged.some((line) => line.includes('the clock was set back')));
});

test('a clock that is a few seconds behind that of the instance that sent changes nothing', async (t) => {
  const { refund, provider, clock, proxy } = await setUpLostAnswer(t, (record) => record, { listed: false });
  clock.now -= 5_000;
  await proxy.reconcile();
  const sends = provider.callsOf(UQPAY_POST).length;
  scriptUqpay(provider, 2);
  assert.equal((await refund('10.00', { key: uuid(1) })).status, 200);
  assert.equal(provider.callsOf(UQPAY_POST).length, sends + 1);
});

test('a clock that steps back before a send stops the send, because others may count it as lost', async (t) => {
  const { provider, refund, clock } = await startTestProxy(t);
  provider.on(INTENT, intentIn('USD'));
  // Its payment has been read, so the next token is asked for between the ledger and the send.
  assert.equal((await refund('5.00', { key: uuid(1) })).status, 200);
  clock.now += HOUR;
  provider.on('POST /v1/connect/token', () => {
    clock.now -= HOUR;
    return { status: 200, json: { auth_token: 'token', expired_at: START / 1000 + 1_800 } };
  });
  const { status, problem } = await refund('10.00', { key: uuid(2) });
  assert.deepEqual([status, problem.code, problem.effect], [502, 'provider_unreachable', 'nothing']);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

const unmarked = (record: object) => ({ ...record, metadata: null, create_time: '2026-11-20T09:00:00Z' });

test('a refund without our id settles the only request that it can belong to', async (t) => {
  const { read, intent } = await setUpLostAnswer(t, unmarked);
  const { pending, refundable, refunds } = await read();
  assert.deepEqual([pending, refundable, refunds?.length], ['10.00', '90.00', 1]);
  assert.equal((await intent()).state, 'succeeded');
});

for (const [what, change] of Object.entries({
  'of another hour': { create_time: '2026-11-20T08:00:00Z' },
  'without a time': { create_time: null },
})) {
  test(`a refund without our id, ${what}, counts separately until a person assigns it to the request`, async (t) => {
    const { read, intent, post, ledger } = await setUpLostAnswer(t, (record) => ({ ...unmarked(record), ...change }));
    assert.equal((await read()).refundable, '80.00');
    const { id } = await intent();
    const wrong = { ...RESOLVE, outcome: 'refunded', refund_id: 'RF1' };
    const early = await post(`/intents/${id}/resolve`, { body: wrong });
    assert.equal(early.problem.code, 'confirmation_required');
    assert.match(early.problem.detail!, /lists the refund RF1 as INITIATED\. .* settle it as initiated/);
    assert.equal((await post(`/intents/${id}/resolve`, { body: { ...wrong, outcome: 'initiated' } })).status, 200);
    for (let reads = 0; reads < 2; reads += 1) {
      const { refundable, refunds } = await read();
      assert.deepEqual([refundable, refunds?.length, refunds?.[0]?.refund_id], ['90.00', 1, 'RF1']);
    }
    assert.ok((await ledger.audit(id)).some((line) => line.what === 'absorb'));
  });
}

test('a refund that was recorded without our id counts once as soon as it has our id', async (t) => {
  let isMarked = false;
  const change = (record: object) => (isMarked ? record : { ...unmarked(record), create_time: null });
  const { read, intent } = await setUpLostAnswer(t, change);
  assert.equal((await read()).refundable, '80.00');
  isMarked = true;
  assert.deepEqual([(await read()).refundable, (await intent()).state], ['90.00', 'succeeded']);
});

test('a refusal releases nothing if an event has reported another amount', async (t) => {
  const { provider, refund, deliver, read, intent } = await setUpLostAnswer(t, (record) => record, { listed: false });
  provider.on(UQPAY_POST, async () => {
    await deliver({ refund: 'RF1', status: 'INITIATED', intent: (await intent()).id, amount: '70.00' });
    return { status: 400, json: { type: 'refund_error', code: 'x', message: 'no' } };
  });
  const answer = await refund('10.00', { key: uuid(1) });
  assert.deepEqual([answer.status, answer.problem.code], [504, 'outcome_unknown']);
  assert.deepEqual([(await read()).refundable, (await intent()).state], ['30.00', 'unknown']);
});

test('a failed refund without our id releases no amount of ours', async (t) => {
  const { read, intent } = await setUpLostAnswer(t, (record) => ({ ...unmarked(record), refund_status: 'FAILED' }));
  assert.deepEqual([(await read()).refundable, (await intent()).state], ['90.00', 'unknown']);
});

test('a refund without our id that is read before the answer arrives counts once afterwards', async (t) => {
  const { provider, refund, get } = await startTestProxy(t);
  const refunds = scriptUqpay(provider);
  provider.on(`GET ${REFUND}`, () => listOf(Array.from(refunds.values(), unmarked)));
  const read = async () => ((await get(`/payments/${PAYMENT}`)).json as PaymentSummary).refundable;
  let meanwhile: string | undefined;
  provider.on(UQPAY_POST, async ({ headers, body }) => {
    const json = makeRefund(refunds, headers, body);
    meanwhile = await read();
    return { status: 200, json };
  });
  assert.equal((await refund('10.00')).status, 200);
  assert.deepEqual([meanwhile, await read()], ['80.00', '90.00']);
});

test('a refund without our id settles neither of two requests with the same amount', async (t) => {
  const { read, refund } = await setUpLostAnswer(t, unmarked, { listed: true });
  assert.equal((await refund('10.00', { key: uuid(2) })).status, 504);
  assert.equal((await read()).refundable, '60.00');
});

for (const step of [1_000, -5_000]) {
  const clocks = step < 0 ? ', though another instance whose clock is ahead has read it' : '';
  test(`a refund that was known before a request was sent does not settle that request${clocks}`, async (t) => {
    const { provider, refund, get, ledger, clock } = await startTestProxy(t);
    const refunds = scriptUqpay(provider);
    const elsewhere = {
      ...makeRefund(new Map(), { 'x-idempotency-key': uuid(99) }, JSON.stringify(uqpayBody('10.00'))),
    };
    provider.on(`GET ${REFUND}`, () => listOf([unmarked(elsewhere), ...Array.from(refunds.values(), unmarked)]));
    const read = async () => ((await get(`/payments/${PAYMENT}`)).json as PaymentSummary).refundable;
    assert.equal(await read(), '90.00');
    clock.now += step;
    provider.on(UQPAY_POST, 'drop');
    assert.equal((await refund('10.00', { key: uuid(1) })).status, 504);
    assert.equal(await read(), '80.00');
    assert.equal((await ledger.intentByKey({ merchant: 'default', provider: 'uqpay' }, uuid(1)))?.state, 'unknown');
  });
}

test('a refund that an instance whose clock is behind has read during its send settles its request', async (t) => {
  const { provider, refund, get, ledger, clock } = await startTestProxy(t);
  const refunds = scriptUqpay(provider);
  provider.on(`GET ${REFUND}`, () => listOf(Array.from(refunds.values(), unmarked)));
  const read = async () => ((await get(`/payments/${PAYMENT}`)).json as PaymentSummary).refundable;
  provider.on(UQPAY_POST, async ({ headers, body }) => {
    makeRefund(refunds, headers, body);
    clock.now -= 5_000;
    await read();
    clock.now += 5_000;
    return 'drop' as const;
  });
  assert.equal((await refund('10.00', { key: uuid(1) })).status, 504);
  assert.equal(await read(), '90.00');
  assert.equal((await ledger.intentByKey({ merchant: 'default', provider: 'uqpay' }, uuid(1)))?.state, 'succeeded');
});

test('a refund without our id settles no lost request while another request of the same amount is being sent', async (t) => {
  const { provider, refund, get, ledger } = await startTestProxy(t);
  const refunds = scriptUqpay(provider);
  provider.on(`GET ${REFUND}`, () => listOf(Array.from(refunds.values(), unmarked)));
  // The first request never reached the provider.
  provider.on(UQPAY_POST, 'drop');
  assert.equal((await refund('10.00', { key: uuid(1) })).status, 504);
  const stateOfFirst = async () => (await ledger.intentByKey(SCOPE, uuid(1)))!.state;
  let meanwhile: string | undefined;
  provider.on(UQPAY_POST, async ({ headers, body }) => {
    const json = makeRefund(refunds, headers, body);
    await get(`/payments/${PAYMENT}`);
    meanwhile = await stateOfFirst();
    return { status: 200, json };
  });
  assert.equal((await refund('10.00', { key: uuid(2) })).status, 200);
  await get(`/payments/${PAYMENT}`);
  assert.deepEqual([meanwhile, await stateOfFirst()], ['unknown', 'unknown']);
});

test('a person cannot assign a refund with another amount to a request by mistake', async (t) => {
  const { read, intent, post, provider } = await setUpLostAnswer(t, (record) => ({
    ...unmarked(record),
    amount: '11.00',
  }));
  await read();
  const { id } = await intent();
  const body = { ...RESOLVE, outcome: 'refunded', refund_id: 'RF1' };
  const slip = await post(`/intents/${id}/resolve`, { body });
  assert.match(slip.problem.detail!, /RF1 is of 11\.00 USD/);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('an answer with our id and another amount is held at once, before the proxy reads anything', async (t) => {
  const { provider, refund, ledger } = await startTestProxy(t);
  provider.on(UQPAY_POST, ({ headers, body }) => ({
    status: 200,
    json: { ...makeRefund(new Map(), headers, body), amount: '70.00' },
  }));
  assert.equal((await refund('10.00')).status, 504);
  const [row] = await ledger.reservationsOfPayment(SCOPE, PAYMENT);
  assert.deepEqual([row?.standing, row?.status, row?.amount], ['unknown', 'contradiction', 7_000n]);
  assert.equal((await refund('30.01')).problem.code, 'amount_above_refundable');
});

for (const [what, change] of Object.entries({
  'the id of another request': { metadata: { refund_form_id: uuid(77) } },
  'another payment': { payment_intent_id: 'PI-OTHER' },
  'another payment attempt': { payment_attempt_id: 'PA-OTHER' },
})) {
  test(`an answer with ${what} is not trusted`, async (t) => {
    const { provider, refund, ledger } = await startTestProxy(t);
    provider.on(UQPAY_POST, ({ headers, body }) => ({
      status: 200,
      json: { ...makeRefund(new Map(), headers, body), ...change },
    }));
    const body = {
      payment_intent_id: PAYMENT,
      payment_attempt_id: 'PA1234567890123456789',
      amount: '10.00',
      reason: 'x',
    };
    const answer = await refund('10.00', { key: uuid(1), body });
    assert.deepEqual([answer.status, answer.problem.code], [504, 'outcome_unknown']);
    const [row] = await ledger.reservationsOfPayment(SCOPE, PAYMENT);
    assert.deepEqual([row?.standing, row?.refundId, row?.released], ['unknown', undefined, false]);
  });
}

test('`nothing` reads the provider’s list first: a refund in it settles the intent, and a similar one requires `confirm`', async (t) => {
  const { intent, post, listRefund } = await setUpLostAnswer(t, (record) => record, { listed: false });
  listRefund();
  const body = { ...RESOLVE, outcome: 'nothing' };
  const found = await post(`/intents/${(await intent()).id}/resolve`, { body });
  assert.match(found.problem.detail!, /has just become known \(succeeded\)/);

  const other = await setUpLostAnswer(t, (record) => ({ ...unmarked(record), create_time: null }), { listed: false });
  other.listRefund();
  const at = `/intents/${(await other.intent()).id}/resolve`;
  const answer = await other.post(at, { body });
  assert.match(answer.problem.detail!, /lists the refund RF1 of this amount.*confirm: true.*refund_id RF1/);
  const sure = await other.post(at, { body: { ...body, confirm: true } });
  assert.match((sure.json as { saw: string }).saw, /RF1/);
});

test('the proxy sends only members that the contract names', async (t) => {
  const { provider, refund } = await startTestProxy(t);
  const body = {
    payment_intent_id: PAYMENT,
    amount: '10.00',
    reason: 'x',
    Amount: '99.00',
    Payment_Intent_Id: 'PI2',
    on_behalf_of: 'another',
    __proto__: { amount: '98.00' },
  };
  await refund('10.00', { body });
  const sentBody = JSON.parse(provider.callsOf(UQPAY_POST)[0]!.body) as object;
  assert.deepEqual(Object.keys(sentBody).toSorted(), ['amount', 'metadata', 'payment_intent_id', 'reason']);

  const up = await startTestProxy(t, { name: 'upayments' });
  await up.post('/create-refund', { body: { orderId: ORDER, totalPrice: 10, TotalPrice: 99, merchantId: 'x' } });
  const [call] = up.provider.callsOf('POST /create-refund');
  assert.deepEqual(Object.keys(JSON.parse(call!.body) as object).toSorted(), ['notifyUrl', 'orderId', 'totalPrice']);
});

test('a list with a repeated page or a repeated refund is not used', async (t) => {
  const { provider, get, refund } = await startTestProxy(t);
  const row = { payment_refund_id: 'RF9', amount: '10.00', currency: 'USD', refund_status: 'SUCCEEDED' };
  const read = async () => (await get(`/payments/${PAYMENT}`)).status;
  provider.on(`GET ${REFUND}`, { status: 200, json: { total_pages: 2, total_items: 2, data: [row] } });
  assert.equal(await read(), 502);
  let reads = 0;
  provider.on(`GET ${REFUND}`, () => {
    reads += 1;
    const amount = reads % 2 === 0 ? '10.00' : '90.00';
    return listOf([{ ...row, amount }]);
  });
  assert.equal(await read(), 502);
  assert.equal((await refund('1.00')).status, 200);
});

test('of a refund that one list calls both done and failed, neither is believed', async (t) => {
  const row = { payment_refund_id: 'RF9', amount: '10.00', currency: 'USD' };
  for (const statuses of [
    ['SUCCEEDED', 'FAILED'],
    ['FAILED', 'SUCCEEDED'],
  ]) {
    const { provider, get } = await startTestProxy(t);
    const rows = statuses.map((refund_status) => ({ ...row, refund_status }));
    provider.on(`GET ${REFUND}`, { status: 200, json: { total_pages: 1, total_items: 2, data: rows } });
    const { json } = await get(`/payments/${PAYMENT}`);
    const { pending, refundable, refunds } = json as {
      pending: string;
      refundable: string;
      refunds: { standing: string; contradiction?: object }[];
    };
    assert.deepEqual([pending, refundable], ['10.00', '90.00'], statuses.join());
    assert.deepEqual(
      refunds.map(({ standing, contradiction }) => [standing, contradiction !== undefined]),
      [['unknown', true]],
    );
  }
});

test('the proxy reads the list over the whole 85 days that it covers, without a gap', async (t) => {
  const { provider, get } = await startTestProxy(t);
  await get(`/payments/${PAYMENT}`);
  const DAY = 24 * HOUR;
  const older = provider.callsOf(`GET ${REFUND}`).find(({ query }) => query.has('start_time'));
  const from = Date.parse(older!.query.get('start_time')!);
  const until = Date.parse(older!.query.get('end_time')!);
  assert.ok(from <= START - 85 * DAY && from > START - 90 * DAY, 'the first request goes as far back as the list does');
  assert.ok(
    until >= START - 28 * DAY,
    'the second request leaves no gap: by default the list covers one month, of 28 days at least',
  );
});
