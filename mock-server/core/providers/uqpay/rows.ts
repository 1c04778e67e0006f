import * as z from 'zod/mini';

import { UQPAY_ATTEMPT_STATUSES, UQPAY_INTENT_STATUSES, UQPAY_REFUND_STATUSES } from '../../../../contract/uqpay.ts';
import {
  amount,
  currency,
  duration,
  id,
  instant,
  maybe,
  maybeInstant,
  metadata,
  names,
  text,
} from '../../engine/row-types.ts';
import { UQPAY_LIFECYCLES, type UqpayLifecycle } from './lifecycle.ts';

/** A recorded status that the sandbox does not know: answers have it in the place of the row's own status. */
const unknownStatus = z.optional(text);

/** A connected account, which `x-on-behalf-of` names. The master account has no row. */
const uqpayAccountRow = z.strictObject({
  /** A UUID in lower case. */
  id: z.string().check(z.regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, { error: 'a UUID in lower case' })),
  name: text,
});
const uqpayIntentRow = z.strictObject({
  id,
  /** The connected account that owns the payment; `null` for the master account. */
  account: maybe,
  amount,
  currency,
  captured_amount: amount,
  intent_status: z.enum(UQPAY_INTENT_STATUSES),
  unknown_status: unknownStatus,
  merchant_order_id: text,
  description: maybe,
  metadata,
  return_url: maybe,
  payment_method: text,
  latest_attempt: maybe,
  client_secret: text,
  create_time: instant,
  update_time: instant,
  complete_time: maybeInstant,
  cancel_time: maybeInstant,
  cancellation_reason: maybe,
});
export type UqpayIntentRow = z.infer<typeof uqpayIntentRow>;

const uqpayAttemptRow = z.strictObject({
  id,
  payment_intent: id,
  amount,
  currency,
  captured_amount: amount,
  /** The store keeps it up to date from the refunds of the payment. */
  refunded_amount: amount,
  attempt_status: z.enum(UQPAY_ATTEMPT_STATUSES),
  unknown_status: unknownStatus,
  payment_method: text,
  /** `false`: the authorisation waits for a capture. Without it the payment is captured at once. */
  auto_capture: z.optional(z.boolean()),
  /** Members of the card that are kept. Its number is not. */
  card: z.optional(z.nullable(z.strictObject({ network: text, authorization_type: text, three_ds_action: text }))),
  auth_code: maybe,
  arn: maybe,
  rrn: maybe,
  failure_code: maybe,
  cancellation_reason: z.optional(maybe),
  create_time: instant,
  update_time: instant,
  complete_time: maybeInstant,
});
export type UqpayAttemptRow = z.infer<typeof uqpayAttemptRow>;

/** An account's balance in one currency. Refunds are paid from `available_balance`. */
const uqpayBalanceRow = z.strictObject({
  id,
  account: maybe,
  currency,
  available_balance: amount,
  pending_balance: amount,
  reserved_balance: z.optional(amount),
  margin_balance: z.optional(amount),
  frozen_balance: z.optional(amount),
});

/** The master account's balance has its currency for an id. */
export function balanceKey(account: string | null, currency: string): string {
  return account === null ? currency : `${account}-${currency}`;
}
export type UqpayBalanceRow = z.infer<typeof uqpayBalanceRow>;

const uqpayRefundRow = z.strictObject({
  id,
  payment_intent: id,
  payment_attempt: id,
  amount,
  currency,
  refund_status: z.enum(UQPAY_REFUND_STATUSES),
  unknown_status: unknownStatus,
  /** See `lifecycle.ts`. */
  lifecycle: names<UqpayLifecycle>(UQPAY_LIFECYCLES),
  /** ISO 8601 duration until the outcome, where it is not the lifecycle's own. */
  outcome_after: z.optional(duration),
  reason: z.string().check(z.maxLength(100)),
  metadata: z.nullable(metadata),
  create_time: instant,
  update_time: instant,
  complete_time: maybeInstant,
});
export type UqpayRefundRow = z.infer<typeof uqpayRefundRow>;

/** A customer disputes a payment with their bank. While one is open nothing is refunded; `docs/providers/uqpay.md#disputes`. D */
const uqpayDisputeRow = z.strictObject({
  /** `chargeback_id` on the wire. */
  id,
  payment_intent: id,
  amount,
  currency,
  reason: text,
  status: z.enum(['open', 'closed']),
  create_time: instant,
});
export type UqpayDisputeRow = z.infer<typeof uqpayDisputeRow>;

export const UQPAY_SCHEMAS = {
  uqpay_intents: uqpayIntentRow,
  uqpay_attempts: uqpayAttemptRow,
  uqpay_refunds: uqpayRefundRow,
  uqpay_balances: uqpayBalanceRow,
  uqpay_disputes: uqpayDisputeRow,
  uqpay_accounts: uqpayAccountRow,
} as const;
export type UqpayCollections = {
  [Name in keyof typeof UQPAY_SCHEMAS]: z.infer<(typeof UQPAY_SCHEMAS)[Name]>[];
};
