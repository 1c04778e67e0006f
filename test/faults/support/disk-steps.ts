import fc from 'fast-check';

import { aCut, anOrder, someUnits } from './breaks.ts';
import type { DiskFault } from './testbed.ts';
import type { Cut } from './network.ts';
import { make, pick, reload, send, some, type Step } from './step.ts';
import type { World } from './world.ts';

interface Restoring {
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
  { order, units, before, isLost, isReadFirst, seconds }: Restoring,
): Promise<void> {
  const known = world.want(order, units);
  await send(world, [{ wanted: known, via: 0 }], { cut: before });
  world.backUp();
  const forgotten = world.want(order, units);
  await send(world, [{ wanted: known, via: 0 }]);
  await send(world, [{ wanted: forgotten, via: 0 }], { cut: isLost ? 'timeout' : 'none' });
  if (seconds > 0) await world.pass(seconds * 1_000);
  await world.restore();
  if (isReadFirst) await reload(world, { order, via: 0 });
  await send(world, [{ wanted: forgotten, via: 0 }]);
  await send(world, [{ wanted: known, via: 0 }]);
  await send(world, [{ wanted: world.want(order, units), via: 0 }]);
}

interface Failing {
  readonly orders: readonly number[];
  readonly units: number;
  /** `answer`: it fails when the first answer of the provider has come. */
  readonly why: DiskFault | 'answer';
}

/** The disk takes no write while these are sent, and then it does again. */
export async function failingDisk(world: World, { orders, units, why }: Failing): Promise<void> {
  const { disk } = world.testbed;
  if (!disk) return;
  const wanted = orders.map((order) => world.want(order, units));
  const presses = wanted.map((one) => ({ wanted: one, via: 0 }));
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
  await send(world, [{ wanted: pick(world.wanted, which), via: 0 }]);
}

/** What happens to the ledger's file. Without a file, as on PostgreSQL, they are only requests. */
export function diskSteps(): fc.Arbitrary<Step>[] {
  const which = fc.nat({ max: 7 });
  return [
    make(
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
    make('back up', fc.constant({}), async (world) => world.backUp()),
    make('restore', fc.record({ which }), restoreAndRetry, some),
    make(
      'the disk fails',
      fc.record({
        orders: fc.array(anOrder, { minLength: 1, maxLength: 3 }),
        units: someUnits,
        why: fc.constantFrom('full' as const, 'read_only' as const, 'answer' as const),
      }),
      failingDisk,
    ),
  ];
}
