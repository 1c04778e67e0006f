import { refundableOf, toDecimal } from '../../../contract/index.ts';
import type { Intent, IntentKind, KeptRequest, Scope, VendorLimit } from '../entities.ts';
import type { Held, HeldRange } from '../rows.ts';

/** One amount to reserve, in minor units, above zero. */
export interface RequestedPart {
  readonly amount: bigint;
  readonly vendor?: string | undefined;
  /** The vendor's account, as the request names it. */
  readonly account?: string;
  readonly reason?: string | undefined;
}

/** The sum in minor units. */
export function totalOf(parts: readonly { readonly amount: bigint }[]): bigint {
  return parts.reduce((sum, { amount }) => sum + amount, 0n);
}

export interface BeginRequest extends Scope {
  readonly id: string;
  readonly key: string;
  readonly providerKey: string;
  readonly fingerprint: string;
  readonly kind: IntentKind;
  readonly paymentId: string;
  readonly currency: string;
  /** Empty for a cancel. */
  readonly parts: readonly RequestedPart[];
  /** The limit for the sum of all refunds of the payment: the captured amount, in minor units. */
  readonly limit: bigint;
  /**
   * The refunds made elsewhere as the merchant states them, in minor units. The ledger may know some of them by itself.
   */
  readonly toldElsewhere: bigint;
  /** The refundable amount that the admin saw, in minor units. */
  readonly expectedRefundable: bigint | undefined;
  /** The merchant's reason for allowing no refund. */
  readonly notRefundable: string | undefined;
  /** The payment may have at most one refund with an unknown outcome, because the provider cannot deduplicate. */
  readonly exclusive: boolean;
  /** `cancel` only: the reservation to give back. */
  readonly target: number | undefined;
  readonly user: string;
  readonly at: number;
  /** When the send has ended, whatever happens. After that it counts as lost. */
  readonly leasedUntil: number;
  /** Only asks what would become of it: what is read from the provider for a new request is read before it is admitted. */
  readonly isTrial?: boolean | undefined;
  /** A second person must approve first: until when, what is sent then, and who was asked, in the merchant's words. */
  readonly approval?:
    | { readonly until: number; readonly request: KeptRequest; readonly approvers?: string | undefined }
    | undefined;
}

/** The intent that the question concerns. */
export type Weighed = Pick<
  BeginRequest,
  'kind' | 'currency' | 'parts' | 'limit' | 'toldElsewhere' | 'expectedRefundable' | 'notRefundable' | 'exclusive'
>;

export interface Refusal {
  readonly code:
    | 'payment_busy'
    | 'not_refundable'
    | 'refundable_changed'
    | 'amount_above_refundable'
    | 'vendors_not_opened';
  readonly detail: string;
  /** Minor units of `currency`, like the other two. */
  readonly refundable: bigint;
  readonly currency: string;
  /** The refundable amount that was assumed. */
  readonly expected?: bigint;
  /** The requested amount. */
  readonly asked?: bigint;
}

/** How much the refunds of one vendor have taken of its limit since the provider stated the limit. Minor units. */
export interface VendorFacts extends VendorLimit {
  readonly taken: bigint;
}

/** What the ledger holds for the payment at the moment of the decision. Read under the payment's lock. */
export interface PaymentFacts {
  readonly held: Held;
  /** The part of `held` that was made elsewhere. Read only if `toldElsewhere` may include it. */
  readonly heldElsewhere: bigint;
  readonly opened: readonly VendorFacts[];
  readonly openCancels: readonly Intent[];
}

function left(limit: bigint, held: bigint): bigint {
  return limit > held ? limit - held : 0n;
}

/** Tells a person why nothing is refunded while there is a refund in another currency. */
export function foreignSentence(currency: string): string {
  return (
    `This payment has a refund that is not in ${currency}, so what is left to refund is not known. ` +
    'Give the order refunded_elsewhere, then try again'
  );
}

/**
 * Decides whether a new intent may begin; `undefined` when it may. The checks run in the order of their use to a
 * person. `waiting`: how many requests of the payment wait already, if this one is going to wait.
 */
