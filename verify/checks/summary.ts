import * as z from 'zod/mini';

import { paymentSummary, toDecimal, type PaymentSummary } from '../../contract/index.ts';
import { expect, type Check } from '../check.ts';
import type { Exchange } from '../drive.ts';
import { NotJudged } from '../not-judged.ts';
import type { Payment } from '../profile.ts';
import type { World } from '../world.ts';
import { isTaken } from './currencies.ts';
import { inWords, noPayment } from './held.ts';
import { outcomeOf } from './outcomes.ts';
import { parseSummaryAmount } from './sums.ts';

/** What the proxy's own payment says of a plain refund. */
export const SUMMARY: readonly Check[] = [
  {
    id: 'payment-summary',
    title: 'The proxy serves the captured, refunded and refundable amounts',
    level: 'recommended',
    why:
      'The form shows them before the admin types an amount. Otherwise the page must provide them. By its refund_id the form finds ' +
      'a refund that it shows, and what has become of it.',
    mend:
      'Serve GET /payments/{id}: captured, refunded, pending and refundable as decimal strings with the decimals of the currency. ' +
      'If it lists refunds, give each the refund_id that the provider has named.',
    run: (world) => eachTender(world, describesRefund),
  },
  {
    id: 'summary-true',
    title: 'The payment that the proxy serves shows no amount that is not true',
    level: 'required',
    why:
      'A person reads these figures and decides by them, and the form sends amounts up to refundable, in this currency. With another ' +
      'currency, or more captured than was paid, the customer is promised and sent what nobody owes.',
    mend:
      'Take currency and captured of GET /payments/{id} from your own order, and write refundable as what is left of it: captured = ' +
      'refunded + pending + refundable. Give each refund that it lists the amount that was asked for. Let nothing on the way change ' +
      'the answer. If you do not know a figure, do not serve the payment.',
    async run(world) {
      const untouched = await world.payment();
      const { summary, exchange } = await readSummary(world, untouched);
      if (!summary) throw noPayment(exchange.answer.status);
      expectFigures(summary, untouched, '0', exchange);
      await eachTender(world, tellsTheTruth);
    },
  },
];

/** A plain refund, and the payment as the proxy serves it then. */
interface Served {
  readonly payment: Payment;
  readonly amount: string;
  readonly key: string;
  readonly exchange: Exchange;
  /** `undefined` when the answer is no payment. */
  readonly summary: PaymentSummary | undefined;
}

/** Refunds a payment in each currency, and reads it. */
async function eachTender(world: World, judge: (served: Served) => void): Promise<void> {
  await refundAndRead(world, await world.payment(), '1.00', judge);
  for (const tender of world.tenders) {
    await refundAndRead(world, await world.payment({ tender }), tender.delicateAmounts[0], judge);
  }
}

async function refundAndRead(
  world: World,
  payment: Payment,
  amount: string,
  judge: (served: Served) => void,
): Promise<void> {
  const key = world.key();
  const watch = world.watch();
  const creation = await world.refund(payment, amount, { key });
  if (!isTaken(world, { payment, amount }, creation, watch.creates(payment))) return;
  judge({ payment, amount, key, ...(await readSummary(world, payment)) });
}

async function readSummary(world: World, payment: Payment) {
  const exchange = await world.read(`/payments/${encodeURIComponent(payment.id)}`);
  const { status, json } = exchange.answer;
  return { exchange, summary: status === 200 ? z.safeParse(paymentSummary, json).data : undefined };
}

function describesRefund({ payment, key, exchange }: Served): void {
  const { status, json } = exchange.answer;
  expect(status === 200, 'a payment summary', `it was answered ${outcomeOf(exchange)}`, exchange);
  const parsed = z.safeParse(paymentSummary, json);
  expect(parsed.success, 'a payment summary', describeWrongMembers(parsed.error), exchange);
  const summary = parsed.data;
  for (const member of FIGURES) {
    const isAmount = parseSummaryAmount(summary[member], payment.currency) >= 0n;
    expect(isAmount, `${member}: a decimal string in ${payment.currency}`, `it is "${summary[member]}"`, exchange);
  }
  const row = summary.refunds?.find(({ idempotency_key: listed }) => listed === key);
  const isNamed = row === undefined || row.standing === 'unknown' || !!row.refund_id;
  expect(isNamed, "refund_id: the provider's id of the refund", 'the refund is listed without it', exchange);
}

/** What is no payment is for payment-summary: the form shows none of it. */
function tellsTheTruth({ payment, amount, exchange, summary }: Served): void {
  if (!summary) return;
  expectFigures(summary, payment, amount, exchange);
  const { refunds: rows = [] } = summary;
  const [, other] = rows;
  expect(
    !other,
    'no refund but the one that was made',
    `another one of ${other?.amount} is listed: ${other && inWords(other)}`,
    exchange,
  );
  const minor = (text: string) => parseSummaryAmount(text, payment.currency);
  for (const { amount: listed, currency } of rows) {
    const isSame = minor(listed) === minor(amount) && (currency ?? payment.currency) === payment.currency;
    const came = `it is listed as ${listed} ${currency ?? payment.currency}`;
    expect(isSame, `the refund listed as ${amount} ${payment.currency}`, came, exchange);
  }
}

const FIGURES = ['captured', 'refunded', 'pending', 'refundable'] as const;

/** @throws NotJudged when a figure is no amount */
function expectFigures(summary: PaymentSummary, payment: Payment, amount: string, exchange: Exchange): void {
  for (const [member, expected] of [
    ['payment_id', payment.id],
    ['currency', payment.currency],
  ] as const) {
    expect(summary[member] === expected, `${member}: ${expected}`, `${member} is ${summary[member]}`, exchange);
  }
  const minor = (text: string) => parseSummaryAmount(text, payment.currency);
  if (FIGURES.some((member) => minor(summary[member]) < 0n))
    throw new NotJudged('A figure is no amount: see payment-summary');
  const captured = minor(summary.captured);
  const isPaid = captured === minor(payment.captured);
  expect(isPaid, `captured: ${payment.captured}`, `captured is ${summary.captured}`, exchange);
  const left = captured - minor(amount);
  const came = `refundable is ${summary.refundable}`;
  expect(minor(summary.refundable) === left, `refundable: ${toDecimal(left, payment.currency)}`, came, exchange);
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
