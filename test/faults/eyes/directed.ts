import { goOn, lookAgain, refundVendors, type AskValues } from './commands.ts';
import { refundElsewhere } from './elsewhere.ts';
import type { WireFault } from './front.ts';
import { fill } from './people.ts';
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
  const asking = { ...START, approvalAbove: 15 };
  return [
    ...SCHEDULES[name].map((steps) => ({ start: START, steps })),
    ...(name === 'naive' ? [] : APPROVALS.map((steps) => ({ start: asking, steps }))),
  ];
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

/** A page moves the form while somebody fills it in. */
const moved: readonly Step[] = [
  step('fill in', { s: 0 }, (world) => fill(world, world.screens[0]!, 10), { resets: (world) => world.screens[0] }),
  step('move', { s: 0, how: 'append' }, (world) => world.screens[0]!.move('append')),
];

/** The provider's answer is lost, and a person says what became of it: in another browser, or where it was sent. */
const stated = (s: number): readonly Step[] => [
  step('go on', { ...askValues, s: 0, chosen: 20, trouble: { scenario: 'drop_after_commit' } as const }, goOn),
  step('go on', { ...askValues, s: 0 }, goOn),
  step('go on', { ...askValues, s, twice: true }, goOn),
];
/** UQPAY has forgotten the key, so the form cannot send it again, and nobody keeps a record. */
const forgotten: readonly Step[] = [
  step('go on', { ...askValues, s: 0, chosen: 20, fault: 'lost_after' as const }, goOn),
  step('time passes', { days: 2 }, (world, { days }) => world.pass(days * 86_400_000)),
  step('go on', { ...askValues, s: 0 }, goOn),
  step('go on', { ...askValues, s: 0, twice: true }, goOn),
];

/** The second admin approves what the first one asks for, and the answer is lost; or declines it. */
const approved = (fault: WireFault): readonly Step[] => [
  step('go on', { ...askValues, s: 0, chosen: 20 }, goOn),
  step('look again', { s: 3 }, lookAgain),
  step('go on', { ...askValues, s: 3, twice: true, fault }, goOn),
  step('go on', { ...askValues, s: 3 }, goOn),
];
const declined: readonly Step[] = [
  step('go on', { ...askValues, s: 0, chosen: 20 }, goOn),
  step('look again', { s: 3 }, lookAgain),
  step('go on', { ...askValues, s: 3, twice: true, how: 'zeros' as const }, goOn),
];
const APPROVALS = [approved('lost_before'), approved('lost_after'), declined];

const SCHEDULES: Readonly<Record<ShopName, readonly (readonly Step[])[]>> = {
  // The provider lists a refund that the ledger did not make, with its amount or only as a count.
  uqpay: [[elsewhere, look], [newStatus], moved, stated(3)],
  // One answer leaves out one of its vendors.
  upayments: [[elsewhere, look], [lostRow], stated(0), stated(3)],
  naive: [[newStatus], twoTabs, forgotten],
};
