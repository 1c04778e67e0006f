import { canStep, UQPAY_PAYMENT_METHODS } from '../lifecycle.ts';
import { payLink } from '../pay-link.ts';
import type { UqpayAttemptRow, UqpayIntentRow, UqpayRefundRow } from '../rows.ts';

/** Refund object as on the Create Refund page. S */
export function formatRefund(row: UqpayRefundRow) {
  return {
    payment_refund_id: row.id,
    payment_attempt_id: row.payment_attempt,
    amount: row.amount,
    currency: row.currency,
    refund_status: row.refund_status,
    create_time: row.create_time,
    update_time: row.update_time,
    reason: row.reason,
    metadata: row.metadata ?? {},
  };
}

export function formatAttempt(row: UqpayAttemptRow) {
  return {
    attempt_id: row.id,
    payment_intent_id: row.payment_intent,
    amount: row.amount,
    currency: row.currency,
    captured_amount: row.captured_amount,
    refunded_amount: row.refunded_amount,
    attempt_status: row.attempt_status,
    create_time: row.create_time,
    update_time: row.update_time,
    complete_time: row.complete_time,
    auth_code: row.auth_code,
    arn: row.arn,
    rrn: row.rrn,
    failure_code: row.failure_code,
    payment_method: { type: row.payment_method },
  };
}

/** @param base origin and namespace, which the page for the customer's own step is under */
export function formatIntent(row: UqpayIntentRow, latest: UqpayAttemptRow | undefined, base: string) {
  return {
    payment_intent_id: row.id,
    amount: row.amount,
    currency: row.currency,
    intent_status: row.intent_status,
    captured_amount: row.captured_amount,
    merchant_order_id: row.merchant_order_id,
    description: row.description,
    metadata: row.metadata,
    return_url: row.return_url,
    create_time: row.create_time,
    update_time: row.update_time,
    complete_time: row.complete_time,
    cancel_time: row.cancel_time,
    cancellation_reason: row.cancellation_reason,
    client_secret: row.client_secret,
    available_payment_method_types: row.payment_method === '' ? UQPAY_PAYMENT_METHODS : [row.payment_method],
    next_action: canStep(row.intent_status, 'complete')
      ? { type: 'redirect', redirect_to_url: { url: payLink(base, 'uqpay', row.id), return_url: row.return_url } }
      : null,
    latest_payment_attempt: latest ? formatAttempt(latest) : null,
  };
}
