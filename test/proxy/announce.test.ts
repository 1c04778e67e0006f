import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { refundChange, type RefundChange } from '../../contract/change.ts';
import { createRefundProxy, uqpay, type RefundProxyOptions } from '../../proxy/index.ts';
import { ORDER, PAYMENT, REFUND, rig, scriptUqpay, START, UQPAY_POST, uuid, uuids, type Rig } from './support/rig.ts';
import { requestOf, SECRET, webhook } from './support/webhook.ts';

const SCOPE = { merchant: 'default', provider: 'uqpay' };
const HOUR = 3_600_000;

/** A proxy that tells; `taken` is what was, in order. Each change is read with the schema that its receivers have. */
async function telling(t: TestContext, options: Parameters<typeof rig>[1] = {}) {
  const taken: RefundChange[] = [];
  const faults: Error[] = [];
  const tried: string[] = [];
  const onChange: RefundProxyOptions['onChange'] = async (change) => {
    tried.push(change.id);
    const fault = faults.shift();
    if (fault) throw fault;
    taken.push(refundChange.parse(JSON.parse(JSON.stringify(change))));
  };
  const world = await rig(t, { webhookSecret: SECRET, onChange, ...options });
  return { ...world, taken, faults, tried };
}

const types = (changes: readonly RefundChange[]) => changes.map(({ type }) => type);

/** The refund `RF1` as the provider has it from now on. */
function say({ provider }: Rig, made: Map<string, object>, refund_status: string): void {
  const [key, refund] = [...made][0]!;
  made.set(key, { ...refund, refund_status });
  provider.on(`GET ${REFUND}/RF1`, { status: 200, json: made.get(key) });
}

test('a refund is told of as it is accepted and as it is settled, with all that a shop needs', async (t) => {
  const world = await telling(t);
  const { proxy, taken, get, refund } = world;
  const made = scriptUqpay(world.provider);
  await refund('10.00', { key: uuid(7) });
  assert.equal(await proxy.announce(), 1);
  say(world, made, 'SUCCEEDED');
  await get(`${REFUND}/RF1`);
  assert.equal(await proxy.announce(), 1);
  assert.equal(await proxy.announce(), 0);
  const [accepted, settled] = taken;
  const { id, sequence, intent_id, source, ...rest } = accepted!;
  assert.deepEqual(rest, {
    type: 'refund.accepted',
    at: new Date(START).toISOString(),
    merchant: 'default',
    provider: 'uqpay',
    payment_id: PAYMENT,
    amount: '10.00',
    currency: 'USD',
    idempotency_key: uuid(7),
    refund_id: 'RF1',
    vendor: null,
    standing: 'pending',
    before: 'unknown',
  });
  assert.match(source, /^answer/);
  assert.ok(intent_id);
  assert.equal(settled?.type, 'refund.settled');
  assert.deepEqual([settled?.standing, settled?.before], ['succeeded', 'pending']);
  assert.notEqual(settled?.id, id);
  assert.ok(settled.sequence > sequence);
  assert.doesNotMatch(JSON.stringify(taken), /admin-1|Return good/);
});

test('nothing is kept where nobody is told', async (t) => {
  const { proxy, refund, ledger } = await rig(t);
  await refund('10.00');
  assert.equal(await proxy.announce(), 0);
  assert.deepEqual(await ledger.backlog(SCOPE, 10), { payments: 0, oldestAt: undefined });
});

test('a lost answer, a refusal, a failure and a contradiction are each told of as what they are', async (t) => {
  const lost = await telling(t);
  lost.provider.on(UQPAY_POST, 'drop');
  lost.provider.on(`GET ${REFUND}`, { status: 500, json: {} });
  await lost.refund('10.00');
  await lost.proxy.announce();
  assert.deepEqual(
    lost.taken.map(({ type, amount, standing }) => [type, amount, standing]),
    [['refund.unknown', '10.00', 'unknown']],
  );

  const refused = await telling(t);
  const json = { type: 'refund_error', code: 'insufficient_balance', message: 'top it up' };
  refused.provider.on(UQPAY_POST, { status: 400, json });
  await refused.refund('10.00');
  await refused.proxy.announce();
  assert.deepEqual(types(refused.taken), ['refund.failed']);

  const failed = await telling(t);
  const made = scriptUqpay(failed.provider);
  await failed.refund('10.00');
  say(failed, made, 'FAILED');
  await failed.get(`${REFUND}/RF1`);
  say(failed, made, 'SUCCEEDED');
  await failed.proxy.fetch(requestOf(webhook({ refund: 'RF1', status: 'SUCCEEDED' })));
  await failed.proxy.announce();
  assert.deepEqual(types(failed.taken), ['refund.accepted', 'refund.failed', 'refund.contradicted']);
});

