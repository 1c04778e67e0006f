import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  ORDER,
  PAYMENT,
  REFUND,
  startTestProxy,
  scriptUqpay,
  START,
  UQPAY_POST,
  uuid,
  type TestProxy,
} from './support/test-proxy.ts';
import { setRefundStatus, startReportingProxy, types, unsentChanges } from './support/reporting-proxy.ts';
import { requestOf, webhook } from './support/webhook.ts';

const SCOPE = { merchant: 'default', provider: 'uqpay' };

test('a refund is reported when it is accepted and when it is settled, with all fields that a shop needs', async (t) => {
  const testProxy = await startReportingProxy(t);
  const { proxy, changes, get, refund } = testProxy;
  const refunds = scriptUqpay(testProxy.provider);
  await refund('10.00', { key: uuid(7) });
  assert.equal(await proxy.announce(), 1);
  setRefundStatus(testProxy, refunds, 'SUCCEEDED');
  await get(`${REFUND}/RF1`);
  assert.equal(await proxy.announce(), 1);
  assert.equal(await proxy.announce(), 0);
  const [accepted, settled] = changes;
  const { id, sequence, intent_id, source, ...rest } = accepted!;
  assert.deepEqual(rest, {
    type: 'refund.accepted',
    at: new Date(START).toISOString(),
    merchant: 'default',
    provider: 'uqpay',
    payment_id: PAYMENT,
    amount: '10.00',
    currency: 'USD',
    idempotency_key: uuid(7),
    refund_id: 'RF1',
    vendor: null,
    standing: 'pending',
    before: 'unknown',
  });
  assert.match(source, /^answer/);
  assert.ok(intent_id);
  assert.equal(settled?.type, 'refund.settled');
  assert.deepEqual([settled?.standing, settled?.before], ['succeeded', 'pending']);
  assert.notEqual(settled?.id, id);
  assert.ok(settled.sequence > sequence);
  assert.doesNotMatch(JSON.stringify(changes), /admin-1|Return good/);
});

test('no change is stored if there is no receiver', async (t) => {
  const { proxy, refund, ledger } = await startTestProxy(t);
  await refund('10.00');
  assert.equal(await proxy.announce(), 0);
  assert.deepEqual(await unsentChanges(ledger), { untold: 0, untoldSince: undefined });
});

test('a lost answer, a refusal, a failure and a contradiction are each reported with their own type', async (t) => {
  const lost = await startReportingProxy(t);
  lost.provider.on(UQPAY_POST, 'drop');
  lost.provider.on(`GET ${REFUND}`, { status: 500, json: {} });
  await lost.refund('10.00');
  await lost.proxy.announce();
  assert.deepEqual(
    lost.changes.map(({ type, amount, standing }) => [type, amount, standing]),
    [['refund.unknown', '10.00', 'unknown']],
  );

  const refused = await startReportingProxy(t);
  const json = { type: 'refund_error', code: 'insufficient_balance', message: 'top it up' };
  refused.provider.on(UQPAY_POST, { status: 400, json });
  await refused.refund('10.00');
  await refused.proxy.announce();
  assert.deepEqual(types(refused.changes), ['refund.failed']);

  const failed = await startReportingProxy(t);
  const refunds = scriptUqpay(failed.provider);
  await failed.refund('10.00');
  setRefundStatus(failed, refunds, 'FAILED');
  await failed.get(`${REFUND}/RF1`);
  setRefundStatus(failed, refunds, 'SUCCEEDED');
  await failed.proxy.fetch(requestOf(webhook({ refund: 'RF1', status: 'SUCCEEDED' })));
  await failed.proxy.announce();
  assert.deepEqual(types(failed.changes), ['refund.accepted', 'refund.failed', 'refund.contradicted']);
});

test('a person’s decision is reported once', async (t) => {
  const testProxy = await startReportingProxy(t);
  testProxy.provider.on(UQPAY_POST, 'drop');
  testProxy.provider.on(`GET ${REFUND}`, { status: 500, json: {} });
  await testProxy.refund('10.00', { key: uuid(7) });
  const intent = (await testProxy.ledger.intentByKey(SCOPE, uuid(7)))!;
  const decision = {
    outcome: 'nothing',
    who: 'auditor',
    reason: 'the portal shows none',
    at: testProxy.clock.now,
  } as const;
  await testProxy.ledger.resolve(intent.id, decision);
  await testProxy.proxy.announce();
  assert.deepEqual(types(testProxy.changes), ['refund.unknown', 'refund.failed']);
  assert.equal(testProxy.changes[1]?.source, 'person');
  assert.doesNotMatch(JSON.stringify(testProxy.changes), /auditor|portal/);
});

/** UPayments' answer about vendor a in the second step. */
const GENERATED = [{ generatedInvoiceId: 1, amount: 5, orderId: 'refund-a', refundOrderId: 'A', refundArn: 'arn-a' }];

