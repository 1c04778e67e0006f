/** What is pending in a ledger, for monitoring. Times are epoch milliseconds; `undefined` when nothing is pending. */
export interface LedgerFigures {
  /** Intents with an unknown outcome, as a whole or for one vendor. `MAX_COUNTED` means that many or more. */
  readonly unknown: number;
  /** When the oldest of them was sent. */
  readonly unknownSince: number | undefined;
  /** Of how many of them, and of refunds made elsewhere, the provider has made contradicting statements. */
  readonly contradicted: number;
  readonly awaitingApproval: number;
  readonly awaitingApprovalSince: number | undefined;
  /** When the next check is or was due. */
  readonly nextCheckAt: number | undefined;
  /** Payments with changes that `onChange` has not accepted. */
  readonly untold: number;
  /** When the oldest of those changes was written. */
  readonly untoldSince: number | undefined;
}

/** The most rows that one figure reads: the scraper waits for them. */
export const MAX_COUNTED = 10_000;
