import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { failWhile } from './support/away.ts';
import { deferred } from './support/deferred.ts';
import { listOf, PAYMENT, REFUND, startTestProxy, uqpayBody, UQPAY_POST, uuid } from './support/test-proxy.ts';

const SEEN = { headers: { 'x-expected-refundable': '100.00' } };
const MADE_THERE = { payment_refund_id: 'RF9', amount: '20.00', currency: 'USD', refund_status: 'SUCCEEDED' };

test('a refund that was made elsewhere since the admin read the payment stops the one that was reviewed', async (t) => {
  const { provider, refund, get } = await startTestProxy(t);
  await get(`/payments/${PAYMENT}`);
  provider.on(`GET ${REFUND}`, listOf([MADE_THERE]));
  const { status, problem } = await refund('20.00', { ...SEEN, key: uuid(1) });
  assert.deepEqual([status, problem.code, problem.effect], [412, 'refundable_changed', 'nothing']);
  assert.deepEqual([problem.refundable, problem.expected], ['80.00', '100.00']);
  assert.equal(provider.callsOf(UQPAY_POST).length, 0);
  const now = { headers: { 'x-expected-refundable': '80.00' } };
  assert.equal((await refund('20.00', { ...now, key: uuid(2) })).status, 200);
});

test('an approval is compared with what was refunded elsewhere since, too', async (t) => {
  const { provider, refund, post } = await startTestProxy(t, {
    authorize: async (_, { action }) =>
      action === 'refund' ? { refuse: 'approval_required', user: 'asker' } : { user: 'chief' },
  });
  const waiting = await refund('20.00', { ...SEEN, key: uuid(1) });
  assert.equal(waiting.problem.code, 'approval_required');
  const approve = `${String(waiting.problem['instance']).replace('/refunds', '')}/approve`;
  provider.on(`GET ${REFUND}`, listOf([MADE_THERE]));
  const stale = await post(approve, { ...SEEN, body: {} });
  assert.deepEqual([stale.status, stale.problem.code], [412, 'refundable_changed']);
  assert.equal(provider.callsOf(UQPAY_POST).length, 0);
  assert.equal((await post(approve, { headers: { 'x-expected-refundable': '80.00' }, body: {} })).status, 200);
});

test('a list that cannot be read leaves it to what the ledger knows', async (t) => {
  const { provider, refund, get } = await startTestProxy(t);
  provider.on(`GET ${REFUND}`, listOf([MADE_THERE]));
  await get(`/payments/${PAYMENT}`);
  provider.on(`GET ${REFUND}`, { status: 500, json: {} });
  assert.equal((await refund('20.00', { ...SEEN, key: uuid(1) })).problem.code, 'refundable_changed');
  assert.equal(provider.callsOf(UQPAY_POST).length, 0);
  const now = { headers: { 'x-expected-refundable': '80.00' } };
  assert.equal((await refund('20.00', { ...now, key: uuid(2) })).status, 200);
});

test('a key that was sent is answered without another read', async (t) => {
  const { provider, refund } = await startTestProxy(t);
  assert.equal((await refund('20.00', { ...SEEN, key: uuid(1) })).status, 200);
  const reads = provider.callsOf(`GET ${REFUND}`).length;
  provider.on(`GET ${REFUND}`, { status: 500, json: {} });
  assert.equal((await refund('20.00', { ...SEEN, key: uuid(1) })).headers.get('idempotent-replayed'), 'true');
  assert.equal(provider.callsOf(`GET ${REFUND}`).length, reads);
});

test('a request is in the ledger only once the provider’s list has been read: after a crash it is compared, too', async (t) => {
  const { provider, refund, ledger } = await startTestProxy(t);
  const known: unknown[] = [];
  provider.on(`GET ${REFUND}`, async () => {
    known.push(await ledger.intentByKey({ merchant: 'default', provider: 'uqpay' }, uuid(1)));
    return listOf([]);
  });
  assert.equal((await refund('20.00', { ...SEEN, key: uuid(1) })).status, 200);
  assert.ok(known.length > 0 && known.every((intent) => intent === undefined));
});

