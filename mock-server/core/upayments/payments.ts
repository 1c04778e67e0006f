import { note, type Context } from '../context.ts';
import { shown } from '../validation.ts';
import { ok, type Reply } from '../wire.ts';
import { formatTransaction } from './format.ts';
import { notFound } from './replies.ts';

/** `GET /api/v1/get-payment-status/{track_id}`: where the order id that a refund wants comes from. D K */
export function getPaymentStatus(context: Context): Reply {
  const id = context.params['track_id'] ?? '';
  const { store } = context.state;
  const payment = store.payments.get(id);
  const order = payment && store.orders.get(payment.order);
  if (!payment || !order) return notFound(context, `no payment with the track_id ${shown(id)}`);
  context.payment = order.id;
  note(context, 'upayments.payment-result', 'upayments.local-time');
  const transaction = formatTransaction(payment, order, store.vendorsByOrder.get(order.id) ?? []);
  return ok({ status: true, message: 'Response received successfully', data: { transaction } });
}

/** `GET /api/v1/check-payment-button-status`. K */
export function checkPaymentButtons(context: Context): Reply {
  note(context, 'upayments.pay-buttons');
  const payButtons = {
    knet: true,
    credit_card: true,
    apple_pay: true,
    apple_pay_knet: false,
    samsung_pay: true,
    google_pay: true,
  };
  return ok({ status: true, message: 'Response received successfully', data: { payButtons } });
}
