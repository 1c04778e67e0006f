import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { PaymentSummary } from '../../contract/index.ts';
import { ProblemError } from '../../proxy/http/problem.ts';
import { checkUnasked } from '../../proxy/refunds/word.ts';
import { lostAtUqpay, UQPAY } from './support/lost-refunds.ts';
import { listOf, PAYMENT, REFUND, startTestProxy, uuid } from './support/test-proxy.ts';

const UNASKED = 'The provider was not asked';

test('a word on a contradiction is asked about by what the ledger knows, also where nobody can ask the provider', async (t) => {
  const { ledger, list, summary } = await lostAtUqpay(t);
  for (const status of ['SUCCEEDED', 'FAILED']) {
    list(true, status);
    await summary();
  }
  const intent = (await ledger.intentByKey(UQPAY, uuid(1)))!;
  const reason = 'Seen there';
  for (const outcome of ['refunded', 'initiated', 'nothing'] as const) {
    const refused = await checkUnasked({ ledger }, intent, { outcome, reason }, UNASKED).catch(
      (error: unknown) => error,
    );
    assert.ok(refused instanceof ProblemError, outcome);
    assert.equal(refused.code, 'confirmation_required');
    assert.match(refused.message, /RF1, known as succeeded, last stated as failed: 10\.00 USD are held for it\./);
    const sure = await checkUnasked({ ledger }, intent, { outcome, reason, confirm: true }, UNASKED);
    assert.match(sure.saw!, /last stated as failed: .*\. The provider was not asked$/);
  }
});

test('a refund like the one that was lost is named, also where nobody can ask the provider', async (t) => {
  const { ledger, list, summary } = await lostAtUqpay(t, { isMarked: false });
  list(true);
  await summary();
  const intent = (await ledger.intentByKey(UQPAY, uuid(1)))!;
  const said = { outcome: 'refunded', reason: 'Seen there' } as const;
  await assert.rejects(
    checkUnasked({ ledger }, intent, said, UNASKED),
    /^ProblemError: The provider lists the refund RF1 /,
  );
});

test('a refund whose amounts differ is refunded by a word only after somebody confirms that it is done', async (t) => {
  const { say, list, summary } = await lostAtUqpay(t);
  for (const amount of ['10.00', '9.00', '10.00']) {
    list(true, 'INITIATED', amount);
    await summary();
  }
  const { problem } = await say({ outcome: 'refunded' });
  assert.deepEqual([problem.code, problem.errors?.[0]?.pointer], ['confirmation_required', '/confirm']);
  assert.match(
    problem.detail!,
    /last stated as pending: .* or settle it as initiated: then it is read until it is final$/,
  );
  assert.equal((await say({ outcome: 'initiated' })).status, 200);
});

test('what the provider says for the first time after a contradiction was settled is another contradiction', async (t) => {
  const { say, list, summary } = await lostAtUqpay(t);
  for (const amount of ['10.00', '9.00', '10.00']) {
    list(true, 'INITIATED', amount);
    await summary();
  }
  assert.equal((await say({ outcome: 'initiated', amount: '10.00' })).status, 200);
  list(true, 'SUCCEEDED');
  assert.equal((await summary()).refunded, '10.00');
  list(true, 'FAILED');
  const { refunded, refundable, refunds } = await summary();
  assert.deepEqual([refunded, refundable, refunds![0]!.standing], ['0.00', '90.00', 'unknown']);
  assert.deepEqual([refunds![0]!.contradiction?.from, refunds![0]!.contradiction?.to], ['succeeded', 'failed']);
  assert.equal((await say({ outcome: 'refunded', confirm: true })).status, 200);
  // It may repeat all of that.
  for (const [status, amount] of [
    ['FAILED', '10.00'],
    ['SUCCEEDED', '9.00'],
    ['FAILED', '9.00'],
  ] as const) {
    list(true, status, amount);
    assert.equal((await summary()).refunds![0]!.status, 'contradiction_settled');
  }
  // Nobody knew of that amount.
  list(true, 'SUCCEEDED', '11.00');
  assert.deepEqual([(await summary()).refundable, (await summary()).refunds![0]!.standing], ['89.00', 'unknown']);
});

test('a failure after a word on two amounts is told, and an amount that was asked comes up no more', async (t) => {
  const { say, list, summary } = await lostAtUqpay(t);
  for (const status of ['SUCCEEDED', 'FAILED']) {
    list(true, status);
    await summary();
  }
  assert.equal((await say({ outcome: 'refunded', amount: '4.00', confirm: true })).status, 200);
  for (const status of ['SUCCEEDED', 'FAILED']) {
    list(true, status);
    const { refunded, refunds } = await summary();
    assert.deepEqual([refunded, refunds![0]!.status], ['4.00', 'contradiction_settled']);
  }
});

test('the same holds for a refund made elsewhere', async (t) => {
  const { provider, get, ledger, clock } = await startTestProxy(t);
  const read = async (refund_status: string, amount = '20.00') => {
    provider.on(`GET ${REFUND}`, listOf([{ payment_refund_id: 'RF9', currency: 'USD', refund_status, amount }]));
    const { refunds, refundable } = (await get(`/payments/${PAYMENT}`)).json as PaymentSummary;
    return [refundable, refunds![0]!.standing];
  };
  await read('INITIATED');
  assert.deepEqual(await read('INITIATED', '30.00'), ['70.00', 'unknown']);
  const word = {
    paymentId: PAYMENT,
    refundId: 'RF9',
    currency: 'USD',
    reason: 'Seen there',
    who: 'op-1',
    at: clock.now,
  };
  await ledger.settleElsewhere(UQPAY, { ...word, outcome: 'nothing' });
  assert.equal((await read('INITIATED'))[0], '100.00');
  assert.deepEqual(await read('SUCCEEDED'), ['70.00', 'unknown']);
});

test('a slip of the amount of a contradiction is corrected, up to what was asked or stated', async (t) => {
  const { say, list, summary } = await lostAtUqpay(t);
  for (const amount of ['10.00', '9.50', '10.00']) {
    list(true, 'INITIATED', amount);
    await summary();
  }
  const word = { outcome: 'initiated', take_back: true };
  assert.equal((await say({ outcome: 'initiated', amount: '0.95', confirm: true })).status, 200);
  assert.equal((await summary()).refundable, '99.05');
  const early = await say({ outcome: 'initiated', amount: '9.50', confirm: true });
  assert.match(
    early.problem.detail!,
    /^A person has settled this refund as initiated, with 0\.95 USD\. If that was wrong, /,
  );
  const more = await say({ ...word, amount: '10.01', confirm: true });
  assert.equal(more.problem.detail, 'amount: 10.00 USD are the most that was asked or stated');
  assert.equal((await say({ ...word, amount: '10.00' })).status, 200);
  assert.equal((await summary()).refundable, '90.00');
  assert.equal((await say({ ...word, amount: '9.50' })).problem.errors?.[0]?.pointer, '/confirm');
  assert.equal((await say({ ...word, amount: '9.50', confirm: true })).status, 200);
  assert.match(
    (await say({ ...word, amount: '9.50' })).problem.detail!,
    /a person has settled it as initiated already$/,
  );
  list(true, 'SUCCEEDED');
  assert.equal((await summary()).refunded, '9.50');
});
