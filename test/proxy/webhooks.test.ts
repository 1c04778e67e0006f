import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import {
  listOf,
  makeRefund,
  ORDER,
  PAYMENT,
  readAnswer,
  startTestProxy,
  START,
  UQPAY_POST,
  uuid,
  type TestProxyOptions,
} from './support/test-proxy.ts';
import { requestOf, SECRET, signed, webhook, type EventParts } from './support/webhook.ts';

const SCOPE = { merchant: 'default', provider: 'uqpay' };

async function setUp(t: TestContext, options: TestProxyOptions = {}) {
  const testProxy = await startTestProxy(t, { webhookSecret: SECRET, ...options });
  const { proxy, ledger } = testProxy;
  const deliver = async (message: { body: string; headers: Record<string, string> }) =>
    readAnswer(await proxy.fetch(requestOf(message)));
  return {
    ...testProxy,
    deliver,
    /** Sends one signed event and returns what the proxy did with it. */
    deliverEvent: async (parts: EventParts, at?: number) => {
      const answer = await deliver(webhook(parts, at === undefined ? {} : { at }));
      assert.equal(answer.status, 200, answer.text);
      return (answer.json as { received: string }).received;
    },
    rows: async () =>
      (await ledger.reservationsOfPayment(SCOPE, PAYMENT)).map(
        ({ refundId, standing, amount, released }) => `${refundId} ${standing} ${amount}${released ? ' released' : ''}`,
      ),
    intent: async () => (await ledger.intents(SCOPE, { limit: 1 }))[0],
  };
}

test('a signed event updates the refund, with a timestamp in milliseconds or seconds, and counts once', async (t) => {
  const { refund, deliverEvent, rows, deliver } = await setUp(t);
  await refund('10.00');
  assert.equal(await deliverEvent({ refund: 'RF1', status: 'PROCESSING', event: 'e1' }), 'same');
  assert.equal(await deliverEvent({ refund: 'RF1', status: 'SUCCEEDED', event: 'e2' }), 'changed');
  assert.equal(await deliverEvent({ refund: 'RF1', status: 'SUCCEEDED', event: 'e2' }), 'duplicate');
  const inSeconds = webhook({ refund: 'RF1', status: 'REVERSAL_INITIATED' });
  const seconds = await deliver(signed(inSeconds.body, String(START / 1000)));
  assert.deepEqual(seconds.json, { received: 'changed' });
  assert.deepEqual(await rows(), ['RF1 reversing 1000']);
});

test('the audit line names the event that changed the refund', async (t) => {
  const { refund, deliverEvent, intent, ledger } = await setUp(t);
  await refund('10.00');
  await deliverEvent({ refund: 'RF1', status: 'SUCCEEDED', event: 'e-1' });
  const last = (await ledger.audit((await intent())!.id)).at(-1);
  assert.deepEqual(
    [last?.who, last?.what, last?.to, last?.source],
    ['provider', 'standing', 'succeeded', 'webhook e-1'],
  );
});

test('events out of order never move a refund back, and a success after a failure holds the amount again', async (t) => {
  const { refund, deliverEvent, rows } = await setUp(t);
  await refund('10.00');
  assert.equal(await deliverEvent({ refund: 'RF1', status: 'FAILED' }), 'changed');
  assert.equal(await deliverEvent({ refund: 'RF1', status: 'INITIATED' }), 'same');
  assert.equal(await deliverEvent({ refund: 'RF1', status: 'SUCCEEDED' }), 'changed');
  assert.deepEqual(await rows(), ['RF1 unknown 1000']);
});

test('an unrecognised status is stored as it is, and is not a failure', async (t) => {
  const { refund, deliverEvent, ledger } = await setUp(t);
  await refund('10.00');
  await deliverEvent({ refund: 'RF1', status: 'PENDING' });
  const [row] = await ledger.reservationsOfPayment(SCOPE, PAYMENT);
  assert.deepEqual([row?.standing, row?.status, row?.released], ['unrecognised', 'PENDING', false]);
});

