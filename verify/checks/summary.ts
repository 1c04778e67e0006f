import * as z from 'zod/mini';

import { paymentSummary, toDecimal, type PaymentSummary } from '../../contract/index.ts';
import { expect, type Check } from '../check.ts';
import type { Exchange } from '../drive.ts';
import type { Payment } from '../profile.ts';
import type { World } from '../world.ts';
import { isTaken } from './currencies.ts';
import { outcomeOf } from './outcomes.ts';
import { parseSummaryAmount } from './sums.ts';

export const SUMMARY: Check = {
  id: 'payment-summary',
  title: 'The proxy serves the captured, refunded and refundable amounts',
  level: 'recommended',
  why:
    'The form shows them before the admin types an amount. Otherwise the page must provide them. By its refund_id the form finds ' +
    'a refund that it shows, and what has become of it.',
  mend:
    'Serve GET /payments/{id}: captured = refunded + pending + refundable, as decimal strings with the decimals of the currency. ' +
    'If it lists refunds, give each the refund_id that the provider has named.',
  async run(world) {
    await describesRefund(world, await world.payment(), '1.00');
    for (const tender of world.tenders) {
      await describesRefund(world, await world.payment({ tender }), tender.delicateAmounts[0]);
    }
  },
};

async function describesRefund(world: World, payment: Payment, amount: string): Promise<void> {
  const key = world.key();
  const watch = world.watch();
  const creation = await world.refund(payment, amount, { key });
  if (!isTaken(world, { payment, amount }, creation, watch.creates(payment))) return;
  const exchange = await world.read(`/payments/${encodeURIComponent(payment.id)}`);
  const parsed = z.safeParse(paymentSummary, exchange.answer.json);
  const { status } = exchange.answer;
  expect(status === 200, 'a payment summary', `it was answered ${outcomeOf(exchange)}`, exchange);
  expect(parsed.success, 'a payment summary', describeWrongMembers(parsed.error), exchange);
  const summary = parsed.data;
  for (const member of ['payment_id', 'currency'] as const) {
    const expected = member === 'currency' ? payment.currency : payment.id;
    expect(summary[member] === expected, `${member}: ${expected}`, `${member} is ${summary[member]}`, exchange);
  }
  expectFigures(summary, payment, amount, exchange);
  const row = summary.refunds?.find(({ idempotency_key: listed }) => listed === key);
  const isNamed = row === undefined || row.standing === 'unknown' || !!row.refund_id;
  expect(isNamed, "refund_id: the provider's id of the refund", 'the refund is listed without it', exchange);
}

function expectFigures(summary: PaymentSummary, payment: Payment, amount: string, exchange: Exchange): void {
  const minor = (text: string) => parseSummaryAmount(text, payment.currency);
  for (const member of ['captured', 'refunded', 'pending', 'refundable'] as const) {
    const isAmount = minor(summary[member]) >= 0n;
    expect(isAmount, `${member}: a decimal string in ${payment.currency}`, `it is "${summary[member]}"`, exchange);
  }
  const captured = minor(summary.captured);
  expect(
    captured === minor(payment.captured),
    `captured: ${payment.captured}`,
    `captured is ${summary.captured}`,
    exchange,
  );
  const remaining = captured - minor(amount);
  const expected = toDecimal(remaining, payment.currency);
  expect(
    minor(summary.refundable) === remaining,
    `refundable: ${expected}`,
    `refundable is ${summary.refundable}`,
    exchange,
  );
  const sum = minor(summary.refunded) + minor(summary.pending) + minor(summary.refundable);
  expect(
    sum === captured,
    'captured = refunded + pending + refundable',
    `${summary.captured} is not ${summary.refunded} + ${summary.pending} + ${summary.refundable}`,
    exchange,
  );
}

/** The name of each wrong member, and what is wrong with it. */
function describeWrongMembers(error: z.core.$ZodError | undefined): string {
  const issues = error?.issues ?? [];
  return issues.map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`).join('; ');
}
