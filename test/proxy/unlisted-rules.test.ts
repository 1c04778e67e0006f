import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { AuditLine, Reservation } from '../../proxy/ledger/entities.ts';
import { line } from '../../proxy/ledger/rules/fact.ts';
import {
  besideUnlisted,
  grownSince,
  UNLISTED,
  unlistedAmount,
  unlistedAtLeast,
  unlistedBefore,
  unlistedNow,
  unsureBeside,
} from '../../proxy/ledger/rules/unlisted.ts';
import { ledgerPlace } from './support/ledgers.ts';

const SCOPE = { merchant: 'default', provider: 'uqpay' };
/** When the total was read with more than its list. */
const READ = 100_000;
const INSTANCES = 5_000;
const CLOCKS = 120_000;

type Change = Partial<Reservation>;

/** A refund of 10 of a request that was made before `READ`, and known to be made then. */
const refund = (id: number, change: Change = {}): Reservation => ({
  ...SCOPE,
  id,
  intentId: `intent ${id}`,
  key: `key ${id}`,
  paymentId: 'P1',
  currency: 'USD',
  vendor: undefined,
  amount: 10n,
  released: false,
  refundId: `RF${id}`,
  references: {},
  status: 'SUCCEEDED',
  standing: 'succeeded',
  reason: undefined,
  createdAt: READ - 1,
  updatedAt: READ,
  checks: 0,
  nextCheckAt: 0,
  ...change,
});
/** What the total has beyond its list: 50. */
const unlisted = (change: Change = {}): Reservation =>
  refund(1, { intentId: undefined, key: undefined, refundId: undefined, status: 'not_listed', amount: 50n, ...change });
const LATER = { updatedAt: READ + 1 };
const CONTRADICTED = { standing: 'unknown', status: 'contradiction' } as const;

const noted = (detail: string, change: Partial<AuditLine> = {}): AuditLine => ({
  ...line('intent 9', 'proxy', UNLISTED, 'total', READ),
  detail,
  ...change,
});

describe('what the total has beyond its list', () => {
  it('is one row, and none that a list or a request has', () => {
    assert.equal(unlistedAmount([refund(2), unlisted()]), 50n);
    const others = [{ intentId: 'x' }, { refundId: 'RF1' }, { status: 'SUCCEEDED' }, { released: true }];
    for (const change of others) assert.equal(unlistedAmount([unlisted(change)]), 0n, JSON.stringify(change));
    assert.equal(unlistedAmount([]), 0n);
  });

  it('is kept in the audit trail with the refunds that are no part of it', () => {
    const known = noted(unlistedNow([unlisted(), refund(2), refund(3, { ...LATER, amount: 20n })])!);
    assert.equal(known.detail, 'before sending: 30 minor units that the list does not name, beside [2,3]');
    const sent = line('intent 9', 'proxy', 'settle', 'answer 429', READ);
    const of = (...audit: readonly AuditLine[]) => unlistedBefore(audit);
    assert.deepEqual(of(known), { before: 30n, since: READ, beside: [2, 3], intentId: 'intent 9' });
    // What was read before a later send may be what the first one has made.
    assert.deepEqual(of({ ...sent, to: 'void' }, known).before, 0n);
    assert.deepEqual(of(known, { ...sent, to: 'void' }, noted('before sending: 99', { at: 1 })).before, 30n);
    assert.deepEqual(of(noted('before sending: 7 minor units')), {
      before: 7n,
      since: READ,
      beside: undefined,
      intentId: 'intent 9',
    });
    assert.deepEqual(of(sent), { before: 0n, since: 0, beside: undefined, intentId: undefined });
    for (const rows of [[], [unlisted({ released: true })], [unlisted(), refund(2, { ...LATER, amount: 50n })]]) {
      assert.equal(unlistedNow(rows), undefined);
    }
  });
});

