import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';

import { SqliteLedger } from '../../proxy/index.ts';
import { backUp } from '../../proxy/ledger/stores/sqlite/backup.ts';
import { request, SCOPE, SEEN } from './support/begin-request.ts';
import { ledgerPlace } from './support/ledgers.ts';
import { temporaryFolder, uuid } from './support/test-proxy.ts';

const DECISION = { who: 'operator', reason: 'Point-in-time restore', at: 1 };
const RESTORED = { generation: 'g1', since: 1_000_000 };

test('a restored ledger begins, resends and approves nothing before the payment was compared', async (t) => {
  const ledger = (await ledgerPlace(t)).open();
  await ledger.begin(request(1));
  await ledger.settle(uuid(1), { to: 'unknown', who: 'provider', source: 'timeout', at: 1 });
  const requestToSend = { path: '/refunds', body: '{}', amount: 1_000n };
  await ledger.begin(request(2, { approval: { until: 9_000, request: requestToSend } }));
  await ledger.setRestored(RESTORED, DECISION);

  const resend = { who: 'admin-1', at: 2, leasedUntil: 9 };
  const approval = { ...request(2), who: 'chief', at: 2 };
  assert.equal((await ledger.begin(request(3))).kind, 'uncompared');
  // It may have been approved and sent since the backup, so it does not say that it waits.
  assert.equal((await ledger.begin(request(2))).kind, 'uncompared');
  assert.equal(await ledger.resume(uuid(1), resend), undefined);
  assert.equal((await ledger.approve(uuid(2), approval)).kind, 'uncompared');
  await ledger.expire(SCOPE, { at: 10_000, limit: 9 });
  assert.equal((await ledger.intent(uuid(2)))!.state, 'awaiting_approval');

  await ledger.compare(SCOPE, { paymentId: 'P1', account: { observations: [], source: 'list' }, at: 3 });
  assert.equal((await ledger.begin(request(2))).kind, 'awaiting');
  assert.equal((await ledger.begin(request(3))).kind, 'admitted');
  assert.ok(await ledger.resume(uuid(1), resend));
  assert.equal((await ledger.approve(uuid(2), approval)).kind, 'admitted');
  // Each payment, and each restore, needs its own comparison.
  assert.equal((await ledger.begin(request(4, { paymentId: 'P2' }))).kind, 'uncompared');
  await ledger.setRestored({ ...RESTORED, generation: 'g2' }, DECISION);
  assert.equal((await ledger.begin(request(5))).kind, 'uncompared');
  await ledger.setRestored(undefined, DECISION);
  assert.equal((await ledger.begin(request(5))).kind, 'admitted');
});

test('a refund that was only counted blocks nothing once the answer of its own request has come', async (t) => {
  const ledger = (await ledgerPlace(t)).open();
  await ledger.begin(request(1));
  await ledger.setRestored(RESTORED, DECISION);
  await ledger.compare(SCOPE, { paymentId: 'P1', account: { listed: ['RF1', 'RF2'], elsewhere: 1 }, at: 3 });
  assert.equal((await ledger.begin(request(2))).kind, 'unknown');
  // The word of UPayments for a refund that it has made is that of a person, too.
  const refunds = [{ standing: 'pending', status: 'initiated', refundId: 'RF1' }] as const;
  await ledger.settle(uuid(1), { to: 'succeeded', who: 'provider', source: 'answer 201', at: 4, refunds });
  assert.equal((await ledger.begin(request(3))).kind, 'admitted');
});

test('a person who frees a payment frees no key of which the provider has the refund', async (t) => {
  const ledger = (await ledgerPlace(t)).open();
  await ledger.setRestored(RESTORED, DECISION);
  const observation = { ...SEEN, intentId: uuid(9), intentKey: uuid(1) };
  await ledger.compare(SCOPE, { paymentId: 'P1', account: { observations: [observation], source: 'list' }, at: 3 });
  assert.equal(await ledger.endHold(SCOPE, { ...DECISION, paymentId: 'P1' }), false, 'no other request waits for it');
  assert.equal((await ledger.begin(request(1, { key: uuid(1) }))).kind, 'unknown');
  assert.equal((await ledger.begin(request(2))).kind, 'admitted');
});

test('a restore that is not over keeps its earlier time, also in a backup that is made meanwhile', async (t) => {
  const folder = await temporaryFolder(t);
  const [file, to] = [path.join(folder, 'ledger.sqlite'), path.join(folder, 'copy.sqlite')];
  const ledger = new SqliteLedger({ file });
  t.after(() => ledger.close());
  await ledger.setRestored(RESTORED, DECISION);
  assert.deepEqual(await ledger.setRestored({ generation: 'g2', since: 2_000_000 }, DECISION), {
    generation: 'g2',
    since: 1_000_000,
  });
  backUp({ file, to, at: 3_000_000, generation: 'g3' });
  const copy = new SqliteLedger({ file: to });
  t.after(() => copy.close());
  assert.deepEqual(await copy.restored(), { generation: 'g3', since: 1_000_000 });
  await ledger.setRestored(undefined, DECISION);
  assert.equal((await ledger.setRestored({ generation: 'g4', since: 2_000_000 }, DECISION))?.since, 2_000_000);
});

test('a request with the amount of a refund without our key waits for a person, also after the mode has ended', async (t) => {
  const ledger = (await ledgerPlace(t)).open();
  await ledger.setRestored(RESTORED, DECISION);
  await ledger.compare(SCOPE, { paymentId: 'P1', account: { observations: [SEEN], source: 'list' }, at: 3 });
  await ledger.setRestored(undefined, DECISION);
  assert.equal((await ledger.begin(request(1))).kind, 'unknown');
  assert.equal((await ledger.begin(request(2, { parts: [{ amount: 500n }] }))).kind, 'admitted');
  assert.equal(await ledger.endHold(SCOPE, { ...DECISION, paymentId: 'P1' }), true);
  assert.equal((await ledger.begin(request(3))).kind, 'admitted');
  assert.equal(await ledger.endHold(SCOPE, { ...DECISION, paymentId: 'P1' }), false);
});

test('a request that the provider lists as sent is held, although the backup has it as waiting', async (t) => {
  const ledger = (await ledgerPlace(t)).open();
  const requestToSend = { path: '/refunds', body: '{}', amount: 1_000n };
  await ledger.begin(request(1, { approval: { until: 9_000, request: requestToSend } }));
  await ledger.setRestored(RESTORED, DECISION);
  const observations = [{ ...SEEN, intentId: uuid(1), createdAt: RESTORED.since }];
  await ledger.compare(SCOPE, { paymentId: 'P1', account: { observations, source: 'list' }, at: 3 });
  const rows = await ledger.reservationsOfPayment(SCOPE, 'P1');
  assert.deepEqual([rows.length, rows[0]!.intentId, rows[0]!.refundId, rows[0]!.released], [1, uuid(1), 'RF1', false]);
  assert.equal((await ledger.intent(uuid(1)))!.state, 'succeeded');
});
