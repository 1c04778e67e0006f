import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import type { Ledger } from '../../proxy/index.ts';
import { request, SCOPE } from './support/begin-request.ts';
import { ledgerPlace } from './support/ledgers.ts';
import { uuid } from './support/test-proxy.ts';

const LOST = { to: 'unknown', who: 'provider', source: 'timeout', at: 2 } as const;
const LATE = { to: 'succeeded', who: 'provider', source: 'answer 200', at: 4 } as const;
const SAID_NOTHING = { outcome: 'nothing', reason: 'seen there', who: 'person-1', at: 3 } as const;

const ANSWER = { status: 422, headers: {}, body: new Uint8Array() };

async function heldOf(ledger: Ledger, paymentId = 'P1'): Promise<string[]> {
  const rows = await ledger.reservationsOfPayment(SCOPE, paymentId);
  return rows
    .filter(({ released }) => !released)
    .map(({ vendor = '-', amount, standing, status, refundId = '-' }) =>
      [vendor, amount, standing, status, refundId].join(' '),
    );
}

test('an answer that comes after a person has said “nothing” holds what it says was refunded', async (t) => {
  const ledger = (await ledgerPlace(t)).open();
  const heard: (string | undefined)[] = [];
  ledger.onContradiction(({ intentId }) => heard.push(intentId));
  await ledger.begin(request(1));
  await ledger.settle(uuid(1), LOST);
  await ledger.resolve(uuid(1), SAID_NOTHING);
  const refunds = [{ standing: 'pending', status: 'initiated', refundId: 'RF1' }] as const;
  assert.equal((await ledger.settle(uuid(1), { ...LATE, refunds })).state, 'unknown');
  assert.deepEqual([await heldOf(ledger), heard], [['- 1000 unknown contradiction RF1'], [uuid(1)]]);
  assert.deepEqual(
    (await ledger.audit(uuid(1))).slice(-3).map(({ what, from, to }) => `${what} ${from} > ${to}`),
    ['too_late failed > succeeded', 'reopen failed > unknown', 'contradiction failed > pending'],
  );
  await ledger.settle(uuid(1), { ...LATE, refunds });
  assert.equal(heard.length, 1);
  assert.equal((await ledger.resolve(uuid(1), { ...SAID_NOTHING, outcome: 'initiated', at: 5 }))?.state, 'succeeded');
});

test('an answer that comes after a person has said that it was sent tells its numbers', async (t) => {
  const ledger = (await ledgerPlace(t)).open();
  const refunds = [
    { standing: 'pending', status: 'initiated', refundId: 'RF1', references: { orderId: 'O1' } },
  ] as const;
  for (const [number, refundId, held] of [
    [1, undefined, '- 1000 pending initiated RF1'],
    [2, 'OTHER', '- 1000 unknown contradiction OTHER'],
  ] as const) {
    await ledger.begin(request(number, { paymentId: `payment ${number}` }));
    await ledger.settle(uuid(number), LOST);
    const said = { ...SAID_NOTHING, outcome: 'initiated', ...(refundId && { refundId }) } as const;
    await ledger.resolve(uuid(number), said);
    for (let again = 0; again < 2; again += 1) await ledger.settle(uuid(number), { ...LATE, refunds });
    assert.deepEqual(await heldOf(ledger, `payment ${number}`), [held]);
  }
});

for (const [words, held] of [
  [['initiated', 'nothing'], '- 1000 unknown contradiction RF1'],
  // It may have been made, and cancelled since.
  [['initiated', 'cancelled'], undefined],
] as const) {
  test(`such an answer after the words ${words.join(' and ')} is not lost`, async (t) => {
    const ledger = (await ledgerPlace(t)).open();
    await ledger.begin(request(1));
    await ledger.settle(uuid(1), LOST);
    for (const outcome of words) {
      const said = { ...SAID_NOTHING, outcome, takesBack: outcome !== 'initiated', newId: () => uuid(77) };
      assert.ok(await ledger.resolve(uuid(1), said));
    }
    assert.deepEqual(await heldOf(ledger), []);
    const refunds = [{ standing: 'pending', status: 'initiated', refundId: 'RF1' }] as const;
    await ledger.settle(uuid(1), { ...LATE, refunds });
    assert.deepEqual(await heldOf(ledger), held ? [held] : []);
    const [part] = await ledger.reservationsOfIntent(uuid(1));
    assert.equal(part?.refundId, 'RF1');
  });
}

