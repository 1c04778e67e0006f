import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { PaymentSummary } from '../../contract/index.ts';
import { lostAtUqpay, UQPAY } from './support/lost-refunds.ts';
import { listOf, PAYMENT, REFUND, startTestProxy, UQPAY_POST, uuid } from './support/test-proxy.ts';

const BACK = { take_back: true } as const;

test('the refund whose number is taken back counts as made elsewhere before the next refund is sent', async (t) => {
  const { say, list, refund, provider, ledger } = await lostAtUqpay(t, { isMarked: false });
  list(true);
  assert.equal((await say({ outcome: 'initiated', refund_id: 'RF1' })).status, 200);
  assert.equal((await say({ outcome: 'nothing', ...BACK, confirm: true })).status, 200);
  const rows = await ledger.reservationsOfPayment(UQPAY, PAYMENT);
  assert.deepEqual(
    rows
      .filter(({ released }) => !released)
      .map(({ intentId, refundId, amount, standing }) => [intentId, refundId, amount, standing]),
    [[undefined, 'RF1', 10_00n, 'pending']],
  );
  const sends = provider.callsOf(UQPAY_POST).length;
  assert.equal((await refund('95.00', { key: uuid(2) })).problem.refundable, '90.00');
  assert.equal(provider.callsOf(UQPAY_POST).length, sends);
});

test('the refund whose number is replaced counts as made elsewhere at once', async (t) => {
  const { say, list, provider, ledger } = await lostAtUqpay(t, { isMarked: false });
  list(true);
  assert.equal((await say({ outcome: 'initiated', refund_id: 'RF1' })).status, 200);
  const made = (payment_refund_id: string) => ({
    payment_refund_id,
    payment_attempt_id: 'PA1234567890123456789',
    amount: '10.00',
    currency: 'USD',
    refund_status: 'INITIATED',
    create_time: '2026-11-21T01:00:00+08:00',
    reason: 'other',
    metadata: null,
  });
  provider.on(`GET ${REFUND}`, listOf([made('RF1'), made('RF2')]));
  assert.equal((await say({ outcome: 'initiated', refund_id: 'RF2', ...BACK })).status, 200);
  const rows = await ledger.reservationsOfPayment(UQPAY, PAYMENT);
  const held = rows
    .filter(({ released }) => !released)
    .map(({ refundId, intentId }) => `${refundId} ${intentId === undefined ? 'elsewhere' : 'ours'}`);
  assert.deepEqual(held.toSorted(), ['RF1 elsewhere', 'RF2 ours']);
});

test('a number may be given together with take_back, though nothing has to be taken back for it', async (t) => {
  const { say, list, ledger } = await lostAtUqpay(t, { isMarked: false });
  assert.equal((await say({ outcome: 'refunded', confirm: true })).status, 200);
  list(true, 'SUCCEEDED');
  assert.equal((await say({ outcome: 'refunded', refund_id: 'RF1', ...BACK, confirm: true })).status, 200);
  const rows = await ledger.reservationsOfPayment(UQPAY, PAYMENT);
  assert.deepEqual(
    rows.filter(({ released }) => !released).map(({ refundId, standing }) => [refundId, standing]),
    [['RF1', 'succeeded']],
  );
});

test('a word with a number that the provider has not borne out is corrected by another word', async (t) => {
  const { say, list, summary } = await lostAtUqpay(t, { isMarked: false });
  list(true);
  assert.equal((await say({ outcome: 'refunded', refund_id: 'RF1', confirm: true })).status, 200);
  assert.equal((await summary()).refunded, '10.00');
  const early = await say({ outcome: 'initiated' });
  assert.match(
    early.problem.detail!,
    /^A person has settled this refund as refunded\. If that was wrong, and the refund is on /,
  );
  assert.equal((await say({ outcome: 'initiated', ...BACK })).status, 200);
  const { pending, refunds } = await summary();
  assert.deepEqual([pending, refunds![0]!.refund_id, refunds![0]!.standing], ['10.00', 'RF1', 'pending']);
  list(true, 'SUCCEEDED');
  assert.equal((await summary()).refunded, '10.00');
  assert.match((await say({ outcome: 'initiated', ...BACK })).problem.detail!, /the provider itself tells/);
});

