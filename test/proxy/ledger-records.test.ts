import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';

import { SqliteLedger, type Ledger } from '../../proxy/index.ts';
import type { Observation } from '../../proxy/ledger/facts.ts';
import { paymentsOf } from '../../proxy/ledger/rules/observe.ts';
import { SqliteStore } from '../../proxy/ledger/stores/sqlite/sqlite.ts';
import { sqlitePlace } from './support/ledgers.ts';
import { request, SCOPE } from './support/begin-request.ts';
import { uuid } from './support/test-proxy.ts';

const ANSWERED = { who: 'provider', source: 'answer 200', at: 2 } as const;
const LOST = { to: 'unknown', who: 'provider', source: 'timeout', at: 2 } as const;
const DECISION = { reason: 'seen there', who: 'person-1', at: 3 } as const;
const REFUND = { standing: 'pending', status: 'INITIATED', refundId: 'RF1' } as const;
const OBSERVATION = {
  refundId: 'RX',
  standing: 'succeeded',
  status: 'SUCCEEDED',
  amount: 1_000n,
  currency: 'USD',
} as const;
const ANSWER = { status: 200, headers: {}, body: new Uint8Array([7]) };
const OTHER_ANSWER = { status: 200, headers: {}, body: new Uint8Array([8]) };

test('a refusal settles an unknown refund only if it is about the refund itself', async (t) => {
  const { ledger, lines } = await fresh(t);
  const refusal = { ...ANSWERED, to: 'failed', answer: ANSWER, whileSending: true } as const;
  for (const number of [1, 2]) {
    await ledger.begin(request(number));
    await ledger.settle(uuid(number), LOST);
  }
  assert.equal((await ledger.settle(uuid(1), refusal)).state, 'unknown');
  await ledger.resume(uuid(2), { who: 'admin-2', at: 3, leasedUntil: 9 });
  assert.equal((await ledger.settle(uuid(2), refusal)).state, 'resending');
  assert.equal((await lines(2)).at(-1), 'provider too_late resending > failed (answer 200)');
  assert.equal((await ledger.settle(uuid(2), { ...refusal, whileSending: false })).state, 'failed');
  await ledger.begin(request(3));
  assert.equal((await ledger.settle(uuid(3), refusal)).state, 'failed');
});

test('a refund made elsewhere keeps every reported field, and its audit line names the source', async (t) => {
  const { ledger, unassignedLines } = await fresh(t);
  await observe(ledger, { ...OBSERVATION, reason: 'by phone', createdAt: 3, references: { arn: 'A1' } }, 'P1');
  const [row] = await ledger.reservationsOfPayment(SCOPE, 'P1');
  const { id, ...rest } = row!;
  assert.deepEqual(rest, {
    ...SCOPE,
    intentId: undefined,
    key: undefined,
    paymentId: 'P1',
    currency: 'USD',
    vendor: undefined,
    amount: 1_000n,
    released: false,
    refundId: 'RX',
    references: { arn: 'A1' },
    status: 'SUCCEEDED',
    standing: 'succeeded',
    reason: 'by phone',
    createdAt: 3,
    updatedAt: 5,
    checks: 0,
    nextCheckAt: 86_400_005,
  });
  assert.deepEqual(unassignedLines(), [`- ${id} provider take_in succeeded list `]);
  await ledger.begin(request(1));
  await ledger.settle(uuid(1), { ...ANSWERED, to: 'failed' });
  // The first refund with its mark is that of the request, and a second one is not.
  for (const refundId of ['RY', 'RZ']) await observe(ledger, { ...OBSERVATION, refundId, intentId: uuid(1) }, 'P1');
  assert.equal(
    unassignedLines().at(-1),
    `- ${id + 2} provider contradiction succeeded list intent ${uuid(1)} was unknown`,
  );
});

