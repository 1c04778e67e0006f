import * as z from 'zod/mini';

import { problem } from './problem.ts';
import type { RefundStanding } from './standing.ts';

/**
 * `GET {endpoint}/` of our proxy. `deduplicates`: the same Idempotency-Key sent again is answered from the ledger, so
 * Check status may repeat a request. A naive proxy answers 404 and a client then assumes the least.
 */
export const proxyDescription = z.looseObject({
  name: z.literal('refund-form-proxy'),
  provider: z.string(),
  deduplicates: z.boolean(),
  max_body_bytes: z.optional(z.number()),
  /** `{endpoint}/payments/{id}/events` tells of changes as server-sent events; otherwise poll. */
  events: z.optional(z.boolean()),
  /**
   * `{endpoint}/events?payment={id}&payment={id}` tells of up to this many payments in one stream. Without it a client with
   * several payments polls: a stream for each takes the connections that a browser has for an origin.
   */
  max_event_payments: z.optional(z.int().check(z.positive())),
});
export type ProxyDescription = z.infer<typeof proxyDescription>;

/** One refund within a payment summary. `refund_id` is the provider's; `undefined` while the answer is still unknown. */
export const paymentRefund = z.looseObject({
  refund_id: z.optional(z.nullable(z.string())),
  /** The intent's Idempotency-Key, for whoever lost its answer. Absent for a refund that was made elsewhere. */
  idempotency_key: z.optional(z.nullable(z.string())),
  amount: z.string(),
  /** The provider's own word, as it came. */
  status: z.string(),
  /** A `RefundStanding`, or `unknown` for a refund whose answer was lost. */
  standing: z.string(),
  create_time: z.optional(z.nullable(z.string())),
  reason: z.optional(z.nullable(z.string())),
});
export type PaymentRefund = z.infer<typeof paymentRefund>;

/**
 * `GET {endpoint}/payments/{id}` of our proxy, and what a host page may set as `.payment`.
 * Amounts are decimal strings in units of `currency`; captured = refunded + pending + refundable.
 */
export const paymentSummary = z.looseObject({
  /** UQPAY: the payment intent's id. UPayments: the order id of Get Payment Status. */
  payment_id: z.string(),
  currency: z.string(),
  captured: z.string(),
  refunded: z.string(),
  pending: z.string(),
  refundable: z.string(),
  /** Why nothing can be refunded, in the provider's or the merchant's words; absent or null when it can. */
  not_refundable: z.optional(z.nullable(z.string())),
  /** UQPAY only. */
  payment_attempt_id: z.optional(z.nullable(z.string())),
  /** `knet`, `card`, ... as the provider names it: tells how long a refund takes. */
  payment_method: z.optional(z.nullable(z.string())),
  refunds: z.optional(z.array(paymentRefund)),
});
export type PaymentSummary = z.infer<typeof paymentSummary>;

/** Why a stream of several payments does not tell of one: the problem that a read of that payment has. */
export const paymentProblem = z.extend(problem, { payment_id: z.string() });
export type PaymentProblem = z.infer<typeof paymentProblem>;

export type PaymentRefundStanding = RefundStanding | 'unknown';
