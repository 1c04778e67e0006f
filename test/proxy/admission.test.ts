import assert from 'node:assert/strict';
import { test } from 'node:test';

import fc from 'fast-check';

import { heldToAdmit, refuse, type Weighed } from '../../proxy/ledger/rules/admission.ts';
import { INTENT_KINDS } from '../../proxy/ledger/entities.ts';
import { seeded } from '../seeded.ts';

const units = (max: bigint) => fc.bigInt({ min: 0n, max });
const amount = fc.bigInt({ min: 1n, max: 12n });
const parts = fc.oneof(
  { weight: 5, arbitrary: fc.record({ amount }) },
  { weight: 1, arbitrary: fc.record({ amount, vendor: fc.constantFrom('a', 'b') }) },
);
const weighed: fc.Arbitrary<Weighed> = fc.record({
  kind: fc.constantFrom(...INTENT_KINDS),
  currency: fc.constant('USD'),
  parts: fc.array(parts, { minLength: 1, maxLength: 2 }),
  limit: units(12n),
  toldElsewhere: fc.oneof(fc.constant(0n), units(6n)),
  expectedRefundable: fc.oneof(fc.constant(undefined), units(14n)),
  notRefundable: fc.constantFrom(undefined, undefined, 'not captured'),
  exclusive: fc.boolean(),
});
const held = fc.record({
  amount: units(14n),
  hasForeign: fc.boolean(),
  hasUnknown: fc.boolean(),
  elsewhere: units(14n),
});

/** With vendors opened, and a cancel that is open: a range must not be given where it depends on those. */
const facts = (of: { amount: bigint; hasForeign: boolean; hasUnknown: boolean; elsewhere: bigint }) => ({
  held: { ...of },
  heldElsewhere: of.elsewhere < of.amount ? of.elsewhere : of.amount,
  opened: [{ vendor: 'a', remaining: 3n, taken: 0n }],
  openCancels: [],
});

test('what a payment may hold for a request to be admitted is said once for a person and once as a range, and both agree', () => {
  let ranges = 0;
  seeded(
    fc.property(weighed, held, (request, of) => {
      const range = heldToAdmit(request);
      const isAdmitted = refuse(request, facts(of)) === undefined;
      if (range) {
        ranges += 1;
        const fits =
          !of.hasForeign &&
          of.amount >= range.least &&
          of.amount <= range.most &&
          (range.mayBeUnknown || !of.hasUnknown);
        assert.equal(fits, isAdmitted);
      } else {
        const isOfVendors = request.parts.some(({ vendor }) => vendor !== undefined);
        const dependsOnMore = request.kind === 'cancel' || isOfVendors || request.toldElsewhere > 0n;
        assert.ok(dependsOnMore || !isAdmitted);
      }
    }),
    { runs: 5_000 },
  );
  assert.ok(ranges > 250, `a range was given ${ranges} times`);
});
