import { UQPAY_INTENT_STATUSES } from '../../../../contract/uqpay.ts';

/** Everything that is ever told of; `uqpay.md`, Webhooks and Added 2026-11, and `upayments.md`, Callback. */
export const EVENT_TYPES: readonly string[] = [
  'acquiring.refund.created',
  'acquiring.refund.succeeded',
  'acquiring.refund.failed',
  'acquiring.chargeback.alert.created',
  'payment_intent.created',
  ...UQPAY_INTENT_STATUSES.map((status) => `payment_intent.${status.toLowerCase()}`),
  'payment_attempt.created',
  'payment_attempt.capture_requested',
  'payment_attempt.cancelled',
  'payment_attempt.failed',
  'cancel.succeeded',
  'cancel.failed',
  'refund.settled',
  'payment.completed',
];