test('a person settles such an answer with the number that it says, and the former one is that of another refund', async (t) => {
  const ledger = (await ledgerPlace(t)).open();
  await ledger.begin(request(1));
  await ledger.settle(uuid(1), LOST);
  await ledger.resolve(uuid(1), { ...SAID_NOTHING, outcome: 'initiated', refundId: 'OTHER' });
  const references = { refundOrderId: 'RO1' };
  const refunds = [{ standing: 'pending', status: 'initiated', refundId: 'RF1', references }] as const;
  await ledger.settle(uuid(1), { ...LATE, refunds });
  assert.deepEqual(await heldOf(ledger), ['- 1000 unknown contradiction OTHER']);
  await ledger.resolve(uuid(1), { ...SAID_NOTHING, outcome: 'initiated', refundId: 'RF1', at: 5 });
  assert.deepEqual(await heldOf(ledger), ['- 1000 pending contradiction_settled RF1']);
  assert.deepEqual((await ledger.reservationsOfIntent(uuid(1)))[0]?.references, references);
});

/** A ledger in which the answer to a refund of 100 for each of these vendors was lost. */
async function loseVendors(t: TestContext, vendors: readonly string[]): Promise<Ledger> {
  const ledger = (await ledgerPlace(t)).open();
  await ledger.begin(request(9));
  await ledger.settle(uuid(9), { ...LATE, at: 1, opened: vendors.map((vendor) => ({ vendor, remaining: 300n })) });
  await ledger.begin(request(1, { kind: 'vendor_refund', parts: vendors.map((vendor) => ({ vendor, amount: 100n })) }));
  await ledger.settle(uuid(1), LOST);
  return ledger;
}

test('such an answer about vendors holds only the parts that it says were refunded', async (t) => {
  const ledger = await loseVendors(t, ['a', 'b', 'c', 'd']);
  await ledger.resolve(uuid(1), SAID_NOTHING);
  const refunds = [
    { standing: 'failed', status: 'refundIssue' },
    { standing: 'pending', status: 'initiated', refundId: 'RF2' },
    { standing: 'unknown', status: '' },
    { standing: 'pending', status: 'initiated', refundId: 'RF4' },
  ] as const;
  await ledger.settle(uuid(1), { ...LATE, refunds });
  assert.deepEqual(await heldOf(ledger), ['b 100 unknown contradiction RF2', 'd 100 unknown contradiction RF4']);
});

test('it holds a vendor’s part that a person has denied also where another part was said to be made', async (t) => {
  const ledger = await loseVendors(t, ['a', 'b']);
  await ledger.resolve(uuid(1), { ...SAID_NOTHING, outcome: 'initiated', vendor: 'a' });
  await ledger.resolve(uuid(1), { ...SAID_NOTHING, vendor: 'b' });
  const refunds = ['RF1', 'RF2'].map((refundId) => ({ standing: 'pending', status: 'initiated', refundId }) as const);
  await ledger.settle(uuid(1), { ...LATE, refunds });
  assert.deepEqual(await heldOf(ledger), ['a 100 pending initiated RF1', 'b 100 unknown contradiction RF2']);
});

// By a person's word, one vendor's refund has the number of the other one's.
for (const [words, held] of [
  [
    ['RF2', undefined],
    ['a 100 pending initiated RF1', 'b 100 unknown contradiction RF2'],
  ],
  [
    ['RF2', 'RF1'],
    ['a 100 pending initiated RF1', 'b 100 pending initiated RF2'],
  ],
] as const) {
  test(`it gives each vendor’s part its own number, where a person has said ${words.map((number) => number ?? 'nothing').join(' and ')}`, async (t) => {
    const vendors = ['a', 'b'];
    const ledger = await loseVendors(t, vendors);
    for (const [index, refundId] of words.entries()) {
      const outcome = refundId === undefined ? 'nothing' : 'initiated';
      const said = { ...SAID_NOTHING, outcome, vendor: vendors[index], ...(refundId && { refundId }) } as const;
      assert.ok(await ledger.resolve(uuid(1), said));
    }
    const refunds = ['RF1', 'RF2'].map((refundId) => ({ standing: 'pending', status: 'initiated', refundId }) as const);
    for (let again = 0; again < 2; again += 1) await ledger.settle(uuid(1), { ...LATE, refunds });
    assert.deepEqual(await heldOf(ledger), held);
  });
}

