import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { upaymentsCreateRefundAnswer, upaymentsVendorsOpened, uqpayRefund } from '../../contract/index.ts';
import { createSandbox, createSandboxClient } from '../../mock-server/index.ts';
import { createRefundProxy, serveProxies, upayments, uqpay } from '../../proxy/index.ts';
import { ledgerPlace } from './support/ledgers.ts';
import {
  ORDER,
  PAYMENT,
  readAnswer,
  REFUND,
  START,
  uqpayBody,
  uuid,
  uuids,
  type Answer,
} from './support/test-proxy.ts';

const PARTLY_REFUNDED = 'PI2000000000000000005';
const VENDORS = 'up20261106vend0000000000000000000000000000000000000000000000000006';
const ORDERS = [
  { payment_id: PAYMENT, currency: 'USD', captured: '250.00' },
  { payment_id: PARTLY_REFUNDED, currency: 'USD', captured: '89.90' },
  { payment_id: ORDER, currency: 'KWD', captured: '100.000' },
  { payment_id: VENDORS, currency: 'KWD', captured: '90.000' },
];

test('the request of the seed page is refunded, succeeds as the clock advances, and is final in the ledger', async (t) => {
  const { post, payment, sandbox, uqpayProxy, clock } = await setUp(t);
  const answer = await post(`/uqpay${REFUND}`, {
    ...uqpayBody('10.01'),
    payment_attempt_id: 'PA1234567890123456789',
    metadata: { customer_id: 'cust_12345', order_id: 'order_6789' },
  });
  assert.equal(answer.status, 200);
  assert.equal(uqpayRefund.parse(answer.json).refund_status, 'INITIATED');
  await sandbox.advance('PT1M');
  clock.now += 60_000;
  assert.equal((await uqpayProxy.reconcile()).changed, 1);
  assert.deepEqual(await payment('uqpay', PAYMENT), ['10.01', '0.00', '239.99']);
});

for (const scenario of [
  'drop_after_commit',
  'drop_before_commit',
  'truncated_json',
  'malformed_json',
  'server_error',
  'drop_at_byte',
] as const) {
  test(`the scenario ${scenario} leaves the refund unknown, and a second send with the same key makes one refund`, async (t) => {
    const { post, sandbox } = await setUp(t);
    await sandbox.scenario(scenario, { provider: 'uqpay' });
    const body = uqpayBody('250.00');
    const lost = await post(`/uqpay${REFUND}`, body, uuid(1));
    assert.deepEqual([lost.status, lost.problem.code], [504, 'outcome_unknown']);
    const settled = await post(`/uqpay${REFUND}`, body, uuid(1));
    assert.equal(settled.status, 200);
    const refunds = (await sandbox.db('uqpay_refunds')).filter((row) => row['payment_intent'] === PAYMENT);
    assert.equal(refunds.length, 1);
  });
}

