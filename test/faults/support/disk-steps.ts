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

/** A copy, refunds that it does not know, the copy in the ledger's place, and the same keys again beside a new one. */
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
  /** `answer`: it fails when the first answer of the provider has come. */
  readonly why: DiskFault | 'answer';
}

/** The disk takes no write while these are sent, and then it does again. */
export async function refundOnFailingDisk(world: World, { orders, units, why }: DiskFailureValues): Promise<void> {
  const { disk } = world.testbed;
  if (!disk) return;
  const intents = orders.map((order) => world.newIntent(order, units));
  const presses = intents.map((intent) => ({ intent, via: 0 }));
  const cut = why === 'answer' ? 'disk_fails_before_record' : 'none';
  if (why !== 'answer') disk.refuse(why);
  try {
    for (const [index, press] of presses.entries()) await send(world, [press], { cut: index === 0 ? cut : 'none' });
    // Whoever has no answer asks once more.
    await send(world, presses.slice(0, 1));
  } finally {
    disk.refuse(undefined);
  }
  for (const press of presses.toReversed()) await send(world, [press]);
}

async function restoreAndRetry(world: World, { which }: { which: number }): Promise<void> {
  await world.restore();
  await send(world, [{ intent: pick(world.intents, which), via: 0 }]);
}

/** What happens to the ledger's file. Without a file, as on PostgreSQL, they are only requests. */
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
