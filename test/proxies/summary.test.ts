import assert from 'node:assert/strict';

import type { PaymentSummary, Problem } from '../../contract/index.ts';
import { SESSION } from '../verify/session.ts';
import { eachProxy } from './each.ts';
import { stubProvider, type Reply } from './stub-provider.ts';
import { startProxy } from './support.ts';

async function read(endpoint: string, payment: string) {
  const answer = await fetch(`${endpoint}/payments/${payment}`, { headers: SESSION });
  return { status: answer.status, json: (await answer.json()) as PaymentSummary & Problem };
}

/** Refunds 5 KWD and returns the status. */
async function refund(endpoint: string, payment: string, key: string) {
  const { status } = await fetch(`${endpoint}/create-refund`, {
    method: 'POST',
    headers: { ...SESSION, 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': key },
    body: JSON.stringify({ orderId: payment, totalPrice: 5 }),
  });
  return status;
}

eachProxy('a refund of UPayments whose page is closed does not stay pending at the proxy in', async (t, program) => {
  let refunded: Reply = { status: true, data: { is_refunded: false, refunded_date: null } };
  const made: string[] = [];
  const stub = await stubProvider(
    t,
    () => ({ currency: 'KWD', captured: '30.000' }),
    ({ method, url, body }) => {
      if (url.startsWith('/check-refund-status/')) return url.endsWith('/order-1') ? refunded : 500;
      // The list may have other ids than those of the answers.
      if (method === 'GET') return { status: true, data: { refund: made.map((id) => ({ order_id: `of-${id}` })) } };
      made.push(`${(JSON.parse(body) as { orderId: string }).orderId}-${made.length + 1}`);
      return { status: true, data: { orderId: made.at(-1), refundOrderId: 'a', refundArn: 'b' } };
    },
  );
  const endpoint = await startProxy(t, { ...program, provider: 'upayments', recorder: stub.url });
  assert.equal(await refund(endpoint, 'order', '3f0c9d2e-4b4c-4f57-9a53-0d7c3a1f5b10'), 200);
  const figures = async () => {
    const { status, json } = await read(endpoint, 'order');
    return [status, json.refunded, json.pending, json.refunds?.map(({ standing }) => standing).join()];
  };
  assert.deepEqual(await figures(), [200, '0.000', '5.000', 'pending']);
  refunded = 500;
  assert.deepEqual(await figures(), [200, '0.000', '5.000', 'pending'], 'a read that fails changes nothing');
  refunded = { status: true, data: { is_refunded: true, refunded_date: '2026-11-20 09:00:00' } };
  assert.deepEqual(await figures(), [200, '5.000', '0.000', 'succeeded']);
  const reads = stub.calls.length;
  await figures();
  assert.equal(stub.calls.length, reads + 1, 'what has been carried out is not read again');
});

for (const [provider, list] of [
  ['uqpay', { total_pages: 1, data: [] }],
  ['upayments', { status: true, data: { refund: [] } }],
] as const) {
  eachProxy(`the order's payment method is in the summary for ${provider} of the proxy in`, async (t, program) => {
    const orders = (id: string) => ({
      currency: 'KWD',
      captured: '30.000',
      ...(id === 'PI1' && { payment_method: 'knet' }),
    });
    const stub = await stubProvider(t, orders, () => list);
    // A slash at the end of the provider's address makes no difference.
    const path = provider === 'uqpay' ? '/uqpay/api/' : '/upayments/api/v1//';
    const env = { REFUND_UPSTREAM: stub.url + path };
    const endpoint = await startProxy(t, { ...program, provider, recorder: stub.url, env });
    const { status, json } = await read(endpoint, 'PI1');
    assert.deepEqual([status, json.payment_method], [200, 'knet']);
    assert.equal((await read(endpoint, 'PI2')).json.payment_method ?? null, null);
    assert.ok(stub.calls.length > 0);
    for (const { url } of stub.calls) assert.match(url, /^\/(?:v2|check-refund)\//);
  });
}

eachProxy('a credential that the provider refuses is named in the log of the proxy in', async (t, program) => {
  const log: string[] = [];
  const stub = await stubProvider(
    t,
    () => ({ currency: 'KWD', captured: '30.000' }),
    () => 401,
    () => 401,
  );
  for (const [provider, named] of [
    ['uqpay', 'REFUND_CLIENT_ID with REFUND_API_KEY'],
    ['upayments', 'REFUND_TOKEN'],
  ] as const) {
    const endpoint = await startProxy(t, { ...program, provider, recorder: stub.url, log });
    const { status, json } = await read(endpoint, 'PI1');
    assert.deepEqual([status, json.code, json.effect], [502, 'credentials_refused', 'nothing']);
    const sentence = `the provider refuses ${named} (it answered 401): correct it in the environment of the server`;
    assert.ok(log.join('').includes(sentence), log.join(''));
  }
  for (const secret of ['jtest123', 'sandbox-key']) assert.ok(!log.join('').includes(secret));
});
