import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Returned } from '../../demo/returned.ts';

const ORDER = {
  currency: 'KWD',
  items: [
    { id: 'cup', quantity: 5, unit_price: '4.000' },
    { id: 'plate', quantity: 3, unit_price: '5.000', refunded_quantity: 1 },
  ],
  shipping: '3.000',
};

function counted(returned: Returned, paymentId = 'P1') {
  const { items, refunded_shipping: shipping } = returned.countedIn(ORDER, paymentId);
  return [...items.map((item) => item.refunded_quantity), shipping];
}

const refund = (more: object) => ({
  paymentId: 'P1',
  refundId: 'R1',
  standing: 'pending',
  items: [{ id: 'plate', quantity: 1 }],
  shipping: '0.500',
  ...more,
});

describe('the units that came back, which the console counts', () => {
  it('are added to those of the order, once for each refund of its payment', () => {
    const returned = new Returned();
    returned.note(refund({}));
    returned.note(refund({ standing: 'succeeded' }));
    returned.note(refund({ refundId: 'R2', items: [{ id: 'cup', quantity: 2 }], shipping: undefined }));
    assert.deepEqual(counted(returned), [2, 2, '0.500']);
    assert.deepEqual(counted(returned, 'P2'), [0, 1, '0.000']);
  });

  it('are free again when the refund failed or was cancelled', () => {
    for (const standing of ['failed', 'cancelled']) {
      const returned = new Returned();
      returned.note(refund({}));
      returned.note(refund({ standing, items: undefined }));
      assert.deepEqual(counted(returned), [0, 1, '0.000'], standing);
    }
  });

  it('are none while a request has no refund, or was not made by items', () => {
    const returned = new Returned();
    returned.note(refund({ refundId: undefined }));
    returned.note(refund({ items: undefined }));
    assert.deepEqual(counted(returned), [0, 1, '0.000']);
  });
});
