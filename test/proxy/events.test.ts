import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { problem } from '../../contract/index.ts';
import { createRefundProxy, serveProxies, uqpay } from '../../proxy/index.ts';
import { Stream, type StreamEvent } from './support/event-stream.ts';
import {
  PAYMENT,
  startTestProxy,
  UQPAY_POST,
  uqpayBody,
  uuid,
  uuids,
  REFUND,
  type TestProxyOptions,
} from './support/test-proxy.ts';
import { requestOf, SECRET, webhook } from './support/webhook.ts';

/** Payments besides the one of the test proxy. Each is of 100 US dollars, unless its name says otherwise. */
const OTHERS = ['PI-A', 'PI-B', 'PI-C'];
const orderOf = (payment_id: string) => ({ payment_id, currency: 'USD', captured: '100.00' });
const queryOf = (payments: readonly string[]) => new URLSearchParams(payments.map((id) => ['payment', id])).toString();

async function setUp(t: TestContext, options: TestProxyOptions = {}) {
  const testProxy = await startTestProxy(t, { webhookSecret: SECRET, ...options });
  t.after(() => testProxy.proxy.close());
  const open = (headers: Record<string, string> = {}) =>
    testProxy.proxy.fetch(new Request(`https://shop.example/refunds/payments/${PAYMENT}/events`, { headers }));
  /** Opens one stream of several payments. */
  const openMany = (payments: readonly string[], headers: Record<string, string> = {}) =>
    testProxy.proxy.fetch(new Request(`https://shop.example/refunds/events?${queryOf(payments)}`, { headers }));
  return {
    ...testProxy,
    open,
    openMany,
    watch: async (headers?: Record<string, string>) => new Stream(await open(headers)),
  };
}

const figures = ({ summary }: StreamEvent) => [summary.refunded, summary.pending, summary.refundable];

test('the stream sends the state of the payment at once, after a refund and after a webhook', async (t) => {
  const { watch, refund, proxy } = await setUp(t);
  const stream = await watch();
  assert.deepEqual(figures((await stream.next())!), ['0.00', '0.00', '100.00']);
  await refund('10.00');
  const change = await stream.until(({ refunds }) => refunds?.[0]?.standing === 'pending');
  assert.deepEqual(figures(change), ['0.00', '10.00', '90.00']);
  await proxy.fetch(requestOf(webhook({ refund: 'RF1', status: 'SUCCEEDED' })));
  assert.deepEqual(figures((await stream.next())!), ['10.00', '0.00', '90.00']);
});

test('the stream sends what the reconciler finds, and a lost answer as unknown', async (t) => {
  const { watch, refund, provider, proxy, clock } = await setUp(t);
  const stream = await watch();
  await refund('10.00');
  await stream.until(({ refunds }) => refunds?.[0]?.standing === 'pending');
  const row = { payment_refund_id: 'RF1', amount: '10.00', currency: 'USD', refund_status: 'FAILED' };
  provider.on(`GET ${REFUND}/RF1`, { status: 200, json: row });
  clock.now += 60_000;
  await proxy.reconcile();
  assert.deepEqual(figures((await stream.next())!), ['0.00', '0.00', '100.00']);
  provider.on(UQPAY_POST, 'drop');
  await refund('20.00');
  assert.ok(await stream.until(({ refunds }) => refunds?.some(({ standing }) => standing === 'unknown') === true));
});

test('the stream sends that a request has run out, when asking for it again finds that', async (t) => {
  const authorize = async (_: Request, { action }: { action: string }) =>
    action === 'refund' ? ({ refuse: 'approval_required', user: 'asker' } as const) : { user: 'boss' };
  const { watch, refund, clock } = await setUp(t, { authorize, approvalMs: 60_000 });
  const stream = await watch();
  assert.equal((await refund('60.00', { key: uuid(1) })).problem.code, 'approval_required');
  await stream.until(({ refunds }) => refunds?.[0]?.standing === 'awaiting_approval');
  clock.now += 60_000;
  assert.equal((await refund('60.00', { key: uuid(1) })).problem.code, 'settled_nothing');
  await stream.until(({ refunds }) => refunds?.[0]?.standing === 'failed');
});

test('a client that reconnects with the last event id receives only new changes', async (t) => {
  const { watch, refund } = await setUp(t);
  const first = await watch();
  const id = (await first.next())!.id!;
  await first.stop();
  await refund('10.00');
  const second = await watch({ 'last-event-id': id });
  const change = (await second.next())!;
  assert.equal(change.summary.pending, '10.00');
  const third = await watch({ 'last-event-id': change.id! });
  await refund('5.00');
  assert.equal((await third.until(({ refunds }) => refunds?.length === 2)).summary.pending, '15.00');
});

