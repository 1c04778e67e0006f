import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { ORDERS } from '../../demo/orders.ts';
import { createSandbox } from '../../mock-server/index.ts';
import { order } from '../../proxy/options.ts';
import { testpay } from './support/testpay.ts';
import { CARD, INTENT, KNET, send, startWorld } from './world.ts';

const PARTLY = 'up20261103knet0000000000000000000000000000000000000000000000000003';

describe('the orders of the sandbox', () => {
  it('are orders as the proxy expects them, for every payment of both providers', async () => {
    await using world = await startWorld();
    for (const collection of ['uqpay_intents', 'upayments_orders'] as const) {
      const rows = await world.control.db(collection);
      assert.ok(rows.length > 5, collection);
      for (const { id } of rows) {
        const { status, json, headers } = await world.fetch(`/orders/${String(id)}`);
        assert.equal(status, 200);
        assert.match(headers.get('content-type') ?? '', /^application\/json/);
        assert.equal(order.parse(json).payment_id, id);
      }
    }
  });

  it('say what a merchant with these payments has on record', async () => {
    await using world = await startWorld();
    for (const shop of ORDERS) {
      const { json } = await world.fetch(`/orders/${shop.payment_id}`);
      for (const name of [
        'currency',
        'captured',
        'payment_method',
        'payment_attempt_id',
        'refunded_elsewhere',
        'refunded_elsewhere_count',
      ] as const) {
        assert.equal(json[name], shop[name], `${name} of ${shop.payment_id}`);
      }
      assert.equal('not_refundable' in json, shop.not_refundable !== undefined, shop.payment_id);
    }
  });

  it('do not count a refund that was made later as one from before, also after a reset', async () => {
    await using world = await startWorld();
    const elsewhere = async () => (await world.fetch(`/orders/${PARTLY}`)).json['refunded_elsewhere'];
    assert.equal((await world.upayments('/create-refund', { orderId: PARTLY, totalPrice: 5 })).status, 201);
    assert.equal(await elsewhere(), '20.000');
    await world.control.reset();
    assert.equal(await elsewhere(), '20.000');
    await world.fetch('/_sandbox/seed', {
      method: 'POST',
      body: JSON.stringify({ upayments_orders: [{ id: PARTLY, total_price: '9.000' }] }),
    });
    assert.equal(await elsewhere(), undefined);
  });

  it('follow the payment: a namespace has its own, and an edit shows', async () => {
    await using world = await startWorld();
    const row = { id: 'PI3000000000000000009', amount: '20.00', currency: 'USD' };
    await world.fetch('/ns/shop/_sandbox/seed', { method: 'POST', body: JSON.stringify({ uqpay_intents: [row] }) });
    assert.equal((await world.fetch('/ns/shop/orders/PI3000000000000000009')).json['captured'], '20.00');
    assert.equal((await world.fetch('/orders/PI3000000000000000009')).status, 404);
    const edit = { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: '{"captured":false}' };
    assert.equal((await world.fetch(`/_sandbox/db/upayments_orders/${CARD}`, edit)).status, 200);
    const { json } = await world.fetch(`/orders/${CARD}`);
    assert.deepEqual(
      [json['captured'], json['not_refundable']],
      ['0.000', 'Nothing is captured: the customer did not pay this order.'],
    );
  });

  it('answer 404 with the unknown id, and refuse every other method and every query', async () => {
    await using world = await startWorld();
    const unknown = await world.fetch('/orders/PI%2F404');
    assert.equal(unknown.status, 404);
    assert.deepEqual(unknown.json, {
      error: 'no order "PI/404": expected the id of a payment of uqpay or upayments',
    });
    assert.equal((await world.fetch(`/orders/${INTENT}`, { method: 'POST' })).status, 405);
    assert.equal((await world.fetch(`/orders/${INTENT}?part=all`)).status, 400);
    assert.match(String((await world.fetch('/order/1')).json['error']), /\/orders\/\{id\}/);
  });

  it('take no path from a provider, and have no order of a provider that gives none', async () => {
    await using plain = await createSandbox({ providers: [testpay] });
    const { status, json } = await send(`${plain.url}/orders/PAY-1`);
    assert.equal(status, 404);
    assert.match(String(json['error']), /uqpay or upayments$/);
    await using taken = await createSandbox({ providers: [{ ...testpay, prefix: '/orders' }] });
    const { json: own } = await send(`${taken.url}/orders/${KNET}`);
    assert.ok(!('captured' in own), 'the provider whose paths begin with /orders answers');
  });
});
