import { parseDecimal } from '../../contract/money/decimal.ts';
import { countsAgainstRefundable, type RefundStanding } from '../../contract/standing.ts';
import type { Refund, Summary } from '../model.ts';

/**
 * Corrects the figures of a host page. A page that sets the payment itself may set it as it was before a refund made
 * here: such a refund counts until the page's summary lists it, or its figures include it.
 */
export class OwnRefunds {
  readonly refunds = new Map<string, Refund>();
  /** What the page gave as refundable before the first of them. */
  #before: bigint | undefined;
  /** The page's summary, and the proxy's figure after it refused a request. */
  #corrected: { readonly said: bigint; readonly refundable: bigint } | undefined;

  /** `given`: the current summary of the page. */
  note(refund: Refund, given: Summary): void {
    this.#before ??= given.refundable;
    this.refunds.set(refund.id, refund);
  }

  /** The proxy refused a request because another amount is refundable: its ledger also counts what was made here. */
  correct(refundable: bigint, given: Summary): void {
    this.#forget();
    this.#corrected = { said: given.refundable, refundable };
  }

  /** The page's summary, with the refunds that it cannot know. */
  apply(given: Summary): Summary {
    if (this.#corrected && this.#corrected.said !== given.refundable) this.#corrected = undefined;
    const { refundable = given.refundable } = this.#corrected ?? {};
    for (const { refund_id: id } of given.refunds ?? []) if (id) this.refunds.delete(id);
    const [done, open] = this.#sums();
    // Without a list of refunds, the page's figures show which of them it knows.
    const knownAmount = given.refunds || this.#before === undefined ? 0n : atLeastZero(this.#before - given.refundable);
    const missing = atLeastZero(done + open - knownAmount);
    if (!missing) this.#forget();
    const pending = missing < open ? missing : open;
    return {
      ...given,
      refunded: given.refunded + missing - pending,
      pending: given.pending + pending,
      refundable: atLeastZero(refundable - missing),
    };
  }

  /** In minor units: refunded, and pending. */
  #sums(): [done: bigint, open: bigint] {
    let done = 0n;
    let open = 0n;
    for (const { amount, currency, standing } of this.refunds.values()) {
      const parsed = parseDecimal(amount, currency);
      if (!parsed.ok || !countsAgainstRefundable(standing as RefundStanding)) continue;
      if (standing === 'succeeded') done += parsed.minor;
      else open += parsed.minor;
    }
    return [done, open];
  }

  #forget(): void {
    this.refunds.clear();
    this.#before = undefined;
  }
}

function atLeastZero(amount: bigint): bigint {
  return amount > 0n ? amount : 0n;
}