export function refuse(request: Weighed, facts: PaymentFacts, waiting = 0): Refusal | undefined {
  const { currency, limit, parts, toldElsewhere } = request;
  const { held, heldElsewhere } = facts;
  const refundable = refundableOf({ captured: limit, held: held.amount, heldElsewhere, toldElsewhere });
  const refusal = (code: Refusal['code'], detail: string, more: Pick<Refusal, 'asked' | 'expected'> = {}): Refusal => ({
    code,
    detail,
    refundable,
    currency,
    ...more,
  });
  const text = (minor: bigint) => `${toDecimal(minor, currency)} ${currency}`;

  if (request.kind === 'cancel') {
    if (facts.openCancels.length === 0) return undefined;
    return refusal('payment_busy', 'This refund is already being cancelled: check the status of that request');
  }
  if (request.exclusive && held.hasUnknown) {
    return refusal(
      'payment_busy',
      'An earlier refund of this payment has no known outcome yet: settle it before another one is sent',
    );
  }
  // This comes before the figures, which may not have changed: loading the payment again would not help.
  if (request.notRefundable !== undefined) return refusal('not_refundable', request.notRefundable);
  if (held.hasForeign && toldElsewhere === 0n) {
    return { ...refusal('not_refundable', foreignSentence(currency)), refundable: 0n };
  }
  const { expectedRefundable } = request;
  if (expectedRefundable !== undefined && expectedRefundable !== refundable) {
    return refusal(
      'refundable_changed',
      `${text(expectedRefundable)} was expected to be refundable, it is ${text(refundable)}: load the payment again`,
      { expected: expectedRefundable },
    );
  }
  const total = totalOf(parts);
  if (total > refundable) {
    const detail = `${text(total)} was asked, ${text(refundable)} can be refunded`;
    return refusal('amount_above_refundable', detail, { asked: total });
  }
  // What waits reserves nothing, so no amount bounds its number, and every reader of the payment is sent all of it.
  if (waiting >= MAX_WAITING) {
    return refusal(
      'payment_busy',
      `${waiting} requests of this payment wait for a second person: approve, decline or take back some of them first`,
    );
  }
  return refuseVendors(parts, facts, refusal, text);
}

/** How many requests of one payment may wait for a second person. P */
const MAX_WAITING = 20;

/**
 * The range of the held amount within which `refuse` allows the request. `undefined` when more than that amount
 * matters, or no amount would do.
 */
export function heldToAdmit({
  kind,
  parts,
  limit,
  toldElsewhere,
  expectedRefundable,
  notRefundable,
  exclusive,
}: Weighed): HeldRange | undefined {
  if (kind === 'cancel' || notRefundable !== undefined) return undefined;
  if (toldElsewhere > 0n || parts.some(({ vendor }) => vendor !== undefined)) return undefined;
  const total = totalOf(parts);
  const most = limit - total;
  const least = expectedRefundable === undefined ? 0n : limit - expectedRefundable;
  if (most < least) return undefined;
  return { least, most: expectedRefundable === undefined ? most : least, mayBeUnknown: !exclusive };
}

function refuseVendors(
  parts: readonly RequestedPart[],
  { opened }: PaymentFacts,
  refusal: (code: Refusal['code'], detail: string, more?: Pick<Refusal, 'asked'>) => Refusal,
  text: (minor: bigint) => string,
): Refusal | undefined {
  for (const { vendor, amount } of parts) {
    if (vendor === undefined) continue;
    const limit = opened.find((row) => row.vendor === vendor);
    if (!limit) {
      return refusal(
        'vendors_not_opened',
        `No answer of the first step names the vendor row "${vendor}": send it first`,
      );
    }
    const rest = left(limit.remaining, limit.taken);
    if (amount > rest) {
      return refusal(
        'amount_above_refundable',
        `${text(amount)} was asked of the vendor row "${vendor}", ${text(rest)} can be refunded`,
        { asked: amount },
      );
    }
  }
  return undefined;
}
