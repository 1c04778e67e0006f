import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { PaymentSummary } from '../../contract/index.ts';
import { differenceOf } from '../../verify/checks/told.ts';
import { eventsIn } from '../../verify/live.ts';

describe('an event stream', () => {
  it('is read event by event, whatever ends its lines', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const lines = [': heartbeat', '', 'id: 7', 'event: payment', 'data: {"a":', 'data:1}', '', 'data: no', '', ''];
      assert.deepEqual(eventsIn(lines.join(end)), [
        { name: 'payment', json: { a: 1 } },
        { name: 'message', json: undefined },
      ]);
    }
  });

  it('tells nothing of an event that has not ended', () => {
    assert.deepEqual(eventsIn('event: payment\ndata: {}\n'), []);
    assert.deepEqual(eventsIn('event: payment\ndata: {}'), []);
    assert.deepEqual(eventsIn('event: payment\n\n'), []);
  });
});

describe('what is told of a payment', () => {
  const refund = { idempotency_key: 'k', amount: '1.00', status: 'INITIATED', standing: 'pending' };
  const payment: PaymentSummary = {
    payment_id: 'PI1',
    currency: 'USD',
    captured: '10.00',
    refunded: '0.00',
    pending: '1.00',
    refundable: '9.00',
    refunds: [refund],
  };

  it('is the same without what says nothing of money', () => {
    const told = { ...payment, refunds: [{ ...refund, refund_id: null, create_time: '2026-11-26T14:11:02Z' }] };
    assert.equal(differenceOf(told, { ...payment, permission: { user: 'amal' }, cancels: [] }), undefined);
  });

  it('is another thing with one figure, standing or refund that differs', () => {
    const differs = (told: Partial<PaymentSummary>) => differenceOf({ ...payment, ...told }, payment);
    assert.deepEqual(differs({ refundable: '10.00' }), { told: 'refundable: 10.00', read: 'refundable: 9.00' });
    assert.deepEqual(differs({ refunds: [{ ...refund, standing: 'failed' }] }), {
      told: 'refunds.0.standing: failed',
      read: 'refunds.0.standing: pending',
    });
    assert.deepEqual(differs({ refunds: [] })?.told, 'refunds.0.standing: none');
    assert.deepEqual(differs({ refunds: [refund, refund] })?.read, 'refunds.1.standing: none');
    assert.deepEqual(differs({ awaiting_approval: '5.00' })?.read, 'awaiting_approval: none');
  });
});
