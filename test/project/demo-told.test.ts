import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Told } from '../../demo/told.ts';

const ONE = { paymentId: 'one', amount: '5.00' };

describe('what the form was told of a payment that the console cannot read', () => {
  const standings = (told: Told) => told.of('one').map(({ standing }) => standing);

  it('is one refund for an attempt and its answer', () => {
    const told = new Told();
    told.note('refund-form-unknown', ONE);
    assert.deepEqual(standings(told), ['unknown']);
    told.note('refund-form-accepted', { ...ONE, refundId: 'RF1', standing: 'pending' });
    told.note('refund-form-status-change', { ...ONE, refundId: 'RF1', standing: 'succeeded' });
    assert.deepEqual(standings(told), ['succeeded']);
  });

  it('is nothing of an attempt that was refused or declined, or of a payment that was read', () => {
    const told = new Told();
    told.note('refund-form-approval', ONE);
    assert.deepEqual(standings(told), ['awaiting_approval']);
    told.note('refund-form-declined', ONE);
    assert.deepEqual(standings(told), []);
    told.note('refund-form-unknown', ONE);
    told.forget('one');
    assert.deepEqual(standings(told), []);
  });
});
