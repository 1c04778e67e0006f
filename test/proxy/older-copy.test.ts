import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';

import { ORDER, PAYMENT, startTestProxy, UQPAY_POST, uuid, type TestProxyOptions } from './support/test-proxy.ts';

/** A database that went back to an older copy while a refund is sent, as after a failover to a replica that lagged. */
async function setUp(t: TestContext, options: TestProxyOptions = {}) {
  const started = await startTestProxy(t, { name: 'upayments', ...options });
  const db = new DatabaseSync(started.place.environment['REFUND_PROXY_DB']!);
  t.after(() => db.close());
  const tables = ['kept_requests', 'reservations', 'intents'];
  db.exec('PRAGMA foreign_keys = OFF');
  return {
    ...started,
    keepCopy: () => db.exec(tables.map((name) => `CREATE TABLE copy_${name} AS SELECT * FROM ${name}`).join(';')),
    goBack: () => {
      const back = (name: string) => `DELETE FROM ${name}; INSERT INTO ${name} SELECT * FROM copy_${name}`;
      db.exec(`BEGIN; ${tables.map(back).join(';')}; COMMIT`);
    },
    db,
  };
}

const FIRST = 'POST /create-refund';
const MADE = {
  status: 201,
  json: { status: true, message: 'ok', data: { orderId: 'R1', refundOrderId: 'RO1', refundArn: 'A1' } },
};

const RF1 = { payment_refund_id: 'RF1', amount: '1.00', currency: 'USD', refund_status: 'INITIATED' };

test('a request that is asked for again while it is sent is not sent twice, though its row is lost', async (t) => {
  const { refund, provider, keepCopy, goBack } = await setUp(t);
  keepCopy();
  const again: string[] = [];
  provider.on(FIRST, async () => {
    goBack();
    again.push((await refund('1.000', { key: uuid(1) })).problem.code);
    return MADE;
  });
  assert.equal((await refund('1.000', { key: uuid(1) })).status, 201);
  const replayed = await refund('1.000', { key: uuid(1) });
  assert.deepEqual([replayed.status, replayed.headers.get('idempotent-replayed')], [201, 'true']);
  assert.deepEqual([again, provider.callsOf(FIRST).length], [['idempotency_key_running'], 1]);
});

test('a request that is sent is never said to be nothing, though its row is lost and its order cannot be read', async (t) => {
  let areOrdersThere = true;
  const { refund, provider, keepCopy, goBack } = await setUp(t, {
    orders: async (id) => {
      if (!areOrdersThere) throw new Error('the orders are not there');
      return { payment_id: id, currency: 'KWD', captured: '100.000' };
    },
  });
  keepCopy();
  const told: unknown[] = [];
  provider.on(FIRST, async () => {
    goBack();
    areOrdersThere = false;
    const { code, effect } = (await refund('1.000', { key: uuid(1) })).problem;
    told.push([code, effect]);
    areOrdersThere = true;
    return MADE;
  });
  assert.equal((await refund('1.000', { key: uuid(1) })).status, 201);
  assert.deepEqual(told, [['orders_unavailable', 'unknown']]);
});

test('a key that is lost while it is sent is no new one for another payment', async (t) => {
  const { refund, post, provider, keepCopy, goBack } = await setUp(t, {
    orders: async (id) => ({ payment_id: id, currency: 'KWD', captured: '100.000' }),
  });
  keepCopy();
  const told: unknown[] = [];
  provider.on(FIRST, async () => {
    goBack();
    const body = { orderId: 'another', totalPrice: 2 };
    told.push((await post('/create-refund', { key: uuid(1), body })).problem.code);
    return MADE;
  });
  assert.equal((await refund('1.000', { key: uuid(1) })).status, 201);
  assert.equal((await refund('1.000', { key: uuid(1) })).headers.get('idempotent-replayed'), 'true');
  assert.deepEqual([told, provider.callsOf(FIRST).length], [['idempotency_key_reused'], 1]);
});

test('an approval that is sent does not expire, though an older copy has the request as waiting', async (t) => {
  const { refund, post, provider, keepCopy, goBack, clock, proxy } = await setUp(t, {
    authorize: async (request, { action }) => {
      const user = request.headers.get('x-user') ?? 'asker';
      return action === 'refund' ? { refuse: 'approval_required', user } : { user };
    },
  });
  const waiting = await refund('1.000', { key: uuid(1) });
  keepCopy();
  const told: unknown[] = [];
  provider.on(FIRST, async () => {
    goBack();
    clock.now += 25 * 3_600_000;
    await proxy.reconcile();
    told.push((await refund('1.000', { key: uuid(1) })).problem.code);
    return MADE;
  });
  const path = `${String(waiting.problem['instance']).replace('/refunds', '')}/approve`;
  assert.equal((await post(path, { headers: { 'x-user': 'boss' }, body: {} })).status, 201);
  // Its lease has ended by this clock: it counts as lost, and never as one that was not sent.
  assert.deepEqual(told, ['outcome_unknown']);
  assert.equal((await refund('1.000', { key: uuid(1) })).headers.get('idempotent-replayed'), 'true');
});

