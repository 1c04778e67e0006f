import { withQuery } from '../../engine/checkout.ts';
import type { Checkout, State } from '../../engine/provider.ts';
import { paymentResult } from './events.ts';
import { storeOf } from './model.ts';
import { completePayment } from './paying.ts';

/** @param id `track_id` of the charge */
export function upaymentsCheckout(state: State, id: string): Checkout | undefined {
  const store = storeOf(state);
  const row = store.payments.get(id);
  if (!row) return undefined;
  const order = store.orders.get(row.order);
  return {
    title: `UPayments payment ${row.id}`,
    amount: order ? `${order.currency} ${order.total_price}` : '',
    status: () => row.result,
    isOpen: () => row.result === 'PENDING',
    complete: (result, at) => completePayment(state, row, result, at),
    returnUrl: (result) => withQuery(result === 'paid' ? row.return_url : row.cancel_url, paymentResult(state, row)),
  };
}
