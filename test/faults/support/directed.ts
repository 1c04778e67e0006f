import { askAndAgree, askForMuch } from './approval-steps.ts';
import {
  reuseKeyWithAnotherAmount,
  create,
  loseAnswerAndRetry,
  readBeforeWebhook,
  refundWhileRead,
} from './commands.ts';
import { refundOnFailingDisk, refundAndRestore, restoreAndRetry } from './disk-steps.ts';
import type { ProviderName } from './testbed.ts';
import { lieAgain, reportFalseFailure, loseAnswerAndSetClockBack, refundWhileLying } from './lying-steps.ts';
import {
  reportCancelledAsRefunded,
  refundAndRefuseVendors,
  refundWhileLying as lyingUpayments,
  answerWithVendors,
} from './lying-steps-upayments.ts';
import { resolveOne, resolveUnknown } from './person.ts';
import { reload, step, type Step } from './step.ts';
import { refundVendorsTwice, FIRST_STEP_UNITS, openVendors, refundElsewhere, refundParts } from './vendor-steps.ts';
import type { Shop } from './world.ts';

type Schedule = [Shop, Step[]];

/**
 * Schedules that each reveal one kind of mistake. They run before the random ones, with every seed, so that finding
 * these mistakes never depends on luck.
 */
export function directed(provider: ProviderName): Schedule[] {
  return provider === 'uqpay' ? OF_UQPAY : OF_UPAYMENTS;
}

const WITHOUT_WEBHOOKS: Shop = { hears: false, approvalAbove: undefined };
const WITH_WEBHOOKS: Shop = { hears: true, approvalAbove: undefined };
const WITH_APPROVALS: Shop = { hears: true, approvalAbove: 15 };

const refund = (units: number, via = 0) =>
  step('create', { order: 0, units, via, cut: 'none' as const, trouble: undefined, stale: false }, create);
const lostAnswer = step(
  'an answer is lost and asked for',
  { order: 0, units: 20, how: 'timeout' as const, seconds: 0 },
  loseAnswerAndRetry,
);
const anHour = step('time passes', { seconds: 3_600 }, (world, { seconds }) => world.passTime(seconds * 1_000));
const page = (order: number) => step('reload the page', { order, via: 0 }, reload);

const approvalValues = {
  order: 0,
  units: 20,
  between: 'nothing' as const,
  way: 'once' as const,
  stale: false,
  via: 0,
  cut: 'none' as const,
  trouble: undefined,
};

const lieValues = { order: 0, units: 10, isLost: true, seconds: 30 };

const restoreValues = { order: 0, units: 20, before: 'none' as const, isLost: true, isReadFirst: false, seconds: 30 };

/** Schedules for both providers. */
const SHARED: Schedule[] = [
  // The outcome of a lost answer is unknown, and its key never makes a second refund.
  [WITHOUT_WEBHOOKS, [lostAnswer]],
  // Two refunds of the same amount are two different refunds; three of them exceed the order.
  [WITHOUT_WEBHOOKS, [refund(35), refund(35, 1), refund(35)]],
  [WITHOUT_WEBHOOKS, [refund(60), refund(60, 1), page(0)]],
  // Another instance refunds between the trial of this one and its turn.
  [
    WITHOUT_WEBHOOKS,
    [step('two admins, one after the other has read', { order: 0, one: 60, other: 60 }, refundWhileRead)],
  ],
  [
    WITH_WEBHOOKS,
    [refund(20), step('the same key with another amount', { which: 0, units: 10 }, reuseKeyWithAnotherAmount)],
  ],
  [WITH_APPROVALS, [step('ask for much', { order: 0, between: 'another refund' as const }, askForMuch)]],
  [WITH_APPROVALS, [step('ask for much', { order: 0, between: 'the asker agrees' as const }, askForMuch)]],
  [WITH_APPROVALS, [step('ask and agree', { ...approvalValues, between: 'a day' as const }, askAndAgree)]],
  // A restored backup has lost a refund and its key.
  [WITHOUT_WEBHOOKS, [step('refunds after a backup, and the backup restored', restoreValues, refundAndRestore)]],
  // So many refunds that their rows do not fit into the last pages.
  [
    WITHOUT_WEBHOOKS,
    [
      step(
        'the disk fails',
        { orders: Array.from({ length: 12 }, () => 0), units: 5, why: 'full' as const },
        refundOnFailingDisk,
      ),
    ],
  ],
  [
    WITHOUT_WEBHOOKS,
    [step('the disk fails', { orders: [0, 1], units: 20, why: 'read_only' as const }, refundOnFailingDisk)],
  ],
  [
    WITHOUT_WEBHOOKS,
    [step('the disk fails', { orders: [0, 0], units: 60, why: 'answer' as const }, refundOnFailingDisk)],
  ],
];

