import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import path from 'node:path';
import { test } from 'node:test';

import type { PaymentSummary } from '../../contract/index.ts';
import { SESSION } from '../verify/session.ts';
import { eachProxy } from './each.ts';
import { PROXIES } from './list.ts';
import { stubProvider } from './stub-provider.ts';
import { FOLDER, startProxy } from './support.ts';

const SECRET = 'sandbox-webhook-secret';
/** Milliseconds. The proxies have no other clock than that of the machine. */
const now = () => Math.round(performance.timeOrigin + performance.now());
const sign = (secret: string, body: string, stamp: string) =>
  createHmac('sha512', secret).update(body).update(stamp).digest('hex');

async function send(endpoint: string, body: string, stamp: string, signature = sign(SECRET, body, stamp)) {
  const headers = { 'x-wk-timestamp': stamp, 'x-wk-signature': signature };
  const { status } = await fetch(`${endpoint}/webhooks`, { method: 'POST', headers, body });
  return status;
}

eachProxy('a header that is not ASCII is no signature to the proxy in', async (t, program) => {
  const endpoint = await startProxy(t, { ...program, provider: 'uqpay', recorder: 'http://127.0.0.1:9' });
  assert.equal(await send(endpoint, '{}', String(now()), `${'a'.repeat(127)}é`), 401);
  assert.equal(await send(endpoint, '{}', '²', 'a'.repeat(128)), 401);
});

eachProxy('a timestamp of a webhook is milliseconds or seconds to the proxy in', async (t, program) => {
  const listed = { payment_intent_id: 'PI1', amount: '5.00', currency: 'USD', refund_status: 'INITIATED' };
  const stub = await stubProvider(
    t,
    () => ({ currency: 'USD', captured: '50.00' }),
    ({ url }) => ({
      total_pages: 1,
      data: url.includes('start_time') ? [] : ['RF1', 'RF2'].map((id) => ({ payment_refund_id: id, ...listed })),
    }),
  );
  const endpoint = await startProxy(t, { ...program, provider: 'uqpay', recorder: stub.url });
  const succeeded = async () => {
    const answer = await fetch(`${endpoint}/payments/PI1`, { headers: SESSION });
    return ((await answer.json()) as PaymentSummary).refunded;
  };
  assert.equal(await succeeded(), '0.00');
  const of = (id: string, more: object = {}) =>
    JSON.stringify({ data: { ...listed, payment_refund_id: id, refund_status: 'SUCCEEDED', ...more } });
  const seconds = Math.floor(now() / 1000);
  for (const stamp of [`${now() - 301_000}`, `${now() + 310_000}`, `${seconds - 301}`, `${seconds + 310}`]) {
    assert.equal(await send(endpoint, of('RF1'), stamp), 401, stamp);
  }
  for (const stamp of ['', `+${seconds}`, `${seconds}.5`, ` `, `0${now() * 1000}`]) {
    assert.equal(await send(endpoint, of('RF1'), stamp), 401, stamp);
  }
  assert.equal(await succeeded(), '0.00');
  for (const odd of [
    ...[{ amount: '6.00' }, { currency: 'EUR' }, { payment_intent_id: 'PI2' }].map((more) => of('RF1', more)),
    // UQPAY sends again what is refused.
    ...['0.00', '-5.00', 'x', '', null, undefined, {}].map((amount) => of('RF1', { amount })),
    of('RF1', { payment_intent_id: 5 }),
    '{"data":[1]}',
    '{"data":null}',
    '{"data":"x"}',
    '{}',
    of('RF77'),
    ...[5, { a: 1 }].map((id) => JSON.stringify({ data: { ...listed, payment_refund_id: id } })),
    JSON.stringify({ data: { ...listed, payment_refund_id: 'RF1', refund_status: ['SUCCEEDED'], is_refunded: true } }),
  ]) {
    assert.equal(await send(endpoint, odd, String(now())), 200, odd);
  }
  for (const broken of ['hello', '[1]', '']) assert.equal(await send(endpoint, broken, String(now())), 400, broken);
  assert.equal(await succeeded(), '0.00', 'an event that says nothing of a refund changes nothing');
  assert.equal(await send(endpoint, of('RF1'), String(now())), 200);
  assert.equal(await succeeded(), '5.00');
  assert.equal(await send(endpoint, of('RF2'), String(seconds)), 200);
  assert.equal(await succeeded(), '10.00');
});

const { skip } = PROXIES.find(({ language }) => language === 'Python')!;

test('an application around the files for Python takes no webhook that is signed with no secret', { skip }, () => {
  const script = `
import sys, time, hmac
sys.path.insert(0, ${JSON.stringify(path.join(FOLDER, 'python'))})
import webhooks
stamp = str(int(time.time()))
signature = hmac.new(b"", b"{}" + stamp.encode(), "sha512").hexdigest()
try:
    print(webhooks.webhook({"x-wk-timestamp": stamp, "x-wk-signature": signature}, b"{}"))
except webhooks.Refused as refused:
    print(refused.status, refused.code)`;
  const env = {
    ...process.env,
    REFUND_PROVIDER: 'uqpay',
    REFUND_UPSTREAM: 'http://127.0.0.1:9',
    REFUND_ORDERS: 'http://127.0.0.1:9/{id}',
    REFUND_WEBHOOK_SECRET: '',
  };
  const { stdout, stderr } = spawnSync('python3', ['-c', script], { env, encoding: 'utf8' });
  assert.equal(stdout, '401 webhook_refused\n', stderr);
});