const good = webhook({ refund: 'RF1', status: 'FAILED' });
const webhookAt = (by: number) => webhook({ refund: 'RF1', status: 'FAILED' }, { at: START + by });
const FORGED: Readonly<Record<string, { body: string; headers: Record<string, string> }>> = {
  'signed with another secret': webhook({ refund: 'RF1', status: 'FAILED' }, { secret: 'guess' }),
  'changed after it was signed': { ...good, body: good.body.replace('10.00', '99.00') },
  'with another timestamp than the signed one': {
    ...good,
    headers: { ...good.headers, 'x-wk-timestamp': String(START + 1) },
  },
  'without a signature': { ...good, headers: { 'x-wk-timestamp': String(START) } },
  'with a signature of another length': { ...good, headers: { ...good.headers, 'x-wk-signature': 'ab' } },
  'with a timestamp that is no number': signed(good.body, '2026-11-20T09:00:00Z'),
  'whose timestamp is more than five minutes old': webhookAt(-300_001),
  'whose timestamp is more than five minutes ahead': webhookAt(300_001),
  'signed over the body alone': {
    ...good,
    headers: { ...signed(good.body, '').headers, 'x-wk-timestamp': String(START) },
  },
};

for (const [how, message] of Object.entries(FORGED)) {
  test(`a webhook ${how} is refused with 401 and changes nothing`, async (t) => {
    const { refund, deliver, rows } = await setUp(t);
    await refund('10.00');
    const answer = await deliver(message);
    assert.deepEqual([answer.status, answer.problem.code], [401, 'webhook_refused']);
    assert.deepEqual(await rows(), ['RF1 pending 1000']);
  });
}

test('a webhook is accepted with a timestamp up to five minutes old or ahead', async (t) => {
  const { refund, deliver } = await setUp(t);
  await refund('10.00');
  assert.equal((await deliver(webhookAt(-300_000))).status, 200);
  assert.equal((await deliver(webhookAt(300_000))).status, 200);
});

test('an event about another object is acknowledged and ignored, and a signed event that cannot be read is not acknowledged', async (t) => {
  const { deliverEvent, deliver } = await setUp(t);
  assert.equal(
    await deliverEvent({ refund: 'PI1', status: 'SUCCEEDED', type: 'acquiring.payment_intent.succeeded' }),
    'ignored',
  );
  const broken = await deliver(signed('{"event_id":', String(START)));
  assert.deepEqual([broken.status, broken.problem.code], [400, 'invalid_request']);
  const inexact = await deliver(webhook({ refund: 'RF1', status: 'SUCCEEDED', amount: '1.005' }));
  assert.equal(inexact.problem.errors?.[0]?.pointer, '/amount');
  assert.equal((await deliver(signed(' '.repeat(70_000), String(START)))).status, 413);
});

test('an event that arrives before the answer names its intent, and the late answer changes nothing', async (t) => {
  const { refund, provider, deliverEvent, rows, ledger } = await setUp(t);
  provider.on(UQPAY_POST, async ({ headers, body }) => {
    const { metadata } = JSON.parse(body) as { metadata: { refund_form_id: string } };
    assert.equal(
      await deliverEvent({ refund: 'RF1', status: 'SUCCEEDED', intent: metadata.refund_form_id }),
      'changed',
    );
    assert.deepEqual(await rows(), ['RF1 succeeded 1000']);
    return { status: 200, json: makeRefund(new Map(), headers, body) };
  });
  const answer = await refund('10.00');
  assert.deepEqual([answer.status, (answer.json as { refund_status: string }).refund_status], [200, 'INITIATED']);
  assert.deepEqual(await rows(), ['RF1 succeeded 1000']);
  const [intent] = await ledger.intents(SCOPE, { states: ['succeeded'], limit: 2 });
  assert.equal(intent?.answer?.status, 200);
});

