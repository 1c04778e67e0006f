import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Ledger, LedgerUnavailableError, serveProxies } from '../../proxy/index.ts';
import { deferred } from './support/deferred.ts';
import { scriptedProvider } from './support/provider.ts';
import {
  ORDER,
  PAYMENT,
  REFUND,
  startTestProxy,
  scriptUqpay,
  uqpayBody,
  UQPAY_POST,
  uuid,
} from './support/test-proxy.ts';

const TOKEN = 'POST /v1/connect/token';
const LIST = `GET ${REFUND}`;
const SUMMARY = `/payments/${PAYMENT}`;

for (const status of [301, 302, 303, 307, 308]) {
  test(`no call follows a redirect (${status}) or sends a credential to its target`, async (t) => {
    const { provider, refund, get } = await startTestProxy(t);
    const elsewhere = await scriptedProvider();
    t.after(() => elsewhere.close());
    scriptUqpay(elsewhere);
    const to = (path: string) => ({ status, text: '', headers: { location: `${elsewhere.url}${path}` } });
    provider.on(UQPAY_POST, to(REFUND));
    provider.on(LIST, to(REFUND));
    const answer = await refund('1.00');
    assert.deepEqual([answer.status, answer.problem.effect], [504, 'unknown']);
    assert.equal((await get(SUMMARY)).problem.code, 'provider_unreachable');
    await get(`${REFUND}?payment_intent_id=${PAYMENT}`);
    const fresh = await startTestProxy(t);
    fresh.provider.on(TOKEN, to('/v1/connect/token'));
    assert.equal((await fresh.refund('1.00')).problem.effect, 'nothing');
    assert.deepEqual(
      elsewhere.calls.map(({ path }) => path),
      [],
    );
  });
}

test('an answer of more than 4 MiB is not read to its end, and counts as lost', async (t) => {
  const { provider, refund, get } = await startTestProxy(t);
  const key = uuid(1);
  const refunds = scriptUqpay(provider);
  const padding = ' '.repeat(4 * 1024 * 1024);
  const refundJson = { ...(await refund('1.00', { key: uuid(2) })).json! };
  provider.on(UQPAY_POST, ({ headers }) => {
    refunds.set(String(headers['x-idempotency-key']), refundJson);
    return { status: 200, text: JSON.stringify(refundJson) + padding, headers: { 'content-type': 'application/json' } };
  });
  const answer = await refund('1.00', { key });
  assert.deepEqual([answer.status, answer.problem.code], [504, 'outcome_unknown']);
  const list = JSON.stringify({ total_pages: 0, total_items: 0, data: [] }) + padding;
  provider.on(LIST, { status: 200, text: list, headers: { 'content-type': 'application/json' } });
  assert.match((await get(SUMMARY)).problem.detail ?? '', /answer too long/);
});

test('a list that claims a thousand million pages is not read to its end', async (t) => {
  const { provider, get } = await startTestProxy(t);
  provider.on(LIST, { status: 200, json: { total_pages: 1e9, total_items: 0, data: [] } });
  assert.match((await get(SUMMARY)).problem.detail ?? '', /more than 100 pages/);
  assert.ok(provider.callsOf(LIST).length <= 2);
});

