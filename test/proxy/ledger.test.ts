import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import fc from 'fast-check';

import { LedgerUnavailableError, type Ledger } from '../../proxy/index.ts';
import { contradicts, INTENT_MOVES, STANDING_MOVES } from '../../proxy/ledger/rules/states.ts';
import { seededAsync } from '../seeded.ts';
import { ledgerPlace } from './support/ledgers.ts';
import { request, SCOPE } from './support/begin-request.ts';
import { uuid } from './support/test-proxy.ts';

test('a settled refund is still there after the ledger is closed and opened again', async (t) => {
  const place = await ledgerPlace(t);
  const first = place.open();
  await first.begin(request(1));
  const body = new Uint8Array([0, 255, 10, 13]);
  const answer = { status: 201, headers: { 'content-type': 'application/json' }, body };
  await first.settle(uuid(1), {
    to: 'succeeded',
    answer,
    refunds: [REFUND],
    who: 'provider',
    source: 'answer 201',
    at: 2,
  });
  await first.close();
  const second = place.open();
  const again = await second.begin(request(1));
  assert.equal(again.kind, 'finished');
  assert.deepEqual(again.kind === 'finished' && again.intent.answer, answer);
  const [row] = await second.reservationsByReference(SCOPE, 'RF1');
  assert.deepEqual([row?.amount, row?.standing, row?.key], [1_000n, 'pending', uuid(1)]);
});

test('the audit trail cannot be changed or shortened, not even with SQL', async (t) => {
  const place = await ledgerPlace(t);
  const ledger = place.open();
  await ledger.begin(request(1));
  await assert.rejects(() => place.sql("UPDATE audit SET who = 'nobody'"), /never change/);
  await assert.rejects(() => place.sql('DELETE FROM audit'), /never deleted/);
  const [line] = await ledger.audit(uuid(1));
  assert.deepEqual(
    [line?.who, line?.what, line?.to, line?.source, line?.at],
    ['admin-1', 'begin', 'sending', 'request', 1],
  );
});

test('a reservation that the database refuses stops the refund, and leaves nothing behind', async (t) => {
  const ledger = await fresh(t);
  const parts = [{ amount: 1_000n }, { amount: -1n }];
  await assert.rejects(() => ledger.begin({ ...request(1), parts }), LedgerUnavailableError);
  assert.equal(await ledger.intent(uuid(1)), undefined);
  assert.deepEqual(await ledger.reservationsOfPayment(SCOPE, 'P1'), []);
  assert.equal((await ledger.begin(request(1))).kind, 'admitted');
});

test('a trial says what would become of a request, and writes nothing', async (t) => {
  const ledger = await fresh(t);
  const isTrial = true;
  assert.equal((await ledger.begin(request(1, { isTrial }))).kind, 'free');
  assert.equal(await ledger.intentByKey(SCOPE, uuid(1)), undefined);
  await ledger.begin(request(1));
  assert.equal((await ledger.begin(request(1, { isTrial }))).kind, 'running');
  await ledger.settle(uuid(1), { to: 'void', who: 'provider', source: 'answer 429', at: 2 });
  assert.equal((await ledger.begin(request(1, { isTrial }))).kind, 'free');
  assert.equal((await ledger.intentByKey(SCOPE, uuid(1)))?.state, 'void');
  assert.equal((await ledger.begin(request(2, { isTrial, parts: [{ amount: 10n ** 9n }] }))).kind, 'refused');
});

