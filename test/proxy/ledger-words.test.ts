import assert from 'node:assert/strict';
import path from 'node:path';
import { test, type TestContext } from 'node:test';

import { PostgresLedger, SqliteLedger, type Ledger } from '../../proxy/index.ts';
import type { BeginRequest } from '../../proxy/ledger/rules/admission.ts';
import { openLedger } from '../../proxy/ledger/open.ts';
import { temporaryFolder } from './support/folder.ts';
import { ledgerPlace } from './support/ledgers.ts';
import { request, SCOPE } from './support/begin-request.ts';
import { uuid } from './support/test-proxy.ts';

const LOST = { to: 'unknown', who: 'provider', source: 'timeout', at: 2 } as const;
const DECISION = { reason: 'seen there', who: 'person-1', at: 3 } as const;

test('a person’s decision settles each part, is written to the audit, and the last one settles the intent', async (t) => {
  const ledger = await fresh(t);
  await openVendors(ledger);
  const parts = ['a', 'b', 'c'].map((vendor) => ({ vendor, amount: 100n }));
  await ledger.begin(request(1, { kind: 'vendor_refund', parts }));
  await ledger.settle(uuid(1), LOST);
  const first = await ledger.resolve(uuid(1), { outcome: 'refunded', vendor: 'a', refundId: 'RA', ...DECISION });
  assert.equal(first?.state, 'unknown');
  const second = await ledger.resolve(uuid(1), { outcome: 'nothing', vendor: 'b', ...DECISION });
  assert.equal(second?.state, 'unknown');
  assert.equal(await ledger.resolve(uuid(1), { outcome: 'nothing', vendor: 'a', ...DECISION }), undefined);
  const last = await ledger.resolve(uuid(1), { outcome: 'initiated', ...DECISION });
  assert.equal(last?.state, 'succeeded');
  assert.deepEqual(await partsOf(ledger, 1), [
    'a RA succeeded refunded',
    'b - failed nothing released',
    'c - pending initiated',
  ]);
  assert.equal(await ledger.resolve(uuid(1), { outcome: 'nothing', vendor: 'a', ...DECISION }), undefined);
  assert.deepEqual(
    (await lines(ledger, 1)).filter((line) => line.includes('person')),
    [
      'person-1 resolve  > refunded (person) a: seen there',
      'person-1 number  >  (person) RA',
      'person-1 standing unknown > succeeded (person)',
      'person-1 resolve  > nothing (person) b: seen there',
      'person-1 standing unknown > failed (person)',
      'person-1 resolve  > initiated (person) seen there',
      'person-1 standing unknown > pending (person)',
      'person-1 settle unknown > succeeded (person)',
    ],
  );
});

test('one number belongs to one request, also where two people have compared it with the provider at the same moment', async (t) => {
  const ledger = await fresh(t);
  for (const number of [1, 2]) {
    await ledger.begin(request(number));
    await ledger.settle(uuid(number), LOST);
  }
  const said = { outcome: 'initiated', refundId: 'RA', ...DECISION } as const;
  assert.equal((await ledger.resolve(uuid(1), said))?.state, 'succeeded');
  assert.equal(await ledger.resolve(uuid(2), said), undefined);
  assert.equal((await ledger.intent(uuid(2)))?.state, 'unknown');
});

test('a word is not recorded once another one was said of the payment since it was compared', async (t) => {
  const ledger = await fresh(t);
  for (const number of [1, 2]) {
    await ledger.begin(request(number));
    await ledger.settle(uuid(number), LOST);
  }
  const compared = { outcome: 'refunded', wordsOnPayment: 0, ...DECISION } as const;
  assert.equal((await ledger.resolve(uuid(1), compared))?.state, 'succeeded');
  // The list has one refund, and it is that of the first.
  assert.equal(await ledger.resolve(uuid(2), compared), undefined);
  assert.equal((await ledger.resolve(uuid(2), { ...compared, wordsOnPayment: 1 }))?.state, 'succeeded');
});

