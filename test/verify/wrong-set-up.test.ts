import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { providersWords } from '../../verify/report.ts';
import { startFaultyProxy } from './faulty-proxy.ts';
import { bench, PROXY_TIMEOUT_MS } from './support.ts';

async function setUp(t: TestContext) {
  const { verify, recorder } = await bench(t);
  const proxy = await startFaultyProxy({ provider: 'uqpay', upstream: recorder, timeoutMs: PROXY_TIMEOUT_MS });
  t.after(() => proxy.close());
  return { verify, endpoint: proxy.endpoint };
}

test('verify says that a proxy names itself for another provider than --provider', async (t) => {
  const { verify, endpoint } = await setUp(t);
  await assert.rejects(verify(endpoint, { provider: 'upayments' }), {
    name: 'SetupError',
    message: /says at GET \/ that it is for uqpay, and --provider says upayments: leave --provider out/,
  });
});

test('verify asks for the whole address where nothing describes itself', async (t) => {
  const { verify, endpoint } = await setUp(t);
  await assert.rejects(verify(`${endpoint}/uqpay`), {
    name: 'SetupError',
    message: /\/refunds\/uqpay was answered 404, so the proxy does not say whose it is\. Is this its whole address/,
  });
});

test('verify asks for the whole address where nothing answers and --provider says whose it is', async (t) => {
  const { verify, endpoint } = await setUp(t);
  await assert.rejects(verify(`${endpoint}/uqpay`, { provider: 'uqpay' }), (error: Error) => {
    assert.match(
      error.message,
      /endpoint of <refund-form>, such as …\/refunds\/uqpay\? Nothing answers POST \/v2\/payment\/refunds below it, and no GET \/ either\.$/,
    );
    return error.name === 'SetupError';
  });
});

test('verify repeats what the provider said when it refused, without a secret', () => {
  const call = (status: number, text: string) => ({
    method: 'POST',
    path: '/refunds',
    headers: {},
    text: '',
    json: undefined,
    answer: { status, text, headers: {} },
  });
  const refused = call(400, '{"code":"idempotency_key_reused","token":"sesame"}');
  assert.equal(
    providersWords([refused, call(200, '{}')], ['sesame']),
    'The provider said: {"code":"idempotency_key_reused","token":"[secret]"}',
  );
  assert.equal(providersWords([call(200, '{}')], []), '');
});
