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
import { say, telling, types, waiting } from './support/telling.ts';
import { requestOf, webhook } from './support/webhook.ts';

const SCOPE = { merchant: 'default', provider: 'uqpay' };

test('a refund is told of as it is accepted and as it is settled, with all that a shop needs', async (t) => {
  const world = await telling(t);
  const { proxy, taken, get, refund } = world;
  const made = scriptUqpay(world.provider);
  await refund('10.00', { key: uuid(7) });
  assert.equal(await proxy.announce(), 1);
  say(world, made, 'SUCCEEDED');
  await get(`${REFUND}/RF1`);
  assert.equal(await proxy.announce(), 1);
  assert.equal(await proxy.announce(), 0);
  const [accepted, settled] = taken;
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
  assert.doesNotMatch(JSON.stringify(taken), /admin-1|Return good/);
});

test('nothing is kept where nobody is told', async (t) => {
  const { proxy, refund, ledger } = await startTestProxy(t);
  await refund('10.00');
  assert.equal(await proxy.announce(), 0);
  assert.deepEqual(await waiting(ledger), { untold: 0, untoldSince: undefined });
});

test('a lost answer, a refusal, a failure and a contradiction are each told of as what they are', async (t) => {
  const lost = await telling(t);
  lost.provider.on(UQPAY_POST, 'drop');
  lost.provider.on(`GET ${REFUND}`, { status: 500, json: {} });
  await lost.refund('10.00');
  await lost.proxy.announce();
  assert.deepEqual(
    lost.taken.map(({ type, amount, standing }) => [type, amount, standing]),
    [['refund.unknown', '10.00', 'unknown']],
  );

  const refused = await telling(t);
  const json = { type: 'refund_error', code: 'insufficient_balance', message: 'top it up' };
  refused.provider.on(UQPAY_POST, { status: 400, json });
  await refused.refund('10.00');
  await refused.proxy.announce();
  assert.deepEqual(types(refused.taken), ['refund.failed']);

  const failed = await telling(t);
  const made = scriptUqpay(failed.provider);
  await failed.refund('10.00');
  say(failed, made, 'FAILED');
  await failed.get(`${REFUND}/RF1`);
  say(failed, made, 'SUCCEEDED');
  await failed.proxy.fetch(requestOf(webhook({ refund: 'RF1', status: 'SUCCEEDED' })));
  await failed.proxy.announce();
  assert.deepEqual(types(failed.taken), ['refund.accepted', 'refund.failed', 'refund.contradicted']);
});

test('a person’s word is told of once', async (t) => {
  const world = await telling(t);
  world.provider.on(UQPAY_POST, 'drop');
  world.provider.on(`GET ${REFUND}`, { status: 500, json: {} });
  await world.refund('10.00', { key: uuid(7) });
  const intent = (await world.ledger.intentByKey(SCOPE, uuid(7)))!;
  const word = { outcome: 'nothing', who: 'auditor', reason: 'the portal shows none', at: world.clock.now } as const;
  await world.ledger.resolve(intent.id, word);
  await world.proxy.announce();
  assert.deepEqual(types(world.taken), ['refund.unknown', 'refund.failed']);
  assert.equal(world.taken[1]?.source, 'person');
  assert.doesNotMatch(JSON.stringify(world.taken), /auditor|portal/);
});

/** What UPayments says of vendor a in the second step. */
const GENERATED = [{ generatedInvoiceId: 1, amount: 5, orderId: 'refund-a', refundOrderId: 'A', refundArn: 'arn-a' }];

/** The first step of a refund over the vendors a and b: their rows, nothing of which is refunded. */
async function openVendors(world: TestProxy, meanwhile = async (): Promise<unknown> => undefined) {
  const row = {
    ibanNumber: 'KW91',
    totalPaid: '50.000',
    refundedAmount: 0,
    remainingLimit: 50,
    merchantType: 'vendor',
  };
  const rows = ['a', 'b'].map((refundRequestId) => ({ ...row, refundRequestId, amountToRefund: 0 }));
  const opened = { orderId: ORDER, isMultivendorRefund: true, refundPayload: rows, multivendor_refund_end_point: 'x' };
  world.provider.on('POST /create-refund', async () => {
    await meanwhile();
    return { status: 201, json: { status: true, message: 'ok', data: opened } };
  });
  await world.refund('20');
  return rows;
}

