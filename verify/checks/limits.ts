import * as z from 'zod/mini';

import { EXPECTED_REFUNDABLE, paymentSummary } from '../../contract/index.ts';
import { expect, Mismatch, type Check } from '../check.ts';
import type { StartLine } from '../gate.ts';
import { NotJudged } from '../not-judged.ts';
import type { Payment } from '../profile.ts';
import type { World } from '../world.ts';
import { assumeNotBusy } from './busy.ts';
import { refundElsewhere } from './elsewhere.ts';
import { countSends, outcomeOf } from './outcomes.ts';
import { LOSSES, loseRefund } from './losses.ts';
import { assumeAnySumIsKept, makeLargeRefund, parseSummaryAmount, percentOf, share } from './sums.ts';

/** How many refunds of 60 % are sent together. */
const AT_ONCE = 5;

export const LIMITS: readonly Check[] = [
  {
    id: 'over-refund',
    title: 'The sum of all refunds never exceeds the captured amount',
    level: 'required',
    why: 'Two admins each make a refund that fits. Together the two refunds are more than was paid.',
    mend: 'Before you call the provider, read the sum of all refunds that have not failed and reserve the amount, in one transaction.',
    run: (world) =>
      world.untilSeen(async () => {
        const { payment, answers, isSeen } = await sendAllAtOnce(world);
        const refundCount = await world.refunds(payment);
        expect(refundCount === 1, 'one of five refunds of 60 % each', `there are ${refundCount}`);
        const answersWithRefund = answers.filter((exchange) => world.claim(exchange) === 'refunded').length;
        expect(answersWithRefund === 1, 'one answer with a refund', `there are ${answersWithRefund}`);
        return isSeen;
      }),
  },
  {
    id: 'over-refund-concurrent',
    title: 'Refunds that arrive at the same time are counted together',
    level: 'counted',
    why:
      'Otherwise each of them reads the same sum and fits. Then only the provider can refuse, and not every provider counts ' +
      'pending refunds.',
    mend:
      'Read the sum and write the reservation in one transaction that locks the payment (SELECT ... FOR UPDATE, ' +
      'BEGIN IMMEDIATE), after you have read the order.',
    run: (world) =>
      world.untilSeen(async () => {
        const { callCount, isSeen } = await sendAllAtOnce(world);
        expect(callCount === 1, 'one call of the provider for five refunds of 60 % each', `there were ${callCount}`);
        return isSeen;
      }),
  },
  {
    id: 'over-refund-unsent',
    title: 'A refund above the refundable amount never reaches the provider',
    level: 'counted',
    why: 'Not every provider counts refunds that are pending or whose answer was lost. Your own orders and ledger do.',
    mend: 'Take the captured amount from your own order, and never a limit from the browser. Answer 422 amount_above_refundable.',
    async run(world) {
      const payment = await world.payment();
      await makeLargeRefund(world, payment);
      const watch = world.watch();
      // Another amount: a proxy that takes equal refunds for one has another mistake.
      const exchange = await world.refund(payment, share(payment, 70n));
      expect(
        world.claim(exchange) === 'nothing',
        'a refusal with effect: nothing, such as 422',
        `it was ${outcomeOf(exchange)}`,
        exchange,
      );
      const callCount = watch.writes().length;
      expect(callCount === 0, 'no call of the provider', `there were ${callCount}`, exchange);
      // What a browser says that it saw is no limit: a page of yesterday says it, too, and anybody can write it.
      const headers = { [EXPECTED_REFUNDABLE]: payment.captured };
      const told = await world.refund(payment, share(payment, 65n), { headers });
      const toldCount = watch.writes().length;
      const came = `there were ${toldCount}, after ${EXPECTED_REFUNDABLE}: ${payment.captured}`;
      expect(toldCount === 0, 'no call of the provider', came, told);
    },
  },
  {
    id: 'elsewhere-counted',
    title: 'What the order says was refunded elsewhere counts as refunded',
    level: 'counted',
    why:
      'A refund made in the provider’s dashboard is not in your ledger. If it does not count, the next refund pays more than ' +
      'was captured.',
    mend:
      'Read the order again for each read of the payment and before each refund: keep none of its figures. Subtract its ' +
      'refunded_elsewhere from the refundable amount, and add it to refunded in the summary.',
    needsOrders: true,
    async run(world) {
      await assumeAnySumIsKept(world);
      const { captured, currency } = world.profile;
      const payment = await world.payment({ refundedElsewhere: percentOf(captured, currency, 60n) });
      const watch = world.watch();
      const exchange = await world.refund(payment, share(payment, 60n));
      expect(
        world.claim(exchange) === 'nothing',
        'a refusal with effect: nothing, such as 422',
        `it was ${outcomeOf(exchange)}`,
        exchange,
      );
      const callCount = watch.writes().length;
      expect(callCount === 0, 'no call of the provider', `there were ${callCount}`, exchange);
      const rest = share(payment, 40n);
      await tellsRefundable(world, payment, rest);
      const last = await world.refund(payment, rest);
      const isMade = world.claim(last) === 'refunded';
      expect(isMade, `a refund of the ${rest} that are left`, `it was ${outcomeOf(last)}`, last);
      await countsWhatIsNew(world);
    },
  },
  {
    id: 'elsewhere-listed',
    title: 'While the provider lists a refund that nobody knows, nothing more is refunded',
    level: 'counted',
    why:
      'A refund made in the provider’s dashboard is in its list, without an amount. Until somebody says how much it was, the next ' +
      'refund may pay more than was captured.',
    mend:
      'Read check-refund before each refund. If it lists more refunds than your ledger and your order know, answer 409 ' +
      'refunded_elsewhere.',
    appliesTo: ({ deduplicates }) => !deduplicates,
    async run(world) {
      const payment = await world.payment();
      await refundElsewhere(world, payment, share(payment, 60n));
      const watch = world.watch();
      const exchange = await world.refund(payment, share(payment, 60n));
      const callCount = watch.writes().length;
      expect(callCount === 0, 'no call that moves money', `there were ${callCount}`, exchange);
      expect(
        world.claim(exchange) === 'nothing',
        'a refusal with effect: nothing, such as 409',
        `it was ${outcomeOf(exchange)}`,
        exchange,
      );
    },
  },
  {
    id: 'expected-refundable',
    title: 'A refund that is based on an outdated figure is refused',
    level: 'recommended',
    why: 'The refundable amount has changed since the admin saw it, for example because a colleague made a refund.',
    mend: 'Compare X-Expected-Refundable with your own figure and answer 412 refundable_changed when they differ.',
    async run(world) {
      const payment = await world.payment();
      await world.refund(payment, share(payment, 10n));
      const watch = world.watch();
      const amount = share(payment, 20n);
      const exchange = await world.refund(payment, amount, { headers: { [EXPECTED_REFUNDABLE]: payment.captured } });
      expect(
        world.claim(exchange) === 'nothing',
        'a refusal with effect: nothing, such as 412',
        `it was ${outcomeOf(exchange)}`,
        exchange,
      );
      const callCount = watch.writes().length;
      expect(callCount === 0, 'no call of the provider', `there were ${callCount}`, exchange);
      const currentWatch = world.watch();
      const current = await world.refund(payment, amount, { headers: { [EXPECTED_REFUNDABLE]: share(payment, 90n) } });
      assumeNotBusy(world, current, currentWatch.writes());
      const isMade = world.claim(current) === 'refunded';
      expect(isMade, 'the refund, with the present figure', `it was ${outcomeOf(current)}`, current);
    },
  },
  {
    id: 'one-in-flight',
    title: 'While one refund of an order is unknown, another is refused',
    level: 'recommended',
    why: 'This provider lists refunds without amounts. With two open refunds nobody can tell which one succeeded.',
    mend: 'Answer 409 payment_busy while a refund of the order is in flight or unknown, until a person has settled it.',
    appliesTo: ({ deduplicates }) => !deduplicates,
    async run(world) {
      const payment = await world.payment();
      await loseRefund(world, payment, '1.00', LOSSES[0]);
      const watch = world.watch();
      const exchange = await world.refund(payment, '2.00');
      const callCount = watch.creates(payment).length;
      expect(callCount === 0, 'no call of the provider', `there were ${callCount}`, exchange);
      expect(
        world.claim(exchange) === 'nothing',
        'a refusal with effect: nothing, such as 409',
        `it was ${outcomeOf(exchange)}`,
        exchange,
      );
    },
  },
];

