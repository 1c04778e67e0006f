import { isCurrency } from '../contract/money/currency.ts';
import { parseDecimal } from '../contract/money/decimal.ts';
import { paymentSummary } from '../contract/payment.ts';
import type { Summary } from './model.ts';

/** Reads a payment summary, of the proxy or of the host page; `undefined` when an amount in it is not exact. */
export function readSummary(body: unknown): Summary | undefined {
  const { data } = paymentSummary.safeParse(body);
  if (!data || !isCurrency(data.currency)) return undefined;
  const amounts = [data.captured, data.refunded, data.pending, data.refundable].map((amount) => {
    const parsed = parseDecimal(amount, data.currency);
    return parsed.ok ? parsed.minor : undefined;
  });
  const [captured, refunded, pending, refundable] = amounts;
  if (captured === undefined || refunded === undefined || pending === undefined || refundable === undefined) {
    return undefined;
  }
  return {
    paymentId: data.payment_id,
    currency: data.currency,
    captured,
    refunded,
    pending,
    refundable,
    notRefundable: data.not_refundable ?? undefined,
    attemptId: data.payment_attempt_id ?? undefined,
    method: data.payment_method ?? undefined,
  };
}
