/** What a refund's status means for the money, for whoever must decide what to show and what still counts. */
export type RefundStanding =
  /** Accepted, not final. */
  | 'pending'
  | 'succeeded'
  | 'failed'
  /** `REVERSAL_*`: no source defines it. Its own outcome, neither success nor failure. */
  | 'reversing'
  | 'reversed'
  /** Cancelled before it was carried out: UPayments' delete. */
  | 'cancelled'
  /** Not in the enum. Never read as failed. */
  | 'unrecognised';

/** Only a refund that came to nothing gives its amount back to the refundable (`docs/providers/uqpay.md#refund-rules`). */
export function countsAgainstRefundable(standing: RefundStanding): boolean {
  return standing !== 'failed' && standing !== 'cancelled';
}

/**
 * An outcome that can be told: the refund is not on its way any more. It is not the last word for ever: a success may still
 * be reversed, see `canStillChange`.
 */
export function isFinal(standing: RefundStanding): boolean {
  return standing === 'succeeded' || standing === 'failed' || standing === 'reversed' || standing === 'cancelled';
}

/**
 * Whether a later answer may say otherwise, so that whoever shows the refund goes on reading it. `succeeded` may become
 * `reversing` and `reversed` (`docs/providers/uqpay.md#refund-rules`), long after it was told as an outcome.
 */
export function canStillChange(standing: RefundStanding): boolean {
  return standing !== 'failed' && standing !== 'reversed' && standing !== 'cancelled';
}