for (const [then, about] of [
  [
    'was cancelled, by a word',
    (ledger) => ledger.resolve(uuid(1), { ...SAID_NOTHING, outcome: 'cancelled', vendor: 'a', newId: () => uuid(77) }),
  ],
  [
    'was paid, as it was read',
    (ledger) =>
      ledger.observe(SCOPE, {
        paymentId: 'P1',
        observations: [{ refundId: 'RF2', standing: 'succeeded', status: 'refunded' }],
        source: 'list',
        at: 3,
      }),
  ],
] as readonly (readonly [string, (ledger: Ledger) => Promise<unknown>])[]) {
  test(`what is known by the number of another part is not about this one: it ${then}`, async (t) => {
    const ledger = await loseVendors(t, ['a', 'b']);
    await ledger.resolve(uuid(1), { ...SAID_NOTHING, outcome: 'initiated', vendor: 'a', refundId: 'RF2' });
    assert.ok(await about(ledger));
    const refunds = ['RF1', 'RF2'].map((refundId) => ({ standing: 'pending', status: 'initiated', refundId }) as const);
    for (let again = 0; again < 2; again += 1) await ledger.settle(uuid(1), { ...LATE, refunds });
    assert.deepEqual(await heldOf(ledger), ['a 100 pending initiated RF1', 'b 100 pending initiated RF2']);
  });
}

const PENDING = { standing: 'pending', status: 'initiated' } as const;
const NO_BALANCE = { standing: 'failed', status: 'insufficientBalance' } as const;

// `words`: the numbers that a person has given to a, b and so on; `null`: nothing was said of that part.
for (const [name, words, refunds, held] of [
  [
    'a number of no part of it is in doubt, while nothing is known of another part',
    ['DASHBOARD', null],
    [
      { ...PENDING, refundId: 'RF1' },
      { ...PENDING, refundId: 'RF2' },
    ],
    ['a 100 unknown contradiction DASHBOARD', 'b 100 pending initiated RF2'],
  ],
  [
    'a part that it has not made is in doubt, though a person has seen it made',
    ['RF1', 'RF2'],
    [{ ...PENDING, refundId: 'RF1' }, NO_BALANCE],
    ['a 100 pending initiated RF1', 'b 100 unknown contradiction RF2'],
  ],
  [
    'a part that it has not made gives back the number of another part',
    [null, null, 'RF1'],
    [{ ...PENDING, refundId: 'RF1' }, { ...PENDING, refundId: 'RF2' }, NO_BALANCE],
    ['a 100 pending initiated RF1', 'b 100 pending initiated RF2'],
  ],
] as const) {
  test(`${name}, by such an answer`, async (t) => {
    const vendors = ['a', 'b', 'c'].slice(0, words.length);
    const ledger = await loseVendors(t, vendors);
    for (const [index, refundId] of words.entries()) {
      const said = { ...SAID_NOTHING, outcome: 'initiated', vendor: vendors[index] } as const;
      if (refundId !== null) assert.ok(await ledger.resolve(uuid(1), { ...said, refundId }));
    }
    for (let again = 0; again < 2; again += 1) await ledger.settle(uuid(1), { ...LATE, refunds });
    assert.deepEqual(await heldOf(ledger), held);
  });
}

test('what a person has seen under the number of another part is not what such an answer makes of this one', async (t) => {
  const ledger = await loseVendors(t, ['a', 'b']);
  for (const [vendor, refundId] of [
    ['a', 'RF2'],
    ['b', 'RF1'],
  ] as const) {
    assert.ok(await ledger.resolve(uuid(1), { ...SAID_NOTHING, outcome: 'refunded', vendor, refundId }));
  }
  const refunds = ['RF1', 'RF2'].map((refundId) => ({ ...PENDING, refundId }));
  await ledger.settle(uuid(1), { ...LATE, refunds });
  assert.deepEqual(await heldOf(ledger), ['a 100 pending initiated RF1', 'b 100 pending initiated RF2']);
});

test('such an answer about a refund that was made, and has failed, follows from a word that it was sent', async (t) => {
  const ledger = (await ledgerPlace(t)).open();
  await ledger.begin(request(1));
  await ledger.settle(uuid(1), LOST);
  await ledger.resolve(uuid(1), { ...SAID_NOTHING, outcome: 'initiated' });
  const refunds = [{ standing: 'failed', status: 'FAILED', refundId: 'RF1' }] as const;
  await ledger.settle(uuid(1), { ...LATE, refunds });
  assert.deepEqual(await heldOf(ledger), []);
  const [part] = await ledger.reservationsOfIntent(uuid(1));
  assert.deepEqual([part?.standing, part?.status, part?.refundId], ['failed', 'FAILED', 'RF1']);
});

