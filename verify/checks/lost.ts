import { expect, type Check } from '../check.ts';
import { NotJudged } from '../not-judged.ts';
import type { Payment } from '../profile.ts';
import type { World } from '../world.ts';
import { countSends, outcomeOf } from './outcomes.ts';
import { leaveInFlight } from './in-flight.ts';
import { LOSSES, loseRefund, loseWrite, SILENT, SLOW } from './losses.ts';
import { holdsAmount, refundRoutes, twoVendors } from './routes.ts';
import { assumeAnySumIsKept, share } from './sums.ts';

/** What a proxy must still know after a lost answer. */
export const LOST: readonly Check[] = [
  {
    id: 'lost-answer-counted',
    title: 'After a lost answer the amount stays reserved until the outcome is known',
    level: 'counted',
    why:
      'If the proxy reports an unknown outcome but frees the amount, the next person refunds it again under another key, ' +
      'although the first refund may succeed.',
    mend: 'Free a reserved amount only when an answer says that no money moved: never in a catch, a finally or after a timeout.',
    async run(world) {
      await assumeAnySumIsKept(world);
      let isAnyHeld = false;
      for (const { path, prepare } of await refundRoutes(world)) {
        const isMain = path === world.profile.refundPath;
        for (const loss of isMain ? [...LOSSES, ...SILENT, SLOW] : [...LOSSES, SILENT[0]]) {
          const prepared = await prepare(world, 60n);
          const { exchange } = await loseWrite(world, prepared, loss);
          // That it says so is what lost-answer is about.
          if (world.claim(exchange, prepared.isMade) === 'nothing') continue;
          isAnyHeld = true;
          await holdsAmount(world, prepared, loss.what, exchange);
        }
        // How much of step 2 over vendors counts once it is answered is for vendors-counted.
        if (!isMain) continue;
        const prepared = await prepare(world, 60n);
        const { answers } = await leaveInFlight(world, prepared);
        if (answers.some((exchange) => world.claim(exchange, prepared.isMade) === 'nothing')) continue;
        await holdsAmount(world, prepared, 'a browser that went away', answers[0]);
      }
      for (const prepare of await twoVendors(world)) {
        const prepared = await prepare();
        const { exchange } = await loseWrite(world, prepared, SILENT[0]);
        if (world.claim(exchange, prepared.isMade) === 'nothing') continue;
        await holdsAmount(world, prepared, `${SILENT[0].what} of two vendors' refunds`, exchange);
      }
      if (!isAnyHeld) throw new NotJudged('The proxy calls no lost answer unknown: see lost-answer');
    },
  },
  {
    id: 'lost-answer-not-mistaken',
    title: 'An equal refund is not mistaken for the one whose answer was lost',
    level: 'promised',
    why:
      'Two items of one price are refunded, and the second request is lost. If the proxy looks for it by its amount, it finds ' +
      'the first refund and reports that. The customer never gets the second.',
    mend: 'Recognise a refund by a mark of your own, for example in metadata, or by its id. Only a person may match it by its amount.',
    async run(world) {
      for (const isFirst of [false, true]) {
        const payment = await world.payment();
        const equal = () => world.refund(payment, '1.00');
        const before = isFirst ? await equal() : undefined;
        const { key } = await loseRefund(world, payment, '1.00', SILENT[0]);
        const other = before ?? (await equal());
        const again = await world.refund(payment, '1.00', { key });
        if (world.claim(again) !== 'refunded') continue;
        const refundCount = await world.refunds(payment);
        const reported = [other, again].filter((exchange) => world.claim(exchange) === 'refunded').length;
        // If there are more, its key has made two: see lost-answer-same-key.
        const expected = `${reported} refunds, as many as the answers report`;
        expect(refundCount >= reported, expected, `there are ${refundCount}`, again);
        const [one, two] = [again, other].map(({ answer }) => world.profile.refundId(answer.json));
        const isSameRefund = one === two;
        expect(!isSameRefund, 'a refund of its own', 'the answer names the other refund', again);
      }
    },
  },
  {
    id: 'odd-amounts',
    title: 'An invalid amount changes no sum',
    level: 'counted',
    why:
      'A negative amount whose answer is lost frees money that was never reserved. NaN in a sum is worse: afterwards no amount ' +
      'is ever above the limit.',
    mend: 'Parse the amount from text into minor units, refuse any that is not positive, and never calculate with floats.',
    async run(world) {
      await assumeAnySumIsKept(world);
      const { profile, sandbox } = world;
      for (const odd of profile.oddAmounts) {
        const payment = await world.payment();
        await world.scenario('drop_before_commit');
        const body = { ...profile.body(payment, '1.00'), [profile.amountMember]: odd };
        const exchange = await world.write(profile.refundPath, { body });
        await sandbox.clearScenarios();
        const callCount = await countTwoRefunds(world, payment);
        const came = 'two refunds of 60 % each reached the provider';
        expect(callCount <= 1, `${profile.amountMember}: ${JSON.stringify(odd)} to change no sum`, came, exchange);
      }
    },
  },
];

/** Sends two refunds of 60 % each, and counts how many reach the provider. */
async function countTwoRefunds(world: World, payment: Payment): Promise<number> {
  const watch = world.watch();
  const part = share(payment, 60n);
  for (let time = 0; time < 2; time += 1) await world.refund(payment, part);
  return countSends(watch.creates(payment), world.profile.keyHeader);
}

/** How many writes a proxy must have seen since its first key before verify sends that key again. */
const WRITES_SINCE = 100;

/** Runs near the end, because it repeats the first refund of the run. */
export const REMEMBERED: Check = {
  id: 'key-remembered',
  title: 'The first key of the run is still known at its end',
  level: 'promised',
  why:
    'A cache forgets a key when enough new keys arrive. A form that was left open, or a restarted browser, then repeats a ' +
    'request that nobody recognises.',
  mend: 'Store keys in the database with the refunds, for the same time. Do not store them in memory or in a cache with a limit.',
  async run(world) {
    const { first } = world;
    if (!first) return;
    const { payment, key, exchange } = first;
    await sendRefunds(world, WRITES_SINCE - world.exchanges.length);
    const countBefore = await world.refunds(payment);
    const again = await world.refund(payment, '1.00', { key });
    const moreCount = (await world.refunds(payment)) - countBefore;
    expect(moreCount === 0, 'no other refund at the provider', `there are ${moreCount} more`, again);
    const { profile } = world;
    const refundId = profile.refundId(again.answer.json);
    const isTrue =
      refundId === undefined ? world.claim(again) !== 'nothing' : refundId === profile.refundId(exchange.answer.json);
    expect(isTrue, 'the first refund of the run', `it was answered ${outcomeOf(again)}, ${named(refundId)}`, again);
  },
};

const named = (id: string | undefined): string => (id === undefined ? 'without a refund' : `with the refund ${id}`);

/** Sends so many small refunds, each with a new key. */
async function sendRefunds(world: World, writes: number): Promise<void> {
  if (writes <= 0) return;
  const payment = await world.payment();
  for (let write = 0; write < writes; write += 1) await world.refund(payment, '0.10');
}
