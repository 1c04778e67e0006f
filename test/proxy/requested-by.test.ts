import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { paymentSummary, type PaymentSummary } from '../../contract/index.ts';
import { listOf, ORDER, PAYMENT, REFUND, startTestProxy, uuid, type TestProxyOptions } from './support/test-proxy.ts';

const CREATED = {
  status: 201,
  json: { status: true, message: 'ok', data: { orderId: 'refund-1', refundOrderId: 'R1', refundArn: 'arn-1' } },
};

/** A header names the user, as a merchant's session would. */
async function setUp(t: TestContext, options: TestProxyOptions = {}) {
  const testProxy = await startTestProxy(t, {
    authorize: async (request, { action, amount }) => {
      const user = request.headers.get('x-user') ?? 'reader';
      return action === 'refund' && amount! > 5_000n && options.name !== 'upayments'
        ? { refuse: 'approval_required', user }
        : { user };
    },
    ...options,
  });
  const id = options.name === 'upayments' ? ORDER : PAYMENT;
  const read = async (): Promise<PaymentSummary> => paymentSummary.parse((await testProxy.get(`/payments/${id}`)).json);
  return { ...testProxy, read };
}

const as = (user: string, number: number) => ({ key: uuid(number), headers: { 'x-user': user } });

test('a refund is listed with the user who asked for it, and with the time', async (t) => {
  const { refund, read, clock } = await setUp(t);
  await refund('10.00', as('amal', 1));
  clock.now += 60_000;
  await refund('20.00', as('badr', 2));
  assert.deepEqual(
    (await read()).refunds!.map(({ amount, requested_by, create_time }) => [amount, requested_by, create_time]),
    [
      ['10.00', 'amal', '2026-11-20T09:00:00.000Z'],
      ['20.00', 'badr', '2026-11-20T09:01:00.000Z'],
    ],
  );
});

test('the approver of a refund is not the one who asked for it', async (t) => {
  const { refund, read, post } = await setUp(t);
  await refund('60.00', as('amal', 1));
  const [waiting] = (await read()).refunds!;
  assert.deepEqual([waiting?.standing, waiting?.requested_by], ['awaiting_approval', 'amal']);
  await post(`/intents/${waiting?.intent_id}/approve`, { headers: { 'x-user': 'badr' }, body: {} });
  const [approved] = (await read()).refunds!;
  assert.deepEqual([approved?.standing, approved?.requested_by], ['pending', 'amal']);
});

test('a cancel is listed with the user who asked for it, and its refund with the ids that a cancel needs', async (t) => {
  const { provider, refund, post, read } = await setUp(t, { name: 'upayments' });
  provider.on('POST /create-refund', CREATED);
  provider.on('POST /delete-refund', { status: 201, json: { status: true, message: 'Deleted' } });
  await refund('10', as('amal', 1));
  const { references } = (await read()).refunds![0]!;
  assert.deepEqual(references, { orderId: 'refund-1', refundOrderId: 'R1', refundArn: 'arn-1' });
  await post('/delete-refund', { ...as('badr', 2), body: { orderId: 'refund-1', refundOrderId: 'R1' } });
  const { refunds, cancels } = await read();
  assert.deepEqual([refunds![0]?.standing, refunds![0]?.requested_by], ['cancelled', 'amal']);
  assert.deepEqual([cancels![0]?.standing, cancels![0]?.requested_by], ['cancelled', 'badr']);
});

test('nobody is named for a refund that was made elsewhere', async (t) => {
  const { provider, read } = await setUp(t);
  const elsewhere = {
    payment_refund_id: 'RF9',
    payment_attempt_id: 'PA1234567890123456789',
    amount: '5.00',
    currency: 'USD',
    refund_status: 'SUCCEEDED',
    create_time: '2026-11-19T17:00:00+08:00',
    update_time: '2026-11-19T17:00:00+08:00',
    reason: 'In the portal',
  };
  provider.on(`GET ${REFUND}`, listOf([elsewhere]));
  const [listed] = (await read()).refunds!;
  assert.deepEqual([listed?.refund_id, listed?.idempotency_key], ['RF9', null]);
  assert.ok(!('requested_by' in listed!));
});

test('an erased person is listed by the pseudonym, and nobody is named after retention has deleted the name', async (t) => {
  const { provider, refund, read, ledger, clock } = await setUp(t, { name: 'upayments' });
  provider.on('POST /create-refund', CREATED);
  await refund('10', as('amal', 1));
  const at = clock.now;
  await ledger.erase({ user: 'amal', pseudonym: 'erased-1', who: 'operator', at });
  assert.equal((await read()).refunds![0]?.requested_by, 'erased-1');
  await ledger.observe(
    { merchant: 'default', provider: 'upayments' },
    { observations: [{ refundId: 'refund-1', standing: 'succeeded', status: 'refunded' }], source: 'test', at },
  );
  const { payments } = await ledger.prune({ before: at + 1, at: at + 1, who: 'operator' });
  assert.equal(payments, 1);
  const [pruned] = (await read()).refunds!;
  assert.deepEqual([pruned?.standing, 'requested_by' in pruned!], ['succeeded', false]);
});

test('neither the logs nor the messages to the merchant’s server name who asked', async (t) => {
  const changes: unknown[] = [];
  const { refund, proxy, logged } = await setUp(t, { onChange: async (change) => void changes.push(change) });
  await refund('10.00', as('amal', 1));
  await proxy.announce();
  assert.equal(changes.length, 1);
  assert.ok(!JSON.stringify([changes, logged]).includes('amal'));
});