for (const outcome of ['initiated', 'refunded'] as const) {
  for (const isListed of [true, false]) {
    test(`a late refusal of all vendors releases no part that was said to be ${outcome}${isListed ? ', and listed since' : ''}`, async (t) => {
      const ledger = await loseVendors(t, ['a', 'b']);
      const told = { ...SAID_NOTHING, outcome, vendor: 'b', refundId: 'DASHBOARD' };
      assert.ok(await ledger.resolve(uuid(1), told));
      const seen = { refundId: 'DASHBOARD', standing: 'succeeded', status: 'refunded' } as const;
      if (isListed) await ledger.observe(SCOPE, { paymentId: 'P1', observations: [seen], source: 'list', at: 3 });
      for (let again = 0; again < 2; again += 1) {
        const { answer } = await ledger.settle(uuid(1), {
          ...LATE,
          to: 'failed',
          source: 'answer 422',
          answer: ANSWER,
        });
        assert.equal(answer, undefined, 'the key does not say that nothing was made');
      }
      assert.deepEqual(await heldOf(ledger), ['b 100 unknown contradiction DASHBOARD']);
      assert.ok((await ledger.audit(uuid(1))).some(({ detail }) => detail === 'a part of it is known to be made'));
      assert.ok(await ledger.resolve(uuid(1), { ...SAID_NOTHING, vendor: 'b', at: 6 }));
      assert.deepEqual(await heldOf(ledger), []);
    });
  }
}

for (const outcome of ['initiated', 'refunded'] as const) {
  test(`a late refusal denies a refund that only a person has said to be ${outcome}`, async (t) => {
    const ledger = (await ledgerPlace(t)).open();
    await ledger.begin(request(1));
    await ledger.settle(uuid(1), LOST);
    await ledger.resolve(uuid(1), { ...SAID_NOTHING, outcome });
    const refused = { ...LATE, to: 'failed', source: 'answer 400', answer: ANSWER } as const;
    // It may be about another send alone.
    await ledger.settle(uuid(1), { ...refused, whileSending: true });
    assert.ok(!(await heldOf(ledger))[0]?.includes('contradiction'));
    await ledger.settle(uuid(1), refused);
    assert.deepEqual(await heldOf(ledger), ['- 1000 unknown contradiction -']);
    assert.ok(await ledger.resolve(uuid(1), { ...SAID_NOTHING, at: 6 }));
    assert.deepEqual(await heldOf(ledger), []);
  });
}

test('a number that a person gave when settling a contradiction is in doubt once, where such an answer names another one', async (t) => {
  for (const given of ['DASHBOARD', 'RF2']) {
    const ledger = await loseVendors(t, ['a', 'b']);
    await ledger.resolve(uuid(1), { ...SAID_NOTHING, outcome: 'refunded', vendor: 'a', refundId: given });
    const failed = { refundId: given, standing: 'cancelled', status: 'deleted' } as const;
    await ledger.observe(SCOPE, { paymentId: 'P1', observations: [failed], source: 'list', at: 3 });
    assert.match((await heldOf(ledger))[0]!, /^a 100 unknown contradiction/);
    assert.ok(await ledger.resolve(uuid(1), { ...SAID_NOTHING, outcome: 'refunded', vendor: 'a', at: 4 }));
    assert.match((await heldOf(ledger))[0]!, /^a 100 succeeded contradiction_settled/);
    const refunds = ['RF1', 'RF2'].map((refundId) => ({ ...PENDING, refundId }));
    const late = { ...LATE, refunds, at: 5 };
    await ledger.settle(uuid(1), late);
    const [first, second] = await heldOf(ledger);
    assert.equal(second, 'b 100 pending initiated RF2');
    assert.equal(first, given === 'RF2' ? 'a 100 pending initiated RF1' : 'a 100 unknown contradiction DASHBOARD');
    if (given === 'RF2') continue;
    assert.ok(await ledger.resolve(uuid(1), { ...SAID_NOTHING, outcome: 'refunded', vendor: 'a', at: 6 }));
    await ledger.settle(uuid(1), late);
    assert.equal((await heldOf(ledger))[0], 'a 100 succeeded contradiction_settled DASHBOARD');
  }
});

