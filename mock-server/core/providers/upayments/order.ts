import { toDecimal } from '../../../../contract/money.ts';
import { minorOf } from '../../engine/indexes.ts';
import type { MerchantOrder } from '../../engine/merchant-order.ts';
import type { State } from '../../engine/provider.ts';
import { UPAYMENTS_WEIGHTS } from './lifecycle.ts';
import { storeOf } from './model.ts';

/**
 * UPayments tells how many refunds an order has, and not their amounts. So the order tells those that the seed has: they
 * were made before any proxy asked. A refund made later is a proxy's own, or one that it has to notice.
 */
export function upaymentsOrder(state: State, id: string): MerchantOrder | undefined {
  const store = storeOf(state);
  const order = store.orders.get(id);
  if (!order) return undefined;
  const { currency, payment_type } = order;
  const seeded = new Set(state.seedRows('upayments_refunds').map((row) => row.id));
  const earlier = store
    .refundsOfOrder(id)
    .rows.filter((row) => seeded.has(row.id) && UPAYMENTS_WEIGHTS[row.refund_status].held);
  const sum = earlier.reduce((total, row) => total + minorOf(row.amount, currency), 0n);
  return {
    currency,
    captured: order.captured ? minorOf(order.total_price, currency) : 0n,
    payment_method: payment_type === 'cc' ? 'card' : payment_type,
    ...(!order.captured && { not_refundable: 'Nothing is captured: the customer did not pay this order.' }),
    ...(earlier.length > 0 && {
      refunded_elsewhere: toDecimal(sum, currency),
      refunded_elsewhere_count: earlier.length,
    }),
  };
}