test('each vendor’s part is told of by itself, and a first step that moves nothing is not', async (t) => {
  const world = await telling(t, { name: 'upayments' });
  const rows = await openVendors(world);
  const refusal = [{ refundRequestId: 'b', message: 'Insufficient balance' }];
  const responseData = { generated: GENERATED, dataTempered: [], refundIssue: [], insufficientBalance: refusal };
  world.provider.on('POST /create-multivendor-refund', {
    status: 201,
    json: { status: true, message: 'ok', data: { responseData } },
  });
  const refundPayload = rows.map((each) => ({ ...each, amountToRefund: 5 }));
  await world.post('/create-multivendor-refund', { body: { orderId: ORDER, refundPayload } });
  await world.proxy.announce();
  assert.deepEqual(
    world.taken.map(({ type, vendor, amount }) => [type, vendor, amount]),
    [
      ['refund.accepted', 'a', '5.000'],
      ['refund.failed', 'b', '5.000'],
    ],
  );
});

test('a first step that was told of as unknown, and moved nothing, is told of as that', async (t) => {
  const world = await telling(t, { name: 'upayments' });
  const scope = { merchant: 'default', provider: 'upayments' };
  await openVendors(world, () => {
    world.clock.now += 3_600_000;
    return world.ledger.loseOverdue(scope, world.clock.now);
  });
  await world.proxy.announce();
  assert.deepEqual(
    world.taken.map(({ type, standing, before }) => [type, standing, before]),
    [
      ['refund.unknown', 'unknown', null],
      ['refund.failed', 'failed', 'unknown'],
    ],
  );
});

test('a part of which the answer has no word is told of as unknown, beside the others', async (t) => {
  const world = await telling(t, { name: 'upayments' });
  const rows = await openVendors(world);
  const responseData = { generated: GENERATED, dataTempered: [], refundIssue: [], insufficientBalance: [] };
  const json = { status: true, message: 'ok', data: { responseData } };
  world.provider.on('POST /create-multivendor-refund', { status: 201, json });
  const refundPayload = rows.map((each, index) => ({ ...each, amountToRefund: 5 + index }));
  await world.post('/create-multivendor-refund', { body: { orderId: ORDER, refundPayload } });
  await world.proxy.announce();
  assert.deepEqual(world.taken.map(({ type, vendor, amount }) => `${vendor} ${amount} ${type}`).toSorted(), [
    'a 5.000 refund.accepted',
    'b 6.000 refund.unknown',
  ]);
});

test('a lost refund is told of as unknown once, however often it is sent again in vain', async (t) => {
  const world = await telling(t);
  world.provider.on(UQPAY_POST, 'drop');
  world.provider.on(`GET ${REFUND}`, { status: 500, json: {} });
  await world.refund('10.00', { key: uuid(7) });
  await world.refund('10.00', { key: uuid(7) });
  const json = { type: 'refund_error', code: 'insufficient_balance', message: 'top it up' };
  world.provider.on(UQPAY_POST, { status: 400, json });
  await world.refund('10.00', { key: uuid(7) });
  await world.proxy.announce();
  assert.deepEqual(
    world.taken.map(({ type, before }) => [type, before]),
    [
      ['refund.unknown', null],
      ['refund.failed', 'unknown'],
    ],
  );
});

test('a refund that is there after all, though it was refused, is told of with the request that it contradicts', async (t) => {
  const world = await telling(t);
  const made = scriptUqpay(world.provider);
  const json = { type: 'refund_error', code: 'insufficient_balance', message: 'top it up' };
  world.provider.on(UQPAY_POST, { status: 400, json });
  await world.refund('10.00', { key: uuid(7) });
  const intent = (await world.ledger.intentByKey(SCOPE, uuid(7)))!;
  await world.proxy.fetch(requestOf(webhook({ refund: 'RF1', status: 'SUCCEEDED', intent: intent.id })));
  await world.proxy.announce();
  assert.equal(made.size, 0);
  assert.deepEqual(
    world.taken.map(({ type, intent_id, idempotency_key }) => [type, intent_id, idempotency_key]),
    [
      ['refund.failed', intent.id, uuid(7)],
      ['refund.contradicted', intent.id, uuid(7)],
    ],
  );
});
