import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { figuresOf, unlistedOf, type KnownRefund, type PaymentRefundStanding } from '../../contract/index.ts';
import { seeded } from '../seeded.ts';

const STANDINGS: readonly PaymentRefundStanding[] = [
  'pending',
  'succeeded',
  'failed',
  'reversing',
  'reversed',
  'cancelled',
  'unrecognised',
  'unknown',
];
/** Standings that the provider's total counts. An assumption of ours. */
const COUNTED = new Set(['succeeded', 'reversing', 'reversed']);

const refund = (amount: bigint, standing: PaymentRefundStanding, elsewhere = false): KnownRefund => ({
  amount,
  standing,
  elsewhere,
});

test('a refund that is only in the total and a pending refund both count', () => {
  const figures = figuresOf({ captured: 100n, refunds: [refund(20n, 'pending')], providerTotal: 30n });
  assert.deepEqual(figures, { refunded: 30n, pending: 20n, refundable: 50n });
});

test('a refund counts once when list, total and merchant all report it', () => {
  const figures = figuresOf({
    captured: 100n,
    refunds: [refund(30n, 'succeeded', true)],
    providerTotal: 30n,
    toldElsewhere: 30n,
  });
  assert.deepEqual(figures, { refunded: 30n, pending: 0n, refundable: 70n });
});

test('a refund that the merchant made elsewhere counts in addition to ours', () => {
  const figures = figuresOf({ captured: 100n, refunds: [refund(30n, 'succeeded')], toldElsewhere: 30n });
  assert.deepEqual(figures, { refunded: 60n, pending: 0n, refundable: 40n });
});

test('the refundable amount is never negative', () => {
  const figures = figuresOf({ captured: 100n, refunds: [refund(90n, 'reversing')], toldElsewhere: 30n });
  assert.deepEqual(figures, { refunded: 30n, pending: 90n, refundable: 0n });
});

test('the refundable amount is exact, whoever knows of which refund', () => {
  const one = fc.record({
    amount: fc.bigInt({ min: 1n, max: 9n }),
    standing: fc.constantFrom(...STANDINGS.filter((standing) => standing !== 'unknown' && standing !== 'unrecognised')),
    ours: fc.boolean(),
    listed: fc.boolean(),
    told: fc.boolean(),
  });
  seeded(
    fc.property(fc.array(one, { maxLength: 6 }), (all) => {
      const captured = 100n;
      const sum = (some: readonly { amount: bigint }[]) => some.reduce((total, { amount }) => total + amount, 0n);
      const counts = all.filter(({ standing }) => standing !== 'failed' && standing !== 'cancelled');
      const truth = captured - sum(counts);
      const providerTotal = sum(all.filter(({ standing }) => COUNTED.has(standing)));
      // The ledger has our refunds, and the list some of the others. A pending refund is never too old for the list.
      const isKnown = (row: (typeof all)[number]) => row.ours || row.listed || !COUNTED.has(row.standing);
      const refunds = all.filter(isKnown).map((row) => refund(row.amount, row.standing, !row.ours));
      const toldElsewhere = sum(counts.filter(({ ours, told }) => !ours && told));
      const { refunded, pending, refundable } = figuresOf({ captured, refunds, providerTotal, toldElsewhere });
      assert.equal(refundable, truth);
      assert.equal(refunded + pending + refundable, captured);
    }),
    { runs: 5_000 },
  );
});

test('the provider’s total covers no pending, failed or unknown refund', () => {
  for (const standing of STANDINGS) {
    assert.equal(unlistedOf(10n, [refund(10n, standing)]), COUNTED.has(standing) ? 0n : 10n, standing);
  }
  assert.equal(unlistedOf(0n, [refund(10n, 'succeeded')]), 0n);
});