test('an answer after a person’s decision about one part settles the other parts in their order', async (t) => {
  const ledger = await fresh(t);
  await openVendors(ledger);
  const parts = ['a', 'b', 'c'].map((vendor) => ({ vendor, amount: 100n }));
  await ledger.begin(request(1, { kind: 'vendor_refund', parts }));
  await ledger.settle(uuid(1), LOST);
  await ledger.resolve(uuid(1), { outcome: 'nothing', vendor: 'a', ...DECISION });
  const late = await ledger.settle(uuid(1), {
    to: 'succeeded',
    who: 'provider',
    source: 'answer 201',
    at: 4,
    refunds: [
      { standing: 'failed', status: 'insufficientBalance' },
      { standing: 'pending', status: 'initiated', refundId: 'RB' },
      { standing: 'pending', status: 'initiated', refundId: 'RC' },
    ],
  });
  assert.equal(late.state, 'succeeded');
  assert.deepEqual(await partsOf(ledger, 1), [
    'a - failed insufficientBalance released',
    'b RB pending initiated',
    'c RC pending initiated',
  ]);
});

test('a lost refund that a person settles as nothing has failed, and a refund that is being sent cannot be settled', async (t) => {
  const ledger = await fresh(t);
  await ledger.begin(request(1));
  assert.equal(await ledger.resolve(uuid(1), { outcome: 'nothing', ...DECISION }), undefined);
  await ledger.settle(uuid(1), LOST);
  assert.equal((await ledger.resolve(uuid(1), { outcome: 'nothing', ...DECISION }))?.state, 'failed');
  assert.deepEqual(await partsOf(ledger, 1), ['- - failed nothing released']);
});

test('an answered intent keeps its answer when a person settles its unknown part', async (t) => {
  const ledger = await fresh(t);
  await openVendors(ledger);
  const parts = ['a', 'b'].map((vendor) => ({ vendor, amount: 100n }));
  await ledger.begin(request(1, { kind: 'vendor_refund', parts }));
  const answer = { status: 201, headers: {}, body: new Uint8Array([1]) };
  await ledger.settle(uuid(1), {
    to: 'succeeded',
    who: 'provider',
    source: 'answer 201',
    at: 2,
    answer,
    refunds: [
      { standing: 'pending', status: 'initiated', refundId: 'RA' },
      { standing: 'unknown', status: '' },
    ],
  });
  const settled = await ledger.resolve(uuid(1), { outcome: 'nothing', ...DECISION });
  assert.deepEqual([settled?.state, settled?.answer], ['succeeded', answer]);
  assert.deepEqual(await partsOf(ledger, 1), ['a RA pending initiated', 'b - failed nothing released']);
});

test('a person settles a lost cancel once, and the refund is then cancelled', async (t) => {
  const ledger = await fresh(t);
  await refunded(ledger, 1);
  const [target] = await ledger.reservationsOfIntent(uuid(1));
  await ledger.begin(request(2, { kind: 'cancel', parts: [], target: target!.id }));
  const busy = await ledger.begin(request(3, { kind: 'cancel', parts: [], target: target!.id }));
  assert.deepEqual(refusal(busy), [
    'payment_busy',
    'This refund is already being cancelled: check the status of that request',
  ]);
  await ledger.settle(uuid(2), LOST);
  assert.equal((await ledger.resolve(uuid(2), { outcome: 'cancelled', ...DECISION }))?.state, 'succeeded');
  assert.deepEqual(await partsOf(ledger, 1), ['- RF1 cancelled cancelled released']);
  assert.equal(await ledger.resolve(uuid(2), { outcome: 'cancelled', ...DECISION }), undefined);
});

test('a refund that is cancelled by a person’s word alone is read for ten days, less and less often', async (t) => {
  const ledger = await fresh(t);
  await refunded(ledger, 1);
  await refunded(ledger, 2);
  // The provider confirms the cancel of the second refund: it is not read again.
  for (const number of [1, 2]) {
    const [target] = await ledger.reservationsOfIntent(uuid(number));
    await ledger.begin(request(number + 10, { kind: 'cancel', parts: [], target: target!.id }));
  }
  await ledger.settle(uuid(11), LOST);
  await ledger.settle(uuid(12), { to: 'succeeded', who: 'provider', source: 'answer 201', at: 3 });
  await ledger.resolve(uuid(11), { outcome: 'cancelled', ...DECISION });
  const read: string[] = [];
  for (let hour = 0; hour <= 40 * 24; hour += 1) {
    const at = 10_000 + hour * 3_600_000;
    const due = await ledger.claimReservations(SCOPE, { at, limit: 9, follows: false });
    read.push(...due.map(({ refundId }) => `${refundId} ${hour}`));
  }
  assert.deepEqual(
    read,
    [0, 1, 3, 7, 15, 31, 63, 127, 255].map((hour) => `RF1 ${hour}`),
  );
});

