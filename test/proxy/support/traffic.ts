import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';

import { serveProxies, uqpay } from '../../../proxy/index.ts';
import { prometheusMetrics } from '../../../proxy/telemetry/prometheus.ts';
import { fetchAt, makeRefund, PAYMENT, REFUND, startTestProxy, scriptUqpay, UQPAY_POST, uuid } from './test-proxy.ts';
import { requestOf, webhook } from './webhook.ts';

const [NEW, OLD] = ['webhook-secret-new', 'webhook-secret-old'];

/** Starts a UQPAY proxy where everything that is counted has happened. `scrape` reads its `/metrics`. */
export async function busyProxy(t: TestContext) {
  const metrics = prometheusMetrics();
  const refunds = new Map<string, object>();
  const testProxy = await startTestProxy(t, {
    metrics,
    rateLimit: { writes: 4, perMs: 60_000 },
    authorize: async (_request, { action, amount }) =>
      action === 'refund' && amount! > 5_000n ? { refuse: 'approval_required', user: 'admin-2' } : { user: 'admin-1' },
    // Requests to this address go to the scripted provider of the test proxy.
    fetch: fetchAt(() => address),
    provider: uqpay({
      baseUrl: 'http://127.0.0.1:1',
      clientId: 'client-of-ours',
      apiKey: 'key-of-ours',
      webhookSecret: NEW,
      previousWebhookSecret: OLD,
    }),
  } as Parameters<typeof startTestProxy>[1]);
  const address: string | undefined = testProxy.provider.url;
  scriptUqpay(testProxy.provider);
  const { provider, refund, proxy, get, clock, ledger } = testProxy;
  assert.equal((await refund('1.00')).status, 200);
  provider.on(UQPAY_POST, ({ headers, body }) => {
    makeRefund(refunds, headers, body);
    return 'drop';
  });
  assert.equal((await refund('10.00', { key: uuid(1) })).status, 504);
  assert.equal((await refund('60.00', { key: uuid(2) })).problem.code, 'approval_required');
  provider.on(UQPAY_POST, { status: 500, text: '' });
  assert.equal((await refund('2.00')).status, 504);
  assert.equal((await refund('3.00')).status, 504);
  assert.equal((await refund('4.00')).problem.code, 'rate_limited');
  const [intent] = await ledger.intents({ merchant: 'default', provider: 'uqpay' }, { states: ['unknown'], limit: 1 });
  const deliver = async (secret: string, amount = '10.00') => {
    const parts = { refund: 'RF9', status: 'SUCCEEDED', amount, intent: intent!.id };
    const answer = await proxy.fetch(requestOf(webhook(parts, { at: clock.now, secret })));
    return answer.status;
  };
  assert.deepEqual(
    [await deliver('of-somebody-else'), await deliver(OLD, '95.00'), await deliver(NEW, '95.00')],
    [401, 200, 200],
  );
  const stream = await proxy.fetch(new Request(`https://shop.example/refunds/payments/${PAYMENT}/events`));
  await stream.body?.cancel();
  await get(`${REFUND}?payment_intent_id=${PAYMENT}&page_size=1&page_number=1`);
  clock.now += 90_000;
  const served = await serveProxies({ proxies: [proxy], port: 0, host: '127.0.0.1', metrics });
  t.after(() => served.close());
  return { ...testProxy, scrape: async () => (await fetch(`${served.url}/metrics`)).text() };
}

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads Prometheus' text format, as far as the proxy uses it. */
export function samplesOf(text: string): readonly Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels, value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...(labels ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, label, word]) => [label, word]);
    return [{ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) }];
  });
}