test('an outcome that is recorded again later is not that of a send which has begun since', async (t) => {
  const ledger = await fresh(t);
  const begun = await ledger.begin(request(1));
  const sentAt = begun.kind === 'admitted' ? begun.intent.firstSentAt : undefined;
  // It is on disk, and the connection breaks before the store can say so.
  const kept = { to: 'void', who: 'provider', source: 'ECONNREFUSED', at: 2, sentAt: sentAt! } as const;
  await ledger.settle(uuid(1), kept);
  for (const at of [1, 3]) {
    assert.equal((await ledger.begin(request(1, { at }))).kind, 'admitted', `begun again at ${at}`);
    assert.equal((await ledger.settle(uuid(1), kept)).state, 'sending');
    const held = (await ledger.reservationsOfPayment(SCOPE, 'P1')).filter(({ released }) => !released);
    assert.deepEqual(
      held.map(({ amount }) => amount),
      [1_000n],
    );
    assert.equal((await ledger.audit(uuid(1))).at(-1)?.what, 'too_late');
    await ledger.settle(uuid(1), { to: 'void', who: 'provider', source: 'ECONNREFUSED', at });
  }
  // Money that has moved counts, whichever send moved it.
  await ledger.begin(request(1, { at: 9 }));
  const done = { to: 'succeeded', refunds: [REFUND], who: 'provider', source: 'answer 201', at: 9, sentAt: 5 } as const;
  assert.equal((await ledger.settle(uuid(1), done)).state, 'succeeded');
});

test('a change that the state table does not allow changes nothing and is audited', async (t) => {
  const ledger = await fresh(t);
  await ledger.begin(request(1));
  const by = { who: 'provider', source: 'answer 200', at: 2 };
  await ledger.settle(uuid(1), { to: 'succeeded', refunds: [REFUND], ...by });
  const late = await ledger.settle(uuid(1), { to: 'failed', ...by, source: 'answer 400' });
  assert.equal(late.state, 'succeeded');
  assert.equal((await ledger.audit(uuid(1))).at(-1)?.what, 'too_late');
  const [row] = await ledger.reservationsOfPayment(SCOPE, 'P1');
  assert.equal(row?.released, false);
});

test('only one of several requests can resend an unknown intent, which can then no longer become void', async (t) => {
  const ledger = await fresh(t);
  await ledger.begin(request(1));
  await ledger.settle(uuid(1), { to: 'unknown', who: 'provider', source: 'timeout', at: 2 });
  const claims = await Promise.all(
    [1, 2, 3].map(() => ledger.resume(uuid(1), { who: 'admin-1', at: 3, leasedUntil: 3 })),
  );
  assert.equal(claims.filter(Boolean).length, 1);
  const voided = await ledger.settle(uuid(1), { to: 'void', who: 'provider', source: 'ECONNREFUSED', at: 4 });
  assert.equal(voided.state, 'resending');
});

test('a success after a recorded failure holds the amount again and waits for a person', async (t) => {
  const ledger = await fresh(t);
  await ledger.begin(request(1));
  const by = { who: 'provider', source: 'answer 200', at: 2 };
  await ledger.settle(uuid(1), {
    to: 'succeeded',
    refunds: [{ ...REFUND, standing: 'failed', status: 'FAILED' }],
    ...by,
  });
  const observations = [{ refundId: 'RF1', standing: 'succeeded', status: 'SUCCEEDED' } as const];
  await ledger.observe(SCOPE, { observations, source: 'retrieve', at: 3 });
  const [row] = await ledger.reservationsOfPayment(SCOPE, 'P1');
  assert.deepEqual([row?.standing, row?.status, row?.released], ['unknown', 'contradiction', false]);
  const last = (await ledger.audit(uuid(1))).at(-1);
  assert.deepEqual([last?.what, last?.from, last?.to], ['contradiction', 'failed', 'succeeded']);
});

test('an amount beyond the range of a JavaScript number is exact', async (t) => {
  const ledger = await fresh(t);
  const huge = 999_999_999_999_999_999n;
  const begun = await ledger.begin({ ...request(1), parts: [{ amount: huge - 1n }], limit: huge });
  assert.equal(begun.kind, 'admitted');
  const over = await ledger.begin({ ...request(2), parts: [{ amount: 2n }], limit: huge });
  assert.equal(over.kind === 'refused' && over.refusal.refundable, 1n);
  assert.equal((await ledger.begin({ ...request(3), parts: [{ amount: 1n }], limit: huge })).kind, 'admitted');
});