test('each refusal of the ledger names the amounts that it is based on', async (t) => {
  const ledger = await fresh(t);
  await refunded(ledger, 1);
  const table: [Partial<BeginRequest>, string, string][] = [
    [
      { expectedRefundable: 10_000n },
      'refundable_changed',
      '100.00 USD was expected to be refundable, it is 90.00 USD: load the payment again',
    ],
    [{ parts: [{ amount: 9_001n }] }, 'amount_above_refundable', '90.01 USD was asked, 90.00 USD can be refunded'],
    [{ limit: 500n }, 'amount_above_refundable', '10.00 USD was asked, 0.00 USD can be refunded'],
    [{ notRefundable: 'Disputed', expectedRefundable: 1n }, 'not_refundable', 'Disputed'],
    [
      { kind: 'vendor_refund', parts: [{ vendor: 'z', amount: 1n }] },
      'vendors_not_opened',
      'No answer of the first step names the vendor row "z": send it first',
    ],
  ];
  for (const [change, code, detail] of table) {
    assert.deepEqual(refusal(await ledger.begin(request(9, change))), [code, detail]);
  }
  await openVendors(ledger);
  const above = { kind: 'vendor_refund', parts: [{ vendor: 'b', amount: 301n }] } as const;
  assert.deepEqual(refusal(await ledger.begin(request(9, above))), [
    'amount_above_refundable',
    '3.01 USD was asked of the vendor row "b", 3.00 USD can be refunded',
  ]);
  const exact = { kind: 'vendor_refund', parts: [{ vendor: 'b', amount: 300n }] } as const;
  assert.equal((await ledger.begin(request(9, exact))).kind, 'admitted');
  await ledger.settle(uuid(9), LOST);
  assert.deepEqual(refusal(await ledger.begin(request(10, { exclusive: true }))), [
    'payment_busy',
    'An earlier refund of this payment has no known outcome yet: settle it before another one is sent',
  ]);
});

test('a send counts as lost from the end of its lease, and the audit line says why', async (t) => {
  const ledger = await fresh(t);
  await ledger.begin(request(1, { leasedUntil: 100 }));
  await ledger.begin(request(2, { leasedUntil: 101 }));
  assert.equal(await ledger.loseOverdue(SCOPE, 99), 0);
  assert.equal(await ledger.loseOverdue(SCOPE, 100), 1);
  assert.equal((await ledger.intent(uuid(2)))?.state, 'sending');
  assert.equal((await lines(ledger, 1)).at(-1), 'proxy settle sending > unknown (lease ended)');
  await ledger.resume(uuid(1), { who: 'admin-2', at: 150, leasedUntil: 200 });
  assert.equal((await lines(ledger, 1)).at(-1), 'admin-2 resend unknown > resending (request)');
  assert.equal((await ledger.begin(request(1))).kind, 'running');
  assert.equal(await ledger.loseOverdue(SCOPE, 200), 2);
  assert.equal(await ledger.loseOverdue(SCOPE, 200), 0);
});

test('work that is due is claimed once, and later each time', async (t) => {
  const ledger = await fresh(t);
  await ledger.begin(request(1));
  await ledger.settle(uuid(1), LOST);
  const take = (at: number) => ledger.claimIntents(SCOPE, { at, limit: 9 });
  assert.deepEqual(await take(5_001), []);
  assert.equal((await take(5_002)).length, 1);
  assert.deepEqual(await take(15_001), []);
  assert.deepEqual(
    (await take(15_002)).map(({ id, checks }) => [id, checks]),
    [[uuid(1), 1]],
  );
  await refunded(ledger, 2);
  const due = (at: number) => ledger.claimReservations(SCOPE, { at, limit: 9, follows: false });
  assert.equal((await due(5_002)).length, 1);
  assert.deepEqual(await due(15_001), []);
  assert.equal((await due(15_002))[0]?.checks, 1);
});

test('a note stays in the audit, and the count before the send stays with the intent', async (t) => {
  const ledger = await fresh(t);
  await ledger.begin(request(1));
  await ledger.note(uuid(1), { what: 'count', source: 'list', detail: 'two', seenBefore: 2, at: 2 });
  const intent = await ledger.note(uuid(1), { what: 'evidence', source: 'list', detail: 'three', at: 3 });
  assert.equal(intent?.seenBefore, 2);
  assert.equal((await ledger.intent(uuid(1)))?.seenBefore, 2);
  assert.deepEqual((await lines(ledger, 1)).slice(1), [
    'proxy count  >  (list) two',
    'proxy evidence  >  (list) three',
  ]);
  await assert.rejects(() => ledger.note(uuid(5), { what: 'x', source: 'x', detail: 'x', at: 1 }), /No intent/);
});

