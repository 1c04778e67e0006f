import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PAYMENT, REFUND, startTestProxy, UQPAY_POST, uqpayBody, uuid } from './support/test-proxy.ts';

test('fifty posts at once with one key make one provider call and one refund', async (t) => {
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

test('one key is one intent, in capitals too', async (t) => {
  const { provider, refund } = await startTestProxy(t);
  const key = '0d9e2c4a-5b6f-4c3d-8e7f-a1b2c3d4e5f6';
  const first = await refund('10.00', { key });
  const again = await refund('10.00', { key: key.toUpperCase() });
  assert.deepEqual([again.status, again.text], [200, first.text]);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('two hundred keys on one order never hold more than was captured', async (t) => {
  const { provider, refund, get } = await startTestProxy(t);
  const answers = await Promise.all(Array.from({ length: 200 }, () => refund('1.50')));
  const made = answers.filter(({ status }) => status === 200);
  assert.equal(made.length, 66);
  assert.equal(provider.callsOf(UQPAY_POST).length, 66);
  assert.ok(
    answers.filter(({ status }) => status !== 200).every((answer) => answer.problem.code === 'amount_above_refundable'),
  );
  const { json } = await get(`/payments/${PAYMENT}`);
  assert.equal((json as { refundable: string }).refundable, '1.00');
});

test('replays a finished answer byte for byte and says so', async (t) => {
  const { provider, refund } = await startTestProxy(t);
  const first = await refund('10.00', { key: uuid(1) });
  const second = await refund('10.00', { key: uuid(1) });
  assert.equal(first.headers.get('idempotent-replayed'), null);
  assert.equal(second.headers.get('idempotent-replayed'), 'true');
  assert.equal(second.status, first.status);
  assert.deepEqual(second.bytes, first.bytes);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('replays a refusal of the provider too, and gives its amount back', async (t) => {
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

test('the order of members does not make another request, another amount does', async (t) => {
  const { provider, post, refund } = await startTestProxy(t);
  await refund('10.00', { key: uuid(1) });
  const shuffled = `{"reason":"Return good" , "amount":"10.00","payment_intent_id":"${PAYMENT}"}`;
  assert.equal((await post(REFUND, { key: uuid(1), body: shuffled })).headers.get('idempotent-replayed'), 'true');
  const reused = await refund('10.01', { key: uuid(1) });
  assert.deepEqual([reused.status, reused.problem.code], [422, 'idempotency_key_reused']);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('two equal partial refunds under two keys both pass', async (t) => {
  const { refund, get } = await startTestProxy(t);
  assert.deepEqual([(await refund('10.00')).status, (await refund('10.00')).status], [200, 200]);
  const { json } = await get(`/payments/${PAYMENT}`);
  assert.deepEqual(pick(json, 'captured', 'refunded', 'pending', 'refundable'), ['100.00', '0.00', '20.00', '80.00']);
});

test('refuses when the admin saw another refundable amount, and says which one it is', async (t) => {
  const { provider, refund } = await startTestProxy(t);
  await refund('30.00');
  const stale = await refund('30.00', { headers: { 'x-expected-refundable': '100.00' } });
  assert.deepEqual([stale.status, stale.problem.code, stale.problem.refundable], [412, 'refundable_changed', '70.00']);
  const fresh = await refund('30.00', { headers: { 'x-expected-refundable': '70.00' } });
  assert.equal(fresh.status, 200);
  assert.equal(provider.callsOf(UQPAY_POST).length, 2);
});

test('a refund that FAILS in the answer gives its amount back and stays in the list', async (t) => {
  const { provider, refund, get } = await startTestProxy(t);
  provider.on(UQPAY_POST, { status: 200, json: answerOf('60.00', 'FAILED') });
  assert.equal((await refund('60.00')).status, 200);
  const { json } = await get(`/payments/${PAYMENT}`);
  assert.deepEqual(pick(json, 'pending', 'refundable'), ['0.00', '100.00']);
});

test('a status outside the enum is carried through, and goes on counting', async (t) => {
  const { provider, refund, get } = await startTestProxy(t);
  provider.on(UQPAY_POST, { status: 200, json: answerOf('60.00', 'PENDING') });
  assert.equal((await refund('60.00')).status, 200);
  provider.on(`GET ${REFUND}`, { status: 200, json: { total_pages: 0, total_items: 0, data: [] } });
  const { json } = await get(`/payments/${PAYMENT}`);
  const [refunds, refundable] = pick(json, 'refunds', 'refundable') as [{ status: string; standing: string }[], string];
  assert.deepEqual([refunds[0]!.status, refunds[0]!.standing, refundable], ['PENDING', 'unrecognised', '40.00']);
});

test('sends the ledger intent in metadata, the credentials and a provider key of its own, and nothing of the browser', async (t) => {
  const { provider, post } = await startTestProxy(t);
  const metadata = { order_id: 'order_6789', refund_form_id: 'forged' };
  await post(REFUND, {
    key: uuid(1),
    body: { ...uqpayBody('10.00'), metadata },
    headers: { 'x-on-behalf-of': uuid(7), 'x-client-id': 'forged', 'x-auth-token': 'forged', cookie: 'session=1' },
  });
  const [call] = provider.callsOf(UQPAY_POST);
  const sent = JSON.parse(call!.body) as { metadata: Record<string, string> };
  assert.equal(sent.metadata['order_id'], 'order_6789');
  assert.match(sent.metadata['refund_form_id']!, /^00000009-/);
  assert.equal(call!.headers['x-auth-token'], 'Bearer token-1');
  assert.equal(call!.headers['x-client-id'], 'client-of-ours');
  assert.equal(call!.headers['x-on-behalf-of'], undefined);
  assert.equal(call!.headers.cookie, undefined);
  assert.match(String(call!.headers['x-idempotency-key']), /^00000009-/);
});

test('takes one token for many calls, and a new one before the old one ends', async (t) => {
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

test('a token that was killed is replaced once, and the same provider key is sent again', async (t) => {
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

test('a send that slept past its lease while its token was replaced is not sent again, and is unknown', async (t) => {
  const { provider, refund, clock } = await startTestProxy(t);
  provider.on(UQPAY_POST, () => {
    // By now another instance may have taken this intent on.
    clock.now += 3_600_000;
    return { status: 401, json: { error: 'token has expired' } };
  });
  const lost = await refund('10.00', { key: uuid(1) });
  assert.deepEqual([lost.status, lost.problem.code, lost.problem.effect], [504, 'outcome_unknown', 'unknown']);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
  provider.on(UQPAY_POST, { status: 200, json: answerOf('10.00') });
  assert.equal((await refund('10.00', { key: uuid(1) })).status, 200);
});

test('wrong credentials move nothing, and the same key works once they are right', async (t) => {
  const { provider, refund, get } = await startTestProxy(t);
  const token = { status: 200, json: { auth_token: 't', expired_at: 0 } };
  provider.on('POST /v1/connect/token', { status: 401, json: { error: 'x-api-key is wrong' } });
  const refused = await refund('10.00', { key: uuid(1) });
  assert.deepEqual(
    [refused.status, refused.problem.code, refused.problem.effect],
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
