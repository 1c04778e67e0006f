import fc from 'fast-check';

import { aCut, anOrder, someUnits } from './breaks.ts';
import type { DiskFault } from './testbed.ts';
import type { Cut } from './network.ts';
import { anyStep, pick, reload, send, hasIntents, type Step } from './step.ts';
import type { World } from './world.ts';

interface RestoreValues {
  readonly order: number;
  readonly units: number;
  readonly before: Cut;
  readonly isLost: boolean;
  readonly isReadFirst: boolean;
  readonly seconds: number;
}

/**
 * Makes a backup, then refunds that the backup does not contain, restores it, and sends the same keys and a new one.
 */
export async function refundAndRestore(
  world: World,
  { order, units, before, isLost, isReadFirst, seconds }: RestoreValues,
): Promise<void> {
  const backedUpIntent = world.newIntent(order, units);
  await send(world, [{ intent: backedUpIntent, via: 0 }], { cut: before });
  world.backUp();
  const forgottenIntent = world.newIntent(order, units);
  await send(world, [{ intent: backedUpIntent, via: 0 }]);
  await send(world, [{ intent: forgottenIntent, via: 0 }], { cut: isLost ? 'timeout' : 'none' });
  if (seconds > 0) await world.passTime(seconds * 1_000);
  await world.restore();
  if (isReadFirst) await reload(world, { order, via: 0 });
  await send(world, [{ intent: forgottenIntent, via: 0 }]);
  await send(world, [{ intent: backedUpIntent, via: 0 }]);
  await send(world, [{ intent: world.newIntent(order, units), via: 0 }]);
}

interface DiskFailureValues {
  readonly orders: readonly number[];
  readonly units: number;
  /** `answer`: the disk fails when the first answer of the provider has arrived. */
  readonly why: DiskFault | 'answer';
}

/** Sends refunds while the disk refuses writes, and sends them again when it works. */
export async function refundOnFailingDisk(world: World, { orders, units, why }: DiskFailureValues): Promise<void> {
  const { disk } = world.testbed;
  if (!disk) return;
  const intents = orders.map((order) => world.newIntent(order, units));
  const presses = intents.map((intent) => ({ intent, via: 0 }));
  const cut = why === 'answer' ? 'disk_fails_before_record' : 'none';
  if (why !== 'answer') disk.refuse(why);
  try {
    for (const [index, press] of presses.entries()) await send(world, [press], { cut: index === 0 ? cut : 'none' });
    // An admin without an answer sends the request again.
    await send(world, presses.slice(0, 1));
  } finally {
    disk.refuse(undefined);
  }
  for (const press of presses.toReversed()) await send(world, [press]);
}

export async function restoreAndRetry(world: World, { which }: { which: number }): Promise<void> {
  await world.restore();
  await send(world, [{ intent: pick(world.intents, which), via: 0 }]);
}

/** Faults of the ledger's file. On PostgreSQL, which has no file here, these steps only send requests. */
export function diskSteps(): fc.Arbitrary<Step>[] {
  const which = fc.nat({ max: 7 });
  return [
    anyStep(
      'refunds after a backup, and the backup restored',
      fc.record({
        order: anOrder,
        units: someUnits,
        before: aCut,
        isLost: fc.boolean(),
        isReadFirst: fc.boolean(),
        seconds: fc.constantFrom(0, 30, 90_000),
      }),
      refundAndRestore,
    ),
    anyStep('back up', fc.constant({}), async (world) => world.backUp()),
    anyStep('restore', fc.record({ which }), restoreAndRetry, hasIntents),
    anyStep(
      'the disk fails',
      fc.record({
        orders: fc.array(anOrder, { minLength: 1, maxLength: 3 }),
        units: someUnits,
        why: fc.constantFrom('full' as const, 'read_only' as const, 'answer' as const),
      }),
      refundOnFailingDisk,
    ),
  ];
}
