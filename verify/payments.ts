import { paymentId } from './ids.ts';
import { NotJudged } from './not-judged.ts';
import type { Payment, Profile, Tender } from './profile.ts';

/** At least as many payments as one run of all checks uses: of the usual kind, and of each other. */
const USUAL = 800;
const OTHER = 300;
/** Ids of other kinds begin here, so that they do not depend on how many usual payments a run needs. */
const FIRST_OTHER = 50_000;
const KIND_SIZE = 1_000;
/** The last payments of a kind, which are not made before the run: their vendors have other balances. */
const LAST = 20;

/** What all payments of one kind capture. A proxy that is given the orders before the run must find them so. */
interface Kind extends Tender {
  readonly first: number;
  readonly count: number;
}

function kindsOf({ currency, captured, tenders, vendors }: Profile): readonly [Kind, ...Kind[]] {
  const others = [...tenders, ...(vendors ? [{ currency, captured: vendors.captured }] : [])];
  return [
    { currency, captured, first: 0, count: USUAL },
    ...others.map((tender, index) => ({ ...tender, first: FIRST_OTHER + index * KIND_SIZE, count: OTHER })),
  ];
}

/** An order as a proxy gets it before the run. */
export interface PrintedOrder {
  readonly payment_id: string;
  readonly currency: string;
  readonly captured: string;
}

/** The orders of a run, for a proxy that cannot ask for them over HTTP. */
export function printedOrders(profile: Profile, run: number): PrintedOrder[] {
  return kindsOf(profile).flatMap(({ first, count, currency, captured }) =>
    Array.from({ length: count }, (_, index) => ({
      payment_id: paymentId(profile, run, first + index),
      currency,
      captured,
    })),
  );
}

interface NextOptions extends Pick<Payment, 'refundedElsewhere'> {
  /** Whether it is of those that are not made before the run. */
  readonly isOfLast?: boolean;
}

/** The payments of one run: verify's own, or those that `--payment` gives. */
export class Payments {
  /** Whether the proxy knows only the payments given with `--payment`. */
  readonly knowsOnlyGivenIds: boolean;
  readonly #profile: Profile;
  readonly #run: number;
  readonly #givenIds: string[];
  readonly #counts = new Map<number, number>();
  readonly #made = new Map<string, Payment>();

  constructor(profile: Profile, run: number, givenIds: readonly string[]) {
    this.#profile = profile;
    this.#run = run;
    this.#givenIds = [...givenIds];
    this.knowsOnlyGivenIds = givenIds.length > 0;
  }

  /** Whether there is a payment for another round. */
  get isLeft(): boolean {
    return !this.knowsOnlyGivenIds || this.#givenIds.length > 0;
  }

  /**
   * @param tender what it captures, of the profile; the usual without it
   * @throws NotJudged when all given payments are used
   */
  next({ currency, captured }: Tender = this.#profile, { isOfLast = false, ...more }: NextOptions = {}): Payment {
    const payment = { id: this.#nextId(currency, captured, isOfLast), currency, captured, ...more };
    this.#made.set(payment.id, payment);
    return payment;
  }

  /** From now on its order says that this was refunded elsewhere, a decimal string. */
  refundedElsewhere({ id }: Payment, amount: string): void {
    const made = this.#made.get(id);
    if (made) this.#made.set(id, { ...made, refundedElsewhere: amount });
  }

  find(id: string): Payment | undefined {
    return this.#made.get(id);
  }

  /** Those that `next` has returned. */
  get used(): readonly Payment[] {
    return [...this.#made.values()];
  }

  /** The first payments of this tender that `next` will return. None of those that are given. */
  ahead(tender: Tender, count: number): readonly Payment[] {
    if (this.knowsOnlyGivenIds) return [];
    const { currency, captured } = tender;
    const { first } = this.#kindOf(currency, captured);
    const ids = Array.from({ length: count }, (_, index) => paymentId(this.#profile, this.#run, first + index));
    return ids.map((id) => ({ id, currency, captured }));
  }

  #kindOf(currency: string, captured: string): Kind {
    const kinds = kindsOf(this.#profile);
    return kinds.find((kind) => kind.currency === currency && kind.captured === captured) ?? kinds[0];
  }

  #nextId(currency: string, captured: string, isOfLast: boolean): string {
    const given = this.#givenIds.shift();
    if (given !== undefined) return given;
    if (this.knowsOnlyGivenIds) {
      throw new NotJudged('It needs a payment that has no refund yet: give more payments with --payment');
    }
    const kind = this.#kindOf(currency, captured);
    const first = kind.first + (isOfLast ? kind.count - LAST : 0);
    const count = this.#counts.get(first) ?? 0;
    this.#counts.set(first, count + 1);
    return paymentId(this.#profile, this.#run, first + count);
  }
}
