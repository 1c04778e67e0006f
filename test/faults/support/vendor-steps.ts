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
import { certainlyFree, checkGranted, hasNothingUnknown, anyStep, pick, reload, send, type Step } from './step.ts';
import { isWaiting, total, answerFor } from './answer.ts';
import { CREATE, CREATE_PARTS } from './watch.ts';
import { APPROVERS, type Breaks, type Exchange, type AdminIntent, type World } from './world.ts';

/** Units for each vendor. They may exceed what a vendor has left, or the whole order. */
export type Split = readonly [number, number, number];

/** Step one, by the ordinary button: no money moves, and the browser then knows the vendors. */
export async function openVendors(world: World, units: number, breaks: Breaks = {}): Promise<boolean> {
  const intent = world.newIntent(SPLIT_ORDER, units);
  const isGrantable = isFreeWithout(world, intent);
  const [exchange] = await send(world, [{ intent, via: 0 }], breaks);
  const [lastExchange] = isWaiting(exchange!.answer)
    ? await send(world, [{ intent, via: 0, approver: APPROVERS[0] }])
    : [exchange];
  const isOpened = lastExchange!.answer.says === 'opened';
  const isUntroubled = (breaks.cut ?? 'none') === 'none' && !breaks.trouble;
  if (isUntroubled && isGrantable)
    assert.ok(isOpened, `a first step was answered ${JSON.stringify(lastExchange!.answer)}`);
  return isOpened;
}

function isFreeWithout(world: World, intent: AdminIntent): boolean {
  const free = certainlyFree(world, intent.order) + total(intent.request.parts);
  return hasNothingUnknown(world, intent.order) && total(intent.request.parts) <= free;
}

interface Parts {
  readonly first: boolean;
  readonly split: Split;
  readonly isWhole: boolean;
  readonly cut: Cut;
  readonly trouble: Trouble | undefined;
  /** Index of the part that a person settles while the process stands still. */
  readonly settles: number | undefined;
}

/** Step two, with the rows of a new step one or of an earlier one. */
export async function refundParts(
  world: World,
  { first, split, isWhole, cut, trouble, settles }: Parts,
): Promise<void> {
  const isOpened = first && (await openVendors(world, FIRST_STEP_UNITS));
  if (world.vendorRows.length === 0 || isZero(split)) return;
  const free = certainlyFree(world, SPLIT_ORDER);
  const wasNothingUnknown = hasNothingUnknown(world, SPLIT_ORDER);
  const intent = world.newVendorsIntent(SPLIT_ORDER, split, { isWhole });
  const isWithin =
    total(intent.request.parts) <= free &&
    world.vendorRows.every(({ remainingLimit }, index) => (split[index] ?? 0) <= remainingLimit);
  const breaks = { cut, trouble, ...(settles !== undefined && { meanwhile: () => settleOne(world, settles) }) };
  const [exchange] = await send(world, [{ intent, via: 0 }], breaks);
  const isUntroubled = isOpened && wasNothingUnknown && isWithin;
  if (isUntroubled && cut === 'none' && !trouble) checkGranted(world, exchange!);
  if (!isWaiting(exchange!.answer)) return;
  const [approval] = await send(world, [{ intent, via: 1, approver: APPROVERS[0] }], breaks);
  if (isUntroubled && cut === 'none' && !trouble) checkRefunded(approval!);
}

function checkRefunded({ request, answer }: Exchange): void {
  const isRefunded = request.parts.every((part) => answerFor(answer, part).says === 'refunded');
  assert.ok(isRefunded, `an approved refund within what is free was answered ${JSON.stringify(answer)}`);
}

async function settleOne(world: World, which: number): Promise<void> {
  for (const proxy of world.proxies) await proxy.reconcile();
  await resolveOne(world, { which });
}

/** Two requests with the rows of one step one: the same request again, or a different one. */
export async function refundVendorsTwice(
  world: World,
  { split, other, cut, trouble }: Pick<Parts, 'split' | 'cut' | 'trouble'> & { readonly other: Split | undefined },
): Promise<void> {
  if (isZero(split) || (other && isZero(other)) || !(await openVendors(world, FIRST_STEP_UNITS))) return;
  const intent = world.newVendorsIntent(SPLIT_ORDER, split, { isWhole: false });
  const next = other ? world.newVendorsIntent(SPLIT_ORDER, other, { isWhole: false }) : intent;
  await send(world, [{ intent, via: 0 }], { cut, trouble });
  await send(world, [{ intent: next, via: 1 }]);
}

const isZero = (split: Split) => split.every((units) => units === 0);

async function refundVendorsAtOnce(
  world: World,
  { splits, cut, trouble }: { splits: readonly Split[]; cut: Cut; trouble: Trouble | undefined },
): Promise<void> {
  if (!(await openVendors(world, FIRST_STEP_UNITS))) return;
  const splitsWithMoney = splits.filter((split) => !isZero(split));
  const intents = splitsWithMoney.map((split) => world.newVendorsIntent(SPLIT_ORDER, split, { isWhole: false }));
  if (intents.length === 0) return;
  // With a single split, one admin clicks twice.
  const presses = intents.length === 1 ? [intents[0]!, intents[0]!] : intents;
  await send(
    world,
    presses.map((intent, via) => ({ intent, via })),
    { cut, trouble },
  );
}