test('a listener hears every change of its payment, no change of another one, and nothing after it has stopped', async (t) => {
  const ledger = await fresh(t);
  const heard: string[] = [];
  const stop = ledger.changes.listen(SCOPE, 'P1', () => heard.push('first'));
  const stopOther = ledger.changes.listen(SCOPE, 'P1', () => heard.push('second'));
  ledger.changes.listen({ ...SCOPE, merchant: 'another' }, 'P1', () => heard.push('foreign'));
  await ledger.begin(request(1));
  assert.deepEqual(heard.splice(0), ['first', 'second']);
  await ledger.begin(request(2, { paymentId: 'P2' }));
  assert.deepEqual(heard, []);
  await ledger.settle(uuid(1), {
    ...LOST,
    to: 'succeeded',
    refunds: [{ standing: 'pending', status: 'x', refundId: 'RF1' }],
  });
  assert.deepEqual(heard.splice(0), ['first', 'second']);
  const same = { refundId: 'RF1', standing: 'pending', status: 'x' } as const;
  await ledger.observe(SCOPE, { observations: [same], source: 'list', at: 4 });
  assert.deepEqual(heard, []);
  await ledger.observe(SCOPE, { observations: [{ ...same, standing: 'succeeded' }], source: 'list', at: 5 });
  assert.deepEqual(heard.splice(0), ['first', 'second']);
  stop();
  await ledger.observe(SCOPE, { observations: [{ ...same, standing: 'reversed' }], source: 'list', at: 6 });
  assert.deepEqual(heard.splice(0), ['second']);
  stopOther();
  await ledger.begin(request(3));
  assert.deepEqual(heard, []);
});

const FOREIGN = { refundId: 'RX', standing: 'succeeded', status: 'SUCCEEDED', amount: 700n, currency: 'USD' } as const;

test('a refund made elsewhere is recorded completely or not at all', async (t) => {
  const ledger = await fresh(t);
  const observe = (change: object, paymentId?: string) =>
    ledger.observe(SCOPE, {
      observations: [{ ...FOREIGN, ...change }],
      source: 'list',
      at: 5,
      ...(paymentId !== undefined && { paymentId }),
    });
  assert.equal((await observe({})).takenIn, 0);
  assert.equal((await observe({ amount: undefined }, 'P1')).takenIn, 0);
  assert.equal((await observe({ currency: undefined }, 'P1')).takenIn, 0);
  assert.deepEqual(await observe({}, 'P1'), { changed: 0, settled: 0, takenIn: 1 });
  assert.deepEqual(await observe({}, 'P1'), { changed: 0, settled: 0, takenIn: 0 });
  const [row] = await ledger.reservationsOfPayment(SCOPE, 'P1');
  assert.deepEqual([row?.amount, row?.nextCheckAt, row?.intentId, row?.createdAt], [700n, 86_400_005, undefined, 5]);
});

test('a refund that names an intent is trusted only if merchant, payment and amount fit', async (t) => {
  const ledger = await fresh(t);
  const observation = { ...FOREIGN, amount: 1_000n, intentId: uuid(1) };
  const observe = (change: object, scope = SCOPE, paymentId = 'P1') =>
    ledger.observe(scope, { observations: [{ ...observation, ...change }], source: 'list', at: 5, paymentId });
  await ledger.begin(request(1));
  await ledger.begin(request(2));
  assert.equal((await observe({ amount: 999n, refundId: 'RW', intentId: uuid(2) })).changed, 0);
  assert.deepEqual(await partsOf(ledger, 2), ['- RW unknown contradiction']);
  assert.equal((await observe({}, { ...SCOPE, merchant: 'another' })).takenIn, 1);
  assert.equal((await observe({ refundId: 'RY' }, SCOPE, 'P2')).takenIn, 1);
  assert.deepEqual(await partsOf(ledger, 1), ['- - unknown ']);
  assert.equal((await observe({})).changed, 1);
  assert.deepEqual(await partsOf(ledger, 1), ['- RX succeeded SUCCEEDED']);
  assert.equal((await lines(ledger, 1)).at(-1), 'provider standing unknown > succeeded (list)');
});

