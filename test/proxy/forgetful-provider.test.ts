import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import type { PaymentSummary } from '../../contract/index.ts';
import { PAYMENT, REFUND, scriptUqpay, START, startTestProxy, uuid } from './support/test-proxy.ts';
import { requestOf, SECRET, webhook } from './support/webhook.ts';

const SCOPE = { merchant: 'default', provider: 'uqpay' };

/** A refund of 3.00 is carried out. Then the provider loses its memory, as a sandbox that is started again. */
async function setUp(t: TestContext) {
  const testProxy = await startTestProxy(t, { webhookSecret: SECRET });
  const { provider, refund, get, ledger } = testProxy;
  const refunds = scriptUqpay(provider);
  const read = async () => (await get(`/payments/${PAYMENT}`)).json as PaymentSummary;
  assert.equal((await refund('3.00', { key: uuid(1) })).status, 200);
  for (const [key, record] of refunds) refunds.set(key, { ...record, refund_status: 'SUCCEEDED' });
  assert.equal((await read()).refunded, '3.00');
  refunds.clear();
  return {
    ...testProxy,
    refunds,
    read,
    standings: async () =>
      (await ledger.reservationsOfPayment(SCOPE, PAYMENT)).map(({ amount, standing }) => [amount, standing]),
  };
}

const KNOWN = [300n, 'succeeded'];

test('UQPAY’s answer with the id of another request’s refund is no answer', async (t) => {
  const { refund, read, standings, refunds, logged, ledger } = await setUp(t);
  const answer = await refund('4.00', { key: uuid(2) });
  assert.deepEqual([answer.status, answer.problem.code], [504, 'outcome_unknown']);
  assert.deepEqual(
    [...refunds.values()].map((record) => (record as { payment_refund_id: string }).payment_refund_id),
    ['RF1'],
    'the id was given before',
  );
  assert.deepEqual(await standings(), [KNOWN, [400n, 'unknown']]);
  const { refunded, pending, refundable } = await read();
  assert.deepEqual([refunded, pending, refundable], ['3.00', '4.00', '93.00'], 'the list does not say more');
  assert.deepEqual(await standings(), [KNOWN, [400n, 'unknown']]);
  const intent = (await ledger.intentByKey(SCOPE, uuid(2)))!;
  const told = logged.filter((line) => line.includes('gave the id of another refund') && line.includes(intent.id));
  assert.equal(told.length, 1);
  const again = await refund('4.00', { key: uuid(2) });
  assert.equal(again.status, 504, 'nor is it an answer to the same key');
});

test('what UQPAY says of the other refund changes nothing of the first one', async (t) => {
  const { refund, proxy, clock, standings, refunds, provider, ledger } = await setUp(t);
  await refund('3.00', { key: uuid(2) });
  const { id: intent } = (await ledger.intentByKey(SCOPE, uuid(2)))!;
  const event = webhook({ refund: 'RF1', status: 'FAILED', amount: '3.00', intent }, { at: START });
  assert.equal((await proxy.fetch(requestOf(event))).status, 200);
  for (const [key, record] of refunds) refunds.set(key, { ...record, refund_status: 'FAILED' });
  provider.on(`GET ${REFUND}/RF1`, () => ({ status: 200, json: [...refunds.values()][0]! }));
  clock.now += 2 * 86_400_000;
  await proxy.reconcile();
  assert.ok(provider.callsOf(`GET ${REFUND}/RF1`).length > 0);
  assert.deepEqual(await standings(), [KNOWN, [300n, 'unknown']]);
});

test('an answer about another amount holds nothing of another request’s refund', async (t) => {
  const { refund, read, standings, refunds, provider } = await setUp(t);
  provider.on(`POST ${REFUND}`, ({ body }) => {
    const { metadata } = JSON.parse(body) as { metadata: object };
    const record = { payment_refund_id: 'RF1', amount: '5.00', currency: 'USD', refund_status: 'INITIATED', metadata };
    refunds.set('any', record);
    return { status: 200, json: record };
  });
  assert.equal((await refund('4.00', { key: uuid(2) })).status, 504);
  await read();
  assert.deepEqual(await standings(), [KNOWN, [400n, 'unknown']]);
});
