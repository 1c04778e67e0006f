import { toJsonAmount } from '../../../../contract/upayments.ts';
import { minorOf } from '../../engine/indexes.ts';
import type { State } from '../../engine/provider.ts';
import type { Millis } from '../../engine/time.ts';
import { storeOf } from './model.ts';
import type { UpaymentsPolicyId } from './policies.ts';
import type { UpaymentsPaymentRow, UpaymentsRefundRow } from './rows.ts';

const REFUND_SETTLED = 'refund.settled';
export const PAYMENT_COMPLETED = 'payment.completed';
/** Every event; `docs/providers/upayments.md#callbacks`. */
export const UPAYMENTS_EVENT_TYPES: readonly string[] = [REFUND_SETTLED, PAYMENT_COMPLETED];

/** Call to a refund's `notifyUrl` when it settles; `docs/providers/upayments.md#callbacks`. Neither body nor signature is documented. P */
export function announceSettled(state: State, row: UpaymentsRefundRow, at: Millis): void {
  if (state.settings['refundCallbacks'] !== true || !state.webhooks.hasReceiver('upayments', row.notify_url)) return;
  state.webhooks.announce(
    {
      provider: 'upayments',
      type: REFUND_SETTLED,
      refund: row.id,
      payment: row.order,
      identified: false,
      body: () => ({
        orderId: row.id,
        refundOrderId: row.refund_order_id,
        refundArn: row.refund_arn,
        reference: row.reference,
        totalPrice: toJsonAmount(minorOf(row.amount, row.currency), row.currency),
        status: row.refund_status,
      }),
      url: row.notify_url,
      policies: ['upayments.callback', 'upayments.callback-retries'] satisfies UpaymentsPolicyId[],
    },
    at,
  );
}

/**
 * Call to the `notificationUrl` of a charge, once the customer has paid or failed; `docs/providers/upayments.md#callbacks`. D (second
 * hand). Its body is what the return address gets as a query. P
 */
export function announcePaid(state: State, row: UpaymentsPaymentRow, at: Millis): void {
  if (!state.webhooks.hasReceiver('upayments', row.notify_url)) return;
  state.webhooks.announce(
    {
      provider: 'upayments',
      type: PAYMENT_COMPLETED,
      refund: null,
      payment: row.order,
      identified: false,
      body: () => paymentResult(state, row),
      url: row.notify_url,
      policies: ['upayments.payment-callback', 'upayments.callback-retries'] satisfies UpaymentsPolicyId[],
    },
    at,
  );
}

/** Members of a payment in a callback and in the query of a return address. K P */
export function paymentResult(state: State, row: UpaymentsPaymentRow): Readonly<Record<string, string>> {
  return {
    payment_id: row.payment_id ?? '',
    result: row.result,
    track_id: row.id,
    order_id: storeOf(state).orders.get(row.order)?.order_id ?? '',
    requested_order_id: row.merchant_order_id ?? '',
    refund_order_id: row.order,
  };
}
