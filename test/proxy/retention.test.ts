import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CONTRADICTED } from '../../proxy/ledger/rules/states.ts';
import { request, SCOPE, SEEN } from './support/begin-request.ts';
import { ledgerPlace } from './support/ledgers.ts';
import { startTestProxy, START, uuid, uqpayBody, REFUND } from './support/test-proxy.ts';

const DAY = 86_400_000;
const by = { who: 'operator' };

test('prune removes a payment’s user, texts, answer and audit lines, and keeps its amount and key', async (t) => {
  const testProxy = await startTestProxy(t);
  await testProxy.refund('40.00', { key: uuid(1) });
  await testProxy.refund('500.00', { key: uuid(2) });
  const [row] = await testProxy.ledger.reservationsOfPayment({ ...SCOPE }, 'PI1234567890123456789');
  await testProxy.ledger.observe(SCOPE, {
    observations: [{ refundId: row!.refundId!, standing: 'succeeded', status: 'SUCCEEDED' }],
    source: 'retrieve',
    at: START,
  });
  const at = START + 400 * DAY;
  testProxy.clock.now = at;
  const before = (await testProxy.get('/payments/PI1234567890123456789')).json as { refundable: string };
  assert.deepEqual(await testProxy.ledger.prune({ before: at - 300 * DAY, at, ...by }), { payments: 1, remaining: 1 });
  assert.deepEqual(await testProxy.ledger.prune({ before: at - 300 * DAY, at, ...by }), { payments: 0, remaining: 0 });
  const after = (await testProxy.get('/payments/PI1234567890123456789')).json as { refundable: string };
  assert.equal(after.refundable, before.refundable);
  const intent = (await testProxy.ledger.intentByKey(SCOPE, uuid(1)))!;
  assert.deepEqual([intent.user, intent.answer], ['', undefined]);
  const [reservation] = await testProxy.ledger.reservationsOfIntent(intent.id);
  assert.deepEqual(
    [reservation!.reason, reservation!.amount, reservation!.refundId],
    [undefined, 4_000n, row!.refundId],
  );
  assert.deepEqual(
    (await testProxy.ledger.audit(intent.id)).map(({ what, who }) => [what, who]),
    [['prune', 'operator']],
  );
  const again = await testProxy.post(REFUND, { key: uuid(1), body: uqpayBody('40.00') });
  assert.deepEqual([again.problem.code, /deleted since/.test(again.problem.detail ?? '')], ['outcome_unknown', true]);
  assert.equal(testProxy.provider.callsOf(`POST ${REFUND}`).length, 1);
});

for (const [name, change] of Object.entries({
  'is unknown': "UPDATE reservations SET standing = 'unknown'",
  'is pending': "UPDATE reservations SET standing = 'pending'",
  'is being reversed': "UPDATE reservations SET standing = 'reversing'",
  'is contradicted': `UPDATE reservations SET standing = 'unknown', status = '${CONTRADICTED}'`,
  'waits for approval': "UPDATE intents SET state = 'awaiting_approval'",
  'is being sent': "UPDATE intents SET state = 'sending'",
  'has changed since': `UPDATE reservations SET updated_at = ${300 * DAY}`,
})) {
  test(`prune keeps a payment of which a part ${name}`, async (t) => {
    const place = await ledgerPlace(t);
    const ledger = place.open();
    const begun = await ledger.begin(request(1));
    assert.equal(begun.kind, 'admitted');
    const refunds = [{ refundId: 'RF1', standing: 'succeeded', status: 'SUCCEEDED' } as const];
    await ledger.settle(uuid(1), { to: 'succeeded', refunds, who: 'provider', source: 'answer 200', at: 1 });
    await place.sql(change);
    const rule = { before: 200 * DAY, at: 400 * DAY, ...by };
    assert.deepEqual(await ledger.prune(rule), { payments: 0, remaining: 0 });
    await place.sql("UPDATE reservations SET standing = 'succeeded', status = 'SUCCEEDED', updated_at = 1");
    await place.sql("UPDATE intents SET state = 'succeeded'");
    assert.deepEqual(await ledger.prune(rule), { payments: 1, remaining: 1 });
  });
}

test('the audit trail stays append-only after prune and erase', async (t) => {
  const place = await ledgerPlace(t);
  const ledger = place.open();
  await ledger.begin(request(1));
  await ledger.erase({ user: 'admin-1', pseudonym: 'erased-1', who: 'operator', at: 2 });
  await assert.rejects(place.sql("UPDATE audit SET who = 'x'"), /never change/);
  await assert.rejects(place.sql('DELETE FROM audit'), /never deleted/);
});

