import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { INTENT, startWorld } from './world.ts';

const SHOP = {
  uqpay_intents: [{ id: 'PI3000000000000000001', amount: '20.00', currency: 'USD' }],
  uqpay_refunds: [
    { id: 'RF1', payment_intent: 'PI3000000000000000001', amount: '1.00', refund_status: 'INITIATED' },
    {
      id: 'RF2',
      payment_intent: 'PI3000000000000000001',
      amount: '2.00',
      refund_status: 'PROCESSING',
      lifecycle: 'fail',
    },
    {
      id: 'RF3',
      payment_intent: 'PI3000000000000000001',
      amount: '3.00',
      refund_status: 'PROCESSING',
      lifecycle: 'stay_processing',
    },
    { id: 'RF4', payment_intent: 'PI3000000000000000001', amount: '4.00' },
  ],
  upayments_orders: [{ id: 'shop-1', total_price: '12.500', payment_type: 'cc' }],
  upayments_refunds: [{ id: 'shop-1-refund', order: 'shop-1', amount: '2.500', refund_status: 'initiated' }],
};

describe('a refund of the seed', () => {
  it('continues from its status, again after each reset', async () => {
    await using world = await startWorld();
    await world.control.seed(SHOP);
    const statuses = async () => (await world.control.db('uqpay_refunds')).map((row) => row['refund_status']);
    const orderRefund = async () => (await world.control.db('upayments_refunds'))[0]?.['refund_status'];
    for (let run = 0; run < 2; run += 1) {
      assert.deepEqual(await statuses(), ['INITIATED', 'PROCESSING', 'PROCESSING', 'SUCCEEDED']);
      await world.control.advance('PT5S');
      assert.deepEqual(await statuses(), ['PROCESSING', 'PROCESSING', 'PROCESSING', 'SUCCEEDED']);
      await world.control.advance('PT15S');
      assert.deepEqual(await statuses(), ['SUCCEEDED', 'FAILED', 'PROCESSING', 'SUCCEEDED']);
      assert.equal(await orderRefund(), 'initiated');
      await world.control.advance('PT48H');
      assert.equal(await orderRefund(), 'refunded');
      await world.control.reset();
    }
  });

  it('continues also when it was added through json-server', async () => {
    await using world = await startWorld();
    const created = (await world.control.clock()).now;
    const answer = await world.fetch('/_sandbox/db/uqpay_refunds', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        id: 'RF77',
        payment_intent: INTENT,
        payment_attempt: INTENT.replace('PI', 'PA'),
        amount: '1.00',
        currency: 'USD',
        refund_status: 'INITIATED',
        lifecycle: 'default',
        reason: 'by hand',
        metadata: null,
        create_time: created,
        update_time: created,
        complete_time: null,
      }),
    });
    assert.equal(answer.status, 201, answer.text);
    await world.control.advance('PT20S');
    assert.equal((await world.uqpay('/v2/payment/refunds/RF77')).json['refund_status'], 'SUCCEEDED');
  });
});

describe('the clock', () => {
  it('refuses a time outside its range, and stays unchanged', async () => {
    await using world = await startWorld();
    const before = await world.control.clock();
    for (const change of [
      { set: '9999-12-31T23:59:59Z' },
      { set: '1969-12-31T00:00:00Z' },
      { advance: 'PT90000000H' },
    ]) {
      const answer = await world.fetch('/_sandbox/clock', { method: 'POST', body: JSON.stringify(change) });
      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.text, /the clock goes from 1970-01-01T08:00:00\+08:00 to 9999-01-01T08:00:00\+08:00/);
    }
    assert.deepEqual(await world.control.clock(), before);
  });
});
