/**
 * What the proxy reports to the merchant's server about a refund, through the hook `onChange` or as a signed webhook.
 * It is not part of `index.ts`, so that no browser loads it.
 */
import * as z from 'zod/mini';

import { nullishString, number, string } from './leaves.ts';

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

/** One change of one refund, as it was recorded. It holds no personal data. */
export const refundChange = z.looseObject({
  /** The same in each delivery of this change: a receiver that knows it does nothing. */
  id: string,
  /** A `ChangeType`. Later versions may add others. */
  type: string,
  /** Grows from one change of a payment to the next, with gaps. */
  sequence: number,
  /** When it was recorded, RFC 3339. */
  at: string,
  merchant: string,
  provider: string,
  payment_id: string,
  /** The amount of this refund, or of this vendor's part, as a decimal string in units of `currency`. */
  amount: string,
  currency: string,
  /** Absent for a refund that was made elsewhere. */
  idempotency_key: nullishString,
  intent_id: nullishString,
  /** The provider's id, if it is known. */
  refund_id: nullishString,
  /** UPayments: the row of the vendor whose part has changed. */
  vendor: nullishString,
  /** The standing after the change, and before it: a `PaymentRefundStanding`. */
  standing: string,
  before: nullishString,
  /** The source of the knowledge: `answer 200`, `webhook`, `list`, `person`, `timeout`, ... */
  source: string,
});
export type RefundChange = z.infer<typeof refundChange>;
