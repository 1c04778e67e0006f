import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { parse } from 'yaml';

import { prometheusMetrics } from '../../proxy/telemetry/prometheus.ts';
import { samplesOf } from './support/traffic.ts';
import { ORDER, PAYMENT, REFUND, startTestProxy } from './support/test-proxy.ts';

const TOKEN = 'POST /v1/connect/token';
const COUNT = `GET /check-refund/${ORDER}`;

/** The metric that the alert rule watches. */
function metricOfTheAlert(): string {
  const file = new URL('../../docs/operations/alerts.yaml', import.meta.url);
  const { groups } = parse(readFileSync(file, 'utf8')) as { groups: { rules: { alert: string; expr: string }[] }[] };
  const rule = groups.flatMap(({ rules }) => rules).find(({ alert }) => alert === 'RefundCredentialsRefused');
  return /refund_proxy_\w+/.exec(rule?.expr ?? '')?.[0] ?? 'none';
}

const PROVIDERS = [
  { name: 'uqpay', payment: PAYMENT, refusal: TOKEN, read: `${REFUND}?payment_intent_id=${PAYMENT}` },
  { name: 'upayments', payment: ORDER, refusal: COUNT, read: `/check-refund/${ORDER}` },
] as const;

for (const { name, payment, refusal, read } of PROVIDERS) {
  test(`reads alone ring the alarm when ${name} refuses the credentials, and say so to the form`, async (t) => {
    const metrics = prometheusMetrics();
    const { provider, get, proxy, logged } = await startTestProxy(t, { name, metrics });
    const alert = metricOfTheAlert();
    const refusals = async () => {
      const samples = samplesOf(await metrics.text({ [name]: await proxy.figures() }));
      return samples.find((sample) => sample.name === alert && sample.labels['provider'] === name)?.value;
    };
    assert.equal(await refusals(), 0, 'Prometheus sees the first refusal as an increase');
    provider.on(refusal, { status: 401, json: { error: 'wrong' } });
    for (const path of [`/payments/${payment}`, read]) {
      const before = (await refusals())!;
      const answer = await get(path);
      assert.deepEqual(
        [answer.status, answer.problem.code, answer.problem.effect],
        [502, 'credentials_refused', 'nothing'],
      );
      assert.ok((await refusals())! > before, `${path} is counted`);
    }
    assert.ok(logged.some((line) => line.includes('the provider refused the credentials')));
  });
}

test('a round of reconciling rings the alarm too, when nobody has a form open', async (t) => {
  const metrics = prometheusMetrics();
  const { provider, proxy, refund, clock } = await startTestProxy(t, { metrics });
  assert.equal((await refund('1.00')).status, 200);
  provider.on(`GET ${REFUND}/RF1`, { status: 401, json: {} });
  provider.on(TOKEN, { status: 401, json: {} });
  clock.now += 3_600_000;
  await proxy.reconcile();
  const samples = samplesOf(await metrics.text({ uqpay: await proxy.figures() }));
  assert.equal(samples.find((sample) => sample.name === metricOfTheAlert())?.value, 1);
});

test('while UPayments cannot be reached the payment is shown with the figures of the ledger, and the log says so', async (t) => {
  const { provider, get, logged } = await startTestProxy(t, { name: 'upayments' });
  provider.on(COUNT, 'drop');
  const answer = await get(`/payments/${ORDER}`);
  assert.deepEqual([answer.status, (answer.json as { refundable: string }).refundable], [200, '100.000']);
  const line = logged.find((each) => each.includes('could not be counted'));
  assert.match(line ?? '', /"provider":"upayments","reason":"\w+"/);
});

test('every counter that an alarm watches for its first increase begins with 0, once', async () => {
  const metrics = prometheusMetrics();
  metrics.ledger!({ provider: 'uqpay', mode: 'write', outcome: 'unavailable', waitMs: 1, ms: 1 });
  metrics.answered({ provider: 'uqpay', route: 'payment', status: 500, code: 'internal_error', ms: 1 });
  const figures = { uqpay: undefined, upayments: undefined };
  await metrics.text(figures);
  const samples = samplesOf(await metrics.text(figures));
  const valuesOf = (name: string, labels: Record<string, string> = {}) =>
    ['uqpay', 'upayments'].map((provider) => {
      const wanted = Object.entries({ ...labels, provider });
      return samples.find((one) => one.name === name && wanted.every(([key, value]) => one.labels[key] === value))
        ?.value;
    });
  assert.deepEqual(valuesOf('refund_proxy_internal_errors_total'), [1, 0]);
  for (const secret of ['current', 'previous'])
    assert.deepEqual(valuesOf('refund_proxy_webhook_signatures_total', { secret }), [0, 0]);
  assert.deepEqual(valuesOf('refund_proxy_webhooks_total', { became: 'refused' }), [0, 0]);
  assert.deepEqual(valuesOf('refund_proxy_limit_refusals_total', { limit: 'writes' }), [0, 0]);
  for (const [mode, first] of [
    ['write', 1],
    ['read', 0],
  ] as const) {
    const labels = { mode, outcome: 'unavailable' };
    assert.deepEqual(valuesOf('refund_proxy_ledger_seconds_count', labels), [first, 0]);
  }
});
