import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { fractionDigits, parseDecimal } from '../../contract/money.ts';
import { ORDERS } from '../../demo/orders.ts';
import { createSandbox, createSandboxClient } from '../../mock-server/index.ts';
import { order } from '../../proxy/index.ts';

const minor = (decimal: string, currency: string): bigint => {
  const parsed = parseDecimal(decimal, currency);
  assert.ok(parsed.ok, `${decimal} is no amount of ${currency}`);
  return parsed.minor;
};

describe("the shop's orders", () => {
  it('match the payments of the sandbox seed exactly', async () => {
    await using sandbox = await createSandbox({ port: 0 });
    const client = createSandboxClient(sandbox.url);
    // Payments of connected accounts belong to other merchants.
    const intents = (await client.db('uqpay_intents')).filter(({ account }) => account === null);
    const orders = await client.db('upayments_orders');
    const seedRows = new Map([...intents, ...orders].map((row) => [String(row['id']), row]));
    for (const order of ORDERS) {
      const row = seedRows.get(order.payment_id);
      assert.ok(row, `${order.number} is not in the seed`);
      assert.equal(row['currency'], order.currency);
    }
    assert.equal(ORDERS.length, seedRows.size);
    const refunds = await client.db('upayments_refunds');
    for (const { payment_id, number, provider, refunded_elsewhere, refunded_elsewhere_count = 0 } of ORDERS) {
      if (provider !== 'upayments') continue;
      const orderRefunds = refunds.filter(({ order }) => order === payment_id);
      const amounts = orderRefunds.map(({ amount, currency }) => minor(String(amount), String(currency)));
      assert.equal(orderRefunds.length, refunded_elsewhere_count, `${number}: refunds that its ledger does not know`);
      assert.equal(
        amounts.reduce((sum, amount) => sum + amount, 0n),
        minor(refunded_elsewhere ?? '0', 'KWD'),
        number,
      );
    }
  });

  it('match the example file for the stand-alone proxy', () => {
    const rows = JSON.parse(readFileSync('docs/orders.json', 'utf8')) as { payment_id: string }[];
    const orders = new Map<string, object>(ORDERS.map((shopOrder) => [shopOrder.payment_id, shopOrder]));
    assert.equal(rows.length, ORDERS.length);
    for (const row of rows) {
      assert.equal(order.safeParse(row).success, true, row.payment_id);
      assert.deepEqual({ ...orders.get(row.payment_id), ...row }, orders.get(row.payment_id));
    }
  });

  it('have items and shipping that add up to the captured amount', () => {
    for (const { number, currency, captured, items, shipping = '0', not_refundable } of ORDERS) {
      const goods = items.reduce((sum, { quantity, price }) => sum + BigInt(quantity) * minor(price, currency), 0n);
      const total = goods + minor(shipping, currency);
      if (!not_refundable)
        assert.equal(total, minor(captured, currency), `${number} in ${fractionDigits(currency)} decimals`);
    }
  });
});
