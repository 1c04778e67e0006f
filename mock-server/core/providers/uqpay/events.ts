import { toJsonAmount } from '../../../../contract/upayments.ts';
import type { UqpayRefundStatus } from '../../../../contract/uqpay.ts';
import type { UpaymentsPaymentRow, UpaymentsRefundRow, UqpayRefundRow } from './rows.ts';
import type { Credentials, SandboxState } from '../../engine/state.ts';
import { minorOf } from './store.ts';
import type { Millis } from '../../engine/time.ts';
import { writtenAmount } from '../../engine/settings.ts';
import type { WebhookOptions } from '../../engine/webhooks/book.ts';

/** UQPAY signs its webhooks, UPayments documents no signature; `uqpay.md`, Webhooks, and `upayments.md`, Callback. D */
export function webhookSecrets({ uqpayWebhookSecret }: Credentials): WebhookOptions['secrets'] {
  return { uqpay: uqpayWebhookSecret, upayments: undefined };
}

/** Body of a UQPAY webhook; `uqpay.md`, Webhooks. D */
interface UqpayEvent {
  readonly type: string;
  readonly event: string | null;
  /** Id of what it is about. */
  readonly source: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export function uqpayEvent({ type, event, source, data }: UqpayEvent): object {
  return { version: 'V1.6.0', event_name: 'ACQUIRING', event_type: type, event_id: event, source_id: source, data };
}

/** The provider names three events; a status without one is not told of. */
const EVENT_OF: Partial<Readonly<Record<UqpayRefundStatus, string>>> = {
  SUCCEEDED: 'acquiring.refund.succeeded',
  FAILED: 'acquiring.refund.failed',
};

export function announceCreated(state: SandboxState, row: UqpayRefundRow, at: Millis): void {
  announce(state, row, { type: 'acquiring.refund.created', at });
  announceChanged(state, row, at);
}

/** @param row with the status that it has reached */
export function announceChanged(state: SandboxState, row: UqpayRefundRow, at: Millis): void {
  const type = EVENT_OF[row.refund_status];
  if (type !== undefined) announce(state, row, { type, at });
}

function announce(state: SandboxState, row: UqpayRefundRow, { type, at }: { type: string; at: Millis }): void {
  if (!state.webhooks.isHeard('uqpay', null)) return;
  state.webhooks.announce(
    {
      provider: 'uqpay',
      type,
      refund: row.id,
      payment: row.payment_intent,
      identified: true,
      body: (event) => uqpayEvent({ type, event, source: row.id, data: refundData(row, state) }),
      url: null,
      policies: ['uqpay.webhook-retries'],
    },
    at,
  );
}

function refundData(row: UqpayRefundRow, { settings }: SandboxState): UqpayEvent['data'] {
  return {
    payment_refund_id: row.id,
    payment_intent_id: row.payment_intent,
    payment_attempt_id: row.payment_attempt,
    amount: writtenAmount(row.amount, settings.amounts),
    currency: row.currency,
    refund_status: row.refund_status,
    reason: row.reason,
    metadata: row.metadata ?? {},
    create_time: row.create_time,
    complete_time: row.complete_time,
  };
}

/** `upayments.md`, Callback: when a refund settles, to its `notifyUrl`; neither body nor signature is documented. P */
export function announceSettled(state: SandboxState, row: UpaymentsRefundRow, at: Millis): void {
  if (!state.settings.refundCallbacks || !state.webhooks.isHeard('upayments', row.notify_url)) return;
  state.webhooks.announce(
    {
      provider: 'upayments',
      type: 'refund.settled',
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
      policies: ['upayments.callback', 'upayments.callback-retries'],
    },
    at,
  );
}

/**
 * UPayments' `notificationUrl`, called once the customer is through; `upayments.md`, Added 2026-11. D (second hand). Its body
 * is what the return address gets as a query. P
 */
export function announcePaid(state: SandboxState, row: UpaymentsPaymentRow, at: Millis): void {
  if (!state.webhooks.isHeard('upayments', row.notify_url)) return;
  state.webhooks.announce(
    {
      provider: 'upayments',
      type: PAYMENT_COMPLETED,
      refund: null,
      payment: row.order,
      identified: false,
      body: () => paymentResult(state, row),
      url: row.notify_url,
      policies: ['upayments.payment-callback', 'upayments.callback-retries'],
    },
    at,
  );
}

export const PAYMENT_COMPLETED = 'payment.completed';

/** What the provider says of a payment to whoever it sends the customer, or a call, to. K P */
export function paymentResult({ store }: SandboxState, row: UpaymentsPaymentRow): Readonly<Record<string, string>> {
  return {
    payment_id: row.payment_id ?? '',
    result: row.result,
    track_id: row.id,
    order_id: store.orders.get(row.order)?.order_id ?? '',
    requested_order_id: row.merchant_order_id ?? '',
    refund_order_id: row.order,
  };
}
