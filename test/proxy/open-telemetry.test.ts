import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import * as openTelemetry from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';

import type { RefundProxyOptions } from '../../proxy/index.ts';
import { makeRefund, PAYMENT, REFUND, startTestProxy, scriptUqpay, UQPAY_POST, uuid } from './support/test-proxy.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';

/** Keeps the current context on a stack, which is enough for synchronous work. */
class StackManager implements openTelemetry.ContextManager {
  #current: openTelemetry.Context = openTelemetry.ROOT_CONTEXT;
  active() {
    return this.#current;
  }
  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: openTelemetry.Context,
    work: F,
    receiver?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    const before = this.#current;
    this.#current = context;
    try {
      return work.call(receiver, ...args);
    } finally {
      this.#current = before;
    }
  }
  bind<T>(_context: openTelemetry.Context, target: T): T {
    return target;
  }
  enable() {
    return this;
  }
  disable() {
    return this;
  }
}

/** The real SDK with an exporter that keeps the finished spans. */
function sdk(t: TestContext): InMemorySpanExporter {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  openTelemetry.trace.setGlobalTracerProvider(provider);
  openTelemetry.context.setGlobalContextManager(new StackManager());
  t.after(async () => {
    openTelemetry.trace.disable();
    openTelemetry.context.disable();
    await provider.shutdown();
  });
  return exporter;
}

const startTracedProxy = (t: TestContext, options: Partial<RefundProxyOptions> = {}) =>
  startTestProxy(t, { openTelemetry, ...options });

test('each request, provider call and ledger transaction has its span', async (t) => {
  const exporter = sdk(t);
  const { refund, provider, logged } = await startTracedProxy(t);
  const refunds = scriptUqpay(provider);
  provider.on(`GET /v2/payment_intents/${PAYMENT}`, {
    status: 200,
    json: { currency: 'USD', intent_status: 'SUCCEEDED' },
  });
  assert.equal((await refund('1.00', { headers: { traceparent: `00-${TRACE}-${CALLER}-01` } })).status, 200);
  const spans = exporter.getFinishedSpans();
  const request = spans.find(({ kind }) => kind === openTelemetry.SpanKind.SERVER);
  assert.equal(request?.name, `POST /refunds${REFUND}`);
  assert.deepEqual(request?.attributes, {
    'http.request.method': 'POST',
    'http.route': `/refunds${REFUND}`,
    'http.response.status_code': 200,
  });
  assert.deepEqual([request?.spanContext().traceId, request?.parentSpanContext?.spanId], [TRACE, CALLER]);
  const calls = spans.filter(({ kind }) => kind === openTelemetry.SpanKind.CLIENT);
  assert.deepEqual(
    calls.map(({ name }) => name),
    ['POST /v1/connect/token', 'GET /v2/payment_intents/:payment', `POST ${REFUND}`],
  );
  for (const [at, call] of calls.entries()) {
    assert.equal(call.parentSpanContext?.spanId, request?.spanContext().spanId);
    assert.deepEqual(Object.keys(call.attributes).toSorted(), [
      'http.request.method',
      'http.response.status_code',
      'server.address',
      'server.port',
      'url.template',
    ]);
    // The provider receives the id of exactly this span.
    const { traceId, spanId } = call.spanContext();
    assert.equal(provider.calls[at]?.headers['traceparent'], `00-${traceId}-${spanId}-01`);
  }
  const transactions = spans.filter(({ name }) => name.startsWith('ledger '));
  assert.ok(transactions.some(({ name }) => name === 'ledger write') && transactions.length >= 2);
  for (const { parentSpanContext } of transactions) {
    assert.equal(parentSpanContext?.spanId, request?.spanContext().spanId);
  }
  for (const line of logged) assert.equal((JSON.parse(line) as { trace_id?: string }).trace_id, TRACE);
  assert.equal(refunds.size, 1);
});

test('a lost call has the error type `lost`, and no span contains an id, an amount or a person', async (t) => {
  const exporter = sdk(t);
  const { refund, provider, get, proxy, clock } = await startTracedProxy(t, {
    authorize: async () => ({ user: 'layla' }),
  });
  const refunds = scriptUqpay(provider);
  provider.on(UQPAY_POST, ({ headers, body }) => {
    makeRefund(refunds, headers, body);
    return 'drop';
  });
  assert.equal((await refund('7.31', { key: uuid(1) })).status, 504);
  await get(`/payments/${PAYMENT}`);
  await get(`${REFUND}/RF1`);
  clock.now += 60_000;
  await proxy.reconcile();
  const spans = exporter.getFinishedSpans();
  const lost = spans.find(({ name, kind }) => kind === openTelemetry.SpanKind.CLIENT && name === `POST ${REFUND}`);
  assert.deepEqual([lost?.status.code, lost?.attributes['error.type']], [openTelemetry.SpanStatusCode.ERROR, 'lost']);
  const request = spans.find(({ kind }) => kind === openTelemetry.SpanKind.SERVER);
  assert.deepEqual(
    [request?.status.code, request?.attributes['error.type']],
    [openTelemetry.SpanStatusCode.ERROR, 'outcome_unknown'],
  );
  assert.ok(spans.some(({ name }) => name === `GET ${REFUND}/:refund`));
  for (const name of ['reconcile', 'GET /refunds/payments/:payment']) {
    assert.ok(
      spans.some((span) => span.name === name),
      name,
    );
  }
  const text = JSON.stringify(
    spans.map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
  );
  for (const personal of [PAYMENT, 'RF1', '7.31', 'layla', uuid(1), 'key-of-ours', 'token-1']) {
    assert.ok(!text.includes(personal), personal);
  }
});

test('the current span at the start of a request is its parent, and the hooks run within its span', async (t) => {
  const exporter = sdk(t);
  const tracer = openTelemetry.trace.getTracer('of the merchant');
  const { proxy } = await startTracedProxy(t, {
    authenticate: async () => {
      tracer.startSpan('hook').end();
      return undefined;
    },
  });
  const parent = tracer.startSpan('above');
  const url = `https://shop.example/refunds/payments/${PAYMENT}`;
  const request = new Request(url, { headers: { traceparent: `00-${TRACE}-${CALLER}-01` } });
  const inside = openTelemetry.trace.setSpan(openTelemetry.context.active(), parent);
  await openTelemetry.context.with(inside, () => proxy.fetch(request));
  const spans = exporter.getFinishedSpans();
  const own = spans.find(({ kind }) => kind === openTelemetry.SpanKind.SERVER);
  assert.equal(own?.parentSpanContext?.spanId, parent.spanContext().spanId);
  const hook = spans.find(({ name }) => name === 'hook');
  assert.equal(hook?.parentSpanContext?.spanId, own?.spanContext().spanId);
});

test('without an SDK the proxy creates the ids itself, and nothing else changes', async (t) => {
  const { refund, provider, logged } = await startTracedProxy(t);
  scriptUqpay(provider);
  assert.equal((await refund('1.00', { headers: { traceparent: `00-${TRACE}-${CALLER}-01` } })).status, 200);
  for (const { headers } of provider.calls) {
    assert.match(String(headers['traceparent']), new RegExp(`^00-${TRACE}-(?!${CALLER})[\\da-f]{16}-01$`));
  }
  assert.ok(logged.every((line) => line.includes(TRACE)));
});