test('a refund that ends by itself settles a lost cancel, but not a cancel that is being sent', async (t) => {
  const { ledger, lines } = await fresh(t);
  for (const number of [1, 2]) {
    await ledger.begin(request(number));
    await ledger.settle(uuid(number), {
      ...ANSWERED,
      to: 'succeeded',
      refunds: [{ ...REFUND, refundId: `RF${number}` }],
    });
    const [target] = await ledger.reservationsOfIntent(uuid(number));
    await ledger.begin(request(number + 10, { kind: 'cancel', parts: [], target: target!.id }));
  }
  await ledger.settle(uuid(11), LOST);
  for (const refundId of ['RF1', 'RF2']) await observe(ledger, { refundId, standing: 'succeeded', status: 'done' });
  assert.equal((await lines(11)).at(-1), 'provider settle unknown > failed (list) the refund ended of itself');
  assert.equal((await ledger.intent(uuid(12)))?.state, 'sending');
});

test('a refund without a payment or an amount still settles the intent that it names', async (t) => {
  const { ledger, parts } = await fresh(t);
  const { amount: _amount, ...bare } = { ...OBSERVATION, intentId: uuid(1) };
  await ledger.begin(request(1));
  assert.equal((await observe(ledger, bare, 'P1', { ...SCOPE, provider: 'upayments' })).changed, 0);
  assert.equal((await observe(ledger, bare)).changed, 1);
  assert.deepEqual(await parts(1), ['- RX succeeded SUCCEEDED']);
});

test('an id that fits two refunds, or only another reference of a refund, changes neither', async (t) => {
  const { ledger, parts } = await fresh(t);
  for (const number of [1, 2]) {
    await ledger.begin(request(number));
    await ledger.settle(uuid(number), {
      ...ANSWERED,
      to: 'succeeded',
      refunds: [{ ...REFUND, references: { attempt: `PA${number}` } }],
    });
  }
  for (const refundId of ['RF1', 'PA1']) {
    const observation = { refundId, standing: 'succeeded', status: 'SUCCEEDED' } as const;
    assert.deepEqual(await observe(ledger, observation, 'P1'), { changed: 0, settled: 0, takenIn: 0 });
  }
  assert.deepEqual([...(await parts(1)), ...(await parts(2))], ['- RF1 pending INITIATED', '- RF1 pending INITIATED']);
});

test('a listener hears nothing of an observation that changes nothing', async (t) => {
  const { ledger } = await fresh(t);
  await ledger.begin(request(1));
  let heard = 0;
  ledger.changes.listen(SCOPE, 'P1', () => (heard += 1));
  await observe(ledger, { ...OBSERVATION, intentId: uuid(1) }, 'P1');
  assert.equal(heard, 1);
  await observe(ledger, { ...OBSERVATION, refundId: 'RZ', intentId: uuid(1) }, 'P1');
  await observe(ledger, { refundId: 'RV', standing: 'succeeded', status: 'SUCCEEDED' }, 'P1');
  assert.equal(heard, 1);
});

test('the payments that observations may change are locked once each, in a fixed order', async (t) => {
  const { ledger, file } = await fresh(t);
  await ledger.begin(request(1, { paymentId: 'P3' }));
  await ledger.begin(request(2, { paymentId: 'P2' }));
  await ledger.settle(uuid(2), { ...ANSWERED, to: 'succeeded', refunds: [REFUND] });
  const store = new SqliteStore({ file });
  t.after(() => store.close());
  const paymentsFor = (paymentId: string | undefined, observations: readonly Observation[]) =>
    store.read((tx) => paymentsOf(tx, SCOPE, { paymentId, observations }));
  const named = { ...OBSERVATION, intentId: uuid(1) };
  const known = { ...OBSERVATION, refundId: 'RF1', intentId: uuid(1) };
  assert.deepEqual(await paymentsFor(undefined, [OBSERVATION]), []);
  assert.deepEqual(await paymentsFor('P9', [named, known, named]), ['P2', 'P3', 'P9']);
  assert.deepEqual(await paymentsFor(undefined, [known]), ['P2']);
  assert.deepEqual(await paymentsFor(undefined, [named]), ['P3']);
});

