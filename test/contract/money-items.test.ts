import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { amountOfItems, toDecimal, type OrderItem, type OrderItems, type ReturnedItems } from '../../contract/money.ts';
import { seeded } from '../seeded.ts';

/** @throws AssertionError with the faults */
function amount(order: OrderItems, returned: ReturnedItems) {
  const result = amountOfItems(order, returned);
  assert.ok(result.ok, result.ok ? '' : JSON.stringify(result.faults));
  return result;
}

function total(order: OrderItems, returned: ReturnedItems): string {
  return toDecimal(amount(order, returned).minor, order.currency);
}

function faults(order: OrderItems, returned: ReturnedItems): string[] {
  const result = amountOfItems(order, returned);
  return result.ok ? [] : result.faults.map(({ of, pointer }) => `${of} ${pointer}`);
}

const CHAIR: OrderItem = { id: 'chair', quantity: 3, unit_price: '33.35' };
const LAMP: OrderItem = { id: 'lamp', quantity: 1, unit_price: '20.00' };
const usd = (more: Partial<OrderItems> = {}): OrderItems => ({ currency: 'USD', items: [CHAIR, LAMP], ...more });

describe('what is refunded for items that came back', () => {
  it('is their price', () => {
    assert.equal(total(usd(), { quantities: { chair: 2 } }), '66.70');
    assert.equal(total(usd(), { quantities: { chair: 3, lamp: 1 } }), '120.05');
    assert.equal(total(usd(), { quantities: {} }), '0.00');
  });

  it('has the line’s own discount and tax in it', () => {
    const items = [{ ...CHAIR, discount: '10.00', tax: '4.50' }];
    assert.equal(total(usd({ items }), { quantities: { chair: 3 } }), '94.55');
    // 94.55 by three is 31.5166...
    assert.equal(total(usd({ items }), { quantities: { chair: 1 } }), '31.52');
  });

  it('has a part of the order’s discount and tax in it, in proportion to what the lines come to', () => {
    // 120.05 less 12.00: the chairs bear 10.00 of it, the lamp 2.00. The tax of 10.80 on 90.05 and 18.00 is 9.00 and 1.80.
    const order = usd({ discount: '12.00', tax: '10.80' });
    assert.equal(total(order, { quantities: { lamp: 1 } }), '19.80');
    assert.equal(total(order, { quantities: { chair: 3 } }), '99.05');
    assert.equal(total(order, { quantities: { chair: 3, lamp: 1 } }), '118.85');
  });

  it('takes shipping up to what is left of it', () => {
    const order = usd({ shipping: '9.90', refunded_shipping: '4.00' });
    assert.equal(total(order, { quantities: { lamp: 1 }, shipping: '5.90' }), '25.90');
    assert.deepEqual(faults(order, { quantities: {}, shipping: '5.91' }), ['returned /shipping']);
  });

  it('is exact in currencies with three decimals and with none', () => {
    const kwd = { currency: 'KWD', items: [{ id: 'a', quantity: 7, unit_price: '1.001' }] };
    assert.equal(total(kwd, { quantities: { a: 7 } }), '7.007');
    const jpy = { currency: 'JPY', items: [{ id: 'a', quantity: 3, unit_price: '333', discount: '1' }] };
    assert.deepEqual(
      [0, 1, 2].map((refunded_quantity) =>
        total({ ...jpy, items: [{ ...jpy.items[0]!, refunded_quantity }] }, { quantities: { a: 1 } }),
      ),
      ['333', '332', '333'],
    );
  });

  it('names each line of which something came back', () => {
    const { items, shipping } = amount(usd({ shipping: '5.00' }), { quantities: { lamp: 1 }, shipping: '1.00' });
    assert.deepEqual(items, [{ id: 'lamp', quantity: 1, minor: 2000n }]);
    assert.equal(shipping, 100n);
  });
});

const minorText = (minor: bigint) => toDecimal(minor, 'KWD');
const line = fc
  .record({
    quantity: fc.integer({ min: 1, max: 6 }),
    price: fc.bigInt(0n, 5_000n),
    discountPermille: fc.integer({ min: 0, max: 1000 }),
    tax: fc.bigInt(0n, 900n),
  })
  .map(({ quantity, price, discountPermille, tax }) => {
    const net = price * BigInt(quantity);
    const discount = (net * BigInt(discountPermille)) / 1000n;
    return { quantity, price, discount, tax, net: net - discount };
  });