describe('the least that the total had beyond its list', () => {
  for (const [name, change, least, sparing] of [
    ['what was known then', {}, 50n],
    ['what has become known since', LATER, 40n],
    ['what is on its way since', { ...LATER, standing: 'pending' }, 50n],
    ['what contradicts itself since', { ...LATER, ...CONTRADICTED }, 40n],
    ['what was reversed since', { ...LATER, standing: 'reversed' }, 40n],
    ['what has come to nothing since', { ...LATER, released: true }, 50n],
    ['what is known since in another currency', { ...LATER, currency: 'HKD' }, 50n],
    ['more than all of it', { ...LATER, amount: 60n }, 0n],
    ['what was asked for after that', { ...LATER, createdAt: READ + INSTANCES + 1 }, 40n, 50n],
    ['what another instance may have asked for before', { ...LATER, createdAt: READ + INSTANCES }, 40n],
    ['what was made elsewhere after that', { ...LATER, createdAt: READ + CLOCKS, intentId: undefined }, 40n],
  ] as readonly (readonly [string, Change, bigint, bigint?])[]) {
    it(`takes account of ${name}`, () => {
      const rows = [unlisted(), refund(2, change)];
      assert.equal(unlistedAtLeast(rows), least);
      assert.equal(unlistedAtLeast(rows, { sparing: true }), sparing ?? least);
    });
  }

  it('counts from the first send of a key', () => {
    const first = refund(2, { standing: 'unknown', released: true });
    const again = refund(3, { ...LATER, intentId: first.intentId, createdAt: READ + CLOCKS });
    assert.equal(unlistedAtLeast([unlisted(), first, again], { sparing: true }), 40n);
  });

  it('is nothing where the list names all', () => {
    assert.equal(unlistedAtLeast([refund(2)]), 0n);
  });
});

it('the refunds that are no part of it were in the total by themselves, or were asked for later', () => {
  const rows = [
    unlisted(),
    refund(2),
    refund(3, LATER),
    refund(4, { standing: 'pending' }),
    refund(5, { standing: 'pending', createdAt: READ + INSTANCES + 1 }),
    refund(6, { standing: 'pending', createdAt: READ + INSTANCES }),
    refund(7, { released: true }),
    refund(8, { currency: 'HKD' }),
  ];
  assert.deepEqual(besideUnlisted(rows, READ), [2, 5]);
  assert.deepEqual(besideUnlisted(rows), [2, 3, 5]);
  assert.deepEqual(besideUnlisted([refund(2)]), []);
});

describe('what the total has more than before a request was sent', () => {
  const own = refund(9, { standing: 'unknown', status: '' });
  for (const [name, before, change, grown, id = 2] of [
    ['no more', 50n, {}, 0n],
    ['all of it', 0n, {}, 50n],
    ['less than before', 60n, {}, 0n],
    ['what was named since', 50n, LATER, 10n],
    ['what was named since, of what it had no longer', 5n, LATER, 50n],
    ['what is on its way since', 50n, { ...LATER, standing: 'pending' }, 0n],
    ['what contradicts itself since', 50n, { ...LATER, ...CONTRADICTED }, 10n],
    ['what has come to nothing since', 50n, { ...LATER, released: true }, 0n],
    ['what is named since in another currency', 50n, { ...LATER, currency: 'HKD' }, 0n],
    ['what was asked for after that', 50n, { ...LATER, createdAt: READ + CLOCKS + 1 }, 0n, 10],
    ['what another instance has asked for after that', 50n, { ...LATER, createdAt: READ }, 0n, 10],
    ['what was made elsewhere', 50n, { ...LATER, intentId: undefined, createdAt: READ + CLOCKS }, 10n],
    ['what was made elsewhere after that', 50n, { ...LATER, intentId: undefined, createdAt: READ + CLOCKS + 1 }, 0n],
    ['what was asked for before by a clock that was set back', 50n, { ...LATER, createdAt: READ + CLOCKS + 1 }, 10n, 2],
  ] as readonly (readonly [string, bigint, Change, bigint, number?])[]) {
    it(`is ${grown} minor units: ${name}`, () => {
      const rows = [unlisted(), refund(id, change), own];
      const then = { before, since: READ, intentId: own.intentId };
      assert.equal(grownSince(rows, then), grown);
    });
  }

  it('leaves out the refunds that were no part of it then, whenever they were written', () => {
    const rows = [unlisted(), refund(2, LATER), refund(3, LATER), own];
    assert.equal(grownSince(rows, { before: 50n, since: READ, beside: [2] }), 10n);
    assert.equal(grownSince(rows, { before: 50n, since: READ, beside: [2, 3] }), 0n);
    assert.equal(grownSince([unlisted(), refund(2)], { before: 50n, since: READ, beside: [] }), 10n);
  });

  it('goes by the first send of each key', () => {
    const first = refund(2, { standing: 'unknown', released: true });
    const again = refund(10, { ...LATER, intentId: first.intentId, createdAt: READ + CLOCKS + 1 });
    const later = { createdAt: READ + CLOCKS + 1, released: true, standing: 'unknown' } as const;
    const then = { before: 50n, since: READ, intentId: own.intentId };
    assert.equal(grownSince([unlisted(), first, again, own], then), 10n, 'by its time');
    assert.equal(grownSince([unlisted(), { ...first, ...later }, again, own], then), 10n, 'by its place in the ledger');
    const resent = refund(11, { intentId: own.intentId, standing: 'unknown', status: '' });
    const between = refund(10, { ...LATER, createdAt: READ + CLOCKS + 1 });
    assert.equal(grownSince([unlisted(), resent, between, own], then), 0n, 'its own first row is the first of its key');
  });

  it('is nothing where the list names all', () => {
    assert.equal(grownSince([refund(2, LATER), own], { before: 0n, since: READ }), 0n);
  });
});

