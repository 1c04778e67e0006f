import { minorOf } from '../../engine/indexes.ts';
import { instantOf, newest, type RefundOverview, type RefundStep } from '../../engine/overview.ts';
import type { ProviderOverview } from '../../engine/provider.ts';
import { parseDuration } from '../../engine/time.ts';
import {
  UPAYMENTS_LIFECYCLES,
  UPAYMENTS_SETTLES_AFTER,
  UPAYMENTS_WEIGHTS,
  type UpaymentsPaymentType,
  type UpaymentsRefundStatus,
} from './lifecycle.ts';
import { storeOf } from './model.ts';
import type { UpaymentsRefundRow } from './rows.ts';

export const UPAYMENTS_OVERVIEW: ProviderOverview = {
  recent: (state, limit) => {
    const { upayments_orders: orders, upayments_refunds: refunds } = storeOf(state).collections;
    return [
      ...newest(orders, limit).map((row) => ({ payment: row.id, time: row.create_time })),
      ...newest(refunds, limit).map((row) => ({ payment: row.order, time: row.update_time })),
    ];
  },
  payment: (state, id) => {
    const store = storeOf(state);
    const order = store.orders.get(id);
    if (!order) return undefined;
    const { rows, ...sums } = store.refundsOfOrder(id);
    return {
      status: order.captured ? 'captured' : 'not captured',
      currency: order.currency,
      captured: order.captured ? minorOf(order.total_price, order.currency) : 0n,
      sums,
      refundable: order.captured,
      created: order.create_time,
      refunds: rows.map((row) => showRefund(row, order.payment_type)),
    };
  },
};

const showRefund = (row: UpaymentsRefundRow, type: UpaymentsPaymentType): RefundOverview => ({
  id: row.id,
  amount: row.amount,
  status: row.refund_status,
  created: row.create_time,
  steps: stepsOf(row, type),
});

const step = (status: UpaymentsRefundStatus, at: number, reached: boolean): RefundStep => ({
  status,
  at,
  reached,
  weight: UPAYMENTS_WEIGHTS[status],
});

function stepsOf(row: UpaymentsRefundRow, type: UpaymentsPaymentType): RefundStep[] {
  const created = instantOf(row.create_time);
  const first = step('initiated', created, true);
  if (row.refund_status !== 'initiated') return [first, step(row.refund_status, instantOf(row.update_time), true)];
  if (UPAYMENTS_LIFECYCLES[row.lifecycle ?? 'default'] !== 'settles') return [first];
  const after = row.outcome_after === undefined ? undefined : parseDuration(row.outcome_after);
  return [first, step('refunded', created + (after ?? UPAYMENTS_SETTLES_AFTER[type]), false)];
}
