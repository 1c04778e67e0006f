import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { serveProxies } from '../../proxy/index.ts';
import { deferred } from './support/deferred.ts';
import { PAYMENT, REFUND, startTestProxy, scriptUqpay, START } from './support/test-proxy.ts';
import {
  secondProxy,
  refundAndSettle,
  setRefundStatus,
  startReportingProxy,
  types,
  unsentChanges,
} from './support/reporting-proxy.ts';

const HOUR = 3_600_000;

test('a change that is not accepted is sent again under the same id, later each time, before any newer change', async (t) => {
  const testProxy = await startReportingProxy(t);
  const refunds = scriptUqpay(testProxy.provider);
  testProxy.faults.push(new Error('down'), new Error('down'), new Error('down'));
  await testProxy.refund('10.00');
  setRefundStatus(testProxy, refunds, 'SUCCEEDED');
  await testProxy.get(`${REFUND}/RF1`);
  const waits: number[] = [];
  for (let elapsed = 0; testProxy.changes.length === 0; elapsed += 1_000) {
    const left = testProxy.faults.length;
    await testProxy.proxy.announce();
    if (testProxy.faults.length < left || testProxy.changes.length > 0) waits.push(elapsed);
    testProxy.clock.now += 1_000;
  }
  assert.deepEqual(waits, [0, 2_000, 6_000, 14_000]);
  const [first, second] = testProxy.changes;
  assert.deepEqual(testProxy.attempts, [first?.id, first?.id, first?.id, first?.id, second?.id]);
  assert.deepEqual(types(testProxy.changes), ['refund.accepted', 'refund.settled']);
  assert.ok(testProxy.logged.some((line) => line.includes('a change was not taken')));
});

test('a receiver that is away for a week gets every change, is called once an hour, and delays no refund', async (t) => {
  const testProxy = await startReportingProxy(t);
  const refunds = scriptUqpay(testProxy.provider);
  let calls = 0;
  let isAway = true;
  const onChange = async () => {
    calls += 1;
    if (isAway) throw new Error('away');
  };
  const { ledger, clock } = testProxy;
  const proxy = secondProxy(testProxy, onChange);
  assert.equal((await testProxy.refund('10.00')).status, 200);
  setRefundStatus(testProxy, refunds, 'SUCCEEDED');
  await testProxy.get(`${REFUND}/RF1`);
  for (let hour = 0; hour < 24 * 7; hour += 1) {
    clock.now += HOUR;
    await proxy.announce();
  }
  assert.equal(calls, 24 * 7);
  assert.deepEqual(await unsentChanges(ledger), { untold: 1, untoldSince: START });
  assert.equal((await proxy.figures()).oldestUntoldSeconds, (clock.now - START) / 1_000);
  isAway = false;
  clock.now += HOUR;
  assert.equal(await proxy.announce(), 2);
  assert.deepEqual(await unsentChanges(ledger), { untold: 0, untoldSince: undefined });
});

test('a change that is not accepted delays no other payment', async (t) => {
  const other = 'PI2000000000000000001';
  const payments: string[] = [];
  const testProxy = await startTestProxy(t, {
    orders: async (id) => ({ payment_id: id, currency: 'USD', captured: '100.00' }),
    onChange: async ({ payment_id }) => {
      if (payment_id === PAYMENT) throw new Error('down');
      payments.push(payment_id);
    },
  });
  await testProxy.refund('10.00');
  await testProxy.refund('10.00', { body: { payment_intent_id: other, amount: '10.00', reason: 'Return good' } });
  await testProxy.proxy.announce();
  await testProxy.proxy.announce();
  assert.deepEqual(payments, [other]);
});

test('two instances never send changes of one payment at the same time, and keep their order', async (t) => {
  const testProxy = await startReportingProxy(t);
  await refundAndSettle(testProxy);
  const calls: string[] = [];
  const [arrived, finished] = [deferred(), deferred()];
  const slow = secondProxy(testProxy, async ({ type }) => {
    calls.push(`first ${type}`);
    arrived.resolve();
    await finished.promise;
  });
  const quick = secondProxy(testProxy, async ({ type }) => calls.push(`second ${type}`));
  const round = slow.announce();
  await arrived.promise;
  assert.equal(await quick.announce(), 0);
  finished.resolve();
  assert.equal(await round, 2);
  assert.deepEqual(calls, ['first refund.accepted', 'first refund.settled']);
});

test('a change of an instance that died is sent by another instance after the lease', async (t) => {
  const testProxy = await startReportingProxy(t);
  await testProxy.refund('10.00');
  const dead = secondProxy(testProxy, () => new Promise(() => undefined));
  void dead.announce().catch(() => undefined);
  let calls = 0;
  const next = secondProxy(testProxy, async () => (calls += 1));
  // The first instance has claimed the payment: it is not due until the lease ends.
  for (;;) {
    await next.announce();
    if (calls > 0) break;
    testProxy.clock.now += 1_000;
    assert.ok(testProxy.clock.now < START + 60_000);
  }
  assert.equal(calls, 1);
});