test('a failure event that arrives before the answer releases the amount once', async (t) => {
  const { refund, provider, deliverEvent, rows, get } = await setUp(t);
  provider.on(UQPAY_POST, async ({ headers, body }) => {
    const { metadata } = JSON.parse(body) as { metadata: { refund_form_id: string } };
    await deliverEvent({ refund: 'RF1', status: 'FAILED', intent: metadata.refund_form_id });
    return { status: 200, json: makeRefund(new Map(), headers, body) };
  });
  assert.equal((await refund('10.00')).status, 200);
  assert.deepEqual(await rows(), ['RF1 failed 1000 released']);
  assert.equal(((await get(`/payments/${PAYMENT}`)).json as { refundable: string }).refundable, '100.00');
});

for (const act of ['drop', 'truncate'] as const) {
  test(`an event that arrives first replaces an answer lost by ${act}, so no refund is unknown`, async (t) => {
    const { refund, provider, deliverEvent, rows, intent } = await setUp(t);
    provider.on(UQPAY_POST, async ({ body }) => {
      const { metadata } = JSON.parse(body) as { metadata: { refund_form_id: string } };
      await deliverEvent({ refund: 'RF7', status: 'INITIATED', intent: metadata.refund_form_id });
      return act;
    });
    const answer = await refund('10.00', { key: uuid(1) });
    assert.deepEqual([answer.status, (answer.json as { payment_refund_id: string }).payment_refund_id], [200, 'RF7']);
    assert.deepEqual([(await intent())?.state, ...(await rows())], ['succeeded', 'RF7 pending 1000']);
    const again = await refund('10.00', { key: uuid(1) });
    assert.deepEqual([again.text, again.headers.get('idempotent-replayed')], [answer.text, 'true']);
    assert.equal(provider.callsOf(UQPAY_POST).length, 1);
  });
}

test('a refusal after an event that proves the refund does not release the amount', async (t) => {
  const { refund, provider, deliverEvent, rows, intent, ledger } = await setUp(t);
  provider.on(UQPAY_POST, async ({ body }) => {
    const { metadata } = JSON.parse(body) as { metadata: { refund_form_id: string } };
    await deliverEvent({ refund: 'RF1', status: 'INITIATED', intent: metadata.refund_form_id });
    return { status: 400, json: { type: 'refund_error', code: 'x', message: 'no' } };
  });
  assert.equal((await refund('10.00')).status, 200);
  assert.deepEqual(await rows(), ['RF1 pending 1000']);
  const audit = await ledger.audit((await intent())!.id);
  assert.ok(audit.some(({ what }) => what === 'contradiction'));
});

/** The refund of a ledger that was lost, as the provider tells it. */
const LOST = { refund: 'RF-lost', status: 'SUCCEEDED', amount: '20.00' };

