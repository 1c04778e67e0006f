import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { splitProportionally, type Share } from '../../contract/money.ts';
import { seeded } from '../seeded.ts';

const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);

/** Small numbers, so that equal shares, ties, zeros and caps that bind are frequent. */
const share = fc.record({ weight: fc.bigInt(0n, 6n), cap: fc.bigInt(0n, 12n) });
const split = fc
  .tuple(fc.array(share, { minLength: 1, maxLength: 7 }), fc.nat(1000))
  .map(([shares, permille]) => ({ shares, total: (sum(shares.map(({ cap }) => cap)) * BigInt(permille)) / 1000n }));

describe('a proportional split', () => {
  it('adds up exactly and stays within every cap', () => {
    seeded(
      fc.property(split, ({ shares, total }) => {
        const parts = splitProportionally(total, shares);
        assert.equal(sum(parts), total);
        for (const [index, { cap }] of shares.entries()) assert.ok(parts[index]! >= 0n && parts[index]! <= cap);
      }),
      { runs: 2000 },
    );
  });

  it('gives equal shares the same amount, or one unit more to the earlier ones', () => {
    seeded(
      fc.property(split, ({ shares, total }) => {
        const parts = splitProportionally(total, shares);
        const same = (one: Share, other: Share) => one.weight === other.weight && one.cap === other.cap;
        for (const [at, one] of shares.entries())
          for (const [after, other] of shares.entries())
            if (at < after && same(one, other)) {
              const more = parts[at]! - parts[after]!;
              assert.ok(more === 0n || more === 1n, `${parts.join()} of ${total}`);
            }
      }),
      { runs: 2000 },
    );
  });

  it('is within one unit of the exact proportion when no cap is reached', () => {
    const weights = fc.array(fc.bigInt(0n, 1_000_000n), { minLength: 1, maxLength: 9 });
    seeded(
      fc.property(weights, fc.bigInt(0n, 10n ** 12n), (weights, total) => {
        const whole = sum(weights);
        fc.pre(whole > 0n);
        const parts = splitProportionally(
          total,
          weights.map((weight) => ({ weight, cap: total })),
        );
        for (const [index, weight] of weights.entries()) {
          const off = parts[index]! * whole - total * weight;
          assert.ok(off < whole && off > -whole, `${parts.join()} of ${total}`);
        }
      }),
    );
  });

  it('gives nothing to a share without weight until all others are full', () => {
    seeded(
      fc.property(split, ({ shares, total }) => {
        const parts = splitProportionally(total, shares);
        const weighty = shares.flatMap(({ weight, cap }, index) => (weight > 0n ? [parts[index] === cap] : []));
        const weightless = shares.some(({ weight }, index) => weight === 0n && parts[index]! > 0n);
        assert.ok(!weightless || weighty.every(Boolean), `${parts.join()} of ${total}`);
      }),
      { runs: 2000 },
    );
  });

  it('depends only on the ratio of the weights', () => {
    seeded(
      fc.property(split, fc.bigInt(1n, 1000n), ({ shares, total }, times) => {
        const scaled = shares.map(({ weight, cap }) => ({ weight: weight * times, cap }));
        assert.deepEqual(splitProportionally(total, scaled), splitProportionally(total, shares));
      }),
    );
  });

  it('fills every cap when the total is their sum, and gives nothing for zero', () => {
    seeded(
      fc.property(fc.array(share), (shares) => {
        const caps = shares.map(({ cap }) => cap);
        assert.deepEqual(splitProportionally(sum(caps), shares), caps);
        assert.deepEqual(
          splitProportionally(0n, shares),
          caps.map(() => 0n),
        );
      }),
    );
  });
});
