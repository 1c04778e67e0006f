import assert from 'node:assert/strict';

import fc from 'fast-check';

import {
  upaymentsCreateRefundAnswer,
  upaymentsVendorsOpened,
  type UpaymentsVendorRow,
} from '../../../contract/index.ts';
import { anInstance, aTrouble, aVendorCut } from './breaks.ts';
import { SPLIT_ORDER } from './testbed.ts';
import { DASHBOARD, minor } from './invariants.ts';
import { NOTHING_ELSEWHERE } from './merchant.ts';
import type { Cut, Trouble } from './network.ts';
import { resolveOne } from './person.ts';
import { certainlyFree, checkGranted, isCalm, make, pick, reload, send, type Step } from './step.ts';
import { isWaiting, total, wordOn } from './told.ts';
import { CREATE, CREATE_PARTS } from './watch.ts';
import { APPROVERS, type Breaks, type Posted, type Wanted, type World } from './world.ts';

/** Units for each vendor; beyond what some of them have, and beyond the order altogether. */
export type Split = readonly [number, number, number];

/** Step one, by the same press of a button: no money moves, and the browser knows the vendors then. */
export async function open(world: World, units: number, breaks: Breaks = {}): Promise<boolean> {
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
export async function refundParts(
  world: World,
  { first, split, isWhole, cut, trouble, settles }: Parts,
): Promise<void> {
  const isOpened = first && (await open(world, FIRST));
  if (world.opened.length === 0 || isNothing(split)) return;
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

function checkRefunded({ asked, told }: Posted): void {
  const isRefunded = asked.parts.every((part) => wordOn(told, part).says === 'refunded');
  assert.ok(isRefunded, `an approved refund within what is free was answered ${JSON.stringify(told)}`);
}

async function settleOne(world: World, which: number): Promise<void> {
  for (const proxy of world.proxies) await proxy.reconcile();
  await resolveOne(world, { which });
}

/** A second request on the rows of one step one: the same once more, or another one. */
export async function again(
  world: World,
  { split, other, cut, trouble }: Pick<Parts, 'split' | 'cut' | 'trouble'> & { readonly other: Split | undefined },
): Promise<void> {
  if (isNothing(split) || (other && isNothing(other)) || !(await open(world, FIRST))) return;
  const wanted = world.wantParts(SPLIT_ORDER, split, { isWhole: false });
  const next = other ? world.wantParts(SPLIT_ORDER, other, { isWhole: false }) : wanted;
  await send(world, [{ wanted, via: 0 }], { cut, trouble });
  await send(world, [{ wanted: next, via: 1 }]);
}

const isNothing = (split: Split) => split.every((units) => units === 0);

async function atOnce(
  world: World,
  { splits, cut, trouble }: { splits: readonly Split[]; cut: Cut; trouble: Trouble | undefined },
): Promise<void> {
  if (!(await open(world, FIRST))) return;
  const some = splits.filter((split) => !isNothing(split));
  const wanted = some.map((split) => world.wantParts(SPLIT_ORDER, split, { isWhole: false }));
  if (wanted.length === 0) return;
  // One split alone is one admin who clicks twice.
  const presses = wanted.length === 1 ? [wanted[0]!, wanted[0]!] : wanted;
  await send(
    world,
    presses.map((wanted, via) => ({ wanted, via })),
    { cut, trouble },
  );
}

/**
 * A vendor's refund past the proxy: it is noticed, and once the merchant has said how much it was, the first step tells of
 * less, and no more than that is sent.
 */
export async function refundElsewhere(world: World, { which, units }: { which: number; units: number }): Promise<void> {
  const { payment_id, currency } = world.orders[SPLIT_ORDER]!;
  if (!isCalm(world, SPLIT_ORDER) || certainlyFree(world, SPLIT_ORDER) < minor(`${units + FIRST}`, currency)) return;
  const rows = await openAtDashboard(world, payment_id);
  const row = pick(rows, which);
  if (row.remainingLimit < units) return;
  await world.testbed.control.scenario('fast_success', { provider: 'upayments' });
  const refundPayload = [{ ...row, amountToRefund: units }];
  await atDashboard(world, CREATE_PARTS, { orderId: payment_id, refundPayload, reference: DASHBOARD });
  await checkNoticed(world);
  const { amount, count } = world.elsewhere.get(SPLIT_ORDER) ?? NOTHING_ELSEWHERE;
  world.elsewhere.set(SPLIT_ORDER, { amount: amount + minor(`${units}`, currency), count: count + 1 });
  await open(world, FIRST);
  const split = rows.map(({ refundRequestId }) => (refundRequestId === row.refundRequestId ? row.remainingLimit : 0));
  const wanted = world.wantParts(SPLIT_ORDER, split, { isWhole: false });
  const [posted] = await send(world, [{ wanted, via: 0 }]);
  if (isWaiting(posted!.told)) return;
  assert.equal(posted!.told.says, 'nothing', 'a vendor is refunded no more than the first step has told last');
}

/** Until the merchant says how much it was, nothing more is sent, however little is asked. */
async function checkNoticed(world: World): Promise<void> {
  const wanted = world.want(SPLIT_ORDER, FIRST);
  const [{ told }] = (await send(world, [{ wanted, via: 0 }])) as [Posted];
  if (isWaiting(told)) return;
  assert.equal('code' in told && told.code, 'refunded_elsewhere', `a first step was answered ${JSON.stringify(told)}`);
}

async function openAtDashboard(world: World, orderId: string): Promise<readonly UpaymentsVendorRow[]> {
  const answer = await atDashboard(world, CREATE.upayments, { orderId, totalPrice: FIRST });
  return upaymentsVendorsOpened.parse(upaymentsCreateRefundAnswer.parse(answer).data).refundPayload;
}

async function atDashboard(world: World, path: string, body: object): Promise<unknown> {
  const response = await fetch(`${world.testbed.sandbox.upaymentsUrl}${path}`, {
    method: 'POST',
    headers: { authorization: 'Bearer jtest123', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.json();
}

/** Units of a first step: it moves nothing, and asks for little. */
export const FIRST = 10;

/** Steps of an order that several vendors were paid for. */
export function vendorSteps(): fc.Arbitrary<Step>[] {
  const units = fc.constantFrom(0, 5, 5, 10, 10, 20, 50);
  const split: fc.Arbitrary<Split> = fc.tuple(units, units, units);
  /** Two together are within what the order has, and may be above what a vendor has. */
  const half = fc.constantFrom<Split[]>([30, 0, 20], [30, 20, 0], [0, 25, 20]);
  const cut = aVendorCut;
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
        split: half,
        first: fc.constant(true),
        cut: fc.constant('sleep_before_record' as const),
        trouble: aTrouble('parts'),
        settles: fc.constantFrom(0, 0, 1),
      }),
      refundParts,
    ),
    make(
      'refund vendors, and one part is settled meanwhile',
      fc.record({
        ...parts,
        split: half,
        first: fc.constant(true),
        cut: fc.constant('sleep_before_record' as const),
        trouble: aTrouble('parts'),
        settles: fc.constantFrom(0, 0, 1),
      }),
      refundParts,
    ),
    make('refund vendors twice under one key', fc.record({ split, other: none, cut, trouble }), again),
    make('refund vendors twice', fc.record({ split: half, other: half, cut, trouble: none }), again),
    make(
      'vendors are refunded twice at once',
      fc.record({ splits: fc.array(split, { minLength: 1, maxLength: 2 }), cut, trouble }),
      atOnce,
    ),
    make(
      'a vendor is refunded elsewhere',
      fc.record({ which: fc.nat({ max: 2 }), units: fc.constantFrom(5, 10, 30) }),
      refundElsewhere,
    ),
    make(
      'a vendor is refunded elsewhere',
      fc.record({ which: fc.nat({ max: 2 }), units: fc.constantFrom(5, 10, 30) }),
      refundElsewhere,
    ),
    make('a person settles one part', fc.record({ which: fc.nat({ max: 2 }) }), resolveOne),
    make('reload the page', fc.record({ order: fc.constant(SPLIT_ORDER), via: anInstance }), reload),
  ];
}
