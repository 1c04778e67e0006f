import { askAndAgree, askForMuch } from './approval-steps.ts';
import { anotherAmount, create, lostAndAsked, overtaken } from './commands.ts';
import { failingDisk, refundAndRestore } from './disk-steps.ts';
import type { ProviderName } from './testbed.ts';
import { falseFailure, lostAndBack, lying } from './lying-steps.ts';
import {
  cancelledAndRefunded,
  contradictory,
  lying as lyingUpayments,
  offeredInstead,
} from './lying-steps-upayments.ts';
import { resolveOne, resolveUnknown } from './person.ts';
import { reload, step, type Step } from './step.ts';
import { again, FIRST, open, refundElsewhere, refundParts } from './vendor-steps.ts';
import type { Shop } from './world.ts';

type Schedule = [Shop, Step[]];

/**
 * Orders of events each of which shows a mistake of its own. They come before all that are drawn, whatever the seed, so that
 * no mistake of these kinds is found by luck.
 */
export function directed(provider: ProviderName): Schedule[] {
  return provider === 'uqpay' ? OF_UQPAY : OF_UPAYMENTS;
}

const DEAF: Shop = { hears: false, approvalAbove: undefined };
const HEARING: Shop = { hears: true, approvalAbove: undefined };
const CAREFUL: Shop = { hears: true, approvalAbove: 15 };

const refund = (units: number, via = 0) =>
  step('create', { order: 0, units, via, cut: 'none' as const, trouble: undefined, stale: false }, create);
const lost = step(
  'an answer is lost and asked for',
  { order: 0, units: 20, how: 'timeout' as const, seconds: 0 },
  lostAndAsked,
);
const anHour = step('time passes', { seconds: 3_600 }, (world, { seconds }) => world.pass(seconds * 1_000));
const page = (order: number) => step('reload the page', { order, via: 0 }, reload);

const asking = {
  order: 0,
  units: 20,
  between: 'nothing' as const,
  way: 'once' as const,
  stale: false,
  via: 0,
  cut: 'none' as const,
  trouble: undefined,
};

const lie = { order: 0, units: 10, isLost: true, seconds: 30 };

const forgotten = { order: 0, units: 20, before: 'none' as const, isLost: true, isReadFirst: false, seconds: 30 };

/** What both providers see in the same way. */
const SHARED: Schedule[] = [
  // The outcome of a lost answer is not known, and its key never makes a second refund.
  [DEAF, [lost]],
  // Two refunds of one amount are two, three of them are too much.
  [DEAF, [refund(35), refund(35, 1), refund(35)]],
  [DEAF, [refund(60), refund(60, 1), page(0)]],
  [HEARING, [refund(20), step('the same key with another amount', { which: 0, units: 10 }, anotherAmount)]],
  [CAREFUL, [step('ask for much', { order: 0, between: 'another refund' as const }, askForMuch)]],
  [CAREFUL, [step('ask for much', { order: 0, between: 'the asker agrees' as const }, askForMuch)]],
  [CAREFUL, [step('ask and agree', { ...asking, between: 'a day' as const }, askAndAgree)]],
  // A backup has forgotten a refund and its key.
  [DEAF, [step('refunds after a backup, and the backup restored', forgotten, refundAndRestore)]],
  // So many that their rows do not fit into the last pages.
  [
    DEAF,
    [
      step(
        'the disk fails',
        { orders: Array.from({ length: 12 }, () => 0), units: 5, why: 'full' as const },
        failingDisk,
      ),
    ],
  ],
  [DEAF, [step('the disk fails', { orders: [0, 1], units: 20, why: 'read_only' as const }, failingDisk)]],
  [DEAF, [step('the disk fails', { orders: [0, 0], units: 60, why: 'answer' as const }, failingDisk)]],
];

const OF_UQPAY: Schedule[] = [
  ...SHARED,
  [HEARING, [step('a read overtakes a webhook', { order: 0, units: 20 }, overtaken)]],
  [DEAF, [step('the provider lies', { ...lie, lie: 'wrong amount' as const }, lying)]],
  [DEAF, [step('the provider lies', { ...lie, order: 1, lie: 'wrong commit' as const }, lying)]],
  [DEAF, [step('the provider lies', { ...lie, isLost: false, lie: 'replayed answer' as const }, lying)]],
  [DEAF, [step('the provider tells of a failure that was none', { order: 0, units: 20 }, falseFailure), refund(20)]],
  [DEAF, [step('lost, and the clock set back', { order: 0, units: 20 }, lostAndBack)]],
];

const opening = (units: number) => step('open the vendors', { units }, (world) => open(world, units));
const parts = { first: true, isWhole: false, cut: 'none' as const, trouble: undefined, settles: undefined };
const SPLIT_OVER_TWO = [30, 0, 20] as const;

const OF_UPAYMENTS: Schedule[] = [
  ...SHARED,
  // A first step moves nothing, so what it asks for is free again, and it tells anew what each vendor has left.
  [DEAF, [opening(60), opening(60)]],
  [DEAF, [opening(FIRST), step('a vendor is refunded elsewhere', { which: 0, units: 30 }, refundElsewhere)]],
  [
    DEAF,
    [
      step(
        'refund vendors twice',
        { split: SPLIT_OVER_TWO, other: SPLIT_OVER_TWO, cut: 'none' as const, trouble: undefined },
        again,
      ),
    ],
  ],
  // Of two parts without an answer a person settles one; the other stays unknown.
  [
    DEAF,
    [
      step('refund vendors', { ...parts, split: SPLIT_OVER_TWO, cut: 'timeout' as const }, refundParts),
      step('a person settles one part', { which: 0 }, resolveOne),
      step('a person settles what is unknown', {}, resolveUnknown),
    ],
  ],
  [
    DEAF,
    [
      step(
        'refund vendors, and one part is settled meanwhile',
        {
          ...parts,
          split: SPLIT_OVER_TWO,
          cut: 'sleep_before_record' as const,
          trouble: { scenario: 'vendor_tampered' as const },
          settles: 0,
        },
        refundParts,
      ),
    ],
  ],
  [DEAF, [step('vendors are offered in place of a refund', { order: 0, units: 20 }, offeredInstead)]],
  [DEAF, [step('vendors are refunded and refused in one answer', { split: [5, 10, 0] as const }, contradictory)]],
  [DEAF, [step('a cancelled refund is told of as refunded', { order: 0, units: 20 }, cancelledAndRefunded)]],
  [
    DEAF,
    [
      step(
        'the provider lies',
        { ...lie, isLost: false, isBefore: true, lie: 'replayed answer' as const },
        lyingUpayments,
      ),
      anHour,
    ],
  ],
];