test('the effect of a refund that names an intent depends on the state of the intent', async (t) => {
  const ledger = await fresh(t);
  const answer = { status: 200, headers: {}, body: new Uint8Array([7]) };
  const observe = (number: number, change: object = {}) =>
    ledger.observe(SCOPE, {
      observations: [{ ...FOREIGN, refundId: `R${number}`, amount: 1_000n, intentId: uuid(number), answer, ...change }],
      source: 'list',
      at: 5,
      paymentId: 'P1',
    });
  await ledger.begin(request(1));
  await ledger.settle(uuid(1), LOST);
  assert.deepEqual(await observe(1), { changed: 0, settled: 1, takenIn: 0 });
  const found = await ledger.intent(uuid(1));
  assert.deepEqual([found?.state, found?.answer], ['succeeded', answer]);
  assert.ok((await lines(ledger, 1)).includes('provider settle unknown > succeeded (list)'));

  await ledger.begin(request(2));
  await ledger.settle(uuid(2), LOST);
  await ledger.resume(uuid(2), { who: 'admin-1', at: 3, leasedUntil: 9 });
  assert.equal((await observe(2)).changed, 1);
  assert.equal((await ledger.intent(uuid(2)))?.state, 'resending');
  assert.deepEqual((await ledger.intent(uuid(2)))?.answer, answer);
  assert.deepEqual(await observe(2, { refundId: 'R2b' }), { changed: 0, settled: 0, takenIn: 0 });

  await ledger.begin(request(3));
  await ledger.settle(uuid(3), { ...LOST, to: 'failed' });
  assert.equal((await observe(3)).changed, 1);
  assert.deepEqual(await partsOf(ledger, 3), ['- R3 unknown contradiction']);
  const rows = await ledger.reservationsOfPayment(SCOPE, 'P1');
  assert.equal(rows.filter(({ released }) => !released).length, 3);

  await ledger.begin(request(4));
  await ledger.settle(uuid(4), LOST);
  await ledger.resolve(uuid(4), { outcome: 'initiated', ...DECISION });
  assert.equal((await observe(4)).changed, 1);
  assert.deepEqual(await partsOf(ledger, 4), ['- R4 succeeded SUCCEEDED']);
  assert.equal((await lines(ledger, 4)).at(-1), 'provider standing pending > succeeded (list)');
});

async function openVendors(ledger: Ledger): Promise<void> {
  await ledger.begin(request(90));
  const opened = ['a', 'b', 'c'].map((vendor) => ({ vendor, remaining: 300n }));
  await ledger.settle(uuid(90), { to: 'succeeded', who: 'provider', source: 'answer 201', at: 2, opened });
}

async function refunded(ledger: Ledger, number: number): Promise<void> {
  await ledger.begin(request(number));
  await ledger.settle(uuid(number), {
    ...LOST,
    to: 'succeeded',
    refunds: [{ standing: 'pending', status: 'INITIATED', refundId: `RF${number}` }],
  });
}

function refusal(begun: Awaited<ReturnType<Ledger['begin']>>): string[] {
  return begun.kind === 'refused' ? [begun.refusal.code, begun.refusal.detail] : [begun.kind];
}

async function partsOf(ledger: Ledger, number: number): Promise<string[]> {
  const rows = await ledger.reservationsOfIntent(uuid(number));
  return rows.map(
    ({ vendor = '-', refundId = '-', standing, status, released }) =>
      `${vendor} ${refundId} ${standing} ${status}${released ? ' released' : ''}`,
  );
}

async function lines(ledger: Ledger, number: number): Promise<string[]> {
  const audit = await ledger.audit(uuid(number));
  return audit.map(
    ({ who, what, from = '', to = '', source, detail }) =>
      `${who} ${what} ${from} > ${to} (${source})${detail === undefined ? '' : ` ${detail}`}`,
  );
}

async function fresh(t: TestContext): Promise<Ledger> {
  return (await ledgerPlace(t)).open();
}

test('the address selects the kind of ledger', async (t) => {
  const folder = await temporaryFolder(t);
  const embedded = await openLedger({ db: path.join(folder, 'postgres.sqlite'), schema: undefined });
  assert.ok(embedded instanceof SqliteLedger);
  assert.equal(await embedded.recover(SCOPE, 1), 0);
  await embedded.close();
  for (const db of ['postgres://nobody@localhost/none', 'postgresql://nobody@localhost/none']) {
    const shared = await openLedger({ db, schema: 'mine' });
    assert.ok(shared instanceof PostgresLedger);
    await shared.close();
    assert.ok((await openLedger({ db, schema: undefined })) instanceof PostgresLedger);
  }
  await assert.rejects(() => openLedger({ db: 'postgres://nobody@localhost/none', schema: 'Not "one"' }), /schema/);
});
