import assert from 'node:assert/strict';

import type fc from 'fast-check';
import type { AsyncCommand } from 'fast-check';

import { paymentSummary, type PaymentSummary } from '../../../contract/index.ts';
import { checkAlways, checkSummary, checkTold, minor } from './invariants.ts';
import { isWaiting, total, wordOn } from './told.ts';
import type { Breaks, Posted, Press, Wanted, World } from './world.ts';

/** What an admin, the network, the provider or the machine does next. `Model` is what the browsers hold. */
export type Step = AsyncCommand<Model, World>;

/** The simple model: what was asked under which key, and what is therefore certainly free. */
export interface Model {
  readonly wanted: Wanted[];
  readonly approvalAbove: number | undefined;
}

type Needs<Values> = (model: Readonly<Model>, values: Values) => boolean;

class Do<Values> implements Step {
  readonly #name: string;
  readonly #values: Values;
  readonly #needs: Needs<Values> | undefined;
  readonly #run: (world: World, values: Values) => Promise<void>;

  constructor(
    name: string,
    values: Values,
    run: (world: World, values: Values) => Promise<void>,
    needs?: Needs<Values>,
  ) {
    this.#name = name;
    this.#values = values;
    this.#run = run;
    this.#needs = needs;
  }

  check(model: Readonly<Model>): boolean {
    return this.#needs?.(model, this.#values) ?? true;
  }

  async run(_model: Model, world: World): Promise<void> {
    await this.#run(world, this.#values);
    await world.tell();
    await checkAlways(world);
  }

  toString(): string {
    return `${this.#name} ${JSON.stringify(this.#values)}`;
  }
}

/** A kind of step, for every value that it may be taken with. */
export function make<Values>(
  name: string,
  values: fc.Arbitrary<Values>,
  run: (world: World, values: Values) => Promise<unknown>,
  needs?: Needs<Values>,
): fc.Arbitrary<Step> {
  return values.map((chosenValues) => step(name, chosenValues, run, needs));
}

/** One step with these very values. */
export function step<Values>(
  name: string,
  values: Values,
  run: (world: World, values: Values) => Promise<unknown>,
  needs?: Needs<Values>,
): Step {
  return new Do(name, values, async (world, given) => void (await run(world, given)), needs);
}

export const some = ({ wanted }: Readonly<Model>): boolean => wanted.length > 0;
export const pick = <T>(list: readonly T[], index: number): T => list[index % list.length]!;

/** Sends, and compares what was told with what the provider has. */
export async function send(world: World, presses: readonly Press[], breaks: Breaks = {}): Promise<Posted[]> {
  if (breaks.cut !== undefined && breaks.cut !== 'none') world.tokens += 1;
  const posted = await world.post(presses, breaks);
  checkTold(posted, await checkAlways(world));
  return posted;
}

/** What nobody has asked for yet, or was told that it came to nothing. */
export function certainlyFree(world: World, order: number): bigint {
  const { captured, currency } = world.orders[order]!;
  const asked = wantedOf(world, order).flatMap(({ asked, told }) =>
    asked.parts.filter((part) => wordOn(told.at(-1), part).says !== 'nothing'),
  );
  return minor(captured, currency) - (world.elsewhere.get(order)?.amount ?? 0n) - total(asked);
}

/** Nothing about the order is unknown. What waits for a second person holds nothing. */
export function isCalm(world: World, order: number): boolean {
  if (world.isDoubtful) return false;
  return wantedOf(world, order).every(({ asked, told }) => {
    const last = told.findLast((one) => !isWaiting(one));
    return !last || asked.parts.every((part) => wordOn(last, part).says !== 'unknown');
  });
}

function wantedOf({ wanted }: World, order: number): Wanted[] {
  return wanted.filter((one) => one.order === order);
}

/** With nothing in its way, a request within what is free is refunded, or waits where another person has to agree. */
export function checkGranted(world: World, { wanted, told }: Posted): void {
  const { asked } = wanted;
  const shown = JSON.stringify(told);
  if (world.needsApproval(asked.currency, total(asked.parts))) {
    assert.ok(isWaiting(told), `what another person has to agree to was answered ${shown}`);
    return;
  }
  const isRefunded = asked.parts.every((part) => wordOn(told, part).says === 'refunded');
  assert.ok(isRefunded, `a refund within what is free was answered ${shown}`);
}

export async function reload(
  world: World,
  { order, via }: { order: number; via: number },
): Promise<PaymentSummary | undefined> {
  const { payment_id } = world.orders[order]!;
  const response = await world.get(`/payments/${payment_id}`, via);
  if (!response.ok) {
    await response.text();
    return undefined;
  }
  const summary = paymentSummary.parse(await response.json());
  world.expected.set(order, summary.refundable);
  // What was read counts as known from here on, also within a step that goes on.
  const truth = await checkAlways(world);
  // Where refunds are only counted, a restored ledger does not know what is left, and says so.
  const isUnsaid = world.isRestored && summary.not_refundable !== null;
  if (!isUnsaid) checkSummary(world, { order, ...summary }, truth);
  return summary;
}