test(
  'a client that disconnects ends its read of the provider, but not its refund',
  {
    timeout: 20_000,
  },
  async (t) => {
    const { provider, proxy, refund } = await startTestProxy(t, { timeoutMs: 60_000 });
    const served = await serveProxies({ proxies: [proxy], port: 0, host: '127.0.0.1' });
    t.after(() => served.close());
    await refund('1.00');
    const { promise: arrived, resolve } = deferred();
    provider.on(LIST, () => {
      resolve();
      return 'hang';
    });
    const reader = new AbortController();
    const read = fetch(`${served.url}/refunds${SUMMARY}`, { signal: reader.signal });
    await arrived;
    reader.abort();
    await assert.rejects(read, /abort/i);
    await Promise.all(provider.callsOf(LIST).map(({ gone }) => gone));

    const arrival = deferred();
    const release = deferred();
    const refunds = scriptUqpay(provider);
    provider.on(UQPAY_POST, async ({ headers }) => {
      arrival.resolve();
      await release.promise;
      refunds.set(String(headers['x-idempotency-key']), {});
      return { status: 200, json: {} };
    });
    const writer = new AbortController();
    const write = fetch(`${served.url}/refunds${REFUND}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': uuid(3) },
      body: JSON.stringify({ payment_intent_id: PAYMENT, amount: '2.00', reason: 'Return good' }),
      signal: writer.signal,
    });
    await arrival.promise;
    writer.abort();
    await assert.rejects(write, /abort/i);
    release.resolve();
    await served.close();
    assert.equal(refunds.size, 1);
  },
);

test('a payment that is locked does not stop others from being read, however many refunds of it are due', async (t) => {
  const { provider, ledger, proxy, post, clock } = await startTestProxy(t, {
    orders: async (payment_id) => ({ payment_id, currency: 'USD', captured: '100.00' }),
  });
  scriptUqpay(provider);
  const scope = { merchant: 'default', provider: 'uqpay' };
  const send = (payment_intent_id: string) => post(REFUND, { body: { ...uqpayBody('1.00'), payment_intent_id } });
  for (const payment of ['PI1', 'PI1', 'PI2']) assert.equal((await send(payment)).status, 200);
  const refundIds = async (payment: string) =>
    (await ledger.reservationsOfPayment(scope, payment)).map(({ refundId }) => refundId!);
  const locked = await refundIds('PI1');
  for (const id of [...locked, ...(await refundIds('PI2'))]) {
    const json = { payment_refund_id: id, amount: '1.00', currency: 'USD', refund_status: 'SUCCEEDED' };
    provider.on(`GET ${REFUND}/${id}`, { status: 200, json });
  }
  const observe: Ledger['observe'] = Reflect.get(Ledger.prototype, 'observe');
  t.mock.method(Ledger.prototype, 'observe', async function (this: Ledger, ...args: Parameters<typeof observe>) {
    if (args[1].observations.some(({ refundId }) => locked.includes(refundId)))
      throw new LedgerUnavailableError('locked');
    return observe.apply(this, args);
  });
  clock.now += 60_000;
  assert.equal((await proxy.reconcile()).changed, 1);
  assert.equal((await ledger.reservationsOfPayment(scope, 'PI2'))[0]!.standing, 'succeeded');
});

test('a refund that cannot be recorded does not stop the others from being read', async (t) => {
  const { provider, ledger, proxy, refund, clock, logged } = await startTestProxy(t);
  scriptUqpay(provider);
  for (const amount of ['1.00', '2.00', '3.00']) await refund(amount);
  const rows = await ledger.reservationsOfPayment({ merchant: 'default', provider: 'uqpay' }, PAYMENT);
  for (const { refundId, amount } of rows) {
    provider.on(`GET ${REFUND}/${refundId}`, {
      status: 200,
      json: {
        payment_refund_id: refundId,
        payment_attempt_id: 'PA1234567890123456789',
        // The first refund also contains an id that no correct provider sends.
        ...(refundId === 'RF1' && { reason: 'a\0b', metadata: { refund_form_id: '\0' } }),
        amount: `${amount / 100n}.00`,
        currency: 'USD',
        refund_status: 'SUCCEEDED',
        create_time: '2026-11-20T17:00:00+08:00',
        update_time: '2026-11-20T17:00:00+08:00',
      },
    });
  }
  const observe: Ledger['observe'] = Reflect.get(Ledger.prototype, 'observe');
  const failingObserve = t.mock.method(
    Ledger.prototype,
    'observe',
    async function failingObserve(this: Ledger, ...args: Parameters<typeof observe>) {
      if (args[1].observations.some(({ refundId }) => refundId === 'RF1')) throw new RangeError('odd');
      return observe.apply(this, args);
    },
  );
  clock.now += 60_000;
  const round = await proxy.reconcile();
  assert.deepEqual([round.checked, round.changed], [3, 2]);
  assert.ok(logged.some((line) => line.includes('a refund could not be checked')));
  failingObserve.mock.restore();
  clock.now += 3_600_000;
  assert.ok((await proxy.reconcile()).checked > 0);
  const after = await ledger.reservationsOfPayment({ merchant: 'default', provider: 'uqpay' }, PAYMENT);
  assert.equal(after.filter(({ standing }) => standing === 'succeeded').length, 3);
});

test('a callback with nonsense raises no alarm and causes no read', async (t) => {
  const { provider, proxy, refund, logged } = await startTestProxy(t, { name: 'upayments' });
  provider.on('POST /create-refund', {
    status: 201,
    json: { status: true, message: 'ok', data: { orderId: 'O1', refundOrderId: 'R1', refundArn: 'A1' } },
  });
  await refund('1.000');
  const reads = provider.calls.length;
  const earlier = logged.length;
  const texts = ['', '{', '\0', 'null', '[[[[', 'orderId=%00', 'orderId=%ff', 'orderId=a&orderId=b', '%'.repeat(999)];
  const ids = ['\0', '\ud800', 'R1\0', '../..', '%2e%2e', 'x'.repeat(255), 'x'.repeat(256), '', 7, null, {}, []];
  const bodies = [
    ...texts,
    ...ids.map((id) => JSON.stringify({ orderId: id, refundOrderId: id, refundArn: id })),
    '['.repeat(60_000),
    JSON.stringify(Object.fromEntries(Array.from({ length: 3_000 }, (_, n) => [`orderId${n}`, 'x']))),
  ];
  for (const body of bodies) {
    const answer = await proxy.fetch(new Request('https://shop.example/refunds/webhooks', { method: 'POST', body }));
    assert.equal(answer.status, 200, body.slice(0, 40));
    assert.deepEqual(await answer.json(), { received: 'ignored' });
  }
  const alarms = logged.slice(earlier).filter((line) => !line.includes('"message":"answered"'));
  assert.deepEqual(alarms, []);
  assert.equal(provider.calls.length, reads);
});

test('invented ids beside a real id do not avoid the limit of reads', async (t) => {
  const { provider, refund, proxy } = await startTestProxy(t, { name: 'upayments' });
  provider.on('POST /create-refund', {
    status: 201,
    json: { status: true, message: 'ok', data: { orderId: 'O1', refundOrderId: 'R1', refundArn: 'A1' } },
  });
  const status = 'GET /check-refund-status/O1';
  provider.on(status, { status: 200, json: { status: true, message: 'ok', data: { is_refunded: false } } });
  await refund('10');
  for (let n = 0; n < 30; n += 1) {
    const body = JSON.stringify({ orderId: 'O1', refundOrderId: `made-up-${n}`, refundArn: `${ORDER}-${n}` });
    await proxy.fetch(new Request('https://shop.example/refunds/webhooks', { method: 'POST', body }));
  }
  assert.equal(provider.callsOf(status).length, 6);
});