/** An order may be kept for so long: who reads it at once has it new. */
const KEPT_AT_MOST_MS = 5_000;

/** The order of a payment that was read and refunded before says what was refunded elsewhere since. */
async function countsWhatIsNew(world: World): Promise<void> {
  try {
    await countsSince(world, 0);
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    await countsSince(world, KEPT_AT_MOST_MS);
  }
}

/** @param ms how long after the change the proxy is asked */
async function countsSince(world: World, ms: number): Promise<void> {
  const isRead = await changedOrder(world);
  const isRefunded = await changedOrder(world);
  await world.clock.pause(ms);
  await tellsAtMost(world, isRead, share(isRead, 40n));
  const watch = world.watch();
  const exchange = await world.refund(isRefunded, share(isRefunded, 50n));
  const came = 'there was one, although the order says since that 60 % were refunded elsewhere';
  expect(watch.creates(isRefunded).length === 0, 'no call of the provider', came, exchange);
}

/** A payment that was read, and 10 % of it refunded, before its order says that 60 % were refunded elsewhere. */
async function changedOrder(world: World): Promise<Payment> {
  const payment = await world.payment();
  await world.read(`/payments/${encodeURIComponent(payment.id)}`);
  const first = await world.refund(payment, share(payment, 10n));
  if (world.claim(first) !== 'refunded') throw new NotJudged(`A refund of 10 % was answered ${outcomeOf(first)}`);
  world.payments.refundedElsewhere(payment, share(payment, 60n));
  return payment;
}

