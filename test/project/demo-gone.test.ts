import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { PaymentSummary } from '../../contract/payment.ts';
import { goneRefunds } from '../../demo/gone.ts';
import type { PaymentState } from '../../demo/payment-state.ts';

const listed = (refund_id: string | undefined, standing: string) => ({ refund_id, standing });
const payments = (...refunds: object[]) =>
  new Map<string, PaymentState>([
    ['one', { refunds } as unknown as PaymentSummary],
    ['two', { unread: 'problem', told: [] }],
    ['three', 'loading'],
  ]);

describe('the refunds that the sandbox no longer has', () => {
  it('are those with an id that the provider gave, and does not know', () => {
    const known = payments(listed('RF1', 'pending'), listed('RF2', 'succeeded'), listed('RF3', 'reversed'));
    assert.equal(goneRefunds(known, new Set(['RF1', 'RF2', 'RF3'])), 0);
    assert.equal(goneRefunds(known, new Set(['RF2'])), 2);
  });

  it('are none of which the provider need not have made or kept one', () => {
    const known = payments(listed(undefined, 'unknown'), listed('RF1', 'cancelled'), listed('RF2', 'failed'));
    assert.equal(goneRefunds(known, new Set()), 0);
  });
});