/**
 * Refunds a vendor without the proxy. The proxy must notice it, and after the merchant has recorded the amount, the
 * first step must report less, and no more than that may be sent.
 */
export async function refundElsewhere(world: World, { which, units }: { which: number; units: number }): Promise<void> {
  const { payment_id, currency } = world.orders[SPLIT_ORDER]!;
  if (
    !hasNothingUnknown(world, SPLIT_ORDER) ||
    certainlyFree(world, SPLIT_ORDER) < minor(`${units + FIRST_STEP_UNITS}`, currency)
  )
    return;
  const rows = await openVendorsFromDashboard(world, payment_id);
  const row = pick(rows, which);
  if (row.remainingLimit < units) return;
  await world.testbed.control.scenario('fast_success', { provider: 'upayments' });
  const refundPayload = [{ ...row, amountToRefund: units }];
  await callFromDashboard(world, CREATE_PARTS, { orderId: payment_id, refundPayload, reference: DASHBOARD });
  await checkElsewhereIsNoticed(world);
  const { amount, count } = world.elsewhere.get(SPLIT_ORDER) ?? NOTHING_ELSEWHERE;
  world.elsewhere.set(SPLIT_ORDER, { amount: amount + minor(`${units}`, currency), count: count + 1 });
  await openVendors(world, FIRST_STEP_UNITS);
  const split = rows.map(({ refundRequestId }) => (refundRequestId === row.refundRequestId ? row.remainingLimit : 0));
  const intent = world.newVendorsIntent(SPLIT_ORDER, split, { isWhole: false });
  const [exchange] = await send(world, [{ intent, via: 0 }]);
  if (isWaiting(exchange!.answer)) return;
  assert.equal(exchange!.answer.says, 'nothing', 'a vendor is refunded no more than the latest first step allows');
}

/** Until the merchant records the amount, the proxy sends nothing more, however small it is. */
async function checkElsewhereIsNoticed(world: World): Promise<void> {
  const intent = world.newIntent(SPLIT_ORDER, FIRST_STEP_UNITS);
  const [{ answer }] = (await send(world, [{ intent, via: 0 }])) as [Exchange];
  if (isWaiting(answer)) return;
  assert.equal(
    'code' in answer && answer.code,
    'refunded_elsewhere',
    `a first step was answered ${JSON.stringify(answer)}`,
  );
}

async function openVendorsFromDashboard(world: World, orderId: string): Promise<readonly UpaymentsVendorRow[]> {
  const answer = await callFromDashboard(world, CREATE.upayments, { orderId, totalPrice: FIRST_STEP_UNITS });
  return upaymentsVendorsOpened.parse(upaymentsCreateRefundAnswer.parse(answer).data).refundPayload;
}

async function callFromDashboard(world: World, path: string, body: object): Promise<unknown> {
  const response = await fetch(`${world.testbed.sandbox.upaymentsUrl}${path}`, {
    method: 'POST',
    headers: { authorization: 'Bearer jtest123', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.json();
}

/** Units of a first step. It moves no money, so they are few. */
export const FIRST_STEP_UNITS = 10;

/** Steps for an order with several vendors. */
export function vendorSteps(): fc.Arbitrary<Step>[] {
  const units = fc.constantFrom(0, 5, 5, 10, 10, 20, 50);
  const split: fc.Arbitrary<Split> = fc.tuple(units, units, units);
  /** Two of these together fit into the order, but may exceed what a vendor has left. */
  const half = fc.constantFrom<Split[]>([30, 0, 20], [30, 20, 0], [0, 25, 20]);
  const cut = aVendorCut;
  const trouble = aTrouble('vendors');
  const none = fc.constant(undefined);
  const parts = { split, isWhole: fc.boolean(), cut, trouble };
  return [
    anyStep(
      'open the vendors',
      fc.record({ units: fc.constantFrom(10, 60), cut, trouble }),
      (world, { units, ...breaks }) => openVendors(world, units, breaks),
    ),
    anyStep('refund vendors', fc.record({ ...parts, first: fc.constant(true), settles: none }), refundParts),
    anyStep(
      'refund vendors',
      fc.record({ ...parts, first: fc.boolean(), cut: fc.constant('none' as const), trouble: none, settles: none }),
      refundParts,
    ),
    anyStep(
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
    anyStep(
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
    anyStep('refund vendors twice under one key', fc.record({ split, other: none, cut, trouble }), refundVendorsTwice),
    anyStep('refund vendors twice', fc.record({ split: half, other: half, cut, trouble: none }), refundVendorsTwice),
    anyStep(
      'vendors are refunded twice at once',
      fc.record({ splits: fc.array(split, { minLength: 1, maxLength: 2 }), cut, trouble }),
      refundVendorsAtOnce,
    ),
    anyStep(
      'a vendor is refunded elsewhere',
      fc.record({ which: fc.nat({ max: 2 }), units: fc.constantFrom(5, 10, 30) }),
      refundElsewhere,
    ),
    anyStep(
      'a vendor is refunded elsewhere',
      fc.record({ which: fc.nat({ max: 2 }), units: fc.constantFrom(5, 10, 30) }),
      refundElsewhere,
    ),
    anyStep('a person settles one part', fc.record({ which: fc.nat({ max: 2 }) }), resolveOne),
    anyStep('reload the page', fc.record({ order: fc.constant(SPLIT_ORDER), via: anInstance }), reload),
  ];
}
