import * as z from 'zod/mini';

import {
  boolean,
  nullishBoolean,
  nullishNumber,
  nullishString,
  number,
  optionalBoolean,
  optionalNumber,
  string,
} from './leaves.ts';
import { problem } from './problem.ts';
import type { RefundStanding } from './standing.ts';

/**
 * `GET {endpoint}/` of our proxy. `deduplicates`: the same Idempotency-Key sent again is answered from the ledger, so
 * Check status may repeat a request. A naive proxy answers 404 and a client then assumes the least.
 */
export const proxyDescription = z.looseObject({
  name: z.literal('refund-form-proxy'),
  provider: string,
  deduplicates: boolean,
  max_body_bytes: optionalNumber,
  /** `{endpoint}/payments/{id}/events` sends changes as server-sent events; otherwise poll. */
  events: optionalBoolean,
  /**
   * `{endpoint}/events?payment={id}&payment={id}` follows up to this many payments in one stream. Without it a client
   * with several payments polls: one stream for each would take the connections that a browser has for an origin.
   */
  max_event_payments: optionalNumber,
});
export type ProxyDescription = z.infer<typeof proxyDescription>;

/**
 * The approval of a refund, from `approval_required` to the decision and after it. Names are the merchant's own user
 * ids; times are RFC 3339.
 */
export const refundApproval = z.looseObject({
  asked_by: string,
  asked_at: string,
  /** When it expires; absent after the decision. */
  until: nullishString,
  /** Who was asked, in the merchant's own words: `approvers` of the `authorize` hook's verdict. */
  approvers: nullishString,
  /** `approved`, `declined` or `expired`; absent or null while it waits. */
  decision: nullishString,
  /** Absent if nobody decided: it expired. */
  decided_by: nullishString,
  decided_at: nullishString,
  /** Why it was declined, in the words of the person who declined it. */
  reason: nullishString,
});
export type RefundApproval = z.infer<typeof refundApproval>;

/**
 * What the proxy has found out about a request whose answer was lost. It proves nothing: a person settles it. `code`:
 *
 * - `more_listed`: the provider lists `now` refunds of the payment, `before` when this was sent, and `now` is more. It was
 *   probably carried out.
 * - `some_listed`: the same, and `now` is fewer than the request over vendors would make. Which was made is not told.
 * - `none_more_listed`: the same, and `now` is not more. A provider may be late, so it proves nothing.
 * - `listed`: the provider lists `now` refunds, and nobody knows how many there were before; or one of those has left the
 *   list, and another one is in its place.
 * - `not_listed`: the provider's list names every refund, and not this one.
 * - `refund_is`: of a cancel: the refund that it was to cancel is `word` at the provider.
 * - `none`: the provider has no means to tell.
 */
export const refundEvidence = z.looseObject({
  code: string,
  before: nullishNumber,
  now: nullishNumber,
  word: nullishString,
  /** The same in one English sentence, for logs. */
  text: string,
  at: string,
});
export type RefundEvidence = z.infer<typeof refundEvidence>;

/**
 * Contradicting statements of the provider about one refund, another amount than was requested, or the refund of a
 * request that is recorded as having come to nothing: the amount is held, and a person settles it. `from` and `to`: the standings, as known and as stated.
 */
export const refundContradiction = z.looseObject({
  /** The standing that was known, and the one that was stated. Both are empty for a refund made elsewhere. */
  from: string,
  to: string,
  /** The same in one English sentence, for logs. */
  text: string,
  at: string,
});
export type RefundContradiction = z.infer<typeof refundContradiction>;

const evidence = z.optional(z.nullable(refundEvidence));

/**
 * Why a request came to nothing before there was a refund. `declined` and `expired`: the approval was denied or did not
 * come. `refused`: the provider refused it. `nothing`: a person settled it. `not_sent`: it never reached the provider,
 * or the provider put it off, and the same key may begin again. `vendors_opened`: it only opened the second step.
 * `overtaken`, for a cancel: the refund was carried out before.
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
 * Why the provider refused a request, as its answer said. `code`: the provider's code, or the HTTP status where it has
 * none. `words`: the provider's message.
 */
export const refundRefusal = z.looseObject({ code: string, words: string });
export type RefundRefusal = z.infer<typeof refundRefusal>;

const refusal = z.optional(z.nullable(refundRefusal));

/**
 * One refund, or one request for a refund, within a payment summary. Every request whose key a browser may hold is
 * listed, even if it came to nothing, and the oldest is the first. A refund over vendors is listed once for each vendor,
 * under one key.
 */
