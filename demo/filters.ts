import type { PaymentRefund, PaymentSummary } from '../contract/payment.ts';
import { minorOf } from './format.ts';
import type { ShopOrder } from './orders.ts';
import { isUnread, summaryOf, type PaymentState } from './payment-state.ts';

export const STATES = ['any', 'refundable', 'pending', 'waiting', 'unknown', 'refunded'] as const;
type StateFilter = (typeof STATES)[number];

export const PAGE_SIZE = 10;

export interface Filters {
  readonly query: string;
  /** Empty for every provider. */
  readonly provider: string;
  readonly state: string;
}

/** Whether the payment is in this state; a payment can be in several. */
const IS: Readonly<Record<Exclude<StateFilter, 'any'>, (payment: PaymentSummary) => boolean>> = {
  refundable: (payment) => minorOf(payment.refundable, payment.currency) > 0n && !payment.not_refundable,
  pending: (payment) => minorOf(payment.pending, payment.currency) > 0n && !hasStanding(payment.refunds, 'unknown'),
  waiting: (payment) => hasStanding(payment.refunds, 'awaiting_approval'),
  unknown: (payment) => hasStanding(payment.refunds, 'unknown'),
  refunded: (payment) => minorOf(payment.refunded, payment.currency) > 0n,
};

/** The state of a payment of which one refund is known. */
const TOLD: Readonly<Record<string, StateFilter>> = {
  pending: 'pending',
  awaiting_approval: 'waiting',
  unknown: 'unknown',
  succeeded: 'refunded',
};

function hasStanding(refunds: readonly PaymentRefund[] = [], wanted: string): boolean {
  return refunds.some(({ standing }) => standing === wanted);
}

/** The orders that match, in their order. A payment that could not be read matches what the form was told, else `unknown`. */
export function matching(
  orders: readonly ShopOrder[],
  payments: ReadonlyMap<string, PaymentState>,
  { query, provider, state }: Filters,
): ShopOrder[] {
  const text = query.trim().toLowerCase();
  const isIn = STATES.find((one) => one === state && one !== 'any') as keyof typeof IS | undefined;
  return orders.filter((order) => {
    if (provider !== '' && order.provider !== provider) return false;
    if (!`${order.number}\n${order.customer}`.toLowerCase().includes(text)) return false;
    if (!isIn) return true;
    const payment = payments.get(order.payment_id) ?? 'loading';
    if (!isUnread(payment)) return payment !== 'loading' && IS[isIn](payment);
    const { told } = payment;
    return told.length > 0 ? told.some(({ standing }) => TOLD[standing] === isIn) : isIn === 'unknown';
  });
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Counted from 1, and never beyond the last. */
  readonly page: number;
  readonly pages: number;
  /** The place of the first item, counted from 1. */
  readonly first: number;
}

export function pageOf<Item>(all: readonly Item[], wanted: string): Page<Item> {
  const pages = Math.max(1, Math.ceil(all.length / PAGE_SIZE));
  const page = Math.min(Math.max(1, Number.parseInt(wanted, 10) || 1), pages);
  const start = (page - 1) * PAGE_SIZE;
  return { items: all.slice(start, start + PAGE_SIZE), page, pages, first: start + 1 };
}

export interface RefundOfOrder {
  readonly order: ShopOrder;
  readonly refund: PaymentRefund;
  /** RFC 3339. */
  readonly at: string;
}

/** The refunds and requests of one day in the reader's time zone, over all orders, the newest first. */
export function refundsOfDay(
  orders: readonly ShopOrder[],
  payments: ReadonlyMap<string, PaymentState>,
  day: Date,
): RefundOfOrder[] {
  const wanted = day.toDateString();
  return orders
    .flatMap((order) => {
      const payment = payments.get(order.payment_id);
      const refunds = summaryOf(payment)?.refunds ?? [];
      return refunds.flatMap((refund) =>
        refund.create_time && new Date(refund.create_time).toDateString() === wanted
          ? [{ order, refund, at: refund.create_time }]
          : [],
      );
    })
    .toSorted((one, other) => Date.parse(other.at) - Date.parse(one.at));
}