test('an event about an unknown refund waits for every pending answer, is recorded once, and is then deleted', async (t) => {
  const { ledger, lines, parts, events } = await fresh(t);
  await ledger.begin(request(1));
  await ledger.settle(uuid(1), LOST);
  await ledger.resume(uuid(1), { who: 'admin-1', at: 3, leasedUntil: 99 });
  const event = (eventId: string, observation: Observation) =>
    ledger.receive(SCOPE, { eventId, paymentId: 'P1', observation }, 4);
  assert.equal(await event('E1', OBSERVATION), 'kept');
  await ledger.begin(request(2));
  await ledger.settle(uuid(1), { ...ANSWERED, to: 'succeeded', refunds: [REFUND] });
  assert.deepEqual(events(), ['default uqpay E1 RX P1 4 kept']);
  assert.equal((await ledger.reservationsOfPayment(SCOPE, 'P1')).length, 2);
  assert.equal(
    await event('E2', { ...OBSERVATION, refundId: 'RF1' }),
    'changed',
    'an event about a known refund is not delayed',
  );
  await ledger.settle(uuid(2), { ...ANSWERED, to: 'succeeded', refunds: [{ ...REFUND, refundId: 'RX' }] });
  assert.deepEqual(await parts(2), ['- RX succeeded SUCCEEDED']);
  assert.equal((await lines(2)).at(-1), 'provider standing pending > succeeded (webhook E1)');
  assert.deepEqual(events(), ['default uqpay E1 RX P1 4 -', 'default uqpay E2 RF1 P1 4 -']);
});

test('an event in another stored format causes an error that names it, and is not lost', async (t) => {
  const { ledger, sql, events } = await fresh(t);
  await ledger.begin(request(1));
  await ledger.receive(SCOPE, { eventId: 'E1', paymentId: 'P1', observation: OBSERVATION }, 4);
  await sql(`UPDATE events SET kept = '{}'`);
  await assert.rejects(
    () => ledger.settle(uuid(1), { ...ANSWERED, to: 'succeeded', refunds: [REFUND] }),
    /The event E1 is not stored as this program stores it/,
  );
  assert.equal(events().length, 1);
  assert.equal((await ledger.intent(uuid(1)))?.state, 'sending');
});

test('an answer settles the reservations of its own send, not those of an earlier send', async (t) => {
  const { ledger, parts } = await fresh(t);
  await ledger.begin(request(1));
  await ledger.settle(uuid(1), { ...ANSWERED, to: 'void' });
  await ledger.begin(request(1));
  await ledger.settle(uuid(1), LOST);
  const resumed = await ledger.resume(uuid(1), { who: 'admin-1', at: 3, leasedUntil: 99 });
  assert.equal(resumed?.reservations.length, 1);
  await ledger.settle(uuid(1), { ...ANSWERED, to: 'succeeded', refunds: [REFUND] });
  assert.deepEqual(await parts(1), ['- - unknown  released', '- RF1 pending INITIATED']);
});

test('an answer adds its ids to a refund that an event has already reported as failed', async (t) => {
  const { ledger, parts } = await fresh(t);
  await ledger.begin(request(1));
  await observe(
    ledger,
    { ...OBSERVATION, refundId: 'RF1', intentId: uuid(1), standing: 'failed', status: 'FAILED' },
    'P1',
  );
  await ledger.settle(uuid(1), { ...ANSWERED, to: 'succeeded', refunds: [{ ...REFUND, references: { arn: 'A1' } }] });
  assert.deepEqual(await parts(1), ['- RF1 failed FAILED released']);
  assert.equal((await ledger.reservationsByReference(SCOPE, 'A1')).length, 1);
});

test('an event that names the intent proves its refund, whatever the second send answers', async (t) => {
  const { ledger, lines } = await fresh(t);
  for (const [number, to] of [
    [1, 'unknown'],
    [2, 'failed'],
    [3, 'succeeded'],
  ] as const) {
    await ledger.begin(request(number));
    await ledger.settle(uuid(number), LOST);
    await ledger.resume(uuid(number), { who: 'admin-1', at: 3, leasedUntil: 99 });
    await observe(ledger, { ...OBSERVATION, refundId: `R${number}`, intentId: uuid(number), answer: ANSWER }, 'P1');
    const fields = to === 'unknown' ? {} : { answer: OTHER_ANSWER };
    const settled = await ledger.settle(uuid(number), { ...ANSWERED, to, ...fields });
    assert.deepEqual([settled.state, settled.answer], ['succeeded', to === 'succeeded' ? OTHER_ANSWER : ANSWER]);
  }
  assert.equal((await lines(1)).at(-1), 'provider settle resending > succeeded (answer 200)');
  assert.equal(
    (await lines(2)).at(-1),
    'provider contradiction failed > succeeded (answer 200) an event proves the refund',
  );
  await ledger.settle(uuid(3), { ...ANSWERED, to: 'failed' });
  assert.equal((await lines(3)).at(-1), 'provider too_late succeeded > failed (answer 200)');
});

