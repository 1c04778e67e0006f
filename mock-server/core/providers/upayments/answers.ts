import * as z from 'zod/mini';

import { UPAYMENTS_PAYMENT_RESULTS } from './lifecycle.ts';
import { offeredRow } from './rows.ts';

/**
 * The exact answers of this sandbox, for its OpenAPI document. The schemas of the contract are for readers and let unknown
 * members pass.
 */
const text = z.string();
const flag = z.boolean();
const number = z.number().check(z.minimum(0));
const decimal = z.string().check(z.regex(/^\d{1,18}(?:\.\d{1,4})?$/));
const moment = z.string().check(z.regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/));
const arn = z.string().check(z.regex(/^\d{30}$/));

const refusal = { status: z.literal(false), message: text, data: z.null() };
/** With a 2xx as well: a client has to read `status`, whatever the HTTP status. K */
export const refused = z.strictObject(refusal);

export const envelope = (data: z.ZodMiniType) =>
  z.union([z.strictObject({ status: z.literal(true), message: text, data }), refused]);

/** `orderId` is the refund's own and ends with `refundOrderId`. S */
export const refund = z.strictObject({ orderId: text, refundOrderId: text, refundArn: arn });

/** No money has moved: the rows are for the second step. P */
export const vendorsOpened = z.strictObject({
  orderId: text,
  isMultivendorRefund: z.literal(true),
  refundPayload: z.array(offeredRow),
  multivendor_refund_end_point: text,
});

const generated = z.strictObject({
  generatedInvoiceId: text,
  amount: number,
  orderId: text,
  refundOrderId: text,
  refundArn: arn,
});
/** The row as it was sent, and why it moved no money. Unknown members come back too. */
const refusedRow = z.looseObject({
  ...offeredRow.shape,
  amountToRefund: z.union([z.number(), text]),
  message: text,
});

export const vendorsRefund = z.strictObject({
  responseData: z.strictObject({
    generated: z.array(generated),
    dataTempered: z.array(refusedRow),
    refundIssue: z.array(refusedRow),
    insufficientBalance: z.array(refusedRow),
  }),
});

/** Both pairs have the same values: an SDK of the provider reads the second. K */
export const deleted = z.strictObject({
  orderId: text,
  refundOrderId: text,
  order_id: text,
  refund_order_id: text,
});

export const standing = z.strictObject({ is_refunded: flag, refunded_date: z.nullable(moment) });
export const refunds = z.strictObject({
  refund: z.array(z.strictObject({ order_id: text, is_refunded: flag, refunded_date: z.nullable(moment) })),
});

export const charged = z.strictObject({ link: text, trackId: text, sessionId: text, invoiceId: text });

export const transaction = z.strictObject({
  order_id: text,
  refund_order_id: text,
  payment_id: text,
  result: z.enum(UPAYMENTS_PAYMENT_RESULTS),
  payment_type: z.enum(['knet', 'cc']),
  track_id: text,
  transaction_date: z.union([z.literal(''), moment]),
  is_save_card: flag,
  from_plugin: flag,
  product_details: text,
  reference: text,
  total_price: decimal,
  total_paid_non_kwd: z.union([z.literal(''), decimal]),
  currency_type: z.string().check(z.regex(/^[A-Z]{3}$/)),
  status: z.enum(['pending', 'done']),
  session_id: text,
  invoice_id: text,
  success_url: text,
  error_url: text,
  redirect_url: text,
  notify_url: text,
  notify_url_called: flag,
  notify_url_response: text,
  whitelabled: flag,
  customer_id: z.null(),
  customer_unique_id: text,
  customer_unq_id: text,
  merchant_requested_order_id: text,
  extra_merchants_data: text,
  is_paid_from_knet: flag,
  is_paid_from_cc: flag,
  is_from_nbk: flag,
  customer_extra_data: text,
  created_at: moment,
});

export const buttons = z.strictObject({
  isWhiteLabel: flag,
  payButtons: z.strictObject({
    knet: flag,
    credit_card: flag,
    apple_pay: flag,
    apple_pay_knet: flag,
    samsung_pay: flag,
    google_pay: flag,
  }),
});

export const unprocessable = z.strictObject({ ...refusal, errors: z.record(z.string(), z.array(text)) });
export const failed = z.looseObject({ status: z.literal(false), message: text });
