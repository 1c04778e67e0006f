import * as z from 'zod/mini';

import { paymentSummary, toDecimal, type PaymentRefund } from '../../contract/index.ts';
import { expect, Mismatch } from '../check.ts';
import { LeftOut, NotJudged } from '../not-judged.ts';
import type { Payment } from '../profile.ts';
import type { World } from '../world.ts';
import { makeLargeRefund, parseSummaryAmount, share } from './sums.ts';

/** Standings that free the amount of a request. */
const FREE = new Set(['failed', 'cancelled', 'awaiting_approval']);
/** States that tell a form that nothing was refunded under its key. */
const ENDED = new Set(['failed', 'void']);

/** A request that may have moved money. */
export interface Held {
  readonly payment: Payment;
  readonly key: string;
  readonly amount: string;
  /** What happened to it, such as `drop_after_commit`. */
  readonly what: string;
}

/**
 * Reads the payment as the form does, and checks that it holds the amount and does not list the key as ended. A payment
 * without `refunds`, or without keys in them, is judged by its figures, and a proxy without payments not here.
 */
export async function expectHeld(world: World, { payment, key, amount, what }: Held): Promise<void> {
  const { summary, rows, exchange } = await readKey(world, payment, key);
  if (!summary) return;
  const ended = rows.find(frees);
  const expected = `the key listed as unknown, or as the refund that was made, after ${what}`;
  expect(!ended, expected, `GET /payments/{id} lists it as ${ended && inWords(ended)}`, exchange);
  const isMade = (await world.refunds(payment)) > 0;
  const untrue = rows.find(({ standing }) => standing !== 'unknown' && !isMade);
  const came = `GET /payments/{id} lists it as ${untrue && inWords(untrue)}, and the provider has no such refund`;
  expect(!untrue, expected, came, exchange);
  const { currency } = payment;
  const minor = (text: string) => parseSummaryAmount(text, currency);
  const most = minor(payment.captured) - minor(amount);
  expect(
    minor(summary.refundable) <= most,
    `${amount} to be held after ${what}: refundable at most ${toDecimal(most, currency)}`,
    `GET /payments/{id} says that ${summary.refundable} is refundable`,
    exchange,
  );
}

/** @throws NotJudged when the payment does not even hold the amount before anything else happens */
export async function assumeHeld(world: World, held: Held): Promise<void> {
  try {
    await expectHeld(world, held);
  } catch (error) {
    throw error instanceof Mismatch ? new NotJudged(`${error.came}: see lost-answer-recorded`) : error;
  }
}

/**
 * @throws LeftOut when the proxy answers no payment: then only its other answers can be judged
 * @throws NotJudged when nobody can read it, or when it does not even hold the amount of a plain refund
 */
export async function assumePaymentIsServed(world: World): Promise<void> {
  const { isRead, status } = await assumeFiguresHold(world);
  if (!isRead) throw noPayment(status);
}

/** @param status of an answer to GET /payments/{id} that is no payment */
export function noPayment(status: number): LeftOut | NotJudged {
  if (status !== 200) return new LeftOut('The proxy answers no GET /payments/{id}');
  return new NotJudged('GET /payments/{id} is answered with no payment: see payment-summary');
}

/** @throws NotJudged when the proxy's payment does not even hold the amount of a plain refund */
export async function assumeFiguresHold(world: World) {
  const payment = await world.payment();
  const key = world.key();
  await makeLargeRefund(world, payment, key);
  const { summary, exchange } = await readKey(world, payment, key);
  const { currency } = payment;
  const most = parseSummaryAmount(share(payment, 40n), currency);
  if (summary && parseSummaryAmount(summary.refundable, currency) > most) {
    throw new NotJudged('GET /payments/{id} does not count a plain refund: see summary-true');
  }
  return { isRead: summary !== undefined, status: exchange.answer.status };
}

/** Whether the payment lists the key as unknown. */
export async function isListedAsUnknown(world: World, payment: Payment, key: string): Promise<boolean> {
  const { rows } = await readKey(world, payment, key);
  return rows.some(({ standing }) => standing === 'unknown');
}

/** The proxy's own payment, and what it lists under the key. */
export async function readKey(world: World, payment: Payment, key: string) {
  const exchange = await world.read(`/payments/${encodeURIComponent(payment.id)}`);
  const summary = exchange.answer.status === 200 ? z.safeParse(paymentSummary, exchange.answer.json).data : undefined;
  const rows = summary?.refunds?.filter((row) => row.idempotency_key === key) ?? [];
  return { exchange, summary, rows };
}

/** Whether a payment that lists a request so says that its amount is free. */
export const frees = ({ standing, ended, state }: PaymentRefund): boolean =>
  FREE.has(standing) || isThere(ended) || ENDED.has(state ?? '');

const isThere = (text: string | null | undefined): boolean => text !== undefined && text !== null && text !== '';

export function inWords({ standing, ended, state, refund_id: id }: PaymentRefund): string {
  const members = Object.entries({ standing, ended, state, refund_id: id });
  return members.flatMap(([name, value]) => (isThere(value) ? [`${name}: ${value}`] : [])).join(', ');
}
