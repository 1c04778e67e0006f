import { toDecimal } from '../../contract/index.ts';
import { expect, type Check } from '../check.ts';
import type { Exchange } from '../drive.ts';
import { LeftOut, NotJudged } from '../not-judged.ts';
import type { OtherTender, Payment, Tender } from '../profile.ts';
import type { ProviderCall } from '../recorder.ts';
import type { World } from '../world.ts';
import { assumeNotBusy } from './busy.ts';
import { outcomeOf } from './outcomes.ts';
import { expectMembers, memberOf } from './pass-through.ts';
import { assumeAnySumIsKept, parseSummaryAmount } from './sums.ts';

/** Amounts in currencies that have not the two decimals of most. */
export const CURRENCIES: readonly Check[] = [
  {
    id: 'currencies-unchanged',
    title: 'Amounts with three decimals, and with none, reach the provider as they are',
    level: 'required',
    why:
      'KWD has three decimals and JPY has none. A proxy that writes every amount with two refunds 1.00 or 1.01 KWD for 1.005, ' +
      'and one that cuts zeros off refunds 12 JPY for 1200.',
    mend: 'Pass the amount on as it is written. Where you calculate, take the number of decimals from ISO 4217, by the currency of the order.',
    appliesTo: ({ tenders }) => tenders.length > 0,
    async run(world) {
      if (world.tenders.length === 0) throw new LeftOut('With --payment verify makes no payments in other currencies');
      let takenCount = 0;
      for (const tender of world.tenders) takenCount += await countPassedOn(world, tender);
      if (takenCount === 0) throw new LeftOut('The proxy takes no payments in other currencies');
    },
  },
  {
    id: 'currencies-counted',
    title: 'The sum of refunds is exact in the smallest unit of each currency',
    level: 'counted',
    why:
      'A ledger that counts KWD in hundredths takes 60.001 + 40.000 for 100.000, and pays more than was captured. One that counts ' +
      'in floats refuses the last fils.',
    mend: 'Keep amounts as whole numbers of minor units, with as many decimals as ISO 4217 gives the currency of the order.',
    async run(world) {
      await assumeAnySumIsKept(world);
      const { currency, captured } = world.profile;
      for (const tender of [{ currency, captured }, ...world.tenders]) {
        for (const first of firstParts(tender)) await countsExactly(world, tender, first);
      }
    },
  },
];

/** Sends amounts in this currency, and counts those that reach the provider: each must be unchanged. */
async function countPassedOn(world: World, tender: OtherTender): Promise<number> {
  const { profile } = world;
  const payment = await world.payment({ tender });
  let count = 0;
  for (const amount of tender.delicateAmounts) {
    const body = profile.body(payment, amount);
    const watch = world.watch();
    const exchange = await world.write(profile.refundPath, { body });
    const calls = watch.creates(payment);
    if (!isTaken(world, { payment, amount }, exchange, calls)) continue;
    expectMembers(body, calls, exchange);
    count += 1;
  }
  return count;
}

/**
 * What is refunded first, in minor units: one more than 60 %, and the next amount of which `Math.trunc(float * 100)` is one less
 * than it is. A sum that is counted so lets one minor unit more through.
 */
function firstParts({ currency, captured }: Tender): ReadonlySet<bigint> {
  const all = parseSummaryAmount(captured, currency);
  const above = (all * 60n) / 100n + 1n;
  const units = Number(all) / Number(captured);
  let cut = above;
  while (cut < all && BigInt(Math.trunc(Number(toDecimal(cut, currency)) * units)) === cut) cut += 1n;
  // Without decimals nothing is cut.
  return new Set([above, cut < all ? cut : above]);
}

/** Refunds this first: then one minor unit more than what is left does not fit, and what is left does, in two parts. */
async function countsExactly(world: World, tender: Tender, first: bigint): Promise<void> {
  const payment = await world.payment({ tender });
  const { captured, currency } = payment;
  const decimal = (minor: bigint) => toDecimal(minor, currency);
  const all = parseSummaryAmount(captured, currency);
  const left = all - first;
  const amount = decimal(first);
  const { exchange, calls } = await refundExactly(world, payment, amount);
  if (!isTaken(world, { payment, amount }, exchange, calls)) return;
  if (world.claim(exchange) !== 'refunded') {
    throw new NotJudged(`A refund of ${amount} ${currency} was answered ${outcomeOf(exchange)}`);
  }
  const tooMuch = decimal(left + 1n);
  const above = await refundExactly(world, payment, tooMuch);
  const expected = `less than ${tooMuch} ${currency} to be refundable`;
  expect(above.calls.length === 0, expected, 'a refund of it reached the provider', above.exchange);
  const part = awkwardPart({ all, first, decimal });
  for (const rest of [part, left - part]) {
    const last = await refundExactly(world, payment, decimal(rest));
    assumeNotBusy(world, last.exchange, last.calls);
    const fitting = `a refund of ${decimal(rest)} ${currency}, which is still refundable`;
    expect(last.calls.length > 0, fitting, `it was answered ${outcomeOf(last.exchange)}`, last.exchange);
  }
}

/** @throws NotJudged when the provider gets another amount: then the proxy may count that one */
async function refundExactly(world: World, payment: Payment, amount: string) {
  const { profile } = world;
  const body = profile.body(payment, amount);
  const watch = world.watch();
  const exchange = await world.write(profile.refundPath, { body });
  const calls = watch.creates(payment);
  const { amountMember } = profile;
  const isChanged = calls.some((call) => memberOf(call, amountMember) !== JSON.stringify(body[amountMember]));
  if (isChanged) throw new NotJudged(`The provider gets another amount than ${amount} ${payment.currency}`);
  return { exchange, calls };
}

interface Sum {
  readonly all: bigint;
  readonly first: bigint;
  readonly decimal: (minor: bigint) => string;
}

/** A part of what is left, in minor units, after which the rest does not fit for whoever calculates with floats. */
function awkwardPart({ all, first, decimal }: Sum): bigint {
  const float = (minor: bigint) => Number(decimal(minor));
  for (let part = all - first - 1n; part > 0n; part -= 1n) {
    const sum = float(first) + float(part);
    const rest = float(all - first - part);
    if (rest > float(all) - sum && sum + rest > float(all)) return part;
  }
  // With so few decimals floats are exact.
  return 1n;
}

/**
 * Whether the proxy takes such a refund. It may refuse other currencies than the usual one, or more than two decimals: a
 * note then says that nothing is said of them.
 */
export function isTaken(
  world: World,
  { payment: { currency }, amount }: { readonly payment: Payment; readonly amount: string },
  exchange: Exchange,
  creates: readonly ProviderCall[],
): boolean {
  if (currency === world.profile.currency || creates.length > 0 || world.claim(exchange) !== 'nothing') return true;
  world.remark(`The proxy refuses a refund of ${amount} ${currency}, so nothing is said of it`);
  return false;
}