/** Checks the figure in the summary of the payment. Without a summary the page says what can be refunded. */
async function tellsRefundable(world: World, payment: Payment, expected: string): Promise<void> {
  const { refundable, exchange } = await readRefundable(world, payment);
  if (refundable === undefined) return;
  const isTrue = parseSummaryAmount(refundable, payment.currency) === parseSummaryAmount(expected, payment.currency);
  expect(isTrue, `refundable: ${expected}`, `refundable is ${refundable}`, exchange);
}

/** The same, where another check says whether the refunds of the proxy itself are counted. */
async function tellsAtMost(world: World, payment: Payment, most: string): Promise<void> {
  const { refundable, exchange } = await readRefundable(world, payment);
  if (refundable === undefined) return;
  const isTrue = parseSummaryAmount(refundable, payment.currency) <= parseSummaryAmount(most, payment.currency);
  const came = `refundable is ${refundable}, although the order says since that 60 % were refunded elsewhere`;
  expect(isTrue, `refundable: at most ${most}`, came, exchange);
}

async function readRefundable(world: World, payment: Payment) {
  const exchange = await world.read(`/payments/${encodeURIComponent(payment.id)}`);
  const { status, json } = exchange.answer;
  const summary = status === 200 ? z.safeParse(paymentSummary, json).data : undefined;
  return { refundable: summary?.refundable, exchange };
}

/** Sends five refunds of 60 % of one payment together. `callCount`: how many different refunds reached the provider. */
async function sendAllAtOnce(world: World) {
  const payment = await world.payment();
  const part = share(payment, 60n);
  const watch = world.watch();
  const send = (start: StartLine) => world.refund(payment, part, { start });
  const { answers, isSeen } = await world.together(Array.from({ length: AT_ONCE }, () => send));
  const { keyHeader } = world.profile;
  return { payment, answers, callCount: countSends(watch.creates(payment), keyHeader), isSeen };
}