const OF_UQPAY: Schedule[] = [
  ...SHARED,
  // Within a day UQPAY itself recognises the key that the ledger has lost.
  [
    WITHOUT_WEBHOOKS,
    [step('refunds after a backup, and the backup restored', { ...restoreValues, seconds: 90_000 }, refundAndRestore)],
  ],
  [WITH_WEBHOOKS, [step('a read overtakes a webhook', { order: 0, units: 20 }, readBeforeWebhook)]],
  [WITHOUT_WEBHOOKS, [step('the provider lies', { ...lieValues, lie: 'wrong amount' as const }, refundWhileLying)]],
  [
    WITHOUT_WEBHOOKS,
    [step('the provider lies', { ...lieValues, order: 1, lie: 'wrong commit' as const }, refundWhileLying)],
  ],
  [
    WITHOUT_WEBHOOKS,
    [step('the provider lies', { ...lieValues, isLost: false, lie: 'replayed answer' as const }, refundWhileLying)],
  ],
  [
    WITHOUT_WEBHOOKS,
    [step('the provider tells of a failure that was none', { order: 0, units: 20 }, reportFalseFailure), refund(20)],
  ],
  // A restored ledger has lost the refund and its request, so only the provider says how much it was: two amounts.
  [
    WITHOUT_WEBHOOKS,
    [
      step(
        'refunds after a backup, and the backup restored',
        { ...restoreValues, isLost: false, isReadFirst: true },
        refundAndRestore,
      ),
      step('restore', { which: 0 }, restoreAndRetry),
      page(0),
      step('the provider lies again', { which: 0, lie: 'wrong amount' as const }, lieAgain),
    ],
  ],
  [WITHOUT_WEBHOOKS, [step('lost, and the clock set back', { order: 0, units: 20 }, loseAnswerAndSetClockBack)]],
];

const opening = (units: number) => step('open the vendors', { units }, (world) => openVendors(world, units));
const parts = { first: true, isWhole: false, cut: 'none' as const, trouble: undefined, settles: undefined };
const SPLIT_OVER_TWO = [30, 0, 20] as const;

const OF_UPAYMENTS: Schedule[] = [
  ...SHARED,
  // A first step moves no money, so its amount is free again, and it reports anew what each vendor has left.
  [WITHOUT_WEBHOOKS, [opening(60), opening(60)]],
  [
    WITHOUT_WEBHOOKS,
    [opening(FIRST_STEP_UNITS), step('a vendor is refunded elsewhere', { which: 0, units: 30 }, refundElsewhere)],
  ],
  [
    WITHOUT_WEBHOOKS,
    [
      step(
        'refund vendors twice',
        { split: SPLIT_OVER_TWO, other: SPLIT_OVER_TWO, cut: 'none' as const, trouble: undefined },
        refundVendorsTwice,
      ),
    ],
  ],
  // Two parts have no answer. A person settles one of them, and the other stays unknown.
  [
    WITHOUT_WEBHOOKS,
    [
      step('refund vendors', { ...parts, split: SPLIT_OVER_TWO, cut: 'timeout' as const }, refundParts),
      step('a person settles one part', { which: 0 }, resolveOne),
      step('a person settles what is unknown', {}, resolveUnknown),
    ],
  ],
  [
    WITHOUT_WEBHOOKS,
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
  [WITHOUT_WEBHOOKS, [step('vendors are offered in place of a refund', { order: 0, units: 20 }, answerWithVendors)]],
  [
    WITHOUT_WEBHOOKS,
    [step('vendors are refunded and refused in one answer', { split: [5, 10, 0] as const }, refundAndRefuseVendors)],
  ],
  [
    WITHOUT_WEBHOOKS,
    [step('a cancelled refund is told of as refunded', { order: 0, units: 20 }, reportCancelledAsRefunded)],
  ],
  [
    WITHOUT_WEBHOOKS,
    [
      step(
        'the provider lies',
        { ...lieValues, isLost: false, isBefore: true, lie: 'replayed answer' as const },
        lyingUpayments,
      ),
      anHour,
    ],
  ],
];
