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

describe('the refund for returned items', () => {
  it('is the price of the items', () => {
    assert.equal(total(usd(), { quantities: { chair: 2 } }), '66.70');
    assert.equal(total(usd(), { quantities: { chair: 3, lamp: 1 } }), '120.05');
    assert.equal(total(usd(), { quantities: {} }), '0.00');
  });

  it('includes the discount and tax of the line', () => {
    const items = [{ ...CHAIR, discount: '10.00', tax: '4.50' }];
    assert.equal(total(usd({ items }), { quantities: { chair: 3 } }), '94.55');
    // 94.55 divided by three is 31.5166...
    assert.equal(total(usd({ items }), { quantities: { chair: 1 } }), '31.52');
  });

  it('includes a proportional part of the discount and tax of the order', () => {
    // The discount of 12.00 is 10.00 for the chairs and 2.00 for the lamp. The tax of 10.80 is 9.00 and 1.80.
    const order = usd({ discount: '12.00', tax: '10.80' });
    assert.equal(total(order, { quantities: { lamp: 1 } }), '19.80');
    assert.equal(total(order, { quantities: { chair: 3 } }), '99.05');
    assert.equal(total(order, { quantities: { chair: 3, lamp: 1 } }), '118.85');
  });

  it('includes shipping up to the amount not yet refunded', () => {
    const order = usd({ shipping: '9.90', refunded_shipping: '4.00' });
    assert.equal(total(order, { quantities: { lamp: 1 }, shipping: '5.90' }), '25.90');
    assert.deepEqual(faults(order, { quantities: {}, shipping: '5.91' }), ['returned /shipping']);
  });

  it('is exact in currencies with three decimals and without decimals', () => {
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

  it('lists each line with returned items', () => {
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

describe('the refunds of any order', () => {
  it('add up to the payment when everything is returned at once', () => {
    seeded(
      fc.property(sold, ({ order, whole }) => {
        assert.equal(amount(order, { quantities: all(order) }).minor, whole);
      }),
      { runs: 2000 },
    );
  });

  it('add up to the payment when units are returned one by one, and are never negative', () => {
    seeded(
      fc.property(sold, fc.array(fc.nat(), { minLength: 40, maxLength: 40 }), ({ order, whole }, choices) => {
        const refundedCounts = order.items.map(() => 0);
        let sum = 0n;
        for (const choice of choices) {
          const open = order.items.flatMap(({ quantity }, index) => (refundedCounts[index]! < quantity ? [index] : []));
          if (open.length === 0) break;
          const index = open[choice % open.length]!;
          const items = order.items.map((item, at) => ({ ...item, refunded_quantity: refundedCounts[at] }));
          const { minor } = amount({ ...order, items }, { quantities: { [`line-${index}`]: 1 } });
          assert.ok(minor >= 0n);
          sum += minor;
          refundedCounts[index]! += 1;
        }
        assert.equal(sum, whole);
      }),
      { runs: 500 },
    );
  });
});

describe('an invalid input', () => {
  it('gets all faults at once, each with its member', () => {
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

  it('may be more units than are left', () => {
    const order = usd({ items: [{ ...CHAIR, refunded_quantity: 2 }] });
    assert.deepEqual(faults(order, { quantities: { chair: 2 } }), ['returned /quantities/chair']);
  });

  it('may be an excessive discount, a repeated line id, or tax without items', () => {
    assert.deepEqual(faults(usd({ discount: '120.06' }), { quantities: {} }), ['order /discount']);
    assert.deepEqual(faults(usd({ items: [LAMP, { ...LAMP, discount: '20.01' }] }), { quantities: {} }), [
      'order /items/1/discount',
      'order /items',
    ]);
    assert.deepEqual(faults(usd({ items: [], tax: '1.00' }), { quantities: {} }), ['order /items']);
  });

  it('may be a line id that is a member of every object', () => {
    assert.deepEqual(faults(usd(), { quantities: { toString: 1 } }), ['returned /quantities/toString']);
    const items = [{ ...LAMP, id: 'constructor' }];
    assert.equal(total(usd({ items }), { quantities: {} }), '0.00');
  });

  it('may be anything at all: it is a fault and never an exception', () => {
    const invalid: readonly (readonly [order: unknown, faults: readonly string[]])[] = [
      [undefined, ['/currency']],
      [null, ['/currency']],
      ['order', ['/currency']],
      [usd({ currency: 'usd' }), ['/currency']],
      [{ currency: 'USD' }, ['/items']],
      [{ currency: 'USD', items: { 0: CHAIR } }, ['/items']],
      [{ currency: 'USD', items: [null] }, ['/items/0/id', '/items/0/quantity', '/items/0/unit_price']],
      [{ currency: 'USD', items: [{ ...LAMP, id: '' }] }, ['/items/0/id']],
      [{ currency: 'USD', items: [{ ...LAMP, name: 7 }] }, ['/items/0/name']],
      [{ currency: 'USD', items: [{ ...LAMP, unit_price: undefined }] }, ['/items/0/unit_price']],
      [{ currency: 'USD', items: [{ ...LAMP, unit_price: 20 }] }, ['/items/0/unit_price']],
      [{ currency: 'USD', items: [{ ...LAMP, quantity: 2 ** 53 }] }, ['/items/0/quantity', '/items/0/quantity']],
    ];
    for (const [order, pointers] of invalid) {
      const result = amountOfItems(order as OrderItems, { quantities: {} });
      assert.deepEqual(result.ok ? [] : result.faults.map(({ pointer }) => pointer), pointers);
    }
  });

  it('is told with what was expected and what came', () => {
    const items = [{ ...CHAIR, quantity: 2, refunded_quantity: 1, discount: '66.71' }];
    const result = amountOfItems(usd({ items }), { quantities: { chair: 2 } });
    assert.deepEqual(result.ok ? [] : result.faults.map(({ detail }) => detail), [
      'expected a whole number from 0 to 1, received 2',
      'expected a decimal string in USD up to 66.70, received "66.71"',
    ]);
  });

  it('is not an absent member that JSON names: null counts as absent', () => {
    const items = [{ ...LAMP, name: null, discount: null, tax: null, refunded_quantity: null }];
    const order = usd({ items, discount: null, tax: null, shipping: null, refunded_shipping: null });
    assert.equal(total(order, { quantities: { lamp: 1 } }), '20.00');
  });
});
