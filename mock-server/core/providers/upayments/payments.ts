import { note } from '../../engine/context.ts';
import type { Context } from '../../engine/provider.ts';
import { quote } from '../../engine/validation.ts';
import type { Reply } from '../../engine/wire.ts';
import { PAYMENT_COMPLETED } from './events.ts';
import { formatTransaction } from './format.ts';
import { storeOf } from './model.ts';
import { notFound, received, unprocessable } from './replies.ts';
import type { UpaymentsPaymentRow } from './rows.ts';
import type { UpaymentsStore } from './store.ts';

const BY: Readonly<Record<string, (store: UpaymentsStore, id: string) => UpaymentsPaymentRow | undefined>> = {
  session_id: (store, id) => store.paymentsBySession.get(id),
  invoice_id: (store, id) => store.paymentsByInvoice.get(id),
};

/** The payment that a call asks for, by any id of its charge. */
export function paymentAsked({ params, call, state }: Context): UpaymentsPaymentRow | undefined {
  const store = storeOf(state);
  const { track_id: track } = params;
  if (track !== undefined) return store.payments.get(track);
  const given = [...new URLSearchParams(call.query)].find(([, id]) => id !== '');
  return given && BY[given[0]]?.(store, given[1]);
}

/** `GET /api/v1/get-payment-status/{track_id}`: the source of the order id that a refund needs. D K */
export function getPaymentStatus(context: Context): Reply {
  const id = context.params['track_id'] ?? '';
  return answerStatus(context, paymentAsked(context), `the track_id ${quote(id)}`);
}

/** `GET /api/v1/get-payment-status?session_id=`, or `?invoice_id=`; `docs/providers/upayments.md#payments`. D */
export function findPaymentStatus(context: Context): Reply {
  const [given, ...more] = [...new URLSearchParams(context.call.query)].filter(([, id]) => id !== '');
  if (!given || more.length > 0) {
    const received = given ? 'both' : 'none of them';
    return unprocessable(context, {
      session_id: [`session_id: expected a track_id in the path, or session_id or invoice_id, received ${received}`],
    });
  }
  const [name, id] = given;
  return answerStatus(context, paymentAsked(context), `the ${name} ${quote(id)}`);
}

function answerStatus(context: Context, payment: UpaymentsPaymentRow | undefined, which: string): Reply {
  const store = storeOf(context.state);
  const { webhooks } = context.state;
  const order = payment && store.orders.get(payment.order);
  if (!payment || !order) return notFound(context, `no payment with ${which}`);
  context.payment = order.id;
  note(context, 'upayments.payment-result', 'upayments.local-time', 'upayments.get-status', 'upayments.order-id');
  const transaction = formatTransaction(payment, order, {
    vendors: store.vendorsByOrder.get(order.id) ?? [],
    called: webhooks.wasDelivered({ type: PAYMENT_COMPLETED, payment: order.id, url: payment.notify_url }),
  });
  return received(context, { transaction });
}

/** `GET /api/v1/check-payment-button-status`. K */
export function checkPaymentButtons(context: Context): Reply {
  note(context, 'upayments.pay-buttons', 'upayments.get-status');
  const payButtons = {
    knet: true,
    credit_card: true,
    apple_pay: true,
    apple_pay_knet: false,
    samsung_pay: true,
    google_pay: true,
  };
  return received(context, { isWhiteLabel: false, payButtons });
}
