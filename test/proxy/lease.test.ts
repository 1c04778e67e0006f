import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import { Ledger } from '../../proxy/index.ts';
import { SqliteStore } from '../../proxy/ledger/stores/sqlite/sqlite.ts';
import type { LedgerStore } from '../../proxy/ledger/store.ts';
import { request, SCOPE } from './support/begin-request.ts';
import { deferred } from './support/deferred.ts';
import { makeRefund, startTestProxy, START, UQPAY_POST, uuid } from './support/test-proxy.ts';

test('a send within its time limits keeps its lease, and is not counted as lost', async (t) => {
  const { provider, refund, proxy, ledger, clock } = await startTestProxy(t, { timeoutMs: 2_000 });
  let tokens = 0;
  provider.on('POST /v1/connect/token', () => {
    clock.now += 1_999;
    tokens += 1;
    return { status: 200, json: { auth_token: `token-${tokens}`, expired_at: START / 1000 + 1_800 } };
  });
  const states: (string | undefined)[] = [];
  let posts = 0;
  provider.on(UQPAY_POST, async ({ headers, body }) => {
    clock.now += 1_999;
    await proxy.reconcile();
    states.push((await ledger.intentByKey(SCOPE, uuid(1)))?.state);
    posts += 1;
    if (posts === 1) return { status: 401, json: { error: 'token has expired' } };
    return { status: 200, json: makeRefund(new Map(), headers, body) };
  });
  assert.equal((await refund('10.00', { key: uuid(1) })).status, 200);
  assert.deepEqual(states, ['sending', 'sending']);
});

test('the lease of a send that had to wait for its turn counts from then', async (t) => {
  const { provider, refund, ledger, clock } = await startTestProxy(t);
  const asked = deferred();
  const goOn = deferred();
  const begin = Reflect.get(Ledger.prototype, 'begin');
  let isFirst = true;
  t.mock.method(Ledger.prototype, 'begin', async function (this: Ledger, ...about: Parameters<Ledger['begin']>) {
    if (isFirst && !about[0].isTrial) {
      isFirst = false;
      asked.resolve();
      await goOn.promise;
    }
    return begin.apply(this, about);
  });
  const first = refund('10.00', { key: uuid(1) });
  await asked.promise;
  const second = refund('5.00', { key: uuid(2) });
  // It is in the queue as soon as its order has been read.
  await setImmediate();
  clock.now += 3_600_000;
  goOn.resolve();
  // Its time was over before it was sent.
  assert.equal((await first).problem.code, 'provider_unreachable');
  assert.equal((await second).status, 200);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
  assert.equal((await ledger.intentByKey(SCOPE, uuid(2)))?.createdAt, clock.now);
});

test('a key whose sender is gone is answered without a round of the reconciler', async (t) => {
  const { refund, ledger, clock, provider } = await startTestProxy(t, { name: 'upayments' });
  const sent = deferred();
  const gone = deferred();
  provider.on('POST /create-refund', async () => {
    sent.resolve();
    await gone.promise;
    return 'drop' as const;
  });
  const first = refund('1.000', { key: uuid(1) });
  await sent.promise;
  assert.equal((await refund('1.000', { key: uuid(1) })).problem.code, 'idempotency_key_running');
  clock.now += 3_600_000;
  const { problem } = await refund('1.000', { key: uuid(1) });
  assert.deepEqual([problem.code, problem.effect], ['outcome_unknown', 'unknown']);
  const scope = { merchant: 'default', provider: 'upayments' };
  assert.equal((await ledger.intentByKey(scope, uuid(1)))?.state, 'unknown');
  gone.resolve();
  assert.equal((await first).problem.code, 'outcome_unknown');
  assert.equal(provider.callsOf('POST /create-refund').length, 1);
});

test('an expired lease is checked again under the lock: a refund that was resent meanwhile is not lost', async () => {
  const inner = new SqliteStore({ file: ':memory:' });
  let meanwhile: (() => Promise<unknown>) | undefined;
  const store: LedgerStore = {
    isShared: true,
    async transaction(work) {
      const result = await inner.transaction(work);
      const next = meanwhile;
      meanwhile = undefined;
      await next?.();
      return result;
    },
    read: (work) => inner.read(work),
    replaceShared: (name, replace) => inner.replaceShared(name, replace),
    close: () => inner.close(),
  };
  const ledger = new Ledger(store);
  const other = new Ledger(inner);
  await ledger.begin(request(1, { leasedUntil: 100 }));
  meanwhile = async () => {
    await other.settle(uuid(1), { to: 'unknown', who: 'proxy', source: 'timeout', at: 150 });
    await other.resume(uuid(1), { who: 'admin-2', at: 150, leasedUntil: 500 });
  };
  assert.equal(await ledger.loseOverdue(SCOPE, 200), 0);
  assert.equal((await ledger.intent(uuid(1)))?.state, 'resending');
  await ledger.close();
});

test('a vendor’s limit counts only refunds after the answer that named it', async () => {
  const ledger = new Ledger(new SqliteStore({ file: ':memory:' }));
  const opened = [{ vendor: 'a', remaining: 300n }];
  const answer = { to: 'succeeded', who: 'provider', source: 'answer 201', at: 2, opened } as const;
  const beginRefund = (number: number, amount: bigint) =>
    ledger.begin(request(number, { kind: 'vendor_refund', parts: [{ vendor: 'a', amount }] }));
  await ledger.begin(request(1));
  await ledger.settle(uuid(1), answer);
  await ledger.begin(request(2));
  assert.equal((await beginRefund(3, 50n)).kind, 'admitted');
  await ledger.settle(uuid(2), answer);
  assert.equal((await beginRefund(4, 301n)).kind, 'refused');
  assert.equal((await beginRefund(5, 300n)).kind, 'admitted');
  assert.equal((await beginRefund(6, 1n)).kind, 'refused');
  await ledger.close();
});
