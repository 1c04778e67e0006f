import * as z from 'zod/mini';

import { isCurrency, parseDecimal } from '../../../../contract/money.ts';
import { UQPAY_ATTEMPT_STATUSES, UQPAY_INTENT_STATUSES, UQPAY_REFUND_STATUSES } from '../../../../contract/uqpay.ts';
import {
  UPAYMENTS_PAYMENT_RESULTS,
  UPAYMENTS_LIFECYCLES,
  UPAYMENTS_REFUND_STATUSES,
  UPAYMENTS_SETTLES_AFTER,
  UQPAY_LIFECYCLES,
  type UpaymentsLifecycle,
  type UpaymentsPaymentType,
  type UqpayLifecycle,
} from './lifecycle.ts';
import { parseDuration } from '../../engine/time.ts';

const id = z.string().check(z.minLength(1), z.maxLength(255));
const text = z.string().check(z.maxLength(1_000));
const maybe = z.nullable(text);
const currency = z.string().check(z.refine(isCurrency, { error: 'an active ISO 4217 code in capitals, such as KWD' }));
/** Decimal string; its decimals are checked against the row's currency by `amountFault`. */
const amount = z.string().check(z.regex(/^\d{1,18}(?:\.\d{1,4})?$/, { error: 'a decimal string such as "10.01"' }));
/** As `toRfc3339` writes it: one width and one offset, because rows are compared by this text. */
const instant = z
  .string()
  .check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/, { error: 'a time such as "2026-11-01T09:00:00+08:00"' }));
const metadata = z.record(z.string(), z.string());
const duration = z.string().check(
  z.refine((given) => (parseDuration(given) ?? -1) >= 0, {
    error: 'a duration in days or less, such as PT4H or P3D',
  }),
);
const names = <Name extends string>(table: Record<Name, unknown>) => z.enum(Object.keys(table) as Name[]);

/** A connected account, which `x-on-behalf-of` names. The master account has no row. */
export const uqpayAccountRow = z.strictObject({
  /** A UUID in lower case. */
  id: z.string().check(z.regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, { error: 'a UUID in lower case' })),
  name: text,
});
export type UqpayAccountRow = z.infer<typeof uqpayAccountRow>;

export const uqpayIntentRow = z.strictObject({
  id,
  /** Whose payment it is: a connected account, or `null` for the master account. */
  account: maybe,
  amount,
  currency,
  captured_amount: amount,
  intent_status: z.enum(UQPAY_INTENT_STATUSES),
  merchant_order_id: text,
  description: maybe,
  metadata,
  return_url: maybe,
  payment_method: text,
  latest_attempt: maybe,
  client_secret: text,
  create_time: instant,
  update_time: instant,
  complete_time: z.nullable(instant),
  cancel_time: z.nullable(instant),
  cancellation_reason: maybe,
});
export type UqpayIntentRow = z.infer<typeof uqpayIntentRow>;

export const uqpayAttemptRow = z.strictObject({
  id,
  payment_intent: id,
  amount,
  currency,
  captured_amount: amount,
  /** Kept by the store from the refunds of the payment. */
  refunded_amount: amount,
  attempt_status: z.enum(UQPAY_ATTEMPT_STATUSES),
  payment_method: text,
  /** `false`: what is authorised waits for a capture. Captured at once without it. */
  auto_capture: z.optional(z.boolean()),
  /** What of the card is kept: never its number. */
  card: z.optional(z.nullable(z.strictObject({ network: text, authorization_type: text, three_ds_action: text }))),
  auth_code: maybe,
  arn: maybe,
  rrn: maybe,
  failure_code: maybe,
  cancellation_reason: z.optional(maybe),
  create_time: instant,
  update_time: instant,
  complete_time: z.nullable(instant),
});
export type UqpayAttemptRow = z.infer<typeof uqpayAttemptRow>;

