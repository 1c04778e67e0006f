import { goOn, lookAgain, refundVendors, type Wanted } from './commands.ts';
import { refundElsewhere } from './elsewhere.ts';
import type { ShopName } from './size.ts';
import { step, type Step } from './step.ts';
import type { Start } from './world.ts';

interface Schedule {
  readonly start: Start;
  readonly steps: readonly Step[];
}

/** Schedules each of which shows a mistake of its own. They come first, whatever the seed: none of these is found by luck. */
export function directed(name: ShopName): readonly Schedule[] {
  return SCHEDULES[name].map((steps) => ({ start: DEAF, steps }));
}

const DEAF: Start = { hears: false, stamps: 'no', locale: 'en-GB' };
const wanted: Wanted = { s: 0, chosen: 10, trouble: undefined, fault: undefined, twice: false, how: 'split' };

const elsewhere = step('refund elsewhere', { order: 0, units: 15 }, (world, { order, units }) =>
  refundElsewhere(world, order, units),
);
const look = step('look again', { s: 0 }, lookAgain);
const lostRow = step(
  'refund vendors',
  { ...wanted, s: 2, chosen: 'least' as const, fault: 'row_lost' as const },
  refundVendors,
);
const newStatus = step('go on', { ...wanted, fault: 'new_status' as const }, goOn);

const SCHEDULES: Readonly<Record<ShopName, readonly (readonly Step[])[]>> = {
  // The provider lists what the ledger did not make: with its amount, or as a number alone.
  uqpay: [[elsewhere, look], [newStatus]],
  // One answer says nothing of one of its vendors.
  upayments: [[elsewhere, look], [lostRow]],
  naive: [[newStatus]],
};