test('erase replaces a person by a pseudonym, removes their texts, and keeps the order of the audit lines', async (t) => {
  const testProxy = await startTestProxy(t);
  await testProxy.refund('40.00', { key: uuid(1) });
  const intent = (await testProxy.ledger.intentByKey(SCOPE, uuid(1)))!;
  const entry = {
    paymentId: 'P9',
    currency: 'USD',
    amount: 100n,
    reason: 'Called by Ms Jones',
    who: 'admin-1',
    at: START,
  };
  await testProxy.ledger.tellElsewhere(SCOPE, entry);
  const before = await testProxy.ledger.audit(intent.id);
  const erasure = { user: 'admin-1', pseudonym: 'erased-1', who: 'operator', at: START };
  assert.equal((await testProxy.ledger.erase(erasure)).replaced, 3);
  const after = await testProxy.ledger.audit(intent.id);
  assert.deepEqual(
    after.map(({ who, what, from, to, at }) => [who, what, from, to, at]),
    before.map(({ who, what, from, to, at }) => [who === 'admin-1' ? 'erased-1' : who, what, from, to, at]),
  );
  const [row] = await testProxy.ledger.reservationsOfPayment(SCOPE, 'P9');
  assert.equal(row!.reason, undefined);
  const stored = (await testProxy.ledger.intent(intent.id))!;
  assert.deepEqual([stored.user, stored.answer], ['erased-1', undefined]);
  const text = JSON.stringify(
    [await testProxy.ledger.paymentRecord(SCOPE, 'PI1234567890123456789'), row],
    (_name, value) => (typeof value === 'bigint' ? String(value) : (value as unknown)),
  );
  for (const word of ['admin-1', 'Jones', 'Return good']) assert.ok(!text.includes(word), word);
  assert.deepEqual(await testProxy.ledger.erase(erasure), { open: 0, replaced: 0 });
});

test('erase refuses a person whose request is on its way or unknown: its answer would bring the words back', async (t) => {
  const { ledger, refund, provider } = await startTestProxy(t);
  const erasure = { user: 'admin-1', pseudonym: 'erased-1', who: 'operator', at: START };
  provider.on(`POST ${REFUND}`, async () => {
    assert.deepEqual(await ledger.erase(erasure), { open: 1, replaced: 0 });
    return 'drop' as const;
  });
  assert.equal((await refund('10.00', { key: uuid(1) })).status, 504);
  assert.deepEqual(await ledger.erase(erasure), { open: 1, replaced: 0 });
});

test('the answer of a request whose person was erased is not kept', async (t) => {
  const ledger = (await ledgerPlace(t)).open();
  await ledger.begin(request(1));
  await ledger.settle(uuid(1), { to: 'void', who: 'provider', source: 'answer 429', at: 1 });
  assert.equal((await ledger.erase({ user: 'admin-1', pseudonym: 'erased-1', who: 'operator', at: 2 })).open, 0);
  const answer = { status: 200, headers: {}, body: new TextEncoder().encode('{"reason":"words"}') };
  await ledger.observe(SCOPE, {
    paymentId: 'P1',
    observations: [{ ...SEEN, intentId: uuid(1), answer }],
    source: 'list',
    at: 3,
  });
  const intent = (await ledger.intent(uuid(1)))!;
  assert.deepEqual([intent.state, intent.user, intent.answer], ['succeeded', 'erased-1', undefined]);
});

test('erase refuses a person whose request waits for approval', async (t) => {
  const ledger = (await ledgerPlace(t)).open();
  await ledger.begin(
    request(1, { approval: { until: 9_000, request: { path: '/refunds', body: '{}', amount: 1_000n } } }),
  );
  const erasure = { user: 'admin-1', pseudonym: 'erased-1', who: 'operator', at: 2 };
  assert.deepEqual(await ledger.erase(erasure), { open: 1, replaced: 0 });
  assert.equal((await ledger.intent(uuid(1)))!.user, 'admin-1');
});

test('the export contains every part once, whatever the page size, from the given day', async (t) => {
  const ledger = (await ledgerPlace(t)).open();
  for (let number = 1; number <= 501; number += 1) {
    await ledger.begin(request(number, { paymentId: `P${number}`, at: number }));
  }
  const ids = new Set<number>();
  for await (const part of ledger.exported(1)) ids.add(part.id);
  assert.equal(ids.size, 501);
  let late = 0;
  for await (const part of ledger.exported(500)) late += part.createdAt >= 500 ? 1 : 1_000;
  assert.equal(late, 2);
});

test('prune keeps the amount of a request that was refused and still refunded', async (t) => {
  const place = await ledgerPlace(t);
  const ledger = place.open();
  await ledger.begin(request(1));
  await ledger.settle(uuid(1), { to: 'failed', who: 'provider', source: 'answer 400', at: 1 });
  // This is the state after a person has settled a contradiction.
  await place.sql("UPDATE reservations SET released = 0, standing = 'succeeded', status = 'contradiction_settled'");
  assert.deepEqual(await ledger.prune({ before: 200 * DAY, at: 400 * DAY, ...by }), { payments: 1, remaining: 1 });
  const rows = await ledger.reservationsOfPayment(SCOPE, 'P1');
  assert.deepEqual(
    rows.map(({ amount, released }) => [amount, released]),
    [[1_000n, false]],
  );
});