test('a request whose older copy says that it was put off is kept with its outcome', async (t) => {
  const { refund, provider, keepCopy, goBack, get } = await setUp(t, { name: 'uqpay' });
  provider.on(UQPAY_POST, () => ({ status: 429, json: {} }));
  assert.equal((await refund('1.00', { key: uuid(1) })).status, 429);
  keepCopy();
  provider.on(UQPAY_POST, () => {
    goBack();
    return { status: 200, json: RF1 };
  });
  assert.equal((await refund('1.00', { key: uuid(1) })).status, 200);
  assert.equal(((await get(`/payments/${PAYMENT}`)).json as { pending: string }).pending, '1.00');
  assert.equal((await refund('1.00', { key: uuid(1) })).headers.get('idempotent-replayed'), 'true');
  assert.equal(provider.callsOf(UQPAY_POST).length, 2);
});

for (const isThere of [true, false]) {
  const copy = isThere ? 'whose older copy still waits for its approval' : 'that waited for its approval, and is lost,';
  test(`a request ${copy} is kept with its outcome, and approved once`, (t) => approvedOnce(t, isThere));
}

async function approvedOnce(t: TestContext, isThere: boolean): Promise<void> {
  const { refund, post, provider, keepCopy, goBack, ledger, logged } = await setUp(t, {
    authorize: async (request, { action }) => {
      const user = request.headers.get('x-user') ?? 'asker';
      return action === 'refund' ? { refuse: 'approval_required', user } : { user };
    },
  });
  if (!isThere) keepCopy();
  const waiting = await refund('1.000', { key: uuid(1) });
  const decide = (action: string, user: string, body = {}) =>
    post(`${String(waiting.problem['instance']).replace('/refunds', '')}/${action}`, {
      headers: { 'x-user': user },
      body,
    });
  const approve = (user: string) => decide('approve', user);
  if (isThere) keepCopy();
  const declined: unknown[] = [];
  provider.on(FIRST, async () => {
    goBack();
    declined.push((await decide('decline', 'chief', { reason: 'Not agreed' })).problem['detail']);
    return MADE;
  });
  assert.equal((await approve('boss')).status, 201);
  assert.deepEqual(declined, ['This request does not wait for approval any more: sending']);
  assert.match((await approve('chief')).problem['detail'] as string, /does not wait for approval any more: succeeded/);
  const [intent] = await ledger.intents({ merchant: 'default', provider: 'upayments' }, { limit: 9 });
  assert.equal(await ledger.keptRequest(intent!.id), undefined);
  assert.ok(logged.some((line) => line.includes('the ledger has lost a request while it was sent')));
  assert.equal(provider.callsOf(FIRST).length, 1);
}

test('a request whose row is lost before it is sent is not sent, and nothing is unknown', async (t) => {
  const { refund, provider, keepCopy, goBack } = await setUp(t);
  keepCopy();
  let isLost = true;
  provider.on(`GET /check-refund/${ORDER}`, () => {
    if (isLost) goBack();
    return { status: 200, json: { status: true, message: 'ok', data: { refund: [] } } };
  });
  provider.on(FIRST, () => MADE);
  assert.deepEqual((await refund('1.000', { key: uuid(1) })).problem.effect, 'nothing');
  isLost = false;
  assert.equal((await refund('1.000', { key: uuid(1) })).status, 201);
});

test('a lost request whose key has begun again elsewhere keeps no other request waiting', async (t) => {
  const { refund, provider, db, logged } = await setUp(t, { name: 'uqpay' });
  const other = '00000007-0000-4000-8000-000000000007';
  let sends = 0;
  provider.on(UQPAY_POST, ({ body }) => {
    const { amount } = JSON.parse(body) as { amount: string };
    sends += 1;
    if (sends === 1) db.exec(`UPDATE intents SET id = '${other}'; UPDATE reservations SET intent_id = '${other}'`);
    return {
      status: 200,
      json: { payment_refund_id: `RF${sends}`, amount, currency: 'USD', refund_status: 'INITIATED' },
    };
  });
  assert.equal((await refund('1.00', { key: uuid(1) })).problem.code, 'outcome_unknown');
  assert.equal((await refund('2.00', { key: uuid(2) })).status, 200);
  assert.ok(logged.some((line) => line.includes('an outcome could not be recorded')));
});