test('merchants and providers do not see each other’s intents', async (t) => {
  const ledger = await fresh(t);
  await ledger.begin(request(1));
  const other = await ledger.begin({ ...request(2), key: uuid(1), merchant: 'another' });
  assert.equal(other.kind, 'admitted');
  assert.equal((await ledger.begin({ ...request(3), key: uuid(1), provider: 'upayments' })).kind, 'admitted');
  assert.equal(await ledger.recover(SCOPE, 5), 1);
});

test('held amounts never exceed the captured amount, in any order of events', async (t) => {
  const step = fc.record({
    key: fc.integer({ min: 1, max: 6 }),
    amount: fc.bigInt({ min: 1n, max: 60n }),
    act: fc.constantFrom('begin', 'begin', 'begin', 'succeed', 'fail', 'void', 'lose', 'resume', 'recover', 'resolve'),
  });
  const count = { steps: 0 };
  const ledger = await fresh(t);
  let run = 0;
  await seededAsync(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }), async (steps) => {
      run += 1;
      const payment = `P-${run}`;
      const at = 1;
      const by = { who: 'x', source: 'x', at };
      for (const { key, amount, act } of steps) {
        const id = uuid(key, run);
        const refund = { ...request(key), id, key: id, paymentId: payment, parts: [{ amount }], limit: 100n };
        const known = await ledger.intent(id);
        if (act === 'begin') await ledger.begin(refund);
        else if (act === 'recover') await ledger.recover(SCOPE, at);
        else if (!known) continue;
        // What was carried out after all takes its amount, whatever is left: see late-refund.test.ts.
        else if (act === 'succeed' && known.state === 'failed') continue;
        else if (act === 'succeed') {
          const standing = amount % 2n === 0n ? 'pending' : 'failed';
          await ledger.settle(id, { to: 'succeeded', refunds: [{ standing, status: '', refundId: id }], ...by });
        } else if (act === 'fail') await ledger.settle(id, { to: 'failed', ...by });
        else if (act === 'void') await ledger.settle(id, { to: 'void', ...by });
        else if (act === 'lose') await ledger.settle(id, { to: 'unknown', ...by });
        else if (act === 'resume') await ledger.resume(id, { ...by, leasedUntil: at });
        else await ledger.resolve(id, { outcome: amount % 2n === 0n ? 'nothing' : 'initiated', reason: 'seen', ...by });
        const rows = await ledger.reservationsOfPayment(SCOPE, payment);
        const heldRows = rows.filter(({ released }) => !released);
        assert.ok(heldRows.reduce((sum, row) => sum + row.amount, 0n) <= 100n);
        assert.ok(new Set(heldRows.map(({ intentId }) => intentId)).size === heldRows.length);
        const after = await ledger.intent(id);
        if (after?.state === 'unknown' || after?.state === 'sending' || after?.state === 'resending') {
          assert.ok(heldRows.some(({ intentId }) => intentId === id));
        }
        count.steps += 1;
      }
    }),
    { runs: 150 },
  );
  assert.ok(count.steps > 1_000);
});

test('the state tables reach every state, and only a contradiction leads out of a final one', () => {
  const reached = new Set(Object.values(INTENT_MOVES).flat());
  assert.deepEqual([...reached].toSorted(), Object.keys(INTENT_MOVES).toSorted());
  assert.deepEqual([INTENT_MOVES.succeeded, INTENT_MOVES.failed], [[], ['unknown']]);
  for (const [from, to] of Object.entries(STANDING_MOVES)) {
    assert.ok(!to.includes('unknown'), `${from} never becomes unknown again`);
  }
  assert.ok(
    contradicts('cancelled', 'succeeded') && !contradicts('succeeded', 'reversed') && !contradicts('pending', 'failed'),
  );
});

const REFUND = { standing: 'pending', status: 'INITIATED', refundId: 'RF1' } as const;

async function fresh(t: TestContext): Promise<Ledger> {
  return (await ledgerPlace(t)).open();
}