test('a key whose known "nothing" is written only when it is asked for again is compared, too', async (t) => {
  const { provider, refund } = await startTestProxy(t);
  let isLocked = false;
  failWhile(t, ['settle'], () => isLocked);
  provider.on(UQPAY_POST, () => {
    isLocked = true;
    return { status: 429, json: { type: 'rate_limit_error', code: 'rate_limit', message: 'slow down' } };
  });
  assert.equal((await refund('20.00', { ...SEEN, key: uuid(1) })).problem.code, 'outcome_unknown');
  isLocked = false;
  provider.on(`GET ${REFUND}`, listOf([MADE_THERE]));
  const again = await refund('20.00', { ...SEEN, key: uuid(1) });
  assert.deepEqual([again.status, again.problem.code, again.problem.effect], [412, 'refundable_changed', 'nothing']);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('each copy of a key is compared with the figure as it is when the provider has been read', async (t) => {
  const { provider, refund } = await startTestProxy(t);
  const reading = deferred();
  const goOn = deferred();
  provider.on(`GET ${REFUND}`, async () => {
    reading.resolve();
    await goOn.promise;
    return listOf([]);
  });
  const first = refund('20.00', { ...SEEN, key: uuid(1) });
  await reading.promise;
  // A colleague's refund changes the figure meanwhile.
  provider.on(`GET ${REFUND}`, listOf([]));
  const colleague = await refund('10.00', { key: uuid(2) });
  assert.equal(colleague.status, 200);
  const twin = refund('20.00', { ...SEEN, key: uuid(1) });
  goOn.resolve();
  for (const { status, problem } of await Promise.all([first, twin])) {
    assert.deepEqual([status, problem.code, problem.effect], [412, 'refundable_changed', 'nothing']);
  }
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

/** The first read of the merchant's order waits for the test. */
async function startWithSlowOrder(t: TestContext) {
  const slow = deferred();
  const asked = deferred();
  const order = { payment_id: PAYMENT, currency: 'USD', captured: '100.00' };
  let reads = 0;
  const started = await startTestProxy(t, {
    orders: async () => {
      reads += 1;
      asked.resolve();
      if (reads === 1) await slow.promise;
      return order;
    },
  });
  return { ...started, slow, asked, order };
}

test('what one copy of a request was told stays true of the other, however slow the merchant’s order is', async (t) => {
  const { provider, refund, slow, asked, order } = await startWithSlowOrder(t);
  const first = refund('20.00', { ...SEEN, key: uuid(1) });
  await asked.promise;
  assert.equal((await refund('10.00', { key: uuid(2) })).status, 200);
  // By now the figure is another one.
  const twin = await refund('20.00', { ...SEEN, key: uuid(1) });
  assert.deepEqual([twin.problem.code, twin.problem.effect], ['refundable_changed', 'nothing']);
  // More was captured: the first one, which reads the order now, would be admitted.
  order.captured = '110.00';
  slow.resolve();
  const { problem } = await first;
  assert.deepEqual([problem.code, problem.effect], ['refundable_changed', 'nothing']);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('a copy that waits while the provider has put the other one off does not go out either', async (t) => {
  const { provider, refund, slow, asked } = await startWithSlowOrder(t);
  const first = refund('20.00', { key: uuid(1) });
  await asked.promise;
  provider.on(UQPAY_POST, {
    status: 429,
    json: { type: 'rate_limit_error', code: 'rate_limit', message: 'slow down' },
  });
  assert.equal((await refund('20.00', { key: uuid(1) })).status, 429);
  slow.resolve();
  const { problem } = await first;
  assert.deepEqual([problem.code, problem.effect], ['provider_unreachable', 'nothing']);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('a copy is not told what belongs to another body with its key', async (t) => {
  const slow = deferred();
  let isSlow = false;
  const asked = deferred();
  const { refund } = await startTestProxy(t, {
    orders: async () => {
      if (isSlow) {
        isSlow = false;
        asked.resolve();
        await slow.promise;
      }
      return { payment_id: PAYMENT, currency: 'USD', captured: '100.00' };
    },
  });
  assert.equal((await refund('20.00', { key: uuid(1) })).status, 200);
  isSlow = true;
  const copy = refund('20.00', { key: uuid(1) });
  await asked.promise;
  assert.equal((await refund('6.00', { key: uuid(1) })).problem.code, 'idempotency_key_reused');
  slow.resolve();
  assert.equal((await copy).headers.get('idempotent-replayed'), 'true');
});

/** A refund of 20.00 waits for the chief, and the provider's list of refunds waits for the test. */
async function waitingBehindSlowList(t: TestContext) {
  const started = await startTestProxy(t, {
    authorize: async (_, { action, amount }) =>
      action === 'refund' && amount === 2000n ? { refuse: 'approval_required', user: 'asker' } : { user: 'chief' },
  });
  const waiting = await started.refund('20.00', { ...SEEN, key: uuid(1) });
  const approve = `${String(waiting.problem['instance']).replace('/refunds', '')}/approve`;
  const reading = deferred();
  const goOn = deferred();
  started.provider.on(`GET ${REFUND}`, async () => {
    reading.resolve();
    await goOn.promise;
    return listOf([]);
  });
  return { ...started, approve, reading, goOn };
}

test('what one copy of an approval was told stays true of the other', async (t) => {
  const { provider, post, get, approve, reading, goOn } = await waitingBehindSlowList(t);
  const first = post(approve, { ...SEEN, body: {} });
  await reading.promise;
  provider.on(`GET ${REFUND}`, listOf([{ ...MADE_THERE, refund_status: 'INITIATED' }]));
  const twin = await post(approve, { ...SEEN, body: {} });
  assert.deepEqual([twin.problem.code, twin.problem.effect], ['refundable_changed', 'nothing']);
  // Meanwhile it has failed there, and the figure is what it was.
  provider.on(`GET ${REFUND}`, listOf([{ ...MADE_THERE, refund_status: 'FAILED' }]));
  await get(`/payments/${PAYMENT}`);
  goOn.resolve();
  assert.deepEqual((await first).problem.code, 'refundable_changed');
  assert.equal(provider.callsOf(UQPAY_POST).length, 0);
});

test('a request whose body never ends does not keep its key from the same request', async (t) => {
  const { provider, proxy, refund } = await startTestProxy(t);
  let end: () => void = () => undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const text = new TextEncoder().encode(JSON.stringify(uqpayBody('20.00')));
      controller.enqueue(text.subarray(0, 10));
      end = () => {
        controller.enqueue(text.subarray(10));
        controller.close();
      };
    },
  });
  const headers = { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': uuid(1) };
  const init = { method: 'POST', headers, body, duplex: 'half' } as const;
  const first = proxy.fetch(new Request(`https://shop.example/refunds${REFUND}`, init));
  assert.equal((await refund('20.00', { key: uuid(1) })).status, 200);
  end();
  assert.equal((await first).headers.get('idempotent-replayed'), 'true');
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('a slow read before an approval keeps no other refund of the payment from being answered', async (t) => {
  const { refund, post, approve, reading, goOn } = await waitingBehindSlowList(t);
  const answered: string[] = [];
  const tell = (what: string) => () => {
    answered.push(what);
  };
  const approved = post(approve, { headers: { 'x-expected-refundable': '80.00' }, body: {} });
  void approved.then(tell('approval'));
  await reading.promise;
  const other = await refund('10.00', { key: uuid(2) });
  tell('refund')();
  assert.deepEqual([other.status, answered], [200, ['refund']]);
  goOn.resolve();
  assert.equal((await approved).problem.code, 'refundable_changed');
});
