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
  max_event_payments: z.optional(z.number()),
});
export type ProxyDescription = z.infer<typeof proxyDescription>;

const text = z.optional(z.nullable(z.string()));
const number = z.optional(z.nullable(z.number()));

/**
 * What a second person has to do with a refund, from `approval_required` to the decision and after it. Names are the
 * merchant's own user ids; times are RFC 3339.
 */
export const refundApproval = z.looseObject({
  asked_by: z.string(),
  asked_at: z.string(),
  /** Until when it waits; absent once it is decided. */
  until: text,
  /** Who was asked, in the merchant's own words: `approvers` of the `authorize` hook's verdict. */
  approvers: text,
  /** `approved`, `declined` or `expired`; absent or null while it waits. */
  decision: text,
  /** Absent where nobody decided: it expired. */
  decided_by: text,
  decided_at: text,
  /** Why it was declined, in the words of who declined it. */
  reason: text,
});
export type RefundApproval = z.infer<typeof refundApproval>;

/**
 * What the proxy has found out about a request whose answer was lost. It proves nothing: a person settles it. `code`:
 *
 * - `more_listed`: the provider lists `now` refunds of the payment, `before` when this was sent, and `now` is more. It was
 *   probably carried out.
 * - `none_more_listed`: the same, and `now` is not more. A provider may be late, so it proves nothing.
 * - `listed`: the provider lists `now` refunds, and nobody knows how many there were before.
 * - `not_listed`: the provider's list names every refund, and not this one.
 * - `refund_is`: of a cancel: the refund that it was to cancel is `word` at the provider.
 * - `none`: the provider has no means to tell.
 */
export const refundEvidence = z.looseObject({
  code: z.string(),
  before: number,
  now: number,
  word: text,
  /** The same in one English sentence, for logs. */
  text: z.string(),
  at: z.string(),
});
export type RefundEvidence = z.infer<typeof refundEvidence>;

/**
 * The provider has said two things of one refund that exclude each other, or another amount than was asked: its amount is held
 * and a person settles it. `from` and `to`: the standings, as known and as said.
 */
export const refundContradiction = z.looseObject({
  from: z.string(),
  to: z.string(),
  /** The same in one English sentence, for logs. */
  text: z.string(),
  at: z.string(),
});
export type RefundContradiction = z.infer<typeof refundContradiction>;

const evidence = z.optional(z.nullable(refundEvidence));

/**
 * Why a request came to nothing before there was a refund. `declined` and `expired`: by or for want of a second person.
 * `refused`: the provider refused it. `nothing`: a person settled it. `not_sent`: it never reached the provider, or the
 * provider put it off, and the same key may begin again. `vendors_opened`: it only opened the second step. `overtaken`, of a
 * cancel: the refund was carried out before.
 */
export const ENDINGS = [
  'declined',
  'expired',
  'refused',
  'nothing',
  'not_sent',
  'vendors_opened',
  'overtaken',
] as const;
export type Ending = (typeof ENDINGS)[number];

/**
 * One refund, or one request for a refund, within a payment summary. Every request of this proxy that a browser may hold a
 * key for is listed, also when it came to nothing; a vendors' refund is listed once for each vendor, under one key.
 */
export const paymentRefund = z.looseObject({
  /** The provider's id; absent or null while the answer is unknown, and where there never was a refund. */
  refund_id: text,
  /** The intent's Idempotency-Key, for whoever lost its answer. Absent for a refund that was made elsewhere. */
  idempotency_key: text,
  /** The intent: `{endpoint}/intents/{id}` and its `approve`, `decline` and `resolve`. Absent for a refund made elsewhere. */
  intent_id: text,
  /** The intent's state, such as `sending`; a key is settled in `succeeded`, `failed` and `void`. */
  state: text,
  amount: z.string(),
  /**
   * The provider's own word, as it came. Where there is no refund, `ended` or an empty text. Where there is neither an id nor a
   * key: `elsewhere` for a refund that a person told of, `not_listed` for all that only the provider's total counts.
   */
  status: z.string(),
  /** A `ListedStanding`. Nothing is reserved for `awaiting_approval`, `failed` and `cancelled`. */
  standing: z.string(),
  /** An `Ending`, with standing `failed`: there is no refund, and no money moved. */
  ended: text,
  create_time: text,
  reason: text,
  /** The vendor row that this part is of. */
  vendor: text,
  /** Only where a second person was asked. */
  approval: z.optional(z.nullable(refundApproval)),
  /** Only while the standing is `unknown`, once the proxy has looked. */
  evidence: evidence,
  /** Only while the standing is `unknown`, where the provider contradicts itself or what was asked. */
  contradiction: z.optional(z.nullable(refundContradiction)),
});
export type PaymentRefund = z.infer<typeof paymentRefund>;

/** One request to cancel a refund. It holds no amount: the refund that it is about does, until it is cancelled. */
export const paymentCancel = z.looseObject({
  idempotency_key: z.string(),
  intent_id: z.string(),
  state: z.string(),
  /** The refund that it is about. */
  refund_id: text,
  /** `cancelled`, `failed` when it came to nothing, or `unknown`. */
  standing: z.string(),
  /** An `Ending`, with standing `failed`. */
  ended: text,
  create_time: text,
  evidence: evidence,
});
export type PaymentCancel = z.infer<typeof paymentCancel>;

/**
 * `GET {endpoint}/payments/{id}` of our proxy, and what a host page may set as `.payment`.
 * Amounts are decimal strings in units of `currency`; captured = refunded + pending + refundable, unless more was refunded
 * than captured: then `refundable` is zero.
 */
export const paymentSummary = z.looseObject({
  /** UQPAY: the payment intent's id. UPayments: the order id of Get Payment Status. */
  payment_id: z.string(),
  currency: z.string(),
  captured: z.string(),
  /** With the customer, refunds made elsewhere included. */
  refunded: z.string(),
  /** Neither with the customer nor free: pending, unknown, unrecognised, reversing, reversed. */
  pending: z.string(),
  refundable: z.string(),
  /** What waits for a second person. It is not part of `pending`: nothing is reserved for it. */
  awaiting_approval: text,
  /** Why nothing can be refunded, in the provider's, the merchant's or the proxy's words; absent or null when it can. */
  not_refundable: text,
  /**
   * The provider lists `listed` refunds, of which `known` are known with their amounts: nothing can be refunded until
   * somebody says how much the others took. `not_refundable` says the same in English.
   */
  unaccounted_refunds: z.optional(z.nullable(z.looseObject({ listed: z.number(), known: z.number() }))),
  /** UQPAY only. */
  payment_attempt_id: text,
  /** `knet`, `card`, ... as the provider names it: tells how long a refund takes. */
  payment_method: text,
  refunds: z.optional(z.array(paymentRefund)),
  cancels: z.optional(z.array(paymentCancel)),
});
export type PaymentSummary = z.infer<typeof paymentSummary>;

/** Why a stream of several payments does not tell of one: the problem that a read of that payment has. */
export const paymentProblem = z.extend(problem, { payment_id: z.string() });
export type PaymentProblem = z.infer<typeof paymentProblem>;

/** `unknown`: the answer was lost. `awaiting_approval`: a second person must agree, and nothing was sent. */
export type PaymentRefundStanding = RefundStanding | 'unknown';
export type ListedStanding = PaymentRefundStanding | 'awaiting_approval';
