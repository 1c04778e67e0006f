import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import type { PaymentRefund, PaymentSummary } from '../../contract/payment.ts';
import { matching, PAGE_SIZE, pageOf, refundsOfDay, STATES } from '../../demo/filters.ts';
import { ORDERS } from '../../demo/orders.ts';
import type { PaymentState } from '../../demo/payment-state.ts';

const [first, second, third, fourth] = ORDERS;
assert.ok(first && second && third && fourth);

const refund = (standing: string, create_time?: string): PaymentRefund => ({
  amount: '1',
  status: '',
  standing,
  create_time,
});
const summary = (refunds: PaymentRefund[], amounts: Partial<PaymentSummary> = {}): PaymentSummary => ({
  payment_id: 'one',
  currency: 'USD',
  captured: '10.00',
  refunded: '0.00',
  pending: '0.00',
  refundable: '10.00',
  refunds,
  ...amounts,
});

describe('the filters of the list', () => {
  const all = { query: '', provider: '', state: 'any' };
  let payments: Map<string, PaymentState>;
  const numbers = (filters: Partial<typeof all>) =>
    matching([first, second, third, fourth], payments, { ...all, ...filters }).map(({ number }) => number);

  beforeEach(() => {
    payments = new Map<string, PaymentState>([
      [first.payment_id, summary([refund('unknown')], { pending: '1.00' })],
      [second.payment_id, summary([refund('pending')], { pending: '1.00', refundable: '0.00' })],
      [third.payment_id, { unread: 'problem', told: [] }],
      [fourth.payment_id, summary([refund('awaiting_approval'), refund('succeeded')], { refunded: '1.00' })],
    ]);
  });

  it('find an order by its number or its customer, whatever the case', () => {
    assert.deepEqual(numbers({ query: ' KW-10231 ' }), ['KW-10231']);
    assert.deepEqual(numbers({ query: 'maya' }), ['order_6789']);
    assert.deepEqual(numbers({ query: 'nobody' }), []);
  });

  it('find the orders of a provider', () => {
    assert.deepEqual(numbers({ provider: 'upayments' }), ['KW-10231', 'KW-10232']);
  });

  it('find the payments in a state: an unknown refund is not pending, and an unread payment is unknown', () => {
    const found = Object.fromEntries(STATES.map((state) => [state, numbers({ state })]));
    assert.deepEqual(found, {
      any: ['order_6789', 'KW-10231', 'KW-10232', 'SG-1042'],
      refundable: ['order_6789', 'SG-1042'],
      pending: ['KW-10231'],
      waiting: ['SG-1042'],
      unknown: ['order_6789', 'KW-10232'],
      refunded: ['SG-1042'],
    });
  });

  it('find an unread payment by what the form was told of its refunds', () => {
    payments.set(third.payment_id, { unread: 'problem', told: [{ standing: 'pending', amount: '1.000' }] });
    assert.deepEqual(numbers({ state: 'pending' }), ['KW-10231', 'KW-10232']);
    assert.deepEqual(numbers({ state: 'unknown' }), ['order_6789']);
  });

  it('show everything for a state that nobody knows', () => {
    assert.equal(numbers({ state: 'lost' }).length, 4);
  });
});

describe('the pages of the list', () => {
  it('hold ten orders each, and the last one the rest', () => {
    const last = pageOf(ORDERS, '2');
    assert.deepEqual([last.page, last.pages, last.first, last.items.length], [2, 2, 11, ORDERS.length - PAGE_SIZE]);
  });

  it('end at the last page, and begin at the first, whatever the address says', () => {
    assert.equal(pageOf(ORDERS, '99').page, 2);
    for (const wanted of ['0', '-1', 'x', '']) assert.equal(pageOf(ORDERS, wanted).page, 1);
    assert.deepEqual(pageOf([], '3'), { items: [], page: 1, pages: 1, first: 1 });
  });
});

describe("today's refunds", () => {
  it('are those of one day over all orders, the newest first', () => {
    const noon = new Date(2026, 10, 12, 12);
    const at = (hours: number) => new Date(noon.getTime() + hours * 3_600_000).toISOString();
    const payments = new Map<string, PaymentState>([
      [first.payment_id, summary([refund('succeeded', at(-36)), refund('pending', at(-2)), refund('failed')])],
      [second.payment_id, summary([refund('pending', at(1)), refund('pending', at(-3))])],
      [third.payment_id, { unread: 'problem', told: [] }],
    ]);
    const rows = refundsOfDay(ORDERS, payments, noon);
    assert.deepEqual(
      rows.map(({ order, at }) => [order.number, at]),
      [
        ['KW-10231', at(1)],
        ['order_6789', at(-2)],
        ['KW-10231', at(-3)],
      ],
    );
  });
});
