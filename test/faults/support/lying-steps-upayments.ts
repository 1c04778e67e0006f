import fc from 'fast-check';

import { anOrder } from './breaks.ts';
import { SPLIT_ORDER } from './testbed.ts';
import { UPAYMENTS_LIES, type UpaymentsLie } from './lies-upayments.ts';
import { cancel } from './person.ts';
import { anyStep, pick, reload, send, hasIntents, type Step } from './step.ts';
import { FIRST_STEP_UNITS, openVendors, type Split } from './vendor-steps.ts';
import type { World } from './world.ts';

interface LieValues {
  readonly lie: UpaymentsLie;
  readonly order: number;
  readonly units: number;
  readonly isLost: boolean;
  /** The lie begins before the refund, so that the list read before it is false, too. */
  readonly isBefore: boolean;
  readonly seconds: number;
}

/** Makes a refund, perhaps with a lost answer, and then reads it in every way while the provider lies. */
export async function refundWhileLying(
  world: World,
  { lie, order, units, isLost, isBefore, seconds }: LieValues,
): Promise<void> {
  // A faulty cache needs these: an answer for the same order, and a list for the other order.
  await send(world, [{ intent: world.newIntent(order, units), via: 0 }]);
  await readProviderList(world, 1 - order);
  const intent = world.newIntent(order, units);
  if (isBefore || lie === 'replayed answer') world.lie(lie);
  await send(world, [{ intent, via: 0 }], { cut: isLost ? 'timeout' : 'none' });
  world.lie(lie);
  await world.passTime(seconds * 1_000);
  await readEverything(world, order);
  await send(world, [{ intent, via: 1 }]);
  world.lie(undefined);
}

/** A browser reads the provider's own list through the proxy. */
async function readProviderList(world: World, order: number): Promise<void> {
  const response = await world.get(`/check-refund/${world.orders[order]!.payment_id}`);
  await response.text();
}

async function readEverything(world: World, order: number): Promise<void> {
  for (let reads = 0; reads < 2; reads += 1) {
    await readProviderList(world, order);
    await reload(world, { order, via: reads });
    for (const proxy of world.proxies) await proxy.reconcile();
  }
}

async function lieAgain(world: World, { which, lie }: { which: number; lie: UpaymentsLie }): Promise<void> {
  const intent = pick(world.intents, which);
  world.lie(lie);
  await readEverything(world, intent.order);
  await send(world, [{ intent, via: 0 }]);
  world.lie(undefined);
}

/** A cancelled refund is reported as refunded. */
export async function reportCancelledAsRefunded(
  world: World,
  { order, units }: { order: number; units: number },
): Promise<void> {
  await send(world, [{ intent: world.newIntent(order, units), via: 0 }]);
  await cancel(world, { which: world.intents.length - 1, trouble: undefined });
  world.lie('contradiction');
  await readEverything(world, order);
  world.lie(undefined);
}

/** Vendors were just offered for another order. A faulty cache returns that answer to a refund request. */
export async function answerWithVendors(
  world: World,
  { order, units }: { order: number; units: number },
): Promise<void> {
  if (!(await openVendors(world, FIRST_STEP_UNITS))) return;
  world.lie('replayed answer');
  await send(world, [{ intent: world.newIntent(order, units), via: 0 }]);
  world.lie(undefined);
  await reload(world, { order, via: 0 });
}

/** One answer both refunds and refuses the vendors. */
export async function refundAndRefuseVendors(world: World, { split }: { split: Split }): Promise<void> {
  if (!(await openVendors(world, FIRST_STEP_UNITS))) return;
  const intent = world.newVendorsIntent(SPLIT_ORDER, split, { isWhole: false });
  world.lie('contradictory answer');
  await send(world, [{ intent, via: 0 }]);
  world.lie(undefined);
}

export function lyingStepsOfUpayments(): fc.Arbitrary<Step>[] {
  const lie = fc.constantFrom(...UPAYMENTS_LIES);
  const fewUnits = fc.constantFrom(10, 20);
  const seconds = fc.constantFrom(0, 30, 90_000);
  const one = fc.record({ order: anOrder, units: fewUnits });
  return [
    anyStep(
      'the provider lies',
      fc.record({ lie, order: anOrder, units: fewUnits, isLost: fc.boolean(), isBefore: fc.boolean(), seconds }),
      refundWhileLying,
    ),
    anyStep('the provider lies again', fc.record({ which: fc.nat({ max: 7 }), lie }), lieAgain, hasIntents),
    anyStep('a cancelled refund is told of as refunded', one, reportCancelledAsRefunded),
    anyStep('vendors are offered in place of a refund', one, answerWithVendors),
    anyStep(
      'vendors are refunded and refused in one answer',
      fc.record({ split: fc.constantFrom<Split>([5, 10, 0], [10, 10, 0], [0, 5, 20]) }),
      refundAndRefuseVendors,
    ),
  ];
}