/** An account's balance in one currency; `balanceKey` makes its id. Refunds are paid from what is available. */
export const uqpayBalanceRow = z.strictObject({
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

export const uqpayRefundRow = z.strictObject({
  id,
  payment_intent: id,
  payment_attempt: id,
  amount,
  currency,
  refund_status: z.enum(UQPAY_REFUND_STATUSES),
  /** Which lifecycle it follows; see `lifecycle.ts`. */
  lifecycle: names<UqpayLifecycle>(UQPAY_LIFECYCLES),
  /** ISO 8601 duration after which the outcome of the lifecycle comes, where it is not the usual one. */
  outcome_after: z.optional(duration),
  reason: z.string().check(z.maxLength(100)),
  metadata: z.nullable(metadata),
  create_time: instant,
  update_time: instant,
  complete_time: z.nullable(instant),
});
export type UqpayRefundRow = z.infer<typeof uqpayRefundRow>;

/** A customer disputes a payment with their bank. No refund while one is open; `uqpay.md`, Added 2026-11. D */
export const uqpayDisputeRow = z.strictObject({
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

const rowNumber = z.number();
/** A row of `refundPayload` as step 1 of a multivendor refund answered it. */
export const offeredRow = z.strictObject({
  refundRequestId: z.string(),
  ibanNumber: z.string(),
  totalPaid: z.string(),
  refundedAmount: rowNumber,
  remainingLimit: rowNumber,
  amountToRefund: rowNumber,
  merchantType: z.string(),
});
export type OfferedRow = z.infer<typeof offeredRow>;

export const upaymentsOrderRow = z.strictObject({
  /** What a refund names: `refund_order_id` of get-payment-status. K */
  id,
  /** `order_id` of get-payment-status, which no refund goes by. K P */
  order_id: id,
  total_price: amount,
  currency,
  payment_type: names<UpaymentsPaymentType>(UPAYMENTS_SETTLES_AFTER),
  /** Only a captured order can be refunded. */
  captured: z.boolean(),
  multivendor: z.boolean(),
  reference: maybe,
  /** What step 1 of a multivendor refund returned last; step 2 is compared with it. */
  offered: z.nullable(z.array(offeredRow)),
  create_time: instant,
});
export type UpaymentsOrderRow = z.infer<typeof upaymentsOrderRow>;

/** A charge: the customer's way from the link to a paid order. */
export const upaymentsPaymentRow = z.strictObject({
  /** `track_id` on the wire. */
  id,
  order: id,
  /** The merchant's own id of the order. */
  merchant_order_id: maybe,
  session_id: id,
  invoice_id: id,
  /** Given once the customer is through. */
  payment_id: maybe,
  result: z.enum(UPAYMENTS_PAYMENT_RESULTS),
  reference: maybe,
  customer_unique_id: maybe,
  return_url: maybe,
  cancel_url: maybe,
  notify_url: maybe,
  /** Kuwait's local time, `YYYY-MM-DD HH:mm:ss`, once the customer is through. */
  transaction_date: maybe,
  create_time: instant,
  update_time: instant,
});
export type UpaymentsPaymentRow = z.infer<typeof upaymentsPaymentRow>;

export const upaymentsVendorRow = z.strictObject({
  /** `refundRequestId` on the wire: base64 text. */
  id,
  order: id,
  iban_number: text,
  total_paid: amount,
  currency,
  merchant_type: text,
  account: id,
});
export type UpaymentsVendorRow = z.infer<typeof upaymentsVendorRow>;

/** The balances that refunds are paid from: the merchant's own and each vendor's. S */
export const upaymentsAccountRow = z.strictObject({ id, balance: amount, currency });
export type UpaymentsAccountRow = z.infer<typeof upaymentsAccountRow>;

export const upaymentsRefundRow = z.strictObject({
  /** The refund's own `orderId`; it ends with `refund_order_id`. S */
  id,
  refund_order_id: id,
  refund_arn: id,
  /** The order that it refunds. */
  order: id,
  /** `refundRequestId` of the vendor who pays it, in a multivendor refund. */
  vendor: maybe,
  generated_invoice_id: maybe,
  account: id,
  amount,
  currency,
  refund_status: z.enum(UPAYMENTS_REFUND_STATUSES),
  /** Which lifecycle it follows, `default` without it; see `lifecycle.ts`. */
  lifecycle: z.optional(names<UpaymentsLifecycle>(UPAYMENTS_LIFECYCLES)),
  /** ISO 8601 duration after which it settles, where it is not the usual time of its payment type. */
  outcome_after: z.optional(duration),
  /** `YYYY-MM-DD HH:mm:ss`, once refunded. */
  refunded_date: maybe,
  reference: maybe,
  notify_url: maybe,
  create_time: instant,
  update_time: instant,
});
export type UpaymentsRefundRow = z.infer<typeof upaymentsRefundRow>;

export const ROW_SCHEMAS = {
  uqpay_intents: uqpayIntentRow,
  uqpay_attempts: uqpayAttemptRow,
  uqpay_refunds: uqpayRefundRow,
  uqpay_balances: uqpayBalanceRow,
  uqpay_disputes: uqpayDisputeRow,
  uqpay_accounts: uqpayAccountRow,
  upayments_orders: upaymentsOrderRow,
  upayments_payments: upaymentsPaymentRow,
  upayments_vendors: upaymentsVendorRow,
  upayments_accounts: upaymentsAccountRow,
  upayments_refunds: upaymentsRefundRow,
} as const;
export type CollectionName = keyof typeof ROW_SCHEMAS;
export const COLLECTION_NAMES = Object.keys(ROW_SCHEMAS) as CollectionName[];

/** Plain arrays of plain rows, shared with json-server as they are. */
export type Collections = { [Name in CollectionName]: z.infer<(typeof ROW_SCHEMAS)[Name]>[] };

const AMOUNT_MEMBERS = [
  'amount',
  'captured_amount',
  'refunded_amount',
  'total_price',
  'total_paid',
  'balance',
  'available_balance',
  'pending_balance',
  'reserved_balance',
  'margin_balance',
  'frozen_balance',
];

/** An amount with decimals that its currency does not have, as a sentence; `undefined` when all fit. */
export function amountFault(row: Readonly<Record<string, unknown>>): string | undefined {
  for (const member of AMOUNT_MEMBERS) {
    const value = row[member];
    if (typeof value !== 'string') continue;
    if (!parseDecimal(value, String(row['currency'])).ok)
      return `${member}: "${value}" is not an amount in ${String(row['currency'])}`;
  }
  return undefined;
}

/** Seed and snapshot: any collection may be left out. */
export type SeedData = Partial<{ readonly [Name in CollectionName]: readonly Collections[Name][number][] }>;

/** A copy that shares no row with its source. Nested values are shared: they are replaced as a whole, never changed. */
export function cloneCollections(data: SeedData): Collections {
  const copy = Object.fromEntries(
    COLLECTION_NAMES.map((name) => [name, (data[name] ?? []).map((row: object) => ({ ...row }))]),
  );
  return copy as Collections;
}
