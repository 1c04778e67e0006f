import * as z from 'zod/mini';

import { nullishString, optionalString, string } from '../leaves.ts';
import type { RefundStanding } from '../standing.ts';

/** Complete enum of the provider's Create Refund page; `docs/providers/uqpay.md#refund-object`. */
export const UQPAY_REFUND_STATUSES = [
  'INITIATED',
  'PROCESSING',
  'SUCCEEDED',
  'FAILED',
  'REVERSAL_INITIATED',
  'REVERSAL_PROCESSING',
  'REVERSAL_SUCCEEDED',
] as const;

export type UqpayRefundStatus = (typeof UQPAY_REFUND_STATUSES)[number];

/**
 * A refund as create, retrieve and list answer it. `refund_status` stays a string: a status that the enum does not
 * know is carried as it came. `amount` is a decimal string in units of `currency`; times are RFC 3339 with offset.
 */
export const uqpayRefund = z.looseObject({
  payment_refund_id: string,
  payment_attempt_id: nullishString,
  amount: string,
  currency: string,
  refund_status: string,
  create_time: nullishString,
  update_time: nullishString,
  reason: nullishString,
  metadata: z.optional(z.nullable(z.catchall(z.object({}), string))),
});

export type UqpayRefund = z.infer<typeof uqpayRefund>;

/* @__NO_SIDE_EFFECTS__ */
const text = (limit = Infinity) => z.string().check(z.minLength(1), z.maxLength(limit));

/** Body of `POST /v2/payment/refunds`. Lengths are the provider's (S); members it does not name are let through (P). */
export const uqpayCreateRefund = z.looseObject({
  payment_intent_id: text(36),
  amount: text(),
  reason: text(100),
  payment_attempt_id: optionalString,
  metadata: z.optional(z.record(string, string)),
});

export type UqpayCreateRefund = z.infer<typeof uqpayCreateRefund>;

const STANDINGS: Readonly<Record<UqpayRefundStatus, RefundStanding>> = {
  INITIATED: 'pending',
  PROCESSING: 'pending',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  REVERSAL_INITIATED: 'reversing',
  REVERSAL_PROCESSING: 'reversing',
  REVERSAL_SUCCEEDED: 'reversed',
};

export function uqpayStanding(status: string): RefundStanding {
  return Object.hasOwn(STANDINGS, status) ? STANDINGS[status as UqpayRefundStatus] : 'unrecognised';
}
