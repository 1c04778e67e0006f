import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PAYMENT, REFUND, startTestProxy, UQPAY_POST, uqpayBody, uuid } from './support/test-proxy.ts';

test('fifty simultaneous requests with one key cause one provider call and one refund', async (t) => {
  const { provider, refund, ledger } = await startTestProxy(t);
  const key = uuid(1);
  const answers = await Promise.all(Array.from({ length: 50 }, () => refund('10.00', { key })));
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
  const statuses = new Set(answers.map(({ status }) => status));
  assert.deepEqual(statuses, new Set([200, 409]));
  assert.ok(
    answers.filter(({ status }) => status === 409).every((answer) => answer.problem.code === 'idempotency_key_running'),
  );
  const rows = await ledger.reservationsOfPayment({ merchant: 'default', provider: 'uqpay' }, PAYMENT);
  assert.deepEqual(
    rows.map(({ amount }) => amount),
    [1_000n],
  );
});

test('a key in capitals is the same key', async (t) => {
  const { provider, refund } = await startTestProxy(t);
  const key = '0d9e2c4a-5b6f-4c3d-8e7f-a1b2c3d4e5f6';
  const first = await refund('10.00', { key });
  const again = await refund('10.00', { key: key.toUpperCase() });
  assert.deepEqual([again.status, again.text], [200, first.text]);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('two hundred keys for one order never hold more than the captured amount', async (t) => {
  const { provider, refund, get } = await startTestProxy(t);
  const answers = await Promise.all(Array.from({ length: 200 }, () => refund('1.50')));
  const accepted = answers.filter(({ status }) => status === 200);
  assert.equal(accepted.length, 66);
  assert.equal(provider.callsOf(UQPAY_POST).length, 66);
  assert.ok(
    answers.filter(({ status }) => status !== 200).every((answer) => answer.problem.code === 'amount_above_refundable'),
  );
  const { json } = await get(`/payments/${PAYMENT}`);
  assert.equal((json as { refundable: string }).refundable, '1.00');
});

test('a repeated request receives the same bytes and the header Idempotent-Replayed', async (t) => {
  const { provider, refund } = await startTestProxy(t);
  const first = await refund('10.00', { key: uuid(1) });
  const second = await refund('10.00', { key: uuid(1) });
  assert.equal(first.headers.get('idempotent-replayed'), null);
  assert.equal(second.headers.get('idempotent-replayed'), 'true');
  assert.equal(second.status, first.status);
  assert.deepEqual(second.bytes, first.bytes);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('a refusal of the provider is replayed too, and releases its amount', async (t) => {
  const { provider, refund } = await startTestProxy(t);
  const refusal = { type: 'refund_error', code: 'insufficient_balance', message: 'Top up first' };
  provider.on(UQPAY_POST, { status: 400, json: refusal });
  const first = await refund('100.00', { key: uuid(1) });
  assert.deepEqual([first.status, first.json], [400, refusal]);
  const again = await refund('100.00', { key: uuid(1) });
  assert.deepEqual([again.status, again.json], [400, refusal]);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
  provider.on(UQPAY_POST, { status: 200, json: answerOf('100.00') });
  assert.equal((await refund('100.00')).status, 200);
});

test('a key may be repeated with its members in another order, but not with another amount', async (t) => {
  const { provider, post, refund } = await startTestProxy(t);
  await refund('10.00', { key: uuid(1) });
  const shuffled = `{"reason":"Return good" , "amount":"10.00","payment_intent_id":"${PAYMENT}"}`;
  assert.equal((await post(REFUND, { key: uuid(1), body: shuffled })).headers.get('idempotent-replayed'), 'true');
  const reused = await refund('10.01', { key: uuid(1) });
  assert.deepEqual([reused.status, reused.problem.code], [422, 'idempotency_key_reused']);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('two equal partial refunds with two keys are both accepted', async (t) => {
  const { refund, get } = await startTestProxy(t);
  assert.deepEqual([(await refund('10.00')).status, (await refund('10.00')).status], [200, 200]);
  const { json } = await get(`/payments/${PAYMENT}`);
  assert.deepEqual(pick(json, 'captured', 'refunded', 'pending', 'refundable'), ['100.00', '0.00', '20.00', '80.00']);
});

test('a refund is refused if the expected refundable amount is out of date, and the answer has the current one', async (t) => {
  const { provider, refund } = await startTestProxy(t);
  await refund('30.00');
  const stale = await refund('30.00', { headers: { 'x-expected-refundable': '100.00' } });
  assert.deepEqual([stale.status, stale.problem.code, stale.problem.refundable], [412, 'refundable_changed', '70.00']);
  const fresh = await refund('30.00', { headers: { 'x-expected-refundable': '70.00' } });
  assert.equal(fresh.status, 200);
  assert.equal(provider.callsOf(UQPAY_POST).length, 2);
});

test('a refund that has FAILED in the answer releases its amount and stays in the list', async (t) => {
  const { provider, refund, get } = await startTestProxy(t);
  provider.on(UQPAY_POST, { status: 200, json: answerOf('60.00', 'FAILED') });
  assert.equal((await refund('60.00')).status, 200);
  const { json } = await get(`/payments/${PAYMENT}`);
  assert.deepEqual(pick(json, 'pending', 'refundable'), ['0.00', '100.00']);
});

test('an unrecognised status is passed on, and its amount still counts', async (t) => {
  const { provider, refund, get } = await startTestProxy(t);
  provider.on(UQPAY_POST, { status: 200, json: answerOf('60.00', 'PENDING') });
  assert.equal((await refund('60.00')).status, 200);
  provider.on(`GET ${REFUND}`, { status: 200, json: { total_pages: 0, total_items: 0, data: [] } });
  const { json } = await get(`/payments/${PAYMENT}`);
  const [refunds, refundable] = pick(json, 'refunds', 'refundable') as [{ status: string; standing: string }[], string];
  assert.deepEqual([refunds[0]!.status, refunds[0]!.standing, refundable], ['PENDING', 'unrecognised', '40.00']);
});

test('the proxy sends our id in metadata, its credentials and its own key, and no header of the browser', async (t) => {
  const { provider, post } = await startTestProxy(t);
  const metadata = { order_id: 'order_6789', refund_form_id: 'forged' };
  await post(REFUND, {
    key: uuid(1),
    body: { ...uqpayBody('10.00'), metadata },
    headers: { 'x-on-behalf-of': uuid(7), 'x-client-id': 'forged', 'x-auth-token': 'forged', cookie: 'session=1' },
  });
  const [call] = provider.callsOf(UQPAY_POST);
  const sentBody = JSON.parse(call!.body) as { metadata: Record<string, string> };
  assert.equal(sentBody.metadata['order_id'], 'order_6789');
  assert.match(sentBody.metadata['refund_form_id']!, /^00000009-/);
  assert.equal(call!.headers['x-auth-token'], 'Bearer token-1');
  assert.equal(call!.headers['x-client-id'], 'client-of-ours');
  assert.equal(call!.headers['x-on-behalf-of'], undefined);
  assert.equal(call!.headers.cookie, undefined);
  assert.equal(call!.headers['x-idempotency-key'], uuid(1), 'UQPAY knows the key even if the ledger is lost');
});

test('one token serves many calls, and is replaced shortly before it expires', async (t) => {
  const { provider, refund, clock } = await startTestProxy(t);
  await Promise.all(Array.from({ length: 20 }, () => refund('1.00')));
  assert.equal(provider.callsOf('POST /v1/connect/token').length, 1);
  clock.now += 27 * 60_000;
  await refund('1.00');
  assert.equal(provider.callsOf('POST /v1/connect/token').length, 1);
  clock.now += 2 * 60_000;
  await refund('1.00');
  assert.equal(provider.callsOf('POST /v1/connect/token').length, 2);
});

test('a revoked token is replaced once, and the request is repeated with the same provider key', async (t) => {
  const { provider, refund } = await startTestProxy(t);
  provider.on(UQPAY_POST, ({ headers }) =>
    headers['x-auth-token'] === 'Bearer token-1'
      ? { status: 401, json: { error: 'token has expired' } }
      : { status: 200, json: answerOf('10.00') },
  );
  assert.equal((await refund('10.00')).status, 200);
  const keys = provider.callsOf(UQPAY_POST).map(({ headers }) => headers['x-idempotency-key']);
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  assert.equal(provider.callsOf('POST /v1/connect/token').length, 2);
});

for (const isLost of [false, true]) {
  const what = isLost ? 'unknown once others count it as lost' : 'known to have sent nothing';
  test(`a send whose lease ended during a token change is not repeated, and is ${what}`, async (t) => {
    const { provider, proxy, refund, clock } = await startTestProxy(t);
    provider.on(UQPAY_POST, async () => {
      clock.now += 3_600_000;
      // From here on another instance may send this refund again.
      if (isLost) await proxy.reconcile();
      return { status: 401, json: { error: 'token has expired' } };
    });
    const { status, problem } = await refund('10.00', { key: uuid(1) });
    assert.deepEqual(
      [status, problem.code, problem.effect],
      isLost ? [504, 'outcome_unknown', 'unknown'] : [502, 'provider_unreachable', 'nothing'],
    );
    assert.equal(provider.callsOf(UQPAY_POST).length, 1);
    provider.on(UQPAY_POST, { status: 200, json: answerOf('10.00') });
    assert.equal((await refund('10.00', { key: uuid(1) })).status, 200);
  });
}

test('wrong credentials send no refund, and the same key works after they are corrected', async (t) => {
  const { provider, refund, get } = await startTestProxy(t);
  const token = { status: 200, json: { auth_token: 't', expired_at: 0 } };
  provider.on('POST /v1/connect/token', { status: 401, json: { error: 'x-api-key is wrong' } });
  const refusal = await refund('10.00', { key: uuid(1) });
  assert.deepEqual(
    [refusal.status, refusal.problem.code, refusal.problem.effect],
    [502, 'credentials_refused', 'nothing'],
  );
  provider.on('POST /v1/connect/token', token);
  assert.equal((await refund('10.00', { key: uuid(1) })).status, 200);
  const { json } = await get(`/payments/${PAYMENT}`);
  assert.deepEqual(pick(json, 'refundable'), ['90.00']);
});

function answerOf(amount: string, status = 'INITIATED') {
  return { payment_refund_id: 'RF77', amount, currency: 'USD', refund_status: status, reason: 'Return good' };
}

function pick(json: unknown, ...names: string[]): unknown[] {
  return names.map((name) => (json as Record<string, unknown>)[name]);
}