export const paymentRefund = z.looseObject({
  /** The provider's id; absent or null while the answer is unknown, and if there never was a refund. */
  refund_id: nullishString,
  /** The intent's Idempotency-Key, for a client that lost its answer. Absent for a refund made elsewhere. */
  idempotency_key: nullishString,
  /** The intent: `{endpoint}/intents/{id}` and its `approve`, `decline` and `resolve`. Absent for a refund made elsewhere. */
  intent_id: nullishString,
  /** The intent's state, such as `sending`; a key is settled in `succeeded`, `failed` and `void`. */
  state: nullishString,
  amount: string,
  /** The currency of `amount`, only if it is not the payment's. Such an amount is part of no figure of the payment. */
  currency: nullishString,
  /**
   * The provider's status, unchanged. Without a refund: `ended`, or empty. Without an id and a key: `elsewhere` for a
   * refund that a person recorded, `not_listed` for everything that only the provider's total counts.
   * `contradiction_settled` once a person has said which of two statements of the provider is true.
   */
  status: string,
  /** A `ListedStanding`. Nothing is reserved for `awaiting_approval`, `failed` and `cancelled`. */
  standing: string,
  /** An `Ending`, with standing `failed`: there is no refund, and no money moved. */
  ended: nullishString,
  /** Only if it `ended` as `refused`, and as long as the answer is kept. */
  refusal,
  create_time: nullishString,
  reason: nullishString,
  /** Who asked for it: the merchant's own user id. Absent where nobody knows. */
  requested_by: nullishString,
  /** The vendor's row of this part. */
  vendor: nullishString,
  /** The vendor's account, masked. Only as long as the proxy keeps the answer that named the vendors. */
  vendor_label: nullishString,
  /** Only while a request over vendors waits for approval: how it is divided. `label`: the vendor's account, masked. */
  parts: z.optional(z.nullable(z.array(z.looseObject({ vendor: string, label: nullishString, amount: string })))),
  /** Only if a second person was asked. */
  approval: z.optional(z.nullable(refundApproval)),
  /** Only while the standing is `unknown`, after the proxy has looked. */
  evidence: evidence,
  /** Only while the standing is `unknown`, if the provider contradicts itself or the request. */
  contradiction: z.optional(z.nullable(refundContradiction)),
  /** Every id that the provider gave, as strings under its own names. A form shows them, and sends them to cancel. */
  references: z.optional(z.unknown()),
});
export type PaymentRefund = z.infer<typeof paymentRefund>;

/** One request to cancel a refund. It holds no amount: its refund does, until it is cancelled. */
export const paymentCancel = z.looseObject({
  idempotency_key: string,
  intent_id: string,
  state: string,
  /** The refund to be cancelled. */
  refund_id: nullishString,
  /** `cancelled`, `failed` when it came to nothing, or `unknown`. */
  standing: string,
  /** An `Ending`, with standing `failed`. */
  ended: nullishString,
  /** As of a refund. */
  refusal,
  create_time: nullishString,
  /** Who asked for it, as of a refund. */
  requested_by: nullishString,
  evidence: evidence,
});
export type PaymentCancel = z.infer<typeof paymentCancel>;

/**
 * What the merchant says about the user who reads the payment. It decides what a form draws, and nothing else: each
 * request is decided again when it comes. A member that is absent says nothing.
 */
export const paymentPermission = z.looseObject({
  /** The merchant's own user id, as in `asked_by`. */
  user: string,
  /** `false`: the user only reads. */
  refund: nullishBoolean,
  /** Why the user may not refund, in the merchant's words. */
  reason: nullishString,
  /**
   * A refund above this amount waits for a second person; zero for every refund. Decimal string in units of the
   * payment's currency.
   */
  approval_above: nullishString,
  /** Whether the user decides about requests of others, settles unknown ones, and cancels refunds. */
  approve: nullishBoolean,
  resolve: nullishBoolean,
  cancel: nullishBoolean,
});
export type PaymentPermission = z.infer<typeof paymentPermission>;

/**
 * `GET {endpoint}/payments/{id}` of our proxy, and what a host page may set as `.payment`.
 * Amounts are decimal strings in units of `currency`; captured = refunded + pending + refundable, unless more was refunded
 * than captured: then `refundable` is zero.
 */
export const paymentSummary = z.looseObject({
  /** UQPAY: the payment intent's id. UPayments: the order id of Get Payment Status. */
  payment_id: string,
  currency: string,
  captured: string,
  /** Refunded to the customer, including refunds made elsewhere. */
  refunded: string,
  /** Neither refunded nor refundable: pending, unknown, unrecognised, reversing, reversed. */
  pending: string,
  refundable: string,
  /** Requests that wait for an approval. They are not part of `pending`: nothing is reserved for them. */
  awaiting_approval: nullishString,
  /** Why nothing can be refunded, in the provider's, the merchant's or the proxy's words; absent or null when it can. */
  not_refundable: nullishString,
  /**
   * The provider lists `listed` refunds, of which `known` have known amounts. `unknown` requests of the proxy have an
   * unknown outcome and may be among the others: if there are any, they have to be settled first. Otherwise nothing can
   * be refunded until somebody states the other amounts. `not_refundable` says the same in English.
   */
  unaccounted_refunds: z.optional(z.nullable(z.looseObject({ listed: number, known: number, unknown: nullishNumber }))),
  /** UQPAY only. */
  payment_attempt_id: nullishString,
  /** The provider's name of the payment method, such as `knet` or `card`: it decides how long a refund takes. */
  payment_method: nullishString,
  /** Never in an event of live status, which concerns the payment and not its reader. */
  permission: z.optional(z.nullable(paymentPermission)),
  refunds: z.optional(z.array(paymentRefund)),
  cancels: z.optional(z.array(paymentCancel)),
});
export type PaymentSummary = z.infer<typeof paymentSummary>;

/** Why a stream does not follow one of its payments: the problem of a read of that payment. */
export const paymentProblem = z.extend(problem, { payment_id: string });
export type PaymentProblem = z.infer<typeof paymentProblem>;

/** `unknown`: the answer was lost. `awaiting_approval`: a second person must approve, and nothing was sent. */
export type PaymentRefundStanding = RefundStanding | 'unknown';
export type ListedStanding = PaymentRefundStanding | 'awaiting_approval';
