import { parseDecimal, toDecimal } from '../../contract/index.ts';
import { expect } from '../check.ts';
import type { Exchange } from '../drive.ts';
import { NotJudged } from '../not-judged.ts';
import type { Payment } from '../profile.ts';
import type { World } from '../world.ts';
import { outcomeOf } from './outcomes.ts';

/**
 * Sends a second refund of 60 % to a payment that already has one. A proxy that lets it through keeps no sum.
 * @throws NotJudged when the proxy keeps no sum: then no event can free an amount
 */
export async function assumeSumIsKept(world: World, payment: Payment): Promise<void> {
  const watch = world.watch();
  await world.refund(payment, share(payment, 60n));
  if (watch.creates(payment).length > 0) {
    throw new NotJudged('The proxy keeps no sum: see over-refund-unsent');
  }
}

/**
 * The same with a payment that nothing has happened to.
 * @throws NotJudged when the proxy keeps no sum, or when it makes no refund of 60 % at all
 */
export async function assumeAnySumIsKept(world: World): Promise<void> {
  const payment = await world.payment();
  await makeLargeRefund(world, payment);
  await assumeSumIsKept(world, payment);
}

/**
 * Makes a refund of 60 %.
 * @throws NotJudged when there is none: a proxy that refuses it refuses the second one, too
 */
export async function makeLargeRefund(world: World, payment: Payment, key = world.key()): Promise<Exchange> {
  const exchange = await world.refund(payment, share(payment, 60n), { key });
  if (world.claim(exchange) === 'refunded') return exchange;
  throw new NotJudged(`A refund of 60 % does not go through: it was answered ${outcomeOf(exchange)}`);
}

/**
 * Sends another refund of 60 % to a payment that already has one. It must not reach the provider.
 * @param what names the event before it, which must not have freed the amount
 * @param exchange the exchange of that event
 */
export async function freesNothing(world: World, payment: Payment, what: string, exchange: Exchange): Promise<void> {
  const watch = world.watch();
  await world.refund(payment, share(payment, 60n));
  const callCount = watch.creates(payment).length;
  expect(callCount === 0, `${what} to free nothing`, 'another refund of the amount reached the provider', exchange);
}

/** So many percent of the captured amount, as a decimal string. */
export function share({ captured, currency }: Payment, percent: bigint): string {
  return percentOf(captured, currency, percent);
}

export function percentOf(captured: string, currency: string, percent: bigint): string {
  return toDecimal((parseSummaryAmount(captured, currency) * percent) / 100n, currency);
}

/** The amount in minor units. -1 when the text is no amount: no valid figure is negative. */
export function parseSummaryAmount(text: string, currency: string): bigint {
  const parsed = parseDecimal(text, currency);
  return parsed.ok ? parsed.minor : -1n;
}
