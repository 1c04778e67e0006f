import * as z from 'zod/mini';

import { nullishString, optionalString, string } from '../leaves.ts';

export const UQPAY_INTENT_STATUSES = [
  'REQUIRES_PAYMENT_METHOD',
  'REQUIRES_CUSTOMER_ACTION',
  'REQUIRES_CAPTURE',
  'PENDING',
  'SUCCEEDED',
  'CANCELLED',
  'FAILED',
] as const;
export type UqpayIntentStatus = (typeof UQPAY_INTENT_STATUSES)[number];

export const UQPAY_ATTEMPT_STATUSES = [
  'INITIATED',
  'AUTHENTICATION_REDIRECTED',
  'PENDING_AUTHORIZATION',
  'AUTHORIZED',
  'CAPTURE_REQUESTED',
  'SETTLED',
  'SUCCEEDED',
  'CANCELLED',
  'EXPIRED',
  'FAILED',
] as const;
export type UqpayAttemptStatus = (typeof UQPAY_ATTEMPT_STATUSES)[number];

/** What of a payment attempt tells how much can be refunded. */
const attemptFigures = z.looseObject({
  attempt_id: string,
  captured_amount: string,
  refunded_amount: string,
  payment_method: z.optional(z.nullable(z.looseObject({ type: optionalString }))),
});

/** Payment attempt, `docs/providers/uqpay.md#payment-attempts`. Amounts are decimal strings in units of `currency`. */
export const uqpayAttempt = z.extend(attemptFigures, {
  amount: string,
  currency: string,
  attempt_status: string,
  create_time: nullishString,
  update_time: nullishString,
  complete_time: nullishString,
  cancellation_reason: nullishString,
  auth_code: nullishString,
  arn: nullishString,
  rrn: nullishString,
  /** Empty when nothing failed. */
  failure_code: nullishString,
  advice_code: nullishString,
  authentication_data: z.optional(z.unknown()),
});
export type UqpayAttempt = z.infer<typeof uqpayAttempt>;

/** What of a payment intent tells how much can be refunded: all that a browser reads of it. */
export const uqpayIntentFigures = z.looseObject({
  payment_intent_id: nullishString,
  currency: string,
  intent_status: string,
  captured_amount: nullishString,
  latest_payment_attempt: z.optional(z.nullable(attemptFigures)),
});

/** Payment intent, `docs/providers/uqpay.md#payment-intents`. Refundable only while `intent_status` is `SUCCEEDED`. */
export const uqpayIntent = z.extend(uqpayIntentFigures, {
  payment_intent_id: string,
  amount: string,
  merchant_order_id: nullishString,
  description: nullishString,
  metadata: z.optional(z.nullable(z.catchall(z.object({}), string))),
  return_url: nullishString,
  create_time: nullishString,
  update_time: nullishString,
  complete_time: nullishString,
  cancel_time: nullishString,
  cancellation_reason: nullishString,
  client_secret: nullishString,
  available_payment_method_types: z.optional(z.nullable(z.array(string))),
  next_action: z.optional(z.unknown()),
  latest_payment_attempt: z.optional(z.nullable(uqpayAttempt)),
});
export type UqpayIntent = z.infer<typeof uqpayIntent>;
