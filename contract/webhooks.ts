/**
 * What providers send by themselves: read by servers only, so it stands apart from `index.ts` and no browser carries it.
 */
import * as z from 'zod/mini';

import { nullishString, string } from './leaves.ts';
import { uqpayRefund } from './uqpay/refund.ts';

/** Milliseconds today; seconds are accepted too. */
export const UQPAY_WEBHOOK_TIMESTAMP = 'x-wk-timestamp';
/** Hex HMAC-SHA512 of the raw body followed by the text of the timestamp header. */
export const UQPAY_WEBHOOK_SIGNATURE = 'x-wk-signature';
/** How far the timestamp may be from our own clock, either way. */
export const UQPAY_WEBHOOK_TOLERANCE_MS = 300_000;

/** Any webhook. What it is about stands in `event_type`: this account may be told of more than refunds. */
export const uqpayWebhook = z.looseObject({
  event_name: string,
  event_type: string,
  event_id: z.string().check(z.minLength(1), z.maxLength(255)),
  source_id: nullishString,
  data: z.optional(z.unknown()),
});
export type UqpayWebhook = z.infer<typeof uqpayWebhook>;

/** `acquiring.refund.created`, `.succeeded`, `.failed`, and whatever word a later version adds. */
export const UQPAY_REFUND_EVENT = /^acquiring\.refund\./;

/** `data` of a refund's event: the refund, with the payment it is of. */
export const uqpayRefundEvent = z.extend(uqpayRefund, {
  payment_intent_id: string,
  complete_time: nullishString,
});
export type UqpayRefundEvent = z.infer<typeof uqpayRefundEvent>;

/**
 * UPayments' callback. Neither a body nor a signature is documented (`docs/providers/upayments.md#callbacks`), so no member is required
 * and none is believed: the ids only say which refund to read.
 */
export const upaymentsCallback = z.looseObject({
  orderId: z.optional(z.unknown()),
  refundOrderId: z.optional(z.unknown()),
  refundArn: z.optional(z.unknown()),
});
