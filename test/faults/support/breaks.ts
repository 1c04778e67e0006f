import fc from 'fast-check';

import type { ProviderName } from './testbed.ts';
import { CUTS, VENDOR_CUTS, type Cut, type Trouble } from './network.ts';

const BOTH: readonly Trouble[] = [
  { scenario: 'drop_before_commit' },
  { scenario: 'drop_after_commit' },
  { scenario: 'drop_at_byte', params: { byte: 1 } },
  { scenario: 'drop_at_byte', params: { byte: 40 } },
  { scenario: 'server_error' },
  { scenario: 'server_error', params: { status: 503 } },
  { scenario: 'server_error', params: { after_commit: 1 } },
  { scenario: 'rate_limited' },
  { scenario: 'malformed_json' },
  { scenario: 'truncated_json' },
  { scenario: 'wrong_content_type' },
  { scenario: 'insufficient_balance' },
];

const UPAYMENTS: readonly Trouble[] = [
  ...BOTH,
  { scenario: 'forbidden' },
  { scenario: 'status_false' },
  { scenario: 'fast_success' },
];

/** The provider refuses only the first vendor. */
const PARTS: readonly Trouble[] = [
  { scenario: 'vendor_tampered' },
  { scenario: 'vendor_over_limit' },
  { scenario: 'vendor_short' },
];

export const TROUBLES: Readonly<Record<ProviderName | 'vendors' | 'parts', readonly Trouble[]>> = {
  uqpay: [
    ...BOTH,
    { scenario: 'fail' },
    { scenario: 'fast_fail' },
    { scenario: 'fast_success' },
    { scenario: 'reversal' },
    { scenario: 'webhook_before_answer' },
    { scenario: 'webhook_duplicate' },
    { scenario: 'webhook_delay' },
    { scenario: 'webhook_reorder' },
    { scenario: 'webhook_drop' },
    { scenario: 'webhook_forged' },
    { scenario: 'webhook_stale' },
  ],
  upayments: UPAYMENTS,
  vendors: [...UPAYMENTS, ...PARTS, ...PARTS],
  parts: PARTS,
};

export const aCut = cutOf(CUTS);
export const aVendorCut = cutOf(VENDOR_CUTS);

function cutOf(cuts: readonly Cut[]): fc.Arbitrary<Cut> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant('none' as const) },
    { weight: 2, arbitrary: fc.constantFrom(...cuts) },
  );
}

export function aTrouble(name: keyof typeof TROUBLES): fc.Arbitrary<Trouble | undefined> {
  return fc.option(fc.constantFrom(...TROUBLES[name]), { nil: undefined, freq: 2 });
}

export const anOrder = fc.nat({ max: 1 });
export const anInstance = fc.nat({ max: 1 });
export const someUnits = fc.constantFrom(10, 20, 20, 20, 35, 60, 100);