test('a late refusal of all vendors leaves a part as it is that was cancelled, and doubts a number that a person gave', async (t) => {
  const ledger = await loseVendors(t, ['a', 'b', 'c']);
  const say = async (vendor: string, outcome: 'initiated' | 'cancelled', refundId?: string) =>
    ledger.resolve(uuid(1), { ...SAID_NOTHING, outcome, vendor, newId: () => uuid(77), ...(refundId && { refundId }) });
  assert.ok(await say('a', 'initiated', 'DASHBOARD'));
  assert.ok(await say('a', 'cancelled'));
  assert.ok(await say('b', 'initiated', 'OTHER'));
  const seen = { refundId: 'OTHER', standing: 'succeeded', status: 'refunded' } as const;
  await ledger.observe(SCOPE, { paymentId: 'P1', observations: [seen], source: 'list', at: 3 });
  const refused = { ...LATE, to: 'failed', source: 'answer 422', answer: ANSWER } as const;
  await ledger.settle(uuid(1), refused);
  assert.deepEqual(await heldOf(ledger), ['b 100 unknown contradiction OTHER']);

  const single = (await ledgerPlace(t)).open();
  await single.begin(request(1));
  await single.settle(uuid(1), LOST);
  await single.resolve(uuid(1), { ...SAID_NOTHING, outcome: 'initiated', refundId: 'OTHER' });
  await single.observe(SCOPE, { paymentId: 'P1', observations: [seen], source: 'list', at: 3 });
  await single.settle(uuid(1), refused);
  assert.deepEqual(await heldOf(single), ['- 1000 unknown contradiction OTHER']);
});

// A refusal that came to a later send released it without any word of its own.
test('such an answer to an earlier send, which was refused later, holds what it says was refunded', async (t) => {
  const ledger = (await ledgerPlace(t)).open();
  await ledger.begin(request(1));
  await ledger.settle(uuid(1), LOST);
  await ledger.settle(uuid(1), { ...LATE, to: 'failed', source: 'answer 400' });
  assert.deepEqual(await heldOf(ledger), []);
  const refunds = [{ standing: 'pending', status: 'INITIATED', refundId: 'RF1' }] as const;
  assert.equal((await ledger.settle(uuid(1), { ...LATE, refunds, at: 5 })).state, 'unknown');
  assert.deepEqual(await heldOf(ledger), ['- 1000 unknown contradiction RF1']);
});

test('what was read before a send is kept no more once that send counts as lost', async (t) => {
  const ledger = (await ledgerPlace(t)).open();
  const begun = await ledger.begin(request(1));
  assert.equal(begun.kind, 'admitted');
  const before = begun.intent;
  const note = { what: 'unlisted', source: 'total', detail: 'before sending: 5', before, at: 3 };
  assert.ok(await ledger.note(uuid(1), note));
  await ledger.settle(uuid(1), LOST);
  assert.equal(await ledger.note(uuid(1), note), undefined);
  const noted = (await ledger.audit(uuid(1))).filter(({ what }) => what === 'unlisted');
  assert.equal(noted.length, 1);
});

test('what is not a word about a refund reopens nothing', async (t) => {
  const ledger = (await ledgerPlace(t)).open();
  await ledger.begin(request(1));
  await ledger.settle(uuid(1), LOST);
  await ledger.resolve(uuid(1), SAID_NOTHING);
  for (const to of ['unknown', 'failed', 'void'] as const) {
    assert.equal((await ledger.settle(uuid(1), { ...LATE, to })).state, 'failed');
  }
  assert.deepEqual(await heldOf(ledger), []);
});

test('a request that a person has denied is not put off by an answer that comes later', async (t) => {
  const ledger = (await ledgerPlace(t)).open();
  await ledger.begin(request(1));
  await ledger.settle(uuid(1), LOST);
  await ledger.resolve(uuid(1), SAID_NOTHING);
  await ledger.settle(uuid(1), { to: 'void', who: 'provider', source: 'answer 429', at: 4 });
  const list = { paymentId: 'P1', listed: [{ refundId: 'DASHBOARD' }], isStrange: true, source: 'list', at: 5 };
  assert.equal(await ledger.holdPutOff(SCOPE, list), 0);
  assert.equal((await ledger.intent(uuid(1)))?.state, 'failed');
});

test('a late refusal of all vendors frees the others beside a part that waits for a person', async (t) => {
  const ledger = await loseVendors(t, ['a', 'b']);
  await ledger.resolve(uuid(1), { ...SAID_NOTHING, outcome: 'refunded', vendor: 'a', refundId: 'RF1' });
  const gone = { refundId: 'RF1', standing: 'cancelled', status: 'deleted' } as const;
  await ledger.observe(SCOPE, { paymentId: 'P1', observations: [gone], source: 'list', at: 3 });
  assert.equal((await heldOf(ledger)).length, 2);
  await ledger.settle(uuid(1), { ...LATE, to: 'failed', source: 'answer 422', answer: ANSWER });
  assert.deepEqual(await heldOf(ledger), ['a 100 unknown contradiction RF1']);
  const why = (await ledger.audit(uuid(1))).findLast(
    ({ what, reservationId }) => what === 'contradiction' && !reservationId,
  );
  assert.equal(why?.detail, 'a part of it waits for a person');
});