it('refunds that the total may not have are those of others, in the same currency', () => {
  const rows = [
    refund(2, CONTRADICTED),
    refund(3, { standing: 'reversing', amount: 1n }),
    refund(4, { standing: 'reversed', amount: 2n }),
    refund(5, { intentId: undefined, refundId: undefined, status: 'elsewhere', amount: 4n }),
    refund(6),
    refund(7, { ...CONTRADICTED, released: true }),
    refund(8, { ...CONTRADICTED, currency: 'HKD' }),
    refund(9, CONTRADICTED),
  ];
  assert.equal(unsureBeside(rows, { id: 'intent 9', currency: 'USD' }), 17n);
  assert.equal(unsureBeside(rows, { id: 'intent 2', currency: 'HKD' }), 10n);
  // The refund that is surely in the total has 10 of it.
  for (const [amount, unsure] of [
    [100n, 17n],
    [27n, 17n],
    [20n, 10n],
    [10n, 0n],
    [0n, 0n],
  ] as const) {
    const of = (currency: string, at = READ + 3_600_000) =>
      unsureBeside(rows, { id: 'intent 9', currency: 'USD' }, { amount, currency, at });
    assert.deepEqual([of('USD'), of('HKD')], [unsure, 17n]);
    // The total may be behind the list: that of the refund which is surely in it later on is one of them until then.
    assert.equal(of('USD', READ + 3_599_999), amount < 27n ? amount : 27n);
  }
});

it('a total is compared with the refunds in its own currency, and each change is in the audit trail', async (t) => {
  const ledger = (await ledgerPlace(t)).open();
  const seen = (refundId: string, currency: string) =>
    ({ refundId, standing: 'succeeded', status: 'SUCCEEDED', amount: 10n, currency }) as const;
  const observe = async (amount: bigint, at: number) =>
    ledger.observe(SCOPE, {
      paymentId: 'P1',
      observations: [seen('RF1', 'USD'), seen('RF2', 'HKD')],
      total: { amount, currency: 'USD' },
      source: 'list',
      at,
    });
  const row = async () => {
    const rows = await ledger.reservationsOfPayment(SCOPE, 'P1');
    const { amount, released, updatedAt } = rows.find(({ status }) => status === 'not_listed')!;
    return [amount, released, updatedAt];
  };
  await observe(30n, 1);
  assert.deepEqual(await row(), [20n, false, 1]);
  await observe(30n, 2);
  assert.deepEqual(await row(), [20n, false, 1], 'nothing has become known since');
  await observe(10n, 3);
  assert.deepEqual(await row(), [0n, true, 3]);
  await observe(15n, 4);
  assert.deepEqual(await row(), [5n, false, 4]);
});
