import * as z from 'zod/mini';

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

const text = z.optional(z.nullable(z.string()));

/** What of a payment attempt tells how much can be refunded. */
const attemptFigures = z.looseObject({
  attempt_id: z.string(),
  captured_amount: z.string(),
  refunded_amount: z.string(),
  payment_method: z.optional(z.nullable(z.looseObject({ type: z.optional(z.string()) }))),
});

/** Payment attempt, `docs/providers/uqpay.md#payment-attempts`. Amounts are decimal strings in units of `currency`. */
export const uqpayAttempt = z.extend(attemptFigures, {
  amount: z.string(),
  currency: z.string(),
  attempt_status: z.string(),
  create_time: text,
  update_time: text,
  complete_time: text,
  cancellation_reason: text,
  auth_code: text,
  arn: text,
  rrn: text,
  /** Empty when nothing failed. */
  failure_code: text,
  advice_code: text,
  authentication_data: z.optional(z.unknown()),
});
export type UqpayAttempt = z.infer<typeof uqpayAttempt>;

/** What of a payment intent tells how much can be refunded: all that a browser reads of it. */
export const uqpayIntentFigures = z.looseObject({
  payment_intent_id: text,
  currency: z.string(),
  intent_status: z.string(),
  captured_amount: text,
  latest_payment_attempt: z.optional(z.nullable(attemptFigures)),
});

/** Payment intent, `docs/providers/uqpay.md#payment-intents`. Refundable only while `intent_status` is `SUCCEEDED`. */
export const uqpayIntent = z.extend(uqpayIntentFigures, {
  payment_intent_id: z.string(),
  amount: z.string(),
  merchant_order_id: text,
  description: text,
  metadata: z.optional(z.nullable(z.catchall(z.object({}), z.string()))),
  return_url: text,
  create_time: text,
  update_time: text,
  complete_time: text,
  cancel_time: text,
  cancellation_reason: text,
  client_secret: text,
  available_payment_method_types: z.optional(z.nullable(z.array(z.string()))),
  next_action: z.optional(z.unknown()),
  latest_payment_attempt: z.optional(z.nullable(uqpayAttempt)),
});
export type UqpayIntent = z.infer<typeof uqpayIntent>;
