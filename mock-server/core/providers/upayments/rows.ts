import * as z from 'zod/mini';

import { amount, currency, duration, id, instant, maybe, names, text } from '../../engine/row-types.ts';
import {
  UPAYMENTS_LIFECYCLES,
  UPAYMENTS_PAYMENT_RESULTS,
  UPAYMENTS_REFUND_STATUSES,
  UPAYMENTS_SETTLES_AFTER,
  type UpaymentsLifecycle,
  type UpaymentsPaymentType,
} from './lifecycle.ts';
import { isPlainDateTime } from './time.ts';

const rowNumber = z.number();
const plainDateTime = z
  .string()
  .check(z.refine(isPlainDateTime, { error: 'a local time such as "2026-11-01 04:00:00", or null' }));
/** A row of `refundPayload` as step 1 of a multivendor refund returned it. */
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

const upaymentsOrderRow = z.strictObject({
  /** The id that a refund request uses: `refund_order_id` of get-payment-status. K */
  id,
  /** `order_id` of get-payment-status. No refund request uses it. K P */
  order_id: id,
  total_price: amount,
  currency,
  payment_type: names<UpaymentsPaymentType>(UPAYMENTS_SETTLES_AFTER),
  /** A recorded type that the sandbox does not know: answers have it in the place of `payment_type`. */
  unknown_payment_type: z.optional(text),
  /** Only a captured order can be refunded. */
  captured: z.boolean(),
  multivendor: z.boolean(),
  reference: maybe,
  /** Rows that step 1 of a multivendor refund returned last. Step 2 is compared with them. */
  offered: z.nullable(z.array(offeredRow)),
  create_time: instant,
});
export type UpaymentsOrderRow = z.infer<typeof upaymentsOrderRow>;

/** A charge. */
const upaymentsPaymentRow = z.strictObject({
  /** `track_id` on the wire. */
  id,
  order: id,
  /** The merchant's own id of the order. */
  merchant_order_id: maybe,
  session_id: id,
  invoice_id: id,
  /** Set once the customer has paid or failed. */
  payment_id: maybe,
  result: z.enum(UPAYMENTS_PAYMENT_RESULTS),
  /** A recorded result that the sandbox does not know: answers have it in the place of `result`. */
  unknown_result: z.optional(text),
  reference: maybe,
  customer_unique_id: maybe,
  return_url: maybe,
  cancel_url: maybe,
  notify_url: maybe,
  /** Kuwait's local time, `YYYY-MM-DD HH:mm:ss`, once the customer has paid or failed. */
  transaction_date: maybe,
  create_time: instant,
  update_time: instant,
});
export type UpaymentsPaymentRow = z.infer<typeof upaymentsPaymentRow>;

const upaymentsVendorRow = z.strictObject({
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
const upaymentsAccountRow = z.strictObject({ id, balance: amount, currency });
export type UpaymentsAccountRow = z.infer<typeof upaymentsAccountRow>;

const upaymentsRefundRow = z.strictObject({
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
  /** `default` without it; see `lifecycle.ts`. */
  lifecycle: z.optional(names<UpaymentsLifecycle>(UPAYMENTS_LIFECYCLES)),
  /** ISO 8601 duration until it settles, where it is not the usual time of its payment type. */
  outcome_after: z.optional(duration),
  /** Kuwait's local time, once refunded. D */
  refunded_date: z.nullable(plainDateTime),
  reference: maybe,
  notify_url: maybe,
  create_time: instant,
  update_time: instant,
});
export type UpaymentsRefundRow = z.infer<typeof upaymentsRefundRow>;

export const UPAYMENTS_SCHEMAS = {
  upayments_orders: upaymentsOrderRow,
  upayments_payments: upaymentsPaymentRow,
  upayments_vendors: upaymentsVendorRow,
  upayments_accounts: upaymentsAccountRow,
  upayments_refunds: upaymentsRefundRow,
} as const;
export type UpaymentsCollections = {
  [Name in keyof typeof UPAYMENTS_SCHEMAS]: z.infer<(typeof UPAYMENTS_SCHEMAS)[Name]>[];
};

const OF_CURRENCY = /^merchant-([A-Z]{3})$/;

/** The currency that the id of a merchant's account names. */
export const currencyNamed = (id: string): string | undefined => OF_CURRENCY.exec(id)?.[1];
