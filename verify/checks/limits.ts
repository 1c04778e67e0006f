import * as z from 'zod/mini';

import { EXPECTED_REFUNDABLE, parseDecimal, paymentSummary, toDecimal } from '../../contract/index.ts';
import { expect, type Check } from '../check.ts';
import type { Payment } from '../profile.ts';
import { shown } from './idempotency.ts';

export const LIMITS: readonly Check[] = [
  {
    id: 'over-refund',
    title: 'Together no refunds exceed what was captured',
    level: 'required',
    why: 'Two admins, each with a refund that fits, give back more than was paid.',
    mend: 'Reserve the amount in one transaction with the sum of all refunds that have not failed, before you call the provider.',
    async run(world) {
      const payment = await world.payment();
      const part = share(payment, 60n);
      const all = await Promise.all([1, 2, 3].map(() => world.refund(payment, part)));
      const made = await world.refunds(payment);
      expect(made === 1, 'one of three refunds of 60 % each', `there are ${made}`);
      const said = all.filter((exchange) => world.claim(exchange) === 'refunded').length;
      expect(said === 1, 'one answer with a refund', `there are ${said}`);
    },
  },
  {
    id: 'over-refund-unsent',
    title: 'A refund above what is left never reaches the provider',
    level: 'recommended',
    why: 'Not every provider counts what is pending or lost. Your own orders and ledger do.',
    mend: 'Take the captured amount from your own order, never from the browser, and answer 422 amount_above_refundable.',
    async run(world) {
      const payment = await world.payment();
      await world.refund(payment, share(payment, 60n));
      const watch = world.watch();
      const exchange = await world.refund(payment, share(payment, 60n));
      expect(world.claim(exchange) === 'nothing', 'a refusal such as 422', `it was ${shown(exchange)}`, exchange);
      const sent = watch.writes().length;
      expect(sent === 0, 'no call of the provider', `there were ${sent}`, exchange);
    },
  },
  {
    id: 'expected-refundable',
    title: 'A refund decided on an outdated figure is refused',
    level: 'recommended',
    why: 'The admin saw another amount as refundable than there is now: a colleague was faster.',
    mend: 'Compare X-Expected-Refundable with your own figure and answer 412 refundable_changed when they differ.',
    async run(world) {
      const payment = await world.payment();
      await world.refund(payment, '1.00');
      const watch = world.watch();
      const headers = { [EXPECTED_REFUNDABLE]: payment.captured };
      const exchange = await world.refund(payment, '1.00', { headers });
      expect(world.claim(exchange) === 'nothing', 'a refusal such as 412', `it was ${shown(exchange)}`, exchange);
      const sent = watch.writes().length;
      expect(sent === 0, 'no call of the provider', `there were ${sent}`, exchange);
    },
  },
  {
    id: 'one-in-flight',
    title: 'While one refund of an order is unknown, another is refused',
    level: 'recommended',
    why: 'This provider lists refunds without amounts. With two open at once nobody can tell which of them was carried out.',
    mend: 'Answer 409 payment_busy while a refund of the order is in flight or unknown, until a person has settled it.',
    appliesTo: ({ deduplicates }) => !deduplicates,
    async run(world) {
      const payment = await world.payment();
      await world.scenario('drop_after_commit');
      await world.refund(payment, '1.00');
      const watch = world.watch();
      const exchange = await world.refund(payment, '1.00');
      const sent = watch.creates(payment).length;
      expect(sent === 0, 'no call of the provider', `there were ${sent}`, exchange);
      expect(world.claim(exchange) === 'nothing', 'a refusal such as 409', `it was ${shown(exchange)}`, exchange);
    },
  },
  {
    id: 'payment-summary',
    title: 'The proxy tells what was captured, refunded and is left',
    level: 'recommended',
    why: 'The form shows it before the admin types an amount; otherwise the page has to give it.',
    mend: 'Serve GET /payments/{id}: captured = refunded + pending + refundable, as decimal strings.',
    async run(world) {
      const payment = await world.payment();
      await world.refund(payment, '1.00');
      const exchange = await world.read(`/payments/${encodeURIComponent(payment.id)}`);
      const summary = z.safeParse(paymentSummary, exchange.answer.json).data;
      expect(summary !== undefined, 'a payment summary', `it was answered ${shown(exchange)}`, exchange);
      const minor = (text: string) => exact(text, payment.currency);
      const captured = minor(summary.captured);
      expect(
        captured === minor(payment.captured),
        `captured ${payment.captured}`,
        `it is ${summary.captured}`,
        exchange,
      );
      const left = captured - minor('1.00');
      const expected = toDecimal(left, payment.currency);
      expect(minor(summary.refundable) === left, `refundable ${expected}`, `it is ${summary.refundable}`, exchange);
      const sum = minor(summary.refunded) + minor(summary.pending) + minor(summary.refundable);
      expect(sum === captured, 'captured = refunded + pending + refundable', 'they do not add up', exchange);
    },
  },
];

/** So many hundredths of what was captured. */
function share({ captured, currency }: Payment, percent: bigint): string {
  return toDecimal((exact(captured, currency) * percent) / 100n, currency);
}

/** Minor units; -1 when it is no amount, which no figure is. */
function exact(text: string, currency: string): bigint {
  const parsed = parseDecimal(text, currency);
  return parsed.ok ? parsed.minor : -1n;
}
