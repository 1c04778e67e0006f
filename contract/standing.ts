/** What a refund's status means for the money: what to show, and what still counts. */
export type RefundStanding =
  /** Accepted, not final. */
  | 'pending'
  | 'succeeded'
  | 'failed'
  /** `REVERSAL_*`: no source defines it. An outcome of its own, neither success nor failure. */
  | 'reversing'
  | 'reversed'
  /** Cancelled before it was carried out: UPayments' delete. */
  | 'cancelled'
  /** Not in the enum. Never read as failed. */
  | 'unrecognised';

/** Only a refund that came to nothing releases its amount (`docs/providers/uqpay.md#refund-rules`). */
export function countsAgainstRefundable(standing: RefundStanding): boolean {
  return standing !== 'failed' && standing !== 'cancelled';
}

/**
 * Whether the refund has an outcome and is no longer in progress. It may still change: a success may be reversed, see
 * `canStillChange`.
 */
export function isFinal(standing: RefundStanding): boolean {
  return standing === 'succeeded' || standing === 'failed' || standing === 'reversed' || standing === 'cancelled';
}

/**
 * Whether a later answer may differ, so that the refund has to be read again. `succeeded` may become `reversing` and
 * `reversed` (`docs/providers/uqpay.md#refund-rules`), long after it was shown as an outcome.
 */
export function canStillChange(standing: RefundStanding): boolean {
  return standing !== 'failed' && standing !== 'reversed' && standing !== 'cancelled';
}