test('an expired token and a revoked token are replaced without a second refund', async (t) => {
  const { post, sandbox, uqpayUrl } = await setUp(t);
  assert.equal((await post(`/uqpay${REFUND}`, uqpayBody('1.00'))).status, 200);
  await sandbox.advance('PT31M');
  assert.equal((await post(`/uqpay${REFUND}`, uqpayBody('1.00'))).status, 200);
  await fetch(`${uqpayUrl}/v1/connect/token`, {
    method: 'POST',
    headers: { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' },
  });
  assert.equal((await post(`/uqpay${REFUND}`, uqpayBody('1.00'))).status, 200);
  const refunds = (await sandbox.db('uqpay_refunds')).filter((row) => row['payment_intent'] === PAYMENT);
  assert.equal(refunds.length, 3);
});

test('refunds from before the proxy’s start count', async (t) => {
  const { payment, post } = await setUp(t);
  assert.deepEqual(await payment('uqpay', PARTLY_REFUNDED), ['30.00', '0.00', '59.90']);
  const above = await post(`/uqpay${REFUND}`, { ...uqpayBody('59.91'), payment_intent_id: PARTLY_REFUNDED });
  assert.equal(above.problem.refundable, '59.90');
});

test('a UPayments refund is created, read and cancelled, and a cancel releases its amount', async (t) => {
  const { post, get, payment, sandbox } = await setUp(t);
  const created = await post('/upayments/create-refund', {
    orderId: ORDER,
    totalPrice: 10,
    customerMobileNumber: '+96512345678',
  });
  assert.equal(created.status, 201);
  const data = upaymentsCreateRefundAnswer.parse(created.json).data as { orderId: string; refundOrderId: string };
  assert.equal((await get(`/upayments/check-refund-status/${data.orderId}`)).status, 201);
  assert.equal((await get(`/upayments/check-refund/${ORDER}`)).status, 200);
  assert.deepEqual(await payment('upayments', ORDER), ['0.000', '10.000', '90.000']);
  const { orderId, refundOrderId } = data;
  assert.equal((await post('/upayments/delete-refund', { orderId, refundOrderId })).status, 201);
  assert.deepEqual(await payment('upayments', ORDER), ['0.000', '0.000', '100.000']);
  await post('/upayments/create-refund', { orderId: ORDER, totalPrice: 100 });
  await sandbox.advance('PT4H');
  // The list of the payment says that it is paid.
  assert.deepEqual(await payment('upayments', ORDER), ['100.000', '0.000', '0.000']);
});

test('a lost UPayments refund is sent once, and the provider’s list is evidence', async (t) => {
  const { post, sandbox } = await setUp(t);
  await sandbox.scenario('drop_after_commit', { provider: 'upayments' });
  const body = { orderId: ORDER, totalPrice: 10 };
  assert.equal((await post('/upayments/create-refund', body, uuid(1))).status, 504);
  const again = await post('/upayments/create-refund', body, uuid(1));
  assert.deepEqual([again.status, /lists 1 more/.test(again.problem.detail ?? '')], [504, true]);
  assert.equal((await post('/upayments/create-refund', body)).problem.code, 'payment_busy');
  const createCalls = (await sandbox.journal({ provider: 'upayments' })).filter(({ path: callPath }) =>
    callPath.endsWith('/create-refund'),
  );
  assert.equal(createCalls.length, 1);
});

test('a vendor refund with one refused vendor holds only the other amount, and that part can be cancelled', async (t) => {
  const { post, payment } = await setUp(t);
  const step = await post('/upayments/create-refund', { orderId: VENDORS, totalPrice: 40 });
  assert.equal(step.status, 201);
  const { orderId, refundPayload } = upaymentsVendorsOpened.parse(upaymentsCreateRefundAnswer.parse(step.json).data);
  const amounts = [30, 10];
  const rows = refundPayload.map((row, index) => ({ ...row, amountToRefund: amounts[index] }));
  const answer = await post('/upayments/create-multivendor-refund', { orderId, refundPayload: rows });
  assert.equal(answer.status, 201);
  const lists = (answer.json as { data: { responseData: Record<string, Record<string, unknown>[]> } }).data
    .responseData;
  assert.deepEqual([lists['generated']!.length, lists['insufficientBalance']!.length], [1, 1]);
  assert.deepEqual(await payment('upayments', VENDORS), ['0.000', '30.000', '60.000']);
  const { generatedInvoiceId, orderId: refundOrder, refundOrderId, refundArn } = lists['generated']![0]!;
  const cancelled = await post('/upayments/delete-multivendor-refund', {
    generatedInvoiceId,
    orderId: refundOrder,
    refundOrderId,
    refundArn,
  });
  assert.equal(cancelled.status, 201);
  assert.deepEqual(await payment('upayments', VENDORS), ['0.000', '0.000', '90.000']);
});

async function setUp(t: TestContext) {
  const clock = { now: START };
  const sandbox = await createSandbox({ now: () => START });
  const ledger = (await ledgerPlace(t)).open();
  const shared = {
    ledger,
    orders: async (id: string) => ORDERS.find(({ payment_id }) => payment_id === id),
    authorize: async () => ({ user: 'admin-1' }),
    now: () => clock.now,
    newId: uuids(9),
    timeoutMs: 2_000,
  };
  const uqpayProxy = createRefundProxy({
    ...shared,
    basePath: '/uqpay',
    provider: uqpay({ baseUrl: sandbox.uqpayUrl, clientId: 'sandbox-client', apiKey: 'sandbox-key' }),
  });
  const upaymentsProxy = createRefundProxy({
    ...shared,
    basePath: '/upayments',
    provider: upayments({ baseUrl: sandbox.upaymentsUrl, token: 'jtest123' }),
  });
  const served = await serveProxies({ proxies: [uqpayProxy, upaymentsProxy], port: 0, host: '127.0.0.1' });
  t.after(async () => {
    await served.close();
    await sandbox.close();
  });
  const keys = uuids(1);
  const get = async (below: string): Promise<Answer> => readAnswer(await fetch(served.url + below));
  const post = async (below: string, body: object, key = keys()): Promise<Answer> =>
    readAnswer(
      await fetch(served.url + below, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': key },
        body: JSON.stringify(body),
      }),
    );
  const payment = async (provider: string, id: string) => {
    const { refunded, pending, refundable } = (await get(`/${provider}/payments/${id}`)).json as Record<string, string>;
    return [refunded, pending, refundable];
  };
  return {
    get,
    post,
    payment,
    sandbox: createSandboxClient(sandbox.url),
    uqpayUrl: sandbox.uqpayUrl,
    uqpayProxy,
    clock,
  };
}