test('a person’s word is told of once', async (t) => {
  const world = await telling(t);
  world.provider.on(UQPAY_POST, 'drop');
  world.provider.on(`GET ${REFUND}`, { status: 500, json: {} });
  await world.refund('10.00', { key: uuid(7) });
  const intent = (await world.ledger.intentByKey(SCOPE, uuid(7)))!;
  const word = { outcome: 'nothing', who: 'auditor', reason: 'the portal shows none', at: world.clock.now } as const;
  await world.ledger.resolve(intent.id, word);
  await world.proxy.announce();
  assert.deepEqual(types(world.taken), ['refund.unknown', 'refund.failed']);
  assert.equal(world.taken[1]?.source, 'person');
  assert.doesNotMatch(JSON.stringify(world.taken), /auditor|portal/);
});

test('each vendor’s part is told of by itself, and a first step that moves nothing is not', async (t) => {
  const world = await telling(t, { name: 'upayments' });
  const row = {
    ibanNumber: 'KW91',
    totalPaid: '50.000',
    refundedAmount: 0,
    remainingLimit: 50,
    merchantType: 'vendor',
  };
  const rows = ['a', 'b'].map((refundRequestId) => ({ ...row, refundRequestId, amountToRefund: 0 }));
  const opened = { orderId: ORDER, isMultivendorRefund: true, refundPayload: rows, multivendor_refund_end_point: 'x' };
  world.provider.on('POST /create-refund', { status: 201, json: { status: true, message: 'ok', data: opened } });
  await world.refund('20');
  const generated = [{ generatedInvoiceId: 1, amount: 5, orderId: 'refund-a', refundOrderId: 'A', refundArn: 'arn-a' }];
  const refusal = [{ refundRequestId: 'b', message: 'Insufficient balance' }];
  const responseData = { generated, dataTempered: [], refundIssue: [], insufficientBalance: refusal };
  world.provider.on('POST /create-multivendor-refund', {
    status: 201,
    json: { status: true, message: 'ok', data: { responseData } },
  });
  const refundPayload = rows.map((each) => ({ ...each, amountToRefund: 5 }));
  await world.post('/create-multivendor-refund', { body: { orderId: ORDER, refundPayload } });
  await world.proxy.announce();
  assert.deepEqual(
    world.taken.map(({ type, vendor, amount }) => [type, vendor, amount]),
    [
      ['refund.accepted', 'a', '5.000'],
      ['refund.failed', 'b', '5.000'],
    ],
  );
});

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
  assert.deepEqual(await proxy.backlog(), { payments: 1, oldestAt: START });
  isAway = false;
  clock.now += HOUR;
  assert.equal(await proxy.announce(), 2);
  assert.deepEqual(await ledger.backlog(SCOPE, 10), { payments: 0, oldestAt: undefined });
});

/** Another proxy on the same ledger, as a second instance is or one that starts anew. */
function again({ provider, ledger, clock }: Rig, onChange: NonNullable<RefundProxyOptions['onChange']>) {
  return createRefundProxy({
    provider: uqpay({ baseUrl: provider.url, clientId: 'client-of-ours', apiKey: 'key-of-ours' }),
    basePath: '/refunds',
    ledger,
    orders: async () => undefined,
    authorize: async () => ({ user: 'admin-1' }),
    now: () => clock.now,
    newId: uuids(8),
    timeoutMs: 2_000,
    onChange,
  });
}

test('a payment that is not taken holds up no other', async (t) => {
  const other = 'PI2000000000000000001';
  const taken: string[] = [];
  const world = await rig(t, {
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
  const made = scriptUqpay(world.provider);
  await world.refund('10.00');
  say(world, made, 'SUCCEEDED');
  await world.get(`${REFUND}/RF1`);
  const told: string[] = [];
  let arrive: () => void = () => undefined;
  let finish: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const slow = again(world, async ({ type }) => {
    told.push(`first ${type}`);
    arrive();
    await finished;
  });
  const quick = again(world, async ({ type }) => told.push(`second ${type}`));
  const round = slow.announce();
  await arrived;
  assert.equal(await quick.announce(), 0);
  finish();
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
  const world = await rig(t, {
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
  const made = scriptUqpay(world.provider);
  await world.refund('10.00');
  say(world, made, 'SUCCEEDED');
  await world.get(`${REFUND}/RF1`);
  const stop = new AbortController();
  const proxy = again(world, async () => stop.abort());
  assert.equal(await proxy.announce(stop.signal), 1);
  assert.equal(await proxy.announce(), 1);
});
