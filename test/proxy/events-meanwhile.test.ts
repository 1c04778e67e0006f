import assert from 'node:assert/strict';
import path from 'node:path';
import { test, type TestContext } from 'node:test';

import type { PaymentRefund } from '../../contract/index.ts';
import { serveProxies, SqliteLedger } from '../../proxy/index.ts';
import type { PaymentRecord } from '../../proxy/ledger/ledger-reads.ts';
import { request, SCOPE } from './support/begin-request.ts';
import { deferred } from './support/deferred.ts';
import { Stream } from './support/event-stream.ts';
import {
  listOf,
  makeRefund,
  PAYMENT,
  REFUND,
  scriptUqpay,
  startTestProxy,
  temporaryFolder,
  UQPAY_POST,
  uuid,
} from './support/test-proxy.ts';

/** A ledger whose reads wait for the test, so that a record can be out of date when it is sent. */
class SlowLedger extends SqliteLedger {
  held: Promise<void> | undefined;

  override async paymentRecord(...about: Parameters<SqliteLedger['paymentRecord']>): Promise<PaymentRecord> {
    const record = await super.paymentRecord(...about);
    await this.held;
    return record;
  }
}

test('a change during the send of an earlier change is also sent at once', { timeout: 30_000 }, async (t) => {
  const ledger = new SlowLedger({ file: path.join(await temporaryFolder(t), 'ledger.sqlite') });
  t.after(() => ledger.close());
  // Without heartbeats, only the change itself can cause an event.
  const { proxy, refund, provider } = await startTestProxy(t, { ledger, events: { heartbeatMs: 600_000 } });
  t.after(() => proxy.close());
  const stream = new Stream(await proxy.fetch(new Request(`https://shop.example/refunds/payments/${PAYMENT}/events`)));
  await stream.next();
  let release: () => void = () => undefined;
  ledger.held = new Promise<void>((resolve) => {
    release = resolve;
  });
  provider.on(UQPAY_POST, 'drop');
  assert.equal((await refund('10.00')).status, 504);
  release();
  const change = await stream.until(({ refunds }) => refunds?.[0]?.['state'] === 'unknown');
  assert.equal(change.summary.pending, '10.00');
});

/** A stream of the payment over HTTP. Without heartbeats, only a change that is told causes an event. */
async function setUpStream(t: TestContext) {
  const testProxy = await startTestProxy(t, { events: { heartbeatMs: 600_000 } });
  const refunds = scriptUqpay(testProxy.provider);
  const served = await serveProxies({ proxies: [testProxy.proxy], port: 0, host: '127.0.0.1' });
  t.after(() => served.close());
  const stream = new Stream(await fetch(`${served.url}/refunds/events?payment=${PAYMENT}`));
  await stream.next();
  return {
    ...testProxy,
    refunds,
    /** The next event whose only refund is as expected. */
    until: async (holds: (refund: PaymentRefund) => boolean) =>
      (await stream.until(({ refunds: [refund] = [] }) => refund !== undefined && holds(refund))).summary,
  };
}

test(
  'the stream sends that a request is sent again, and that its outcome is unknown again',
  { timeout: 30_000 },
  async (t) => {
    const { provider, refund, until } = await setUpStream(t);
    provider.on(UQPAY_POST, 'drop');
    assert.equal((await refund('10.00', { key: uuid(1) })).status, 504);
    await until(({ state }) => state === 'unknown');
    const answer = deferred<'drop'>();
    provider.on(UQPAY_POST, () => answer.promise);
    const again = refund('10.00', { key: uuid(1) });
    await until(({ state }) => state === 'resending');
    answer.resolve('drop');
    assert.equal((await again).status, 504);
    await until(({ state }) => state === 'unknown');
  },
);

test('the stream sends a new status of the provider that means the same', { timeout: 30_000 }, async (t) => {
  const { provider, refund, get, until, refunds } = await setUpStream(t);
  assert.equal((await refund('10.00')).status, 200);
  await until(({ status }) => status === 'INITIATED');
  provider.on(`GET ${REFUND}`, () =>
    listOf(Array.from(refunds.values(), (record) => ({ ...record, refund_status: 'PROCESSING' }))),
  );
  assert.equal((await get(`/payments/${PAYMENT}`)).status, 200);
  await until(({ status }) => status === 'PROCESSING');
});

