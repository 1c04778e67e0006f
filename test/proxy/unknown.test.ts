import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';

import { uqpay } from '../../proxy/index.ts';
import type { Act } from './support/provider.ts';
import {
  listOf,
  fetchAt,
  makeRefund,
  PAYMENT,
  REFUND,
  startTestProxy,
  scriptUqpay,
  UQPAY_POST,
  uuid,
  uuids,
  INTENT,
  intentIn,
} from './support/test-proxy.ts';

const HOUR = 3_600_000;
const SCOPE = { merchant: 'default', provider: 'uqpay' };

const LOST: Readonly<Record<string, Act>> = {
  'a dropped connection': 'drop',
  'an answer that is cut off': 'truncate',
  'no answer in time': 'hang',
  'a 500 of the provider': { status: 500, json: { type: 'api_error', code: 'internal', message: 'oops' } },
  'a 502 page of a gateway': { status: 502, text: '<h1>Bad gateway</h1>' },
  'an api_error that comes with 400': { status: 400, json: { type: 'api_error', code: 'internal', message: 'oops' } },
  'the legacy envelope of a key that is still running': {
    status: 400,
    json: { code: 1001, message: 'request is processing' },
  },
  'a success that is not JSON': { status: 200, text: '{"payment_refund_id":' },
  'a success about another amount': {
    status: 200,
    json: { payment_refund_id: 'RF1', amount: '99.00', currency: 'USD', refund_status: 'INITIATED' },
  },
  'a redirect': { status: 307, text: '', headers: { location: 'https://elsewhere.example/' } },
};

for (const [what, act] of Object.entries(LOST)) {
  test(`${what} is unknown and holds the amount, and a second send uses the same provider key`, async (t) => {
    const { provider, refund, ledger } = await startTestProxy(t, { timeoutMs: act === 'hang' ? 1_000 : 10_000 });
    const refunds = scriptUqpay(provider);
    provider.on(UQPAY_POST, ({ headers, body }) => {
      makeRefund(refunds, headers, body);
      return act;
    });
    const lost = await refund('10.00', { key: uuid(1) });
    assert.deepEqual([lost.status, lost.problem.code, lost.problem.effect], [504, 'outcome_unknown', 'unknown']);
    const [row] = await ledger.reservationsOfPayment(SCOPE, PAYMENT);
    assert.deepEqual([row?.released, row?.standing, row?.amount], [false, 'unknown', 1_000n]);

    provider.on(UQPAY_POST, ({ headers, body }) => ({ status: 200, json: makeRefund(refunds, headers, body) }));
    const settled = await refund('10.00', { key: uuid(1) });
    assert.equal(settled.status, 200);
    assert.equal(refunds.size, 1);
    const keys = new Set(provider.callsOf(UQPAY_POST).map(({ headers }) => headers['x-idempotency-key']));
    assert.equal(keys.size, 1);
    const audit = await ledger.audit(row!.intentId!);
    assert.deepEqual(
      audit.filter(({ what: word }) => word !== 'standing').map(({ from, to }) => `${from ?? ''}>${to}`),
      ['>sending', 'sending>unknown', 'unknown>resending', 'resending>succeeded'],
    );
  });
}

test('a request that a runtime would repeat by itself reaches the provider once, with its content length', async (t) => {
  const { refund, provider } = await startTestProxy(t);
  provider.on(UQPAY_POST, { status: 421, json: { type: 'misdirected', message: 'Misdirected request' } });
  assert.equal((await refund('10.00', { key: uuid(1) })).problem.code, 'outcome_unknown');
  const calls = provider.callsOf(UQPAY_POST);
  assert.equal(calls.length, 1);
  assert.equal(calls[0]!.headers['content-length'], String(Buffer.byteLength(calls[0]!.body)));
});

test('a refund without a connection to the provider was not sent, and releases its amount', async (t) => {
  const closed = await nobody();
  let isDown = true;
  const { refund, get, ledger, provider } = await startTestProxy(t, {
    fetch: fetchAt(() => (isDown ? closed : undefined)),
  });
  provider.on(INTENT, intentIn('USD'));
  const unreachable = async (key: string) => {
    const answer = await refund('10.00', { key });
    assert.deepEqual(
      [answer.status, answer.problem.code, answer.problem.effect],
      [502, 'provider_unreachable', 'nothing'],
    );
  };
  await unreachable(uuid(1));
  assert.equal((await ledger.reservationsOfPayment(SCOPE, PAYMENT)).length, 0);
  isDown = false;
  assert.equal((await refund('5.00', { key: uuid(2) })).status, 200);
  // The currency of the payment is known by now, so nothing is read before the send.
  isDown = true;
  await unreachable(uuid(3));
  const [, row] = await ledger.reservationsOfPayment(SCOPE, PAYMENT);
  assert.equal(row?.released, true);
  assert.equal((await get(`/payments/${PAYMENT}`)).status, 502);
});