const sold = fc
  .record({
    lines: fc.array(line, { minLength: 1, maxLength: 5 }),
    discountPermille: fc.integer({ min: 0, max: 1000 }),
    tax: fc.bigInt(0n, 3_000n),
  })
  .map(({ lines, discountPermille, tax }) => {
    const discount = (lines.reduce((sum, { net }) => sum + net, 0n) * BigInt(discountPermille)) / 1000n;
    const whole = lines.reduce((sum, { net, tax: own }) => sum + net + own, tax - discount);
    const order: OrderItems = {
      currency: 'KWD',
      discount: minorText(discount),
      tax: minorText(tax),
      items: lines.map(({ quantity, price, discount: own, tax: ownTax }, index) => ({
        id: `line-${index}`,
        quantity,
        unit_price: minorText(price),
        discount: minorText(own),
        tax: minorText(ownTax),
      })),
    };
    return { order, whole };
  });

const all = ({ items }: OrderItems) => Object.fromEntries(items.map(({ id, quantity }) => [id, quantity]));

describe('any order', () => {
  it('comes to what was paid for it when everything comes back at once', () => {
    seeded(
      fc.property(sold, ({ order, whole }) => {
        assert.equal(amount(order, { quantities: all(order) }).minor, whole);
      }),
      { runs: 2000 },
    );
  });

  it('comes to the same when its units come back one at a time, in any order, and never takes money for one', () => {
    seeded(
      fc.property(sold, fc.array(fc.nat(), { minLength: 40, maxLength: 40 }), ({ order, whole }, choices) => {
        const refunded = order.items.map(() => 0);
        let sum = 0n;
        for (const choice of choices) {
          const open = order.items.flatMap(({ quantity }, index) => (refunded[index]! < quantity ? [index] : []));
          if (open.length === 0) break;
          const index = open[choice % open.length]!;
          const items = order.items.map((item, at) => ({ ...item, refunded_quantity: refunded[at] }));
          const { minor } = amount({ ...order, items }, { quantities: { [`line-${index}`]: 1 } });
          assert.ok(minor >= 0n);
          sum += minor;
          refunded[index]! += 1;
        }
        assert.equal(sum, whole);
      }),
      { runs: 500 },
    );
  });
});

describe('what is wrong', () => {
  it('is told all at once, by the member', () => {
    const order = usd({
      items: [
        { ...CHAIR, unit_price: '1,000.00', refunded_quantity: 4 },
        { ...LAMP, quantity: 1.5, discount: '-1' },
      ],
      tax: 'none',
    });
    assert.deepEqual(faults(order, { quantities: { chair: -1, sofa: 1 }, shipping: 'x' }), [
      'order /items/0/refunded_quantity',
      'returned /quantities/chair',
      'order /items/0/unit_price',
      'order /items/1/quantity',
      'order /items/1/quantity',
      'order /items/1/discount',
      'returned /quantities/sofa',
      'order /tax',
      'returned /shipping',
    ]);
  });

  it('is more units than there are left', () => {
    const order = usd({ items: [{ ...CHAIR, refunded_quantity: 2 }] });
    assert.deepEqual(faults(order, { quantities: { chair: 2 } }), ['returned /quantities/chair']);
  });

  it('is a discount above what it is taken from, and a line without an id of its own', () => {
    assert.deepEqual(faults(usd({ discount: '120.06' }), { quantities: {} }), ['order /discount']);
    assert.deepEqual(faults(usd({ items: [LAMP, { ...LAMP, discount: '20.01' }] }), { quantities: {} }), [
      'order /items/1/discount',
      'order /items',
    ]);
    assert.deepEqual(faults(usd({ items: [], tax: '1.00' }), { quantities: {} }), ['order /items']);
  });

  it('is a name that every object has', () => {
    assert.deepEqual(faults(usd(), { quantities: { toString: 1 } }), ['returned /quantities/toString']);
    const items = [{ ...LAMP, id: 'constructor' }];
    assert.equal(total(usd({ items }), { quantities: {} }), '0.00');
  });
});
