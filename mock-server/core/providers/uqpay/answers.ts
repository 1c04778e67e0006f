import {
  UQPAY_ATTEMPT_STATUSES,
  UQPAY_INTENT_STATUSES,
  UQPAY_REFUND_STATUSES,
  type UqpayErrorType,
} from '../../../../contract/uqpay.ts';
import * as z from 'zod/mini';

/**
 * The exact answers of this sandbox, for its OpenAPI document. The schemas of the contract are for readers and let unknown
 * members pass.
 */
const decimal = z.string().check(z.regex(/^\d{1,18}(?:\.\d{1,4})?$/));
const currency = z.string().check(z.regex(/^[A-Z]{3}$/));
const instant = z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/));
const text = z.string();
const maybe = z.nullable(text);
const metadata = z.record(z.string(), z.string());

export const refund = z.strictObject({
  payment_refund_id: z.string().check(z.regex(/^RF\d+$/)),
  payment_attempt_id: z.string().check(z.regex(/^PA\d+$/)),
  amount: decimal,
  currency,
  refund_status: z.enum(UQPAY_REFUND_STATUSES),
  create_time: instant,
  update_time: instant,
  reason: z.string().check(z.maxLength(100)),
  metadata,
});

export const attempt = z.strictObject({
  attempt_id: z.string().check(z.regex(/^PA\d+$/)),
  amount: decimal,
  currency,
  captured_amount: decimal,
  refunded_amount: decimal,
  attempt_status: z.enum(UQPAY_ATTEMPT_STATUSES),
  create_time: instant,
  update_time: instant,
  complete_time: z.nullable(instant),
  auth_code: maybe,
  arn: maybe,
  rrn: maybe,
  failure_code: text,
  cancellation_reason: text,
  advice_code: text,
  authentication_data: z.nullable(z.strictObject({ three_ds_action: text })),
  payment_method: z.strictObject({
    type: text,
    card: z.optional(z.strictObject({ network: text, authorization_type: text })),
  }),
});

export const intent = z.strictObject({
  payment_intent_id: z.string().check(z.regex(/^PI\d+$/)),
  amount: decimal,
  currency,
  intent_status: z.enum(UQPAY_INTENT_STATUSES),
  captured_amount: decimal,
  merchant_order_id: text,
  description: maybe,
  metadata,
  return_url: maybe,
  create_time: instant,
  update_time: instant,
  complete_time: z.nullable(instant),
  cancel_time: z.nullable(instant),
  cancellation_reason: maybe,
  client_secret: text,
  /** Any text: the type that a client sent is returned. */
  available_payment_method_types: z.array(text),
  next_action: z.nullable(
    z.strictObject({
      type: z.literal('redirect'),
      redirect_to_url: z.strictObject({ url: text, return_url: maybe }),
    }),
  ),
  latest_payment_attempt: z.nullable(attempt),
});

const signed = z.string().check(z.regex(/^-?\d{1,18}(?:\.\d{1,4})?$/));
export const balance = z.strictObject({
  balance_id: z.uuid(),
  currency,
  available_balance: signed,
  pending_balance: signed,
  payable_balance: signed,
  reserved_balance: signed,
  margin_balance: signed,
  frozen_balance: signed,
});

export const page = (row: z.ZodMiniType) =>
  z.strictObject({
    total_pages: z.int().check(z.minimum(0)),
    total_items: z.int().check(z.minimum(0)),
    data: z.array(row).check(z.maxLength(100)),
  });

export const token = z.strictObject({
  auth_token: z.string().check(z.regex(/^[\w-]+\.[\w-]+\.[\w-]+$/)),
  expired_at: z.int(),
});

const REFUSED: readonly UqpayErrorType[] = [
  'invalid_request_error',
  'idempotency_error',
  'payment_error',
  'refund_error',
  'account_error',
  'product_error',
  'customer_error',
  'payout_error',
  'not_found',
];
/** The codes that the sandbox answers. `docs/providers/uqpay.md#errors`. Those that no source names are ours. P */
const CODES = [
  'invalid_parameter',
  'path_not_found',
  'method_not_allowed',
  'body_too_large',
  'unknown_sandbox_scenario',
  'account_not_found',
  'amount_exceeds_authorised',
  'amount_exceeds_refundable',
  'balance_not_found',
  'idempotency_key_invalid',
  'idempotency_key_required',
  'idempotency_key_reused',
  'insufficient_balance',
  'payment_attempt_not_found',
  'payment_disputed',
  'payment_intent_not_found',
  'payment_intent_status_invalid',
  'payment_not_refundable',
  'refund_not_found',
  'forbidden',
  'internal_error',
  'velocity_limit_exceeded',
] as const;
export type UqpayCode = (typeof CODES)[number];
const code = z.enum(CODES);

export const refused = z.strictObject({ type: z.enum(REFUSED), code, message: text });
/** The number has no meaning; the HTTP status counts. K D */
export const legacy = z.strictObject({ code: z.int(), message: z.string().check(z.regex(/request is processing/)) });
export const unauthenticated = z.strictObject({ error: text });
export const failed = z.looseObject({ type: z.literal('api_error'), code, message: text });