test('the stream sends heartbeats, and with the next one a change that another instance made', async (t) => {
  const { watch, place, provider } = await setUp(t, { events: { heartbeatMs: 10 } });
  const stream = await watch();
  await stream.next();
  const ledger = place.open();
  const other = createRefundProxy({
    provider: uqpay({ baseUrl: provider.url, clientId: 'c', apiKey: 'k' }),
    basePath: '/refunds',
    ledger,
    orders: async () => ({ payment_id: PAYMENT, currency: 'USD', captured: '100.00' }),
    authorize: async () => ({ user: 'admin-2' }),
    newId: uuids(4),
  });
  const answer = await other.fetch(
    new Request(`https://shop.example/refunds${REFUND}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': uuid(1) },
      body: JSON.stringify(uqpayBody('10.00')),
    }),
  );
  assert.equal(answer.status, 200);
  await stream.until(({ refunds }) => refunds?.[0]?.standing === 'pending');
  assert.ok(stream.heartbeats > 0);
});

test('a stream needs the same permission as a read, and each user may open a limited number', async (t) => {
  const denied = await setUp(t, { authorize: async () => ({ refuse: 'unauthenticated' }) });
  assert.equal((await denied.open()).status, 401);
  const { open } = await setUp(t, { events: { mostPerUser: 2 } });
  const [first, second, third] = [await open(), await open(), await open()];
  assert.deepEqual([first.status, second.status, third.status], [200, 200, 429]);
  assert.equal(first.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  await first.body!.cancel();
  assert.equal((await open()).status, 200);
  assert.equal((await open({ origin: 'https://evil.example' })).status, 403);
});

test('a stream ends after some time so that the permission is checked again, and when the proxy stops', async (t) => {
  const shortLived = await setUp(t, { events: { longestMs: 20 } });
  const ended = await shortLived.watch();
  await ended.next();
  assert.equal(await ended.next(), undefined);
  const { watch, proxy, open } = await setUp(t);
  const stream = await watch();
  await stream.next();
  await proxy.close();
  assert.equal(await stream.next(), undefined);
  const late = await open();
  assert.equal(late.status, 503);
});

test('a client that does not read receives the latest state once it reads, and delays nothing', async (t) => {
  const { watch, refund } = await setUp(t);
  const stream = await watch();
  for (let number = 1; number <= 20; number += 1) assert.equal((await refund('1.00')).status, 200);
  const changes: StreamEvent[] = [];
  for (let next = await stream.next(); next; next = await stream.next()) {
    changes.push(next);
    if (next.summary.pending === '20.00' && next.summary.refunds?.every(({ standing }) => standing === 'pending'))
      break;
  }
  assert.ok(changes.length <= 3, `${changes.length} events`);
});

test('a client that stops reading is disconnected in the end, even if its connection stays open', async (t) => {
  const { open } = await setUp(t, { events: { mostPerUser: 1, heartbeatMs: 10, unreadMs: 30 } });
  const silent = await open();
  const timers = () =>
    new Promise((resolve) => {
      setImmediate(resolve);
    });
  while ((await open()).status === 429) await timers();
  assert.match(await silent.text(), /^retry: /);
});

test('the server closes the stream of an HTTP client that disconnects', async (t) => {
  const { proxy, refund } = await setUp(t, { events: { mostPerUser: 1, heartbeatMs: 10 } });
  const served = await serveProxies({ proxies: [proxy], port: 0, host: '127.0.0.1' });
  t.after(() => served.close());
  const url = `${served.url}/refunds/payments/${PAYMENT}/events`;
  const leaving = new AbortController();
  const stream = new Stream(await fetch(url, { signal: leaving.signal }));
  await stream.next();
  await refund('10.00');
  await stream.until(({ pending }) => pending === '10.00');
  assert.equal((await fetch(url)).status, 429);
  leaving.abort();
  let again = await fetch(url);
  while (again.status === 429) again = await fetch(url);
  assert.equal(again.status, 200);
  await again.body!.cancel();
});

test('one stream reports several payments, each when it changes', async (t) => {
  const { openMany, refund } = await setUp(t, { orders: async (id) => orderOf(id) });
  const response = await openMany([PAYMENT, ...OTHERS, PAYMENT]);
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  const stream = new Stream(response);
  const first = [await stream.next(), await stream.next(), await stream.next(), await stream.next()];
  assert.deepEqual(first.map((change) => change!.summary.payment_id).toSorted(), [PAYMENT, ...OTHERS].toSorted());
  // An id would be valid for the whole stream, but says nothing about the other payments.
  assert.deepEqual(
    first.map((change) => change!.id),
    [undefined, undefined, undefined, undefined],
  );
  await refund('10.00', { body: { ...uqpayBody('10.00'), payment_intent_id: 'PI-B' } });
  const change = await stream.until(({ refunds }) => refunds?.[0]?.standing === 'pending');
  assert.equal(change.summary.payment_id, 'PI-B');
  await refund('20.00');
  const next = await stream.until(({ refunds }) => refunds?.[0]?.standing === 'pending');
  assert.deepEqual([next.summary.payment_id, next.summary.pending], [PAYMENT, '20.00']);
});

test('a payment that may not be read is reported with its problem, and blocks no other payment of the stream', async (t) => {
  const { openMany, get, refund } = await setUp(t, {
    orders: async (id) => {
      if (id === 'PI-BROKEN') throw new Error('The shop is away');
      return id === 'PI-NONE' ? undefined : orderOf(id);
    },
    authorize: async (_request, { order }) =>
      order?.payment_id === 'PI-FOREIGN' ? { refuse: 'forbidden', detail: 'Another shop' } : { user: 'admin-1' },
  });
  const unreadable = ['PI-FOREIGN', 'PI-NONE', 'PI-BROKEN', '../PI-A'];
  const stream = new Stream(await openMany([...unreadable, PAYMENT]));
  assert.equal((await stream.next())!.summary.payment_id, PAYMENT);
  assert.deepEqual(stream.problems.map(({ payment_id }) => payment_id).toSorted(), unreadable.toSorted());
  for (const { payment_id, ...report } of stream.problems) {
    const read = await get(`/payments/${encodeURIComponent(payment_id)}`);
    const { request_id, ...problem } = read.problem;
    assert.deepEqual(report, problem, payment_id);
    assert.equal(request_id, read.headers.get('x-request-id'));
  }
  await refund('10.00');
  assert.equal((await stream.until(({ pending }) => pending === '10.00')).summary.payment_id, PAYMENT);
});

test('a user without permission cannot find out which payments exist', async (t) => {
  const { openMany } = await setUp(t, { authorize: async () => ({ refuse: 'unauthenticated' }) });
  const answers = await Promise.all([openMany([PAYMENT, 'PI-NONE']), openMany([PAYMENT]), openMany(['PI-NONE'])]);
  const [both, there, nowhere] = await Promise.all(
    answers.map(async (answer) => {
      const { request_id: _own, ...body } = problem.parse(await answer.json());
      return [answer.status, body] as const;
    }),
  );
  assert.equal(both![0], 401);
  assert.deepEqual([both, nowhere], [there, there]);
});

test('a stream has a maximum number of payments, and all streams together have one too', async (t) => {
  const { openMany, get } = await setUp(t, {
    orders: async (id) => orderOf(id),
    events: { mostPayments: 2, most: 3, mostPerUser: 9, mostPaymentsPerUser: 9 },
  });
  assert.equal(((await get('/')).json as { max_event_payments: number }).max_event_payments, 2);
  for (const [payments, count] of [
    [[], 0],
    [OTHERS, 3],
  ] as const) {
    const answer = await openMany(payments);
    const { code, detail } = problem.parse(await answer.json());
    assert.deepEqual([answer.status, code], [400, 'invalid_request']);
    assert.match(detail!, new RegExp(`^payment: expected 1 to 2 ids .* received ${count}$`));
  }
  const first = await openMany(OTHERS.slice(0, 2));
  const [second, third] = [await openMany(OTHERS.slice(0, 2)), await openMany(OTHERS.slice(2))];
  assert.deepEqual([first.status, second.status, third.status], [200, 429, 200]);
  await first.body!.cancel();
  assert.equal((await openMany(OTHERS.slice(0, 2))).status, 200);
  assert.equal((await openMany(OTHERS, { origin: 'https://evil.example' })).status, 403);
});

test('no user takes the streams of all others', async (t) => {
  const { openMany } = await setUp(t, {
    orders: async (id) => orderOf(id),
    authorize: async ({ headers }) => ({ user: headers.get('x-user') ?? 'nobody' }),
  });
  const payments = Array.from({ length: 50 }, (_, at) => `P${at}`);
  const statuses: number[] = [];
  for (let at = 0; at < 10; at += 1) statuses.push((await openMany(payments, { 'x-user': 'mallory' })).status);
  assert.deepEqual(statuses, [200, 200, ...Array.from({ length: 8 }, () => 429)]);
  for (const user of ['alice', 'bob', 'carol', 'dave']) {
    assert.equal((await openMany(payments, { 'x-user': user })).status, 200, user);
    assert.equal((await openMany(payments, { 'x-user': user })).status, 200, user);
  }
  // All of them together have an end, too.
  assert.equal((await openMany(payments, { 'x-user': 'erin' })).status, 429);
});

test('a client that does not read a stream of several payments receives each payment once it reads', async (t) => {
  const { openMany, refund } = await setUp(t, { orders: async (id) => orderOf(id) });
  const stream = new Stream(await openMany([PAYMENT, ...OTHERS]));
  for (let number = 1; number <= 10; number += 1) assert.equal((await refund('1.00')).status, 200);
  const received = new Set<string>();
  for (let events = 1; received.size < 4; events += 1) {
    const { summary } = (await stream.next())!;
    if (summary.payment_id !== PAYMENT || summary.pending === '10.00') received.add(summary.payment_id);
    assert.ok(events <= 8, `${events} events`);
  }
});

test('a client that disconnects during the permission check leaves no open stream', async (t) => {
  const leaving = new AbortController();
  const { proxy, openMany } = await setUp(t, {
    events: { mostPerUser: 1 },
    authorize: async () => {
      leaving.abort();
      return { user: 'admin-1' };
    },
  });
  const url = `https://shop.example/refunds/events?${queryOf([PAYMENT])}`;
  await proxy.fetch(new Request(url, { signal: leaving.signal }));
  assert.equal((await openMany([PAYMENT])).status, 200);
});
