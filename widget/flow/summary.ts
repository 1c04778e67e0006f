import { isCurrency } from '../../contract/money/currency.ts';
import { readDecimal } from '../../contract/money/decimal.ts';
import { paymentSummary, type PaymentRefund } from '../../contract/payment.ts';
import type { Summary } from '../model.ts';

/** Reads a payment summary of the proxy or the host page; `undefined` when an amount is not exact. */
export function readSummary(body: unknown): Summary | undefined {
  const { data } = paymentSummary.safeParse(body);
  if (!data || !isCurrency(data.currency)) return undefined;
  const { currency, refunds, cancels, permission } = data;
  const amounts = [data.captured, data.refunded, data.pending, data.refundable].flatMap(
    (text) => readDecimal(text, currency) ?? [],
  );
  const [captured, refunded, pending, refundable] = amounts as [bigint, bigint, bigint, bigint];
  if (amounts.length < 4) return undefined;
  return {
    currency,
    captured,
    refunded,
    pending,
    refundable,
    notRefundable: data.not_refundable,
    notRefundableBy: 'merchant',
    unaccounted: data.unaccounted_refunds,
    attemptId: data.payment_attempt_id,
    method: data.payment_method,
    permission,
    approvalAbove: readDecimal(permission?.approval_above, currency),
    refunds: refunds?.map(withdrawnOf),
    cancels,
  };
}

/** The ending of a request that was taken back. The proxy says that it was declined, and by whom. */
export const WITHDRAWN = 'withdrawn';

/** The words of whoever takes the own request back are ours. */
function withdrawnOf(refund: PaymentRefund): PaymentRefund {
  const { ended, approval } = refund;
  return approval && ended === 'declined' && approval.decided_by === approval.asked_by
    ? { ...refund, ended: WITHDRAWN, approval: null }
    : refund;
}
