import type { Reservation, Scope } from './entities.ts';
import { LedgerReads } from './ledger-reads.ts';
import { type CHANGED, tellElsewhere, withdrawElsewhere, type ToldElsewhere } from './rules/elsewhere.ts';
import { endHold, saveRestored, type Restored } from './rules/restored.ts';
import type { SettledElsewhere } from './rules/said-elsewhere.ts';
import { settleElsewhere } from './rules/settle-elsewhere.ts';
import { eraseIn, prune, type Pruned } from './rules/retention.ts';

/** What an operator does to the ledger. No request of an admin is involved. */
export class LedgerOperations extends LedgerReads {
  /**
   * From now on a payment has to be compared with the provider before anything is sent; `undefined` ends that. Returns
   * what holds: a restore that is not over yet keeps its earlier time.
   */
  setRestored(
    restored: Restored | undefined,
    said: { readonly who: string; readonly reason: string; readonly at: number },
  ): Promise<Restored | undefined> {
    return this.transaction((tx) => saveRestored(tx, restored, said));
  }

  /** A person ends the wait for lost requests of one payment. Returns `false` when none is waited for. */
  endHold(
    scope: Scope,
    said: { readonly paymentId: string; readonly who: string; readonly reason: string; readonly at: number },
  ): Promise<boolean> {
    return this.telling(
      scope,
      said.paymentId,
      this.transaction((tx) => endHold(tx, scope, said)),
    );
  }

  /** See `retention.ts`. */
  prune(rule: { readonly before: number; readonly at: number; readonly who: string }): Promise<Pruned> {
    return prune((work) => this.transaction(work), rule);
  }

  /** Replaces a person by `pseudonym`, such as `erased-1f0c`, everywhere, and deletes the texts of that person. */
  erase(said: {
    readonly user: string;
    readonly pseudonym: string;
    readonly who: string;
    readonly at: number;
  }): Promise<{ readonly open: number; readonly replaced: number }> {
    return this.transaction((tx) => eraseIn(tx, said));
  }

  /**
   * A person records a refund that was made elsewhere. It counts from now on, like one that was read. Returns `undefined`
   * while a request of the payment has no known outcome, and `changed` when the payment is not what was compared.
   */
  tellElsewhere(scope: Scope, refund: ToldElsewhere): Promise<Reservation | typeof CHANGED | undefined> {
    const row = this.transaction((tx) => tellElsewhere(tx, scope, refund));
    return this.telling(scope, refund.paymentId, row);
  }

  /** Takes back such a record; `undefined` when there is none of this amount. */
  withdrawElsewhere(scope: Scope, refund: ToldElsewhere): Promise<Reservation | typeof CHANGED | undefined> {
    const row = this.transaction((tx) => withdrawElsewhere(tx, scope, refund));
    return this.telling(scope, refund.paymentId, row);
  }

  /**
   * Settles a refund made elsewhere that the provider contradicts, by a person's word. Returns `undefined` when there is
   * no such refund, and nothing that the word takes back.
   */
  settleElsewhere(scope: Scope, said: SettledElsewhere): Promise<Reservation | typeof CHANGED | undefined> {
    const row = this.transaction((tx) => settleElsewhere(tx, scope, said));
    return this.telling(scope, said.paymentId, row);
  }
}
