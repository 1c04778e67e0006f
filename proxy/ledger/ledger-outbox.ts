import type { Scope } from './entities.ts';
import { LedgerOperations } from './ledger-operations.ts';
import type { DuePayment, DueQuery, OutboxEntry, Turn } from './outbox.ts';
import { claimPayments, nextChange } from './rules/telling.ts';

/** The changes that are kept until the merchant's server has them. */
export class LedgerOutbox extends LedgerOperations {
  /** See `claimPayments`. */
  claimPayments(scope: Scope, about: DueQuery & { readonly leasedUntil: number }): Promise<DuePayment[]> {
    return this.transaction((tx) => claimPayments(tx, scope, about));
  }

  /** See `nextChange`. */
  nextChange(
    scope: Scope,
    about: DuePayment & { readonly taken: number | undefined; readonly leasedUntil: number },
  ): Promise<OutboxEntry | undefined> {
    return this.transaction((tx) => nextChange(tx, scope, about));
  }

  /**
   * Sets when the payment's oldest change is delivered again, unless another instance has taken the payment since the
   * lease `from` ended.
   */
  putOffPayment(scope: Scope, paymentId: string, next: Turn & { readonly from: number }): Promise<boolean> {
    return this.transaction((tx) => tx.outbox.putOff(scope, paymentId, next));
  }
}