test('the stream sends that the provider contradicts an unknown request', { timeout: 30_000 }, async (t) => {
  const { provider, refund, get, until, refunds } = await setUpStream(t);
  provider.on(UQPAY_POST, ({ headers, body }) => {
    makeRefund(refunds, headers, body);
    return 'drop';
  });
  provider.on(`GET ${REFUND}`, () =>
    listOf(Array.from(refunds.values(), (record) => ({ ...record, amount: '95.00' }))),
  );
  assert.equal((await refund('10.00')).status, 504);
  await until(({ state }) => state === 'unknown');
  assert.equal((await get(`/payments/${PAYMENT}`)).status, 200);
  const { refundable } = await until(({ contradiction }) => Boolean(contradiction));
  assert.equal(refundable, '5.00');
});

test('a read that only settles a cancel is told', async (t) => {
  const ledger = new SqliteLedger({ file: ':memory:' });
  t.after(() => ledger.close());
  const by = { who: 'provider', source: 'answer 200', at: 2 };
  const ended = { refundId: 'RF1', standing: 'succeeded', status: 'done' } as const;
  await ledger.begin(request(1));
  await ledger.settle(uuid(1), { ...by, to: 'succeeded', refunds: [ended] });
  const [target] = await ledger.reservationsOfIntent(uuid(1));
  await ledger.begin(request(2, { kind: 'cancel', parts: [], target: target!.id }));
  await ledger.settle(uuid(2), { ...by, to: 'unknown' });
  let told = 0;
  ledger.changes.listen(SCOPE, 'P1', () => {
    told += 1;
  });
  const read = () => ledger.observe(SCOPE, { observations: [ended], source: 'list', at: 3 });
  assert.deepEqual(await read(), { changed: 0, settled: 0, takenIn: 0 });
  assert.deepEqual([told, (await ledger.intent(uuid(2)))?.state], [1, 'failed']);
  await read();
  assert.equal(told, 1, 'a read that shows nothing new is not told');
});

test('an event tells the order as it is now, and a new stream says why it cannot', { timeout: 30_000 }, async (t) => {
  const order = { payment_id: PAYMENT, currency: 'USD', captured: '100.00' };
  const hook = { order: order as typeof order | undefined, calls: 0 };
  const { proxy, refund } = await startTestProxy(t, {
    orders: async () => {
      hook.calls += 1;
      return hook.order;
    },
    events: { heartbeatMs: 600_000 },
  });
  t.after(() => proxy.close());
  const open = async () =>
    new Stream(await proxy.fetch(new Request(`https://shop.example/refunds/payments/${PAYMENT}/events`)));
  const stream = await open();
  assert.equal((await stream.next())?.summary.captured, '100.00');
  // What the stream has just been opened with is not read twice.
  assert.equal(hook.calls, 1);

  hook.order = { ...order, captured: '60.00' };
  assert.equal((await refund('10.00')).status, 200);
  const { summary } = await stream.until(({ refunds }) => refunds?.[0]?.['state'] === 'succeeded');
  assert.deepEqual([summary.captured, summary.refundable], ['60.00', '50.00']);

  // The refund finds its order, and the stream that is told of it does not.
  const read = hook.calls;
  const answered = refund('10.00');
  while (hook.calls === read) await Promise.resolve();
  hook.order = undefined;
  assert.equal((await answered).status, 200);
  await assert.rejects(stream.until(() => false));
  assert.equal((await proxy.fetch(new Request(`https://shop.example/refunds/payments/${PAYMENT}`))).status, 404);
});

test('a stream goes on after the order could not be read for a while', { timeout: 30_000 }, async (t) => {
  const order = { payment_id: PAYMENT, currency: 'USD', captured: '100.00' };
  const hook = { isAway: false, calls: 0 };
  const { proxy, refund } = await startTestProxy(t, {
    orders: async () => {
      hook.calls += 1;
      if (hook.isAway) throw new Error('The database is away');
      return order;
    },
    events: { heartbeatMs: 20 },
  });
  t.after(() => proxy.close());
  const stream = new Stream(await proxy.fetch(new Request(`https://shop.example/refunds/payments/${PAYMENT}/events`)));
  await stream.next();
  const read = hook.calls;
  const answered = refund('10.00');
  while (hook.calls === read) await Promise.resolve();
  hook.isAway = true;
  assert.equal((await answered).status, 200);
  const missed = hook.calls;
  // A reader that does not read is told nothing.
  const told = stream.until(({ refunds }) => refunds?.length === 1);
  while (hook.calls < missed + 2) await new Promise((resolve) => setImmediate(resolve));
  hook.isAway = false;
  assert.equal((await told).summary.refundable, '90.00');
});
