import { expect, type Check } from '../check.ts';
import { assumeFiguresHold, assumeHeld, expectHeld, readKey, type Held } from './held.ts';
import { refundElsewhere } from './elsewhere.ts';
import { LOSSES, loseRefund, SILENT } from './losses.ts';
import { outcomeOf } from './outcomes.ts';
import { readAtProvider } from './pass-through.ts';
import { assumeAnySumIsKept, assumeSumIsKept, freesNothing, makeLargeRefund, share } from './sums.ts';
import type { World } from '../world.ts';

const LATE = 'a list of the provider that does not show the refund';

/** What the provider's list does not say: it may be late, and it may show refunds of others. */
export const UNLISTED: readonly Check[] = [
  {
    id: 'refund-unlisted',
    title: 'A refund that the provider does not list still counts',
    level: 'counted',
    why:
      'A list may be late, may come from a cache, or may show another refund. A proxy that takes a missing refund for a cancelled ' +
      'one frees its amount, and it is refunded twice.',
    mend: 'Free an amount only when the provider says of this refund that it has failed or is cancelled. A list or a read without it says nothing.',
    async run(world) {
      await assumeAnySumIsKept(world);
      await assumeFiguresHold(world);
      const { list } = world.profile;
      await survivesList(world, LATE, list.empty);
      await survivesList(world, 'a list that shows another refund in its place', list.rename);
      await survivesRead(world);
    },
  },
  {
    id: 'lost-answer-unlisted',
    title: 'What the provider lists does not settle a refund whose answer was lost',
    level: 'counted',
    why:
      'The list may be late: a proxy that finds nothing there says that nothing was refunded, and frees an amount that is gone. Or ' +
      'it shows a refund that a colleague made in the dashboard: a proxy that takes it for its own reports a refund that was never made.',
    mend:
      'Let a list settle nothing, unless it has a mark of your own, such as your key in metadata. Without one answer 504 ' +
      'outcome_unknown, hold the amount, and let a person settle the refund.',
    async run(world) {
      await assumeAnySumIsKept(world);
      await assumeFiguresHold(world);
      await survivesLateList(world);
      for (const percent of [60n, 10n]) await survivesOther(world, percent);
    },
  },
];

/** A refund of 60 % of a payment. */
async function makeRefund(world: World) {
  const { profile } = world;
  const payment = await world.payment();
  const key = world.key();
  const { answer } = await makeLargeRefund(world, payment, key);
  await assumeSumIsKept(world, payment);
  const reads = profile.reads(payment, profile.refundId(answer.json) ?? '');
  const isList = (read: string) => new RegExp(`^${profile.list.path}`).test(read);
  return { payment, key, amount: share(payment, 60n), reads, isList };
}

/** The proxy reads a list that does not show its refund, for the form and for the payment. */
async function survivesList(world: World, what: string, change: (text: string) => string): Promise<void> {
  const { reads, isList, ...made } = await makeRefund(world);
  lists(world, change);
  for (const read of reads.filter(isList)) await readAtProvider(world, read);
  await stillCounts(world, { ...made, what });
}

/** The form reads the refund, and the provider does not find it. */
async function survivesRead(world: World): Promise<void> {
  const { prefix, missing } = world.profile;
  const { reads, isList, ...made } = await makeRefund(world);
  for (const read of reads.filter((path) => !isList(path))) {
    world.recorder.rewrite({ method: 'GET', path: prefix + read, isKept: true, instead: missing });
    await readAtProvider(world, read);
  }
  await stillCounts(world, { ...made, what: 'a read that does not find the refund' });
}

async function stillCounts(world: World, held: Held): Promise<void> {
  await expectHeld(world, held);
  const { exchange } = await readKey(world, held.payment, held.key);
  await freesNothing(world, held.payment, held.what, exchange);
  world.recorder.clear();
  await expectHeld(world, held);
}

/** The refund was made, and the provider does not list it yet. */
async function survivesLateList(world: World): Promise<void> {
  const payment = await world.payment();
  // It fits twice, so that nothing but the list is a reason to refuse it when it is sent again.
  const amount = share(payment, 45n);
  const { key, exchange } = await loseRefund(world, payment, amount, LOSSES[0]);
  if (world.claim(exchange) === 'nothing') return;
  await assumeHeld(world, { payment, key, amount, what: LOSSES[0].what });
  lists(world, world.profile.list.empty);
  await expectHeld(world, { payment, key, amount, what: LATE });
  const again = await world.refund(payment, amount, { key });
  const came = `${outcomeOf(again)} says that no money moved`;
  expect(world.claim(again) !== 'nothing', `the refund, or an unknown outcome, after ${LATE}`, came, again);
  await expectHeld(world, { payment, key, amount, what: LATE });
  await freesNothing(world, payment, LATE, again);
  world.recorder.clear();
}

/** The refund was not made, and somebody makes another one in the provider's dashboard. */
async function survivesOther(world: World, percent: bigint): Promise<void> {
  const payment = await world.payment();
  const amount = share(payment, 40n);
  const { key, exchange } = await loseRefund(world, payment, amount, SILENT[0]);
  if (world.claim(exchange) === 'nothing') return;
  const other = await refundElsewhere(world, payment, share(payment, percent));
  const { rows, exchange: read } = await readKey(world, payment, key);
  const isListed = rows.some((row) => row.refund_id === other);
  expect(!isListed, 'the key not listed with a refund made elsewhere', 'it is listed with it', read);
  const again = await world.refund(payment, amount, { key });
  const id = world.profile.refundId(again.answer.json);
  const isOther = world.claim(again) === 'refunded' && id === other;
  expect(!isOther, 'no refund made elsewhere reported for this key', 'the answer names it', again);
}

/** From now on each list of the provider comes changed. */
function lists({ recorder, profile }: World, change: (text: string) => string): void {
  recorder.rewrite({ method: 'GET', path: new RegExp(`^${profile.prefix}${profile.list.path}`), isKept: true, change });
}
