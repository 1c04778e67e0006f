import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { serveProxies } from '../../proxy/index.ts';
import { deferred } from './support/deferred.ts';
import { PAYMENT, REFUND, startTestProxy, scriptUqpay, START } from './support/test-proxy.ts';
import { again, refundAndSettle, say, telling, types, waiting } from './support/telling.ts';

const HOUR = 3_600_000;

test('what is not taken is told again under the same id, later each time, before anything that came after it', async (t) => {
  const world = await telling(t);
  const made = scriptUqpay(world.provider);
  world.faults.push(new Error('down'), new Error('down'), new Error('down'));
  await world.refund('10.00');
  say(world, made, 'SUCCEEDED');
  await world.get(`${REFUND}/RF1`);
  const waits: number[] = [];
  for (let waited = 0; world.taken.length === 0; waited += 1_000) {
    const left = world.faults.length;
    await world.proxy.announce();
    if (world.faults.length < left || world.taken.length > 0) waits.push(waited);
    world.clock.now += 1_000;
  }
  assert.deepEqual(waits, [0, 2_000, 6_000, 14_000]);
  const [first, second] = world.taken;
  assert.deepEqual(world.tried, [first?.id, first?.id, first?.id, first?.id, second?.id]);
  assert.deepEqual(types(world.taken), ['refund.accepted', 'refund.settled']);
  assert.ok(world.logged.some((line) => line.includes('a change was not taken')));
});

test('a receiver that is away for a week gets everything in the end, is asked once an hour, and delays no refund', async (t) => {
  const world = await telling(t);
  const made = scriptUqpay(world.provider);
  let asked = 0;
  let isAway = true;
  const onChange = async () => {
    asked += 1;
    if (isAway) throw new Error('away');
  };
  const { ledger, clock } = world;
  const proxy = again(world, onChange);
  assert.equal((await world.refund('10.00')).status, 200);
  say(world, made, 'SUCCEEDED');
  await world.get(`${REFUND}/RF1`);
  for (let hour = 0; hour < 24 * 7; hour += 1) {
    clock.now += HOUR;
    await proxy.announce();
  }
  assert.equal(asked, 24 * 7);
  assert.deepEqual(await waiting(ledger), { untold: 1, untoldSince: START });
  assert.equal((await proxy.figures()).oldestUntoldSeconds, (clock.now - START) / 1_000);
  isAway = false;
  clock.now += HOUR;
  assert.equal(await proxy.announce(), 2);
  assert.deepEqual(await waiting(ledger), { untold: 0, untoldSince: undefined });
});

test('a payment that is not taken holds up no other', async (t) => {
  const other = 'PI2000000000000000001';
  const taken: string[] = [];
  const world = await startTestProxy(t, {
    orders: async (id) => ({ payment_id: id, currency: 'USD', captured: '100.00' }),
    onChange: async ({ payment_id }) => {
      if (payment_id === PAYMENT) throw new Error('down');
      taken.push(payment_id);
    },
  });
  await world.refund('10.00');
  await world.refund('10.00', { body: { payment_intent_id: other, amount: '10.00', reason: 'Return good' } });
  await world.proxy.announce();
  await world.proxy.announce();
  assert.deepEqual(taken, [other]);
});

test('two instances tell no change at the same time, and the order holds', async (t) => {
  const world = await telling(t);
  await refundAndSettle(world);
  const told: string[] = [];
  const [arrived, finished] = [deferred(), deferred()];
  const slow = again(world, async ({ type }) => {
    told.push(`first ${type}`);
    arrived.resolve();
    await finished.promise;
  });
  const quick = again(world, async ({ type }) => told.push(`second ${type}`));
  const round = slow.announce();
  await arrived.promise;
  assert.equal(await quick.announce(), 0);
  finished.resolve();
  assert.equal(await round, 2);
  assert.deepEqual(told, ['first refund.accepted', 'first refund.settled']);
});

test('an instance that is gone with a change in its hands leaves it to another, after its lease', async (t) => {
  const world = await telling(t);
  await world.refund('10.00');
  const dead = again(world, () => new Promise(() => undefined));
  void dead.announce().catch(() => undefined);
  let told = 0;
  const next = again(world, async () => (told += 1));
  // The first one has the payment once it is not due any more.
  for (;;) {
    await next.announce();
    if (told > 0) break;
    world.clock.now += 1_000;
    assert.ok(world.clock.now < START + 60_000);
  }
  assert.equal(told, 1);
});