test('a key of which only an event that had to wait has told is not sent again', async (t) => {
  const { refund, provider, deliverEvent } = await setUp(t);
  provider.on(UQPAY_POST, async ({ headers, body }) => {
    assert.equal(await deliverEvent({ ...LOST, intent: uuid(9), key: uuid(9, 1) }), 'kept');
    return { status: 200, json: makeRefund(new Map(), headers, body) };
  });
  assert.equal((await refund('10.00', { key: uuid(1) })).status, 200);
  const again = await refund('20.00', { key: uuid(9, 1) });
  assert.equal(again.problem.effect, 'unknown');
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('a key that the list shows of a refund that was taken in without one is not sent again', async (t) => {
  const { refund, provider, deliverEvent, get } = await setUp(t);
  assert.equal(await deliverEvent(LOST), 'takenIn');
  const metadata = { refund_form_id: uuid(9), refund_form_key: uuid(9, 1) };
  const record = {
    payment_refund_id: 'RF-lost',
    amount: '20.00',
    currency: 'USD',
    refund_status: 'SUCCEEDED',
    metadata,
  };
  provider.on('GET /v2/payment/refunds', listOf([record]));
  await get(`/payments/${PAYMENT}`);
  provider.on('GET /v2/payment/refunds', { status: 500, json: {} });
  assert.equal((await refund('20.00', { key: uuid(9, 1) })).problem.effect, 'unknown');
  assert.equal((await refund('20.00', { key: uuid(2) })).status, 200);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('an event settles an intent whose answer was lost', async (t) => {
  const { refund, provider, deliverEvent, rows, intent } = await setUp(t);
  provider.on(UQPAY_POST, 'drop');
  assert.equal((await refund('10.00', { key: uuid(1) })).status, 504);
  const { id } = (await intent())!;
  assert.equal(await deliverEvent({ refund: 'RF1', status: 'SUCCEEDED', intent: id }), 'settled');
  assert.deepEqual(await rows(), ['RF1 succeeded 1000']);
  assert.equal((await refund('10.00', { key: uuid(1) })).headers.get('idempotent-replayed'), 'true');
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('an event without an intent waits for the pending answer, and then counts once', async (t) => {
  const { refund, provider, deliverEvent, rows } = await setUp(t);
  provider.on(UQPAY_POST, async ({ headers, body }) => {
    assert.equal(await deliverEvent({ refund: 'RF1', status: 'SUCCEEDED', event: 'e1' }), 'kept');
    assert.equal(await deliverEvent({ refund: 'RF1', status: 'SUCCEEDED', event: 'e1' }), 'duplicate');
    assert.deepEqual(await rows(), ['undefined unknown 1000']);
    return { status: 200, json: makeRefund(new Map(), headers, body) };
  });
  assert.equal((await refund('10.00')).status, 200);
  assert.deepEqual(await rows(), ['RF1 succeeded 1000']);
});

test('a key whose refund only an event has told does not say that its answer was deleted', async (t) => {
  const { refund, provider, deliverEvent, rows } = await setUp(t);
  provider.on(UQPAY_POST, async () => {
    assert.equal(await deliverEvent({ refund: 'RF1', status: 'SUCCEEDED' }), 'kept');
    return { status: 500, json: {} };
  });
  assert.equal((await refund('10.00', { key: uuid(1) })).problem.code, 'outcome_unknown');
  assert.deepEqual(await rows(), ['RF1 succeeded 1000']);
  assert.equal(
    (await refund('10.00', { key: uuid(1) })).problem.detail,
    'This request was carried out, and its answer was lost: the provider has told it since. Read the payment',
  );
});

test('an event about another refund is recorded when the pending answer has arrived', async (t) => {
  const { refund, provider, deliverEvent, rows } = await setUp(t);
  provider.on(UQPAY_POST, async ({ headers, body }) => {
    await deliverEvent({ refund: 'RF-elsewhere', status: 'INITIATED', amount: '25.00' });
    return { status: 200, json: makeRefund(new Map(), headers, body) };
  });
  await refund('10.00');
  assert.deepEqual(await rows(), ['RF1 pending 1000', 'RF-elsewhere pending 2500']);
});

test('a refund made elsewhere is recorded by its event, and limits the next refund', async (t) => {
  const { refund, deliverEvent } = await setUp(t);
  assert.equal(await deliverEvent({ refund: 'RF-elsewhere', status: 'INITIATED', amount: '95.00' }), 'takenIn');
  const above = await refund('10.00');
  assert.deepEqual([above.problem.code, above.problem.refundable], ['amount_above_refundable', '5.00']);
});

test('an event that names an intent of another payment does not settle that intent', async (t) => {
  const { refund, provider, deliverEvent, intent } = await setUp(t);
  provider.on(UQPAY_POST, 'drop');
  await refund('10.00');
  const { id } = (await intent())!;
  assert.equal(await deliverEvent({ refund: 'RF1', status: 'SUCCEEDED', intent: id, payment: 'PI-other' }), 'takenIn');
  assert.equal((await intent())?.state, 'unknown');
});

test('a signed event that names a refund of ours with another payment, or denies itself, changes nothing', async (t) => {
  const { refund, deliverEvent, rows } = await setUp(t);
  await refund('10.00');
  const other = { refund: 'RF1', status: 'FAILED', payment: 'PI9999999999999999999' };
  assert.equal(await deliverEvent(other), 'same');
  assert.equal(await deliverEvent({ refund: 'RF1', status: 'FAILED', type: 'acquiring.refund.succeeded' }), 'ignored');
  assert.equal(await deliverEvent({ refund: 'RF1', status: 'SUCCEEDED', type: 'acquiring.refund.failed' }), 'ignored');
  assert.deepEqual(await rows(), ['RF1 pending 1000']);
});

test('the webhook needs no X-Refund-Form, accepts only POST, and refuses a request from a page', async (t) => {
  const { proxy, get, deliver } = await setUp(t);
  assert.equal((await get('/webhooks')).status, 405);
  const message = webhook({ refund: 'RF1', status: 'SUCCEEDED' });
  const page = await deliver({ ...message, headers: { ...message.headers, origin: 'https://shop.example' } });
  assert.deepEqual([page.status, page.problem.code], [403, 'origin_not_allowed']);
  const elsewhere = await setUp(t, { webhookPath: '/from/uqpay' });
  const at = async (path: string) => (await elsewhere.proxy.fetch(requestOf(message, path))).status;
  assert.deepEqual([await at('/refunds/from/uqpay'), await at('/refunds/webhooks')], [200, 404]);
  assert.equal((await proxy.fetch(requestOf(message))).headers.get('cache-control'), 'no-store');
});

test('the proxy has no webhook without a secret', async (t) => {
  const { proxy } = await startTestProxy(t);
  const answer = await proxy.fetch(requestOf(webhook({ refund: 'RF1', status: 'FAILED' })));
  assert.equal(answer.status, 404);
});

test('a UPayments callback only makes the proxy read the refund, a few times a minute at most', async (t) => {
  const { provider, refund, proxy, ledger } = await startTestProxy(t, { name: 'upayments' });
  const created = { orderId: 'refund-order-1', refundOrderId: 'R1', refundArn: '20261120' };
  provider.on('POST /create-refund', { status: 201, json: { status: true, message: 'ok', data: created } });
  let isRefunded = false;
  provider.on('GET /check-refund-status/refund-order-1', () => ({
    status: 200,
    json: { status: true, message: 'ok', data: { is_refunded: isRefunded, refunded_date: null } },
  }));
  await refund('10');
  const standing = async () =>
    (await ledger.reservationsOfPayment({ merchant: 'default', provider: 'upayments' }, ORDER))[0]?.standing;
  const call = async (body: object | string) =>
    readAnswer(
      await proxy.fetch(requestOf({ body: typeof body === 'string' ? body : JSON.stringify(body), headers: {} })),
    );
  const lie = { ...created, status: 'refunded', totalPrice: 10 };
  assert.deepEqual((await call(lie)).json, { received: 'read' });
  assert.equal(await standing(), 'pending');
  isRefunded = true;
  assert.deepEqual((await call('orderId=refund-order-1')).json, { received: 'read' });
  assert.equal(await standing(), 'succeeded');
  const reads = provider.calls.length;
  for (const body of [lie, '', '[]', 'x', { orderId: 7 }, { orderId: 'nobody-knows' }]) {
    assert.deepEqual((await call(body)).json, { received: 'ignored' });
  }
  assert.equal(provider.calls.length, reads);
});

test('a repeated callback causes a few reads a minute', async (t) => {
  const { provider, refund, proxy, clock } = await startTestProxy(t, { name: 'upayments' });
  const created = { orderId: 'refund-order-1', refundOrderId: 'R1', refundArn: '20261120' };
  provider.on('POST /create-refund', { status: 201, json: { status: true, message: 'ok', data: created } });
  provider.on('GET /check-refund-status/refund-order-1', {
    status: 200,
    json: { status: true, message: 'ok', data: { is_refunded: false, refunded_date: null } },
  });
  await refund('10');
  const call = () => proxy.fetch(requestOf({ body: JSON.stringify(created), headers: {} }));
  const statuses: number[] = [];
  for (let time = 0; time < 20; time += 1) statuses.push((await call()).status);
  assert.deepEqual(new Set(statuses), new Set([200, 429]));
  assert.equal(provider.callsOf('GET /check-refund-status/refund-order-1').length, 6);
  clock.now += 60_000;
  assert.equal((await call()).status, 200);
});
