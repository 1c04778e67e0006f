import type { PaymentRefundStanding } from './payment.ts';
import { countsAgainstRefundable } from './standing.ts';

/** One refund as somebody knows it. `amount` in minor units. */
export interface KnownRefund {
  readonly amount: bigint;
  readonly standing: PaymentRefundStanding;
  /** Made elsewhere, so that `toldElsewhere` may be about it. */
  readonly elsewhere?: boolean;
}

/** Everything that anybody knows of the refunds of one payment. Minor units of one currency. */
export interface KnownOfPayment {
  readonly captured: bigint;
  /** Every refund once, whoever knows it. */
  readonly refunds: readonly KnownRefund[];
  /**
   * The provider's own total: `refunded_amount` of the payment attempt. It counts refunds that have left the list, and none
   * that is still pending (`docs/providers/uqpay.md#payment-attempts`).
   */
  readonly providerTotal?: bigint;
  /** The merchant's own total of the refunds that were made elsewhere. */
  readonly toldElsewhere?: bigint;
}

/** captured = refunded + pending + refundable, unless more was refunded than captured: then refundable is zero. */
export interface PaymentFigures {
  /** With the customer. */
  readonly refunded: bigint;
  /** Neither with the customer nor free. */
  readonly pending: bigint;
  readonly refundable: bigint;
}

/** What of one payment can be refunded, and what cannot any more: the only place that adds this up. */
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

/** What the provider's total counts and no refund that is known explains. A pending one is not in that total. */
export function unlistedOf(providerTotal: bigint, refunds: readonly KnownRefund[]): bigint {
  return beyond(providerTotal, sumOf(refunds.filter(({ standing }) => isDone(standing))));
}

/**
 * `held`: every refund that is not known to have come to nothing. `heldElsewhere`: the part of it that was made elsewhere,
 * which the merchant's own total counts as well.
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
