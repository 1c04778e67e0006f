import { readDecimal } from '../../contract/money/decimal.ts';
import { countsAgainstRefundable, type RefundStanding } from '../../contract/standing.ts';
import type { Refund, Summary } from '../model.ts';
import { readRefunds } from './stored.ts';

/** As it is stored. */
interface Saved {
  readonly before: string;
  readonly refunds: readonly Refund[];
}

/**
 * Corrects the figures of a host page. A page that sets the payment itself may set it as it was before a refund made
 * here: such a refund counts until the page's summary lists it. A summary without a list says only by its figures which
 * refunds it includes.
 */
export class OwnRefunds {
  readonly refunds: Map<string, Refund>;
  /** What the page gave as refundable before the first of them. */
  #before: bigint | undefined;
  /** The page's summary, and the proxy's figure after it refused a request. */
  #corrected: { readonly said: bigint; readonly refundable: bigint } | undefined;
  readonly #save: (saved: Saved | undefined) => void;

  /** `saved`: what `save` got before the page was loaded again. */
  constructor(saved: unknown, save: (saved: Saved | undefined) => void) {
    const { before, refunds } = (saved ?? {}) as Partial<Saved>;
    const sound = /^\d+$/.test(String(before));
    this.#before = sound ? BigInt(before!) : undefined;
    this.refunds = new Map(sound ? readRefunds(refunds).map((refund) => [refund.id, refund]) : []);
    this.#save = save;
  }

  /** `given`: the current summary of the page. */
  note(refund: Refund, given: Summary): void {
    this.#before ??= given.refundable;
    this.refunds.set(refund.id, refund);
    this.#changed();
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
    const before = given.refunds ? given.refundable : (this.#before ?? given.refundable);
    const missing = atLeastZero(done + open - atLeastZero(before - given.refundable));
    // Without a list, figures that include all of them are the only sign that the page knows them.
    if (this.refunds.size && (given.refunds || missing)) this.#changed();
    else this.#forget();
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
      const minor = readDecimal(amount, currency);
      if (!minor || !countsAgainstRefundable(standing as RefundStanding)) continue;
      if (standing === 'succeeded') done += minor;
      else open += minor;
    }
    return [done, open];
  }

  #forget(): void {
    this.refunds.clear();
    this.#before = undefined;
    this.#changed();
  }

  #changed(): void {
    const { size } = this.refunds;
    this.#save(size ? { before: String(this.#before), refunds: [...this.refunds.values()] } : undefined);
  }
}

function atLeastZero(amount: bigint): bigint {
  return amount > 0n ? amount : 0n;
}