/** Runs the first step of a refund to the vendors a and b. Nothing of their rows is refunded. */
async function openVendors(testProxy: TestProxy, meanwhile = async (): Promise<unknown> => undefined) {
  const row = {
    ibanNumber: 'KW91',
    totalPaid: '50.000',
    refundedAmount: 0,
    remainingLimit: 50,
    merchantType: 'vendor',
  };
  const rows = ['a', 'b'].map((refundRequestId) => ({ ...row, refundRequestId, amountToRefund: 0 }));
  const data = { orderId: ORDER, isMultivendorRefund: true, refundPayload: rows, multivendor_refund_end_point: 'x' };
  testProxy.provider.on('POST /create-refund', async () => {
    await meanwhile();
    return { status: 201, json: { status: true, message: 'ok', data } };
  });
  await testProxy.refund('20');
  return rows;
}

test('each vendor’s part is reported separately, and a first step that refunds nothing is not reported', async (t) => {
  const testProxy = await startReportingProxy(t, { name: 'upayments' });
  const rows = await openVendors(testProxy);
  const refusal = [{ refundRequestId: 'b', message: 'Insufficient balance' }];
  const responseData = { generated: GENERATED, dataTempered: [], refundIssue: [], insufficientBalance: refusal };
  testProxy.provider.on('POST /create-multivendor-refund', {
    status: 201,
    json: { status: true, message: 'ok', data: { responseData } },
  });
  const refundPayload = rows.map((each) => ({ ...each, amountToRefund: 5 }));
  await testProxy.post('/create-multivendor-refund', { body: { orderId: ORDER, refundPayload } });
  await testProxy.proxy.announce();
  assert.deepEqual(
    testProxy.changes.map(({ type, vendor, amount }) => [type, vendor, amount]),
    [
      ['refund.accepted', 'a', '5.000'],
      ['refund.failed', 'b', '5.000'],
    ],
  );
});

test('a first step that was reported as unknown is reported as failed when it has refunded nothing', async (t) => {
  const testProxy = await startReportingProxy(t, { name: 'upayments' });
  const scope = { merchant: 'default', provider: 'upayments' };
  await openVendors(testProxy, () => {
    testProxy.clock.now += 3_600_000;
    return testProxy.ledger.loseOverdue(scope, testProxy.clock.now);
  });
  await testProxy.proxy.announce();
  assert.deepEqual(
    testProxy.changes.map(({ type, standing, before }) => [type, standing, before]),
    [
      ['refund.unknown', 'unknown', null],
      ['refund.failed', 'failed', 'unknown'],
    ],
  );
});

test('a part without a result in the answer is reported as unknown, beside the other parts', async (t) => {
  const testProxy = await startReportingProxy(t, { name: 'upayments' });
  const rows = await openVendors(testProxy);
  const responseData = { generated: GENERATED, dataTempered: [], refundIssue: [], insufficientBalance: [] };
  const json = { status: true, message: 'ok', data: { responseData } };
  testProxy.provider.on('POST /create-multivendor-refund', { status: 201, json });
  const refundPayload = rows.map((each, index) => ({ ...each, amountToRefund: 5 + index }));
  await testProxy.post('/create-multivendor-refund', { body: { orderId: ORDER, refundPayload } });
  await testProxy.proxy.announce();
  assert.deepEqual(testProxy.changes.map(({ type, vendor, amount }) => `${vendor} ${amount} ${type}`).toSorted(), [
    'a 5.000 refund.accepted',
    'b 6.000 refund.unknown',
  ]);
});

test('a lost refund is reported as unknown once, however often it is sent again', async (t) => {
  const testProxy = await startReportingProxy(t);
  testProxy.provider.on(UQPAY_POST, 'drop');
  testProxy.provider.on(`GET ${REFUND}`, { status: 500, json: {} });
  await testProxy.refund('10.00', { key: uuid(7) });
  await testProxy.refund('10.00', { key: uuid(7) });
  const json = { type: 'refund_error', code: 'insufficient_balance', message: 'top it up' };
  testProxy.provider.on(UQPAY_POST, { status: 400, json });
  await testProxy.refund('10.00', { key: uuid(7) });
  await testProxy.proxy.announce();
  assert.deepEqual(
    testProxy.changes.map(({ type, before }) => [type, before]),
    [
      ['refund.unknown', null],
      ['refund.failed', 'unknown'],
    ],
  );
});

test('a refused refund that exists after all is reported as contradicted, with its request', async (t) => {
  const testProxy = await startReportingProxy(t);
  const refunds = scriptUqpay(testProxy.provider);
  const json = { type: 'refund_error', code: 'insufficient_balance', message: 'top it up' };
  testProxy.provider.on(UQPAY_POST, { status: 400, json });
  await testProxy.refund('10.00', { key: uuid(7) });
  const intent = (await testProxy.ledger.intentByKey(SCOPE, uuid(7)))!;
  await testProxy.proxy.fetch(requestOf(webhook({ refund: 'RF1', status: 'SUCCEEDED', intent: intent.id })));
  await testProxy.proxy.announce();
  assert.equal(refunds.size, 0);
  assert.deepEqual(
    testProxy.changes.map(({ type, intent_id, idempotency_key }) => [type, intent_id, idempotency_key]),
    [
      ['refund.failed', intent.id, uuid(7)],
      ['refund.contradicted', intent.id, uuid(7)],
    ],
  );
});