test('a change that happens during a send is sent after it', async (t) => {
  const calls: string[] = [];
  let meanwhile = async () => undefined as unknown;
  const testProxy = await startTestProxy(t, {
    onChange: async ({ type }) => {
      calls.push(type);
      if (calls.length === 1) await meanwhile();
    },
  });
  const refunds = scriptUqpay(testProxy.provider);
  meanwhile = async () => {
    setRefundStatus(testProxy, refunds, 'SUCCEEDED');
    await testProxy.get(`${REFUND}/RF1`);
  };
  await testProxy.refund('10.00');
  assert.equal(await testProxy.proxy.announce(), 2);
  assert.deepEqual(calls, ['refund.accepted', 'refund.settled']);
});

test('a round that is aborted leaves the rest for the next round', async (t) => {
  const testProxy = await startReportingProxy(t);
  await refundAndSettle(testProxy);
  const stop = new AbortController();
  const proxy = secondProxy(testProxy, async () => stop.abort());
  assert.equal(await proxy.announce(stop.signal), 1);
  assert.equal(await proxy.announce(), 1);
});

/** One instance sends the first change until its lease ends. Then the other instance sends it. */
async function twoHolders(t: TestContext) {
  const testProxy = await startReportingProxy(t);
  await refundAndSettle(testProxy);
  const calls: string[] = [];
  const holder = (name: string) => {
    const [arrived, finished] = [deferred(), deferred()];
    const proxy = secondProxy(testProxy, async ({ type }) => {
      calls.push(`${name} ${type}`);
      arrived.resolve();
      await finished.promise;
      if (name === 'broken') throw new Error('down');
    });
    return { proxy, arrived: arrived.promise, finish: finished.resolve };
  };
  const hold = async (name: string) => {
    const one = holder(name);
    const round = one.proxy.announce();
    await one.arrived;
    return { ...one, round };
  };
  return { testProxy, calls, hold };
}

for (const name of ['slow', 'broken']) {
  test(`an instance that is ${name} leaves the payment to the instance that has claimed it after the lease`, async (t) => {
    const { testProxy, calls, hold } = await twoHolders(t);
    const first = await hold(name);
    testProxy.clock.now += 60_000;
    const second = await hold('second');
    first.finish();
    await first.round;
    testProxy.clock.now += 10_000;
    assert.equal(await secondProxy(testProxy, async () => calls.push('third')).announce(), 0);
    second.finish();
    assert.equal(await second.round, 2);
    assert.deepEqual(calls, [`${name} refund.accepted`, 'second refund.accepted', 'second refund.settled']);
  });
}

test('a clock that is set back delays no change', async (t) => {
  const testProxy = await startReportingProxy(t);
  testProxy.clock.now = START + 30 * 24 * HOUR;
  testProxy.faults.push(new Error('down'));
  await testProxy.refund('10.00');
  await testProxy.proxy.announce();
  testProxy.clock.now = START;
  assert.equal(await testProxy.proxy.announce(), 1);
});

const paymentOf = (number: number) => `PI${String(number).padStart(19, '0')}`;
const bodyOf = (number: number) => ({ payment_intent_id: paymentOf(number), amount: '10.00', reason: 'Return good' });
const orders = async (id: string) => ({ payment_id: id, currency: 'USD', captured: '100.00' });

test('at most 20 payments are sent at once, and one round sends all', async (t) => {
  const finished = deferred();
  const full = deferred();
  let running = 0;
  let most = 0;
  const testProxy = await startTestProxy(t, {
    orders,
    timeoutMs: 20_000,
    onChange: async () => {
      running += 1;
      most = Math.max(most, running);
      if (running === 20) full.resolve();
      await finished.promise;
      running -= 1;
    },
  });
  for (let number = 1; number <= 25; number += 1) await testProxy.refund('10.00', { body: bodyOf(number) });
  const round = testProxy.proxy.announce();
  await full.promise;
  assert.equal(await testProxy.proxy.announce(), 0);
  finished.resolve();
  assert.equal(await round, 25);
  assert.equal(most, 20);
});

test('a change without an answer delays no other payment of the server', async (t) => {
  const [started, finished, accepted] = [deferred(), deferred(), deferred()];
  let isHanging = false;
  const testProxy = await startTestProxy(t, {
    orders,
    timeoutMs: 20_000,
    onChange: async ({ payment_id }) => {
      if (payment_id !== paymentOf(1)) return accepted.resolve();
      isHanging = true;
      started.resolve();
      await finished.promise;
      isHanging = false;
    },
  });
  const proxies = [testProxy.proxy];
  const served = await serveProxies({ proxies, port: 0, host: '127.0.0.1', announceEveryMs: 5 });
  try {
    await testProxy.refund('10.00', { body: bodyOf(1) });
    await started.promise;
    await testProxy.refund('10.00', { body: bodyOf(2) });
    await Promise.race([accepted.promise, limit(10_000)]);
    assert.ok(isHanging);
  } finally {
    finished.resolve();
    await served.close();
  }
});

async function limit(ms: number): Promise<never> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
  throw new Error(`It was not told within ${ms} ms`);
}