test('a key whose refund was never sent can be used again', async (t) => {
  const closed = await nobody();
  let isDown = true;
  const { refund, provider } = await startTestProxy(t, {
    fetch: fetchAt(() => (isDown ? closed : undefined)),
  });
  assert.equal((await refund('100.00', { key: uuid(1) })).status, 502);
  isDown = false;
  assert.equal((await refund('100.00', { key: uuid(1) })).status, 200);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('an unknown refund stays unknown if the provider cannot be reached for the second send', async (t) => {
  const closed = await nobody();
  let isDown = false;
  const { refund, provider } = await startTestProxy(t, {
    fetch: fetchAt(() => (isDown ? closed : undefined)),
  });
  provider.on(UQPAY_POST, 'drop');
  assert.equal((await refund('10.00', { key: uuid(1) })).status, 504);
  isDown = true;
  const again = await refund('10.00', { key: uuid(1) });
  assert.deepEqual([again.status, again.problem.effect], [504, 'unknown']);
});

test('a refusal of the second send settles an unknown refund only if it is about the refund itself', async (t) => {
  const { refund, provider, get } = await startTestProxy(t);
  provider.on(UQPAY_POST, 'drop');
  await refund('10.00', { key: uuid(1) });
  for (const [status, type, code = 'x'] of [
    [429, 'api_error'],
    [400, 'idempotency_error'],
    [403, 'account_error'],
    [400, 'not_found'],
    [400, 'product_error'],
    [400, 'payment_error', 'velocity_limit_exceeded'],
  ] as const) {
    provider.on(UQPAY_POST, { status, json: { type, code, message: 'x' } });
    assert.equal((await refund('10.00', { key: uuid(1) })).status, 504, `${status} ${type}`);
  }
  provider.on(UQPAY_POST, { status: 400, json: { type: 'refund_error', code: 'x', message: 'No' } });
  assert.equal((await refund('10.00', { key: uuid(1) })).status, 400);
  assert.equal(((await get(`/payments/${PAYMENT}`)).json as { refundable: string }).refundable, '100.00');
});

test('a 429 of the provider is passed on and holds no amount, and the same key can be sent again', async (t) => {
  const { refund, provider } = await startTestProxy(t);
  const slow = { type: 'api_error', code: 'velocity_limit_exceeded', message: 'Slow down' };
  provider.on(UQPAY_POST, { status: 429, json: slow, headers: { 'retry-after': '7' } });
  const first = await refund('100.00', { key: uuid(1) });
  assert.deepEqual([first.status, first.headers.get('retry-after'), first.json], [429, '7', slow]);
  scriptUqpay(provider);
  const second = await refund('100.00', { key: uuid(1) });
  assert.deepEqual([second.status, second.headers.get('idempotent-replayed')], [200, null]);
});

test('after a day the proxy sends nothing again, and finds the refund in the list by our id in its metadata', async (t) => {
  const { refund, provider, clock } = await startTestProxy(t);
  const refunds = scriptUqpay(provider);
  provider.on(UQPAY_POST, ({ headers, body }) => {
    makeRefund(refunds, headers, body);
    return 'drop';
  });
  await refund('10.00', { key: uuid(1) });
  clock.now += 24 * HOUR;
  const found = await refund('10.00', { key: uuid(1) });
  assert.equal(found.status, 200);
  assert.equal((found.json as { payment_refund_id: string }).payment_refund_id, 'RF1');
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('the day counts from the first send, because a later send does not extend the provider’s memory of the key', async (t) => {
  const { refund, provider, clock } = await startTestProxy(t);
  provider.on(UQPAY_POST, 'drop');
  const sends: number[] = [];
  for (const hours of [0, 10, 10, 3, 2]) {
    clock.now += hours * HOUR;
    assert.equal((await refund('10.00', { key: uuid(1) })).status, 504);
    sends.push(provider.callsOf(UQPAY_POST).length);
  }
  assert.deepEqual(sends, [1, 2, 3, 4, 4]);
});

test('a refund that is not in the list after a day stays unknown and holds its amount', async (t) => {
  const { refund, provider, clock, get } = await startTestProxy(t);
  provider.on(UQPAY_POST, 'drop');
  await refund('10.00', { key: uuid(1) });
  clock.now += 24 * HOUR;
  assert.equal((await refund('10.00', { key: uuid(1) })).status, 504);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
  const summary = (await get(`/payments/${PAYMENT}`)).json as {
    refundable: string;
    refunds: { standing: string; idempotency_key: string }[];
  };
  assert.equal(summary.refundable, '90.00');
  assert.deepEqual(
    summary.refunds.map(({ standing, idempotency_key }) => [standing, idempotency_key]),
    [['unknown', uuid(1)]],
  );
});

test('a read of the payment settles an unknown refund that the provider lists, and its key is then replayed', async (t) => {
  const { refund, provider, get } = await startTestProxy(t);
  const refunds = scriptUqpay(provider);
  provider.on(UQPAY_POST, ({ headers, body }) => {
    makeRefund(refunds, headers, body);
    return 'drop';
  });
  await refund('10.00', { key: uuid(1) });
  const summary = (await get(`/payments/${PAYMENT}`)).json as { refunds: { refund_id: string; standing: string }[] };
  assert.deepEqual(
    summary.refunds.map(({ refund_id, standing }) => [refund_id, standing]),
    [['RF1', 'pending']],
  );
  const replayed = await refund('10.00', { key: uuid(1) });
  assert.deepEqual([replayed.status, replayed.headers.get('idempotent-replayed')], [200, 'true']);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('a refund made elsewhere reduces the refundable amount once, however often it is read', async (t) => {
  const { refund, provider, get } = await startTestProxy(t);
  const elsewhere = { payment_refund_id: 'RF9', amount: '80.00', currency: 'USD', refund_status: 'SUCCEEDED' };
  provider.on(`GET ${REFUND}`, listOf([elsewhere]));
  for (let read = 0; read < 3; read += 1) {
    const { refunded, refundable } = (await get(`/payments/${PAYMENT}`)).json as Record<string, string>;
    assert.deepEqual([refunded, refundable], ['80.00', '20.00']);
  }
  const over = await refund('20.01');
  assert.deepEqual([over.status, over.problem.refundable], [422, '20.00']);
});

test('an intent that is still sending at start-up becomes unknown, and its key settles it', async (t) => {
  const { refund, provider, ledger, proxy, clock } = await startTestProxy(t);
  let finish = (_act: Act): void => undefined;
  const act = new Promise<Act>((resolve) => {
    finish = resolve;
  });
  let arrived = (): void => undefined;
  const received = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  provider.on(UQPAY_POST, () => {
    arrived();
    return act;
  });
  const first = refund('10.00', { key: uuid(1) });
  await received;
  assert.equal((await refund('10.00', { key: uuid(1) })).problem.code, 'idempotency_key_running');
  clock.now += HOUR;
  assert.equal(await proxy.recover(), 1);
  const [intent] = await ledger.intents(SCOPE, { states: ['unknown'], limit: 10 });
  assert.equal(intent?.key, uuid(1));
  // The answer that was counted as lost arrives: an unknown refund may still succeed.
  const refundJson = { payment_refund_id: 'RF1', amount: '10.00', currency: 'USD', refund_status: 'INITIATED' };
  finish({ status: 200, json: refundJson });
  assert.equal((await first).status, 200);
  assert.equal((await refund('10.00', { key: uuid(1) })).headers.get('idempotent-replayed'), 'true');
});

test('an ended session is told that its unknown refund is still unknown', async (t) => {
  let signedIn = true;
  const { refund, provider } = await startTestProxy(t, {
    authorize: async () => (signedIn ? { user: 'admin-1' } : { refuse: 'unauthenticated' }),
  });
  provider.on(UQPAY_POST, 'drop');
  await refund('10.00', { key: uuid(1) });
  signedIn = false;
  const known = await refund('10.00', { key: uuid(1) });
  assert.deepEqual([known.status, known.problem.code, known.problem.effect], [401, 'unauthenticated', 'unknown']);
  const fresh = await refund('10.00', { key: uuid(2) });
  assert.deepEqual([fresh.status, fresh.problem.effect], [401, 'nothing']);
});

test('a browser that disconnects stops neither the refund nor its record', async (t) => {
  const { provider, proxy, ledger } = await startTestProxy(t);
  const browser = new AbortController();
  provider.on(UQPAY_POST, ({ headers, body }) => {
    browser.abort();
    return { status: 200, json: makeRefund(new Map(), headers, body) };
  });
  await proxy.fetch(
    new Request(`https://shop.example/refunds${REFUND}`, {
      method: 'POST',
      signal: browser.signal,
      headers: { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': uuid(1) },
      body: JSON.stringify({ payment_intent_id: PAYMENT, amount: '10.00', reason: 'x' }),
    }),
  );
  await proxy.close();
  const intent = await ledger.intentByKey(SCOPE, uuid(1));
  assert.equal(intent?.state, 'succeeded');
});

test('the reconciler reads an open refund less and less often, and never changes a final standing', async (t) => {
  const { refund, provider, proxy, clock, get } = await startTestProxy(t);
  await refund('10.00');
  const row = (status: string) => ({
    status: 200,
    json: { payment_refund_id: 'RF1', amount: '10.00', currency: 'USD', refund_status: status },
  });
  const path = `GET ${REFUND}/RF1`;
  provider.on(path, row('PROCESSING'));
  assert.equal((await proxy.reconcile()).checked, 0);
  for (let second = 0; second < 60; second += 1) {
    clock.now += 1_000;
    await proxy.reconcile();
  }
  assert.equal(provider.callsOf(path).length, 4);
  provider.on(path, row('SUCCEEDED'));
  clock.now += HOUR;
  assert.equal((await proxy.reconcile()).changed, 1);
  clock.now += HOUR;
  assert.equal((await proxy.reconcile()).checked, 0);
  provider.on(path, row('PROCESSING'));
  await get(`${REFUND}/RF1`);
  provider.on(`GET ${REFUND}`, { status: 200, json: { total_pages: 0, total_items: 0, data: [] } });
  assert.equal(((await get(`/payments/${PAYMENT}`)).json as { refunded: string }).refunded, '10.00');
});

test('a read that is passed through records a failure, and releases the amount', async (t) => {
  const { refund, provider, get } = await startTestProxy(t);
  await refund('100.00');
  provider.on(`GET ${REFUND}/RF1`, {
    status: 200,
    json: { payment_refund_id: 'RF1', amount: '100.00', currency: 'USD', refund_status: 'FAILED' },
  });
  assert.equal((await get(`${REFUND}/RF1`)).status, 200);
  assert.equal((await refund('100.00')).status, 200);
});

test('two proxies on one ledger send a refund once', async (t) => {
  const first = await startTestProxy(t);
  const second = await startTestProxy(t, {
    ledger: first.ledger,
    newId: uuids(8),
    fetch: fetchAt(() => first.provider.url),
  });
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => (index % 2 ? first : second).refund('10.00', { key: uuid(1) })),
  );
  assert.equal(first.provider.callsOf(UQPAY_POST).length, 1);
  assert.ok(answers.every(({ status }) => status === 200 || status === 409));
});

test('a base URL that is not HTTP is refused when the provider is created', () => {
  assert.throws(() => uqpay({ baseUrl: 'ftp://provider.example', clientId: 'a', apiKey: 'b' }), TypeError);
  assert.throws(
    () => uqpay({ baseUrl: 'https://user:secret@provider.example', clientId: 'a', apiKey: 'b' }),
    TypeError,
  );
});

/** An address where nothing listens. */
async function nobody(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return `http://127.0.0.1:${port}`;
}

test('an answer after the end of the lease is not trusted: the refund is unknown, and the same key settles it', async (t) => {
  const { proxy, provider, refund, clock } = await startTestProxy(t);
  provider.on(UQPAY_POST, async () => {
    clock.now += 20 * 60_000;
    await proxy.reconcile();
    return { status: 429, json: { code: 'too_many_requests', message: 'slow down', type: 'rate_limit_error' } };
  });
  const late = await refund('10.00', { key: uuid(1) });
  assert.deepEqual([late.status, late.problem.code], [504, 'outcome_unknown']);
  scriptUqpay(provider);
  const again = await refund('10.00', { key: uuid(1) });
  assert.equal(again.status, 200);
});

test('a refusal after the end of the lease settles nothing, because the refund may have been sent again meanwhile', async (t) => {
  const { proxy, provider, refund, get, clock } = await startTestProxy(t);
  const refunds = scriptUqpay(provider);
  const refusal = { type: 'account_error', code: 'suspended', message: 'No' };
  provider.on(UQPAY_POST, async () => {
    clock.now += 20 * 60_000;
    await proxy.reconcile();
    provider.on(UQPAY_POST, ({ headers, body }) => {
      makeRefund(refunds, headers, body);
      return 'drop';
    });
    assert.equal((await refund('10.00', { key: uuid(1) })).status, 504);
    return { status: 403, json: refusal };
  });
  const late = await refund('10.00', { key: uuid(1) });
  assert.deepEqual([late.status, late.problem.code, refunds.size], [504, 'outcome_unknown', 1]);
  assert.equal(((await get(`/payments/${PAYMENT}`)).json as { refundable: string }).refundable, '90.00');
  provider.on(UQPAY_POST, ({ headers, body }) => ({ status: 200, json: makeRefund(refunds, headers, body) }));
  assert.equal((await refund('10.00', { key: uuid(1) })).status, 200);
  assert.equal(refunds.size, 1);
});