test('no answer is stored for a send whose outcome is unknown', async (t) => {
  const { ledger } = await fresh(t);
  await ledger.begin(request(1));
  assert.equal((await ledger.settle(uuid(1), { ...LOST, answer: ANSWER })).answer, undefined);
});

test('an observation that adds an id or another status is recorded, but changes no standing', async (t) => {
  const { ledger, lines, parts } = await fresh(t);
  await ledger.begin(request(1));
  await ledger.settle(uuid(1), { ...ANSWERED, to: 'succeeded', refunds: [REFUND] });
  const before = await lines(1);
  assert.equal((await observe(ledger, { ...REFUND, references: { arn: 'A1' } })).changed, 0);
  assert.equal((await ledger.reservationsByReference(SCOPE, 'A1')).length, 1);
  assert.equal((await observe(ledger, { ...REFUND, status: 'PROCESSING' })).changed, 0);
  assert.deepEqual(await parts(1), ['- RF1 pending PROCESSING']);
  assert.deepEqual(await lines(1), before);
  await ledger.begin(request(2));
  await ledger.settle(uuid(2), LOST);
  await ledger.resolve(uuid(2), { outcome: 'initiated', ...DECISION });
  await observe(ledger, { ...OBSERVATION, intentId: uuid(2), standing: 'pending', status: 'initiated' }, 'P1');
  assert.deepEqual(await parts(2), ['- RX pending initiated']);
});

test('an intent with one refunded part has succeeded, in whatever order a person settles the parts', async (t) => {
  const { ledger, lines } = await fresh(t);
  await openVendors(ledger, { a: 300n, b: 300n });
  const parts = ['a', 'b'].map((vendor) => ({ vendor, amount: 100n }));
  await ledger.begin(request(1, { kind: 'vendor_refund', parts }));
  await ledger.settle(uuid(1), LOST);
  await ledger.resolve(uuid(1), { outcome: 'initiated', vendor: 'a', ...DECISION });
  assert.equal((await ledger.resolve(uuid(1), { outcome: 'nothing', vendor: 'b', ...DECISION }))?.state, 'succeeded');
  await ledger.begin(request(2, { kind: 'vendor_refund', parts }));
  const unknown = { standing: 'unknown', status: '' } as const;
  await ledger.settle(uuid(2), { ...ANSWERED, to: 'succeeded', refunds: [REFUND, unknown] });
  await ledger.resolve(uuid(2), { outcome: 'initiated', ...DECISION });
  assert.ok(!(await lines(2)).some((line) => line.includes('too_late')));
});

test('each vendor has its own limit', async (t) => {
  const { ledger } = await fresh(t);
  await openVendors(ledger, { a: 300n, b: 100n });
  const begun = await ledger.begin(request(1, { kind: 'vendor_refund', parts: [{ vendor: 'b', amount: 101n }] }));
  assert.equal(
    begun.kind === 'refused' && begun.refusal.detail,
    '1.01 USD was asked of the vendor row "b", 1.00 USD can be refunded',
  );
});

test('a request that waits for approval expires by itself, can be approved before, and then stays decided', async (t) => {
  const { ledger, lines } = await fresh(t);
  const requestToSend = { path: '/v2/payment/refunds', body: '{"amount":"10.00"}', amount: 1_000n };
  for (const number of [1, 2]) {
    assert.equal(
      (await ledger.begin(request(number, { approval: { until: 100, request: requestToSend } }))).kind,
      'awaiting',
    );
  }
  assert.deepEqual(await ledger.keptRequest(uuid(1)), requestToSend);
  const { parts, limit, toldElsewhere, expectedRefundable, notRefundable, exclusive } = request(2);
  const again = { parts, limit, toldElsewhere, expectedRefundable, notRefundable, exclusive, leasedUntil: 200 };
  assert.equal((await ledger.approve(uuid(2), { ...again, who: 'admin-2', at: 50 })).kind, 'admitted');
  assert.equal((await lines(2)).at(-1), 'admin-2 approve awaiting_approval > sending (request)');
  assert.equal(await ledger.expire(SCOPE, { at: 99, limit: 9 }), 0);
  assert.equal(await ledger.expire(SCOPE, { at: 100, limit: 9 }), 1);
  const expired = 'proxy settle awaiting_approval > failed (expired)';
  assert.equal((await lines(1)).at(-1), expired);
  assert.equal(await ledger.keptRequest(uuid(1)), undefined);
  assert.equal((await ledger.decline(uuid(1), { who: 'admin-2', reason: 'no', at: 101 })).state, 'failed');
  assert.equal((await lines(1)).at(-1), expired);
});

