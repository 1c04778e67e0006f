/**
 * What the proxy tells the merchant's server of a refund, through the hook `onChange` or as a signed webhook. It stands apart
 * from `index.ts`, so that no browser carries it.
 */
import * as z from 'zod/mini';

const text = z.optional(z.nullable(z.string()));

/**
 * - `refund.accepted`: the provider has it, and it is not final.
 * - `refund.settled`: carried out. `refund.failed`: it came to nothing, and no money moved. `refund.cancelled`: likewise, by a cancel.
 * - `refund.unknown`: the answer was lost. `refund.contradicted`: the provider has said two things that exclude each other.
 *   Either holds the amount until it is known, or a person settles it.
 * - `refund.reversing`, `refund.reversed`: taken back after it was accepted; neither success nor failure.
 * - `refund.unrecognised`: a status that no contract names.
 */
export const CHANGE_TYPES = [
  'refund.accepted',
  'refund.settled',
  'refund.failed',
  'refund.cancelled',
  'refund.unknown',
  'refund.contradicted',
  'refund.reversing',
  'refund.reversed',
  'refund.unrecognised',
] as const;
export type ChangeType = (typeof CHANGE_TYPES)[number];

/** One change of one refund, as it was when it was written. It holds no personal data. */
export const refundChange = z.looseObject({
  /** The same each time this change is told: a receiver that knows it already does nothing. */
  id: z.string(),
  /** A `ChangeType`; others may come. */
  type: z.string(),
  /** Grows from one change of a payment to the next, not without gaps. */
  sequence: z.number(),
  /** When it was written, RFC 3339. */
  at: z.string(),
  merchant: z.string(),
  provider: z.string(),
  payment_id: z.string(),
  /** Decimal string in units of `currency`: of this refund, or of this vendor's part of it. */
  amount: z.string(),
  currency: z.string(),
  /** Absent for a refund that was made elsewhere. */
  idempotency_key: text,
  intent_id: text,
  /** The provider's own id, once it is known. */
  refund_id: text,
  /** UPayments: the row of the vendor whose part this is about. */
  vendor: text,
  /** How the refund stands from here on, and before: a `PaymentRefundStanding`. */
  standing: z.string(),
  before: text,
  /** From what it is known: `answer 200`, `webhook`, `list`, `person`, `timeout`, ... */
  source: z.string(),
});
export type RefundChange = z.infer<typeof refundChange>;
