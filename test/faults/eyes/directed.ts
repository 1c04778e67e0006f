import { goOn, lookAgain, refundVendors, type AskValues } from './commands.ts';
import { refundElsewhere } from './elsewhere.ts';
import type { ShopName } from './size.ts';
import { step, type Step } from './step.ts';
import type { Start } from './world.ts';

interface Schedule {
  readonly start: Start;
  readonly steps: readonly Step[];
}

/**
 * Schedules that each reveal one kind of mistake. They run first, with every seed, so that finding these mistakes
 * never depends on luck.
 */
export function directed(name: ShopName): readonly Schedule[] {
  return SCHEDULES[name].map((steps) => ({ start: START, steps }));
}

const START: Start = { hears: false, stamps: 'no', locale: 'en-GB', approvalAbove: undefined };
const askValues: AskValues = { s: 0, chosen: 10, trouble: undefined, fault: undefined, twice: false, how: 'split' };

const elsewhere = step('refund elsewhere', { order: 0, units: 15 }, (world, { order, units }) =>
  refundElsewhere(world, order, units),
);
const look = step('look again', { s: 0 }, lookAgain);
const lostRow = step(
  'refund vendors',
  { ...askValues, s: 2, chosen: 'least' as const, fault: 'row_lost' as const },
  refundVendors,
);
const newStatus = step('go on', { ...askValues, fault: 'new_status' as const }, goOn);

/** A screen follows a refund while another tab of the browser loses the answer about the next one. */
const twoTabs: readonly Step[] = [
  step('go on', { ...askValues, s: 0 }, goOn),
  step('go on', { ...askValues, s: 1, twice: true }, goOn),
  step('go on', { ...askValues, s: 1, chosen: 20, fault: 'lost_after' as const }, goOn),
  step('go on', { ...askValues, s: 0 }, goOn),
  step('go on', { ...askValues, s: 1, twice: true }, goOn),
  step('go on', { ...askValues, s: 1 }, goOn),
];

const SCHEDULES: Readonly<Record<ShopName, readonly (readonly Step[])[]>> = {
  // The provider lists a refund that the ledger did not make, with its amount or only as a count.
  uqpay: [[elsewhere, look], [newStatus]],
  // One answer leaves out one of its vendors.
  upayments: [[elsewhere, look], [lostRow]],
  naive: [[newStatus], twoTabs],
};
