import assert from 'node:assert/strict';

import fc from 'fast-check';

import { aCut, anInstance, aTrouble } from './breaks.ts';
import { SPLIT_ORDER } from './ground.ts';
import { resolveOne } from './person.ts';
import { certainlyFree, checkGranted, isCalm, make, reload, send, type Step } from './step.ts';
import { isWaiting, total } from './told.ts';
import { APPROVERS, type Breaks, type Cut, type Posted, type Trouble, type Wanted, type World } from './world.ts';

/** Units for each vendor; beyond what some of them have, and beyond the order altogether. */
export type Split = readonly [number, number, number];

/** Step one, by the same press of a button: no money moves, and the browser knows the vendors then. */
async function open(world: World, units: number, breaks: Breaks = {}): Promise<boolean> {
  const wanted = world.want(SPLIT_ORDER, units);
  const isFree = isCalmWithout(world, wanted);
  const [posted] = await send(world, [{ wanted, via: 0 }], breaks);
  const [answered] = isWaiting(posted!.told)
    ? await send(world, [{ wanted, via: 0, approver: APPROVERS[0] }])
    : [posted];
  const isOpened = answered!.told.says === 'opened';
  const isUntroubled = (breaks.cut ?? 'none') === 'none' && !breaks.trouble;
  if (isUntroubled && isFree) assert.ok(isOpened, `a first step was answered ${JSON.stringify(answered!.told)}`);
  return isOpened;
}

function isCalmWithout(world: World, wanted: Wanted): boolean {
  const free = certainlyFree(world, wanted.order) + total(wanted.asked.parts);
  return isCalm(world, wanted.order) && total(wanted.asked.parts) <= free;
}

interface Parts {
  readonly first: boolean;
  readonly split: Split;
  readonly isWhole: boolean;
  readonly cut: Cut;
  readonly trouble: Trouble | undefined;
  /** Somebody settles one part while the process stands still. */
  readonly settles: number | undefined;
}

/** Step two, after a step one or on the rows of an earlier one. */
async function refundParts(world: World, { first, split, isWhole, cut, trouble, settles }: Parts): Promise<void> {
  const isOpened = first && (await open(world, 10));
  if (world.opened.length === 0 || split.every((units) => units === 0)) return;
  const free = certainlyFree(world, SPLIT_ORDER);
  const wasCalm = isCalm(world, SPLIT_ORDER);
  const wanted = world.wantParts(SPLIT_ORDER, split, { isWhole });
  const isWithin =
    total(wanted.asked.parts) <= free &&
    world.opened.every(({ remainingLimit }, index) => (split[index] ?? 0) <= remainingLimit);
  const breaks = { cut, trouble, ...(settles !== undefined && { meanwhile: () => settleOne(world, settles) }) };
  const [posted] = await send(world, [{ wanted, via: 0 }], breaks);
  const isUntroubled = isOpened && wasCalm && isWithin;
  if (isUntroubled && cut === 'none' && !trouble) checkGranted(world, posted!);
  if (!isWaiting(posted!.told)) return;
  const [approved] = await send(world, [{ wanted, via: 1, approver: APPROVERS[0] }], breaks);
  if (isUntroubled && cut === 'none' && !trouble) checkRefunded(approved!);
}

function checkRefunded({ told }: Posted): void {
  assert.equal(told.says, 'parts', `an approved refund within what is free was answered ${JSON.stringify(told)}`);
}

async function settleOne(world: World, which: number): Promise<void> {
  for (const proxy of world.proxies) await proxy.reconcile();
  await resolveOne(world, { which });
}

async function again(world: World, { split, cut, trouble }: Pick<Parts, 'split' | 'cut' | 'trouble'>): Promise<void> {
  if (world.opened.length === 0 && !(await open(world, 10))) return;
  if (split.every((units) => units === 0)) return;
  const wanted = world.wantParts(SPLIT_ORDER, split, { isWhole: false });
  await send(world, [{ wanted, via: 0 }], { cut, trouble });
  await send(world, [{ wanted, via: 1 }]);
}

async function atOnce(
  world: World,
  { splits, cut, trouble }: { splits: readonly Split[]; cut: Cut; trouble: Trouble | undefined },
): Promise<void> {
  if (!(await open(world, 10))) return;
  const some = splits.filter((split) => split.some((units) => units > 0));
  const wanted = some.map((split) => world.wantParts(SPLIT_ORDER, split, { isWhole: false }));
  // One split alone is one admin who clicks twice.
  const presses = wanted.length === 1 ? [wanted[0]!, wanted[0]!] : wanted;
  await send(
    world,
    presses.map((wanted, via) => ({ wanted, via })),
    { cut, trouble },
  );
}

/** Steps of an order that several vendors were paid for. */
export function vendorSteps(): fc.Arbitrary<Step>[] {
  const units = fc.constantFrom(0, 10, 10, 20, 35, 50);
  const split: fc.Arbitrary<Split> = fc.tuple(units, units, units);
  const cut = aCut;
  const trouble = aTrouble('vendors');
  const none = fc.constant(undefined);
  const parts = { split, isWhole: fc.boolean(), cut, trouble };
  return [
    make(
      'open the vendors',
      fc.record({ units: fc.constantFrom(10, 60), cut, trouble }),
      (world, { units, ...breaks }) => open(world, units, breaks),
    ),
    make('refund vendors', fc.record({ ...parts, first: fc.constant(true), settles: none }), refundParts),
    make(
      'refund vendors',
      fc.record({ ...parts, first: fc.boolean(), cut: fc.constant('none' as const), trouble: none, settles: none }),
      refundParts,
    ),
    make(
      'refund vendors, and one part is settled meanwhile',
      fc.record({
        ...parts,
        first: fc.constant(true),
        cut: fc.constant('sleep_before_record' as const),
        settles: fc.nat({ max: 2 }),
      }),
      refundParts,
    ),
    make('refund vendors twice under one key', fc.record({ split, cut, trouble }), again),
    make(
      'vendors are refunded twice at once',
      fc.record({ splits: fc.array(split, { minLength: 1, maxLength: 2 }), cut, trouble }),
      atOnce,
    ),
    make('a person settles one part', fc.record({ which: fc.nat({ max: 2 }) }), resolveOne),
    make('reload the page', fc.record({ order: fc.constant(SPLIT_ORDER), via: anInstance }), reload),
  ];
}
