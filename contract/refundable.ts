import type { PaymentRefundStanding } from './payment.ts';
import { countsAgainstRefundable } from './standing.ts';

/** One known refund. `amount` in minor units. */
export interface KnownRefund {
  readonly amount: bigint;
  readonly standing: PaymentRefundStanding;
  /** Made elsewhere, so `toldElsewhere` may include it. */
  readonly elsewhere?: boolean;
}

/** Everything that is known about the refunds of one payment. Minor units of one currency. */
export interface KnownOfPayment {
  readonly captured: bigint;
  /** Every refund once, whatever its source. */
  readonly refunds: readonly KnownRefund[];
  /**
   * The provider's total: `refunded_amount` of the payment attempt. It counts refunds that are too old for the list,
   * and none that are still pending (`docs/providers/uqpay.md#payment-attempts`).
   */
  readonly providerTotal?: bigint;
  /** The merchant's total of refunds made elsewhere. */
  readonly toldElsewhere?: bigint;
}

/** captured = refunded + pending + refundable, unless more was refunded than captured: then refundable is zero. */
export interface PaymentFigures {
  /** Refunded to the customer. */
  readonly refunded: bigint;
  /** Neither refunded nor refundable. */
  readonly pending: bigint;
  readonly refundable: bigint;
}

/** Computes how much of one payment is refundable. This is the only place that adds it up. */
export function figuresOf({
  captured,
  refunds,
  providerTotal = 0n,
  toldElsewhere = 0n,
}: KnownOfPayment): PaymentFigures {
  const held = refunds.filter(({ standing }) => standing === 'unknown' || countsAgainstRefundable(standing));
  const unlisted = unlistedOf(providerTotal, held);
  const all = sumOf(held) + unlisted;
  const pending = sumOf(held.filter(({ standing }) => standing !== 'succeeded'));
  const heldElsewhere = sumOf(held.filter(({ elsewhere }) => elsewhere)) + unlisted;
  return {
    refunded: all - pending + beyond(toldElsewhere, heldElsewhere),
    pending,
    refundable: refundableOf({ captured, held: all, heldElsewhere, toldElsewhere }),
  };
}

/** The part of the provider's total that no known refund explains. That total does not include pending refunds. */
export function unlistedOf(providerTotal: bigint, refunds: readonly KnownRefund[]): bigint {
  return beyond(providerTotal, sumOf(refunds.filter(({ standing }) => isDone(standing))));
}

/**
 * `held`: every refund that is not known to have come to nothing. `heldElsewhere`: the part of it that was made
 * elsewhere, which the merchant's total includes as well.
 */
export function refundableOf({
  captured,
  held,
  heldElsewhere,
  toldElsewhere,
}: {
  readonly captured: bigint;
  readonly held: bigint;
  readonly heldElsewhere: bigint;
  readonly toldElsewhere: bigint;
}): bigint {
  return beyond(captured, held + beyond(toldElsewhere, heldElsewhere));
}

/** Whether the provider's total counts it. */
function isDone(standing: PaymentRefundStanding): boolean {
  return standing === 'succeeded' || standing === 'reversing' || standing === 'reversed';
}

function beyond(total: bigint, part: bigint): bigint {
  return total > part ? total - part : 0n;
}

function sumOf(refunds: readonly KnownRefund[]): bigint {
  return refunds.reduce((total, { amount }) => total + amount, 0n);
}