test('intents are listed by payment, and by open and final states', async (t) => {
  const { ledger, lines } = await fresh(t);
  await ledger.begin(request(1));
  await ledger.begin(request(2, { paymentId: 'P2' }));
  await ledger.begin(request(3));
  await ledger.settle(uuid(3), { ...ANSWERED, to: 'succeeded', refunds: [REFUND] });
  const list = async (query: { states: readonly ('sending' | 'succeeded')[]; paymentId?: string }) =>
    (await ledger.intents(SCOPE, { ...query, limit: 9 })).map(({ id }) => id);
  assert.deepEqual(await list({ states: ['sending'] }), [uuid(1), uuid(2)]);
  assert.deepEqual(await list({ states: ['sending'], paymentId: 'P2' }), [uuid(2)]);
  assert.deepEqual(await list({ states: ['sending', 'succeeded'], paymentId: 'P1' }), [uuid(1), uuid(3)]);
  assert.equal(await ledger.recover(SCOPE, 7), 2);
  assert.equal((await lines(1)).at(-1), 'proxy settle sending > unknown (restart)');
});

function observe(ledger: Ledger, observation: Observation, paymentId?: string, scope = SCOPE) {
  const payment = paymentId === undefined ? {} : { paymentId };
  return ledger.observe(scope, { ...payment, observations: [observation], source: 'list', at: 5 });
}

async function openVendors(ledger: Ledger, limits: Readonly<Record<string, bigint>>): Promise<void> {
  await ledger.begin(request(90));
  const opened = Object.entries(limits).map(([vendor, remaining]) => ({ vendor, remaining }));
  await ledger.settle(uuid(90), { ...ANSWERED, to: 'succeeded', opened });
}

/** A ledger in a file, and functions that read its rows from the disk. */
async function fresh(t: TestContext) {
  const { file, sql } = await sqlitePlace(t);
  const ledger = new SqliteLedger({ file });
  const reader = new DatabaseSync(file, { readOnly: true });
  t.after(async () => {
    reader.close();
    await ledger.close();
  });
  return {
    ledger,
    file,
    sql,
    unassignedLines: () =>
      reader
        .prepare('SELECT * FROM audit WHERE intent_id IS NULL ORDER BY id')
        .all()
        .map((row) =>
          ['-', row['reservation_id'], row['who'], row['what'], row['to_word'], row['source'], row['detail']].join(' '),
        ),
    events: () =>
      reader
        .prepare('SELECT * FROM events ORDER BY event_id')
        .all()
        .map((row) =>
          [
            row['merchant'],
            row['provider'],
            row['event_id'],
            row['refund_id'],
            row['payment_id'],
            row['received_at'],
            row['kept'] === null ? '-' : 'kept',
          ].join(' '),
        ),
    lines: async (number: number): Promise<string[]> => {
      const audit = await ledger.audit(uuid(number));
      return audit.map(
        ({ who, what, from = '', to = '', source, detail }) =>
          `${who} ${what} ${from} > ${to} (${source})${detail === undefined ? '' : ` ${detail}`}`,
      );
    },
    parts: async (number: number): Promise<string[]> => {
      const rows = await ledger.reservationsOfIntent(uuid(number));
      return rows.map(
        ({ vendor = '-', refundId = '-', standing, status, released }) =>
          `${vendor} ${refundId} ${standing} ${status}${released ? ' released' : ''}`,
      );
    },
  };
}
