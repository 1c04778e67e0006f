import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';

import { createSandbox } from '../../mock-server/index.ts';
import { startProxy } from './support/process.ts';
import { post, USER } from './support/stand-alone.ts';
import { PAYMENT, readAnswer, REFUND, temporaryFolder, uqpayBody, uuid } from './support/test-proxy.ts';

const PARTLY = 'up20261103knet0000000000000000000000000000000000000000000000000003';

test('a stand-alone proxy refunds against a sandbox that also answers for the orders, with nothing else set up', async (t) => {
  await using sandbox = await createSandbox();
  const { url } = await startProxy(t, {
    REFUND_PROXY_DEMO: '1',
    REFUND_USER_HEADER: 'x-user',
    REFUND_PROXY_DB: path.join(await temporaryFolder(t), 'ledger.sqlite'),
    REFUND_ORDERS_URL: `${sandbox.url}/orders/{id}`,
    UQPAY_BASE_URL: sandbox.uqpayUrl,
    UPAYMENTS_BASE_URL: sandbox.upaymentsUrl,
  });
  const sums = async (provider: string, payment: string) => {
    const { json } = await readAnswer(await fetch(`${url}/refunds/${provider}/payments/${payment}`, { headers: USER }));
    const { captured, refundable } = json as Record<string, string>;
    return [captured, refundable];
  };

  assert.equal((await post(url, `/refunds/uqpay${REFUND}`, uqpayBody('10.01'))).status, 200);
  assert.deepEqual(await sums('uqpay', PAYMENT), ['250.00', '239.99']);

  // Of this order the sandbox began with a refund of 20.000, whose amount UPayments does not tell.
  const body = { orderId: PARTLY, totalPrice: 4 };
  assert.equal((await post(url, '/refunds/upayments/create-refund', body, USER, uuid(2))).status, 201);
  assert.deepEqual(await sums('upayments', PARTLY), ['64.000', '40.000']);

  const unknown = await post(
    url,
    `/refunds/uqpay${REFUND}`,
    { ...uqpayBody('1.00'), payment_intent_id: 'PI404' },
    USER,
    uuid(3),
  );
  const { status, problem } = await readAnswer(unknown);
  assert.deepEqual([status, problem.code], [404, 'payment_not_found']);
});
