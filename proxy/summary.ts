import { toDecimal, type PaymentRefund, type PaymentSummary } from '../contract/index.ts';
import { exact, limitOf, type ProxyContext } from './context.ts';
import { left } from './ledger/admission.ts';
import type { Reservation } from './ledger/entities.ts';
import type { Order } from './options.ts';
import { ProblemError } from './problem.ts';

/**
 * What the merchant's order, the ledger and, where it can tell, the provider say of a payment. Refunds made elsewhere
 * are taken into the ledger on the way, so that the figure shown is the figure the next refund is measured by.
 */
export async function summarise(context: ProxyContext, order: Order): Promise<PaymentSummary> {
  await takeInRefunds(context, order.payment_id);
  return summaryOf(context, order);
}

/** The same from the order and the ledger alone. */
export async function summaryOf(context: ProxyContext, order: Order): Promise<PaymentSummary> {
  const { ledger, scope } = context;
  const paymentId = order.payment_id;
  const rows = await ledger.reservationsOfPayment(scope, paymentId);
  const { currency } = order;
  const captured = exact(order.captured, currency);
  const limit = limitOf(context, order);
  const refunded = captured - limit + sum(rows.filter(({ standing }) => standing === 'succeeded'));
  const held = sum(rows.filter(({ released }) => !released));
  const text = (minor: bigint) => toDecimal(minor, currency);
  return {
    payment_id: paymentId,
    currency,
    captured: text(captured),
    refunded: text(refunded),
    // Whatever is neither known to be with the customer nor free: pending, unknown, unrecognised, reversing, reversed.
    pending: text(sum(rows.filter(({ released, standing }) => !released && standing !== 'succeeded'))),
    refundable: text(left(limit, held)),
    not_refundable: order.not_refundable ?? null,
    payment_attempt_id: order.payment_attempt_id ?? null,
    payment_method: order.payment_method ?? null,
    refunds: rows.filter(isRefund).map((row) => toRefund(row)),
  };
}

/** Reads the provider's own list into the ledger. @throws ProblemError when it cannot be read: the figures would be a guess. */
export async function takeInRefunds({ session, ledger, scope, now }: ProxyContext, paymentId: string): Promise<void> {
  if (!session.listRefunds) return;
  const listed = await session.listRefunds(paymentId);
  if (!listed.ok) {
    throw new ProblemError('provider_unreachable', {
      detail: `The provider's refunds of this payment cannot be read (${listed.why}): try again`,
    });
  }
  if (listed.value.length === 0) return;
  await ledger.observe(scope, { paymentId, observations: listed.value, source: listed.source, at: now() });
}

/** A reservation that came to nothing before there was a refund is no refund. */
function isRefund({ released, refundId }: Reservation): boolean {
  return !released || refundId !== undefined;
}

function toRefund(row: Reservation): PaymentRefund {
  return {
    refund_id: row.refundId ?? null,
    idempotency_key: row.key ?? null,
    amount: toDecimal(row.amount, row.currency),
    status: row.status,
    standing: row.standing,
    create_time: new Date(row.createdAt).toISOString(),
    reason: row.reason ?? null,
    // Every id under the provider's own name: what a cancel has to send.
    references: { ...row.references },
    ...(row.vendor !== undefined && { vendor: row.vendor }),
  };
}

function sum(rows: readonly Reservation[]): bigint {
  return rows.reduce((total, { amount }) => total + amount, 0n);
}