test('a number that is wrong is taken back while the outcome is a word, too', async (t) => {
  const { say, list, ledger } = await lostAtUqpay(t, { isMarked: false });
  list(true);
  await say({ outcome: 'refunded', refund_id: 'RF1', confirm: true });
  const early = await say({ outcome: 'nothing', ...BACK });
  assert.match(early.problem.detail!, /^The provider lists the refund RF1 as INITIATED, and has not said that/);
  assert.equal((await say({ outcome: 'nothing', ...BACK, confirm: true })).status, 200);
  const rows = await ledger.reservationsOfPayment(UQPAY, PAYMENT);
  assert.deepEqual(
    rows.filter(({ released }) => !released).map(({ intentId, refundId }) => [intentId, refundId]),
    [[undefined, 'RF1']],
  );
});

for (const { what, amount } of [
  { what: 'and is denied', amount: '10.00' },
  { what: 'is contradicted and denied', amount: '20.00' },
]) {
  test(`a refund that was taken for a lost one by its amount and time, ${what}, counts as made elsewhere`, async (t) => {
    const { say, summary, provider, ledger, check } = await lostAtUqpay(t, { isMarked: false });
    const list = (stated: string) => {
      const made = { payment_refund_id: 'RF9', amount: stated, currency: 'USD', refund_status: 'INITIATED' };
      provider.on(`GET ${REFUND}`, listOf([{ ...made, create_time: '2026-11-20T17:00:00+08:00', metadata: null }]));
    };
    list('10.00');
    assert.deepEqual(
      (await summary()).refunds?.map(({ refund_id, standing }) => [refund_id, standing]),
      [['RF9', 'pending']],
    );
    list(amount);
    assert.equal((await summary()).pending, amount);
    const early = await say({ outcome: 'nothing', ...(amount === '10.00' && BACK) });
    assert.equal(early.problem.code, 'confirmation_required');
    const said = await say({ outcome: 'nothing', ...(amount === '10.00' && BACK), confirm: true });
    assert.equal(said.status, 200, said.text);
    const held = (await ledger.reservationsOfPayment(UQPAY, PAYMENT)).filter(({ released }) => !released);
    assert.deepEqual(
      held.map((row) => [row.intentId, row.refundId, row.amount, row.standing]),
      [[undefined, 'RF9', BigInt(amount.replace('.', '')), 'pending']],
    );
    assert.equal((await summary()).pending, amount);
    assert.deepEqual((await ledger.intents(UQPAY, { states: ['unknown'], limit: 5 })).length, 0);
    // Its key no longer answers with the refund of somebody else.
    const again = await check();
    assert.deepEqual([again.status, again.problem.code], [410, 'settled_nothing']);
  });
}

test('a lost refund is the record with its mark, though a record without one is as like and comes first', async (t) => {
  const { summary, provider, check } = await lostAtUqpay(t);
  const [sent] = provider.callsOf(`POST ${REFUND}`);
  const { metadata } = JSON.parse(sent!.body) as { metadata: object };
  const made = { amount: '10.00', currency: 'USD', refund_status: 'INITIATED', reason: 'other' };
  const create_time = '2026-11-20T17:00:00+08:00';
  const records = [
    { ...made, payment_refund_id: 'THERE', create_time, metadata: null },
    { ...made, payment_refund_id: 'OURS', create_time, metadata },
  ];
  provider.on(`GET ${REFUND}`, listOf(records));
  const { refunds, pending } = await summary();
  assert.equal(pending, '20.00');
  assert.deepEqual(
    refunds?.map(({ refund_id, idempotency_key, standing }) => [refund_id, idempotency_key, standing]).toSorted(),
    [
      ['OURS', uuid(1), 'pending'],
      ['THERE', null, 'pending'],
    ],
  );
  assert.equal(((await check()).json as { payment_refund_id: string }).payment_refund_id, 'OURS');
});

test('a record that was read before the request was sent is not its refund, however the provider’s clock goes', async (t) => {
  const { provider, refund, get, clock } = await startTestProxy(t);
  const made = { payment_refund_id: 'THERE', amount: '10.00', currency: 'USD', refund_status: 'INITIATED' };
  const ahead = new Date(clock.now + 30_000).toISOString();
  provider.on(`GET ${REFUND}`, listOf([{ ...made, create_time: ahead, metadata: null }]));
  const pending = async () => ((await get(`/payments/${PAYMENT}`)).json as PaymentSummary).pending;
  assert.equal(await pending(), '10.00');
  clock.now += 3_000;
  provider.on(`POST ${REFUND}`, 'drop');
  assert.equal((await refund('10.00', { key: uuid(1) })).problem.code, 'outcome_unknown');
  assert.equal(await pending(), '20.00');
});