test('what happens while a change is told is told after it', async (t) => {
  const seen: string[] = [];
  let meanwhile = async () => undefined as unknown;
  const world = await startTestProxy(t, {
    onChange: async ({ type }) => {
      seen.push(type);
      if (seen.length === 1) await meanwhile();
    },
  });
  const made = scriptUqpay(world.provider);
  meanwhile = async () => {
    say(world, made, 'SUCCEEDED');
    await world.get(`${REFUND}/RF1`);
  };
  await world.refund('10.00');
  assert.equal(await world.proxy.announce(), 2);
  assert.deepEqual(seen, ['refund.accepted', 'refund.settled']);
});

test('a round that is told to stop leaves the rest for the next one', async (t) => {
  const world = await telling(t);
  await refundAndSettle(world);
  const stop = new AbortController();
  const proxy = again(world, async () => stop.abort());
  assert.equal(await proxy.announce(stop.signal), 1);
  assert.equal(await proxy.announce(), 1);
});

/** One instance has the first change in its hands, and its lease ends; the other one has it in its hands then. */
async function twoHolders(t: TestContext) {
  const world = await telling(t);
  await refundAndSettle(world);
  const told: string[] = [];
  const holder = (name: string) => {
    const [arrived, finished] = [deferred(), deferred()];
    const proxy = again(world, async ({ type }) => {
      told.push(`${name} ${type}`);
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
  return { world, told, hold };
}

for (const name of ['slow', 'broken']) {
  test(`an instance that is ${name} leaves the payment to the one that has it since its lease has ended`, async (t) => {
    const { world, told, hold } = await twoHolders(t);
    const first = await hold(name);
    world.clock.now += 60_000;
    const second = await hold('second');
    first.finish();
    await first.round;
    world.clock.now += 10_000;
    assert.equal(await again(world, async () => told.push('third')).announce(), 0);
    second.finish();
    assert.equal(await second.round, 2);
    assert.deepEqual(told, [`${name} refund.accepted`, 'second refund.accepted', 'second refund.settled']);
  });
}

test('a clock that is set back keeps no change waiting', async (t) => {
  const world = await telling(t);
  world.clock.now = START + 30 * 24 * HOUR;
  world.faults.push(new Error('down'));
  await world.refund('10.00');
  await world.proxy.announce();
  world.clock.now = START;
  assert.equal(await world.proxy.announce(), 1);
});

const paymentOf = (number: number) => `PI${String(number).padStart(19, '0')}`;
const bodyOf = (number: number) => ({ payment_intent_id: paymentOf(number), amount: '10.00', reason: 'Return good' });
const orders = async (id: string) => ({ payment_id: id, currency: 'USD', captured: '100.00' });

test('at most 20 payments are told of at once, and one round tells of all', async (t) => {
  const finished = deferred();
  const full = deferred();
  let telling = 0;
  let most = 0;
  const world = await startTestProxy(t, {
    orders,
    timeoutMs: 20_000,
    onChange: async () => {
      telling += 1;
      most = Math.max(most, telling);
      if (telling === 20) full.resolve();
      await finished.promise;
      telling -= 1;
    },
  });
  for (let number = 1; number <= 25; number += 1) await world.refund('10.00', { body: bodyOf(number) });
  const round = world.proxy.announce();
  await full.promise;
  assert.equal(await world.proxy.announce(), 0);
  finished.resolve();
  assert.equal(await round, 25);
  assert.equal(most, 20);
});

test('a change that is not answered holds up no other payment, as the server tells them', async (t) => {
  const [hangs, finished, taken] = [deferred(), deferred(), deferred()];
  let isHanging = false;
  const world = await startTestProxy(t, {
    orders,
    timeoutMs: 20_000,
    onChange: async ({ payment_id }) => {
      if (payment_id !== paymentOf(1)) return taken.resolve();
      isHanging = true;
      hangs.resolve();
      await finished.promise;
      isHanging = false;
    },
  });
  const proxies = [world.proxy];
  const served = await serveProxies({ proxies, port: 0, host: '127.0.0.1', announceEveryMs: 5 });
  try {
    await world.refund('10.00', { body: bodyOf(1) });
    await hangs.promise;
    await world.refund('10.00', { body: bodyOf(2) });
    await Promise.race([taken.promise, limit(10_000)]);
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
