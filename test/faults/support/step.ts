import assert from 'node:assert/strict';

import type fc from 'fast-check';
import type { AsyncCommand } from 'fast-check';

import { paymentSummary, type PaymentSummary } from '../../../contract/index.ts';
import { checkAlways, checkSummary, checkAnswers, minor } from './invariants.ts';
import { isWaiting, total, answerFor } from './answer.ts';
import type { Breaks, Exchange, Press, AdminIntent, World } from './world.ts';

/** One action of an admin, the network, the provider or the machine. `Model` is what the browsers hold. */
export type Step = AsyncCommand<Model, World>;

/** The simple model: the intents of the browsers, from which follows what is certainly free. */
export interface Model {
  readonly intents: AdminIntent[];
  readonly approvalAbove: number | undefined;
}

type Precondition<Values> = (model: Readonly<Model>, values: Values) => boolean;

class NamedStep<Values> implements Step {
  readonly #name: string;
  readonly #values: Values;
  readonly #precondition: Precondition<Values> | undefined;
  readonly #run: (world: World, values: Values) => Promise<void>;

  constructor(
    name: string,
    values: Values,
    run: (world: World, values: Values) => Promise<void>,
    precondition?: Precondition<Values>,
  ) {
    this.#name = name;
    this.#values = values;
    this.#run = run;
    this.#precondition = precondition;
  }

  check(model: Readonly<Model>): boolean {
    return this.#precondition?.(model, this.#values) ?? true;
  }

  async run(_model: Model, world: World): Promise<void> {
    await this.#run(world, this.#values);
    await world.announceChanges();
    await checkAlways(world);
  }

  toString(): string {
    return `${this.#name} ${JSON.stringify(this.#values)}`;
  }
}

/** Steps of one kind, with random values. */
export function anyStep<Values>(
  name: string,
  values: fc.Arbitrary<Values>,
  run: (world: World, values: Values) => Promise<unknown>,
  precondition?: Precondition<Values>,
): fc.Arbitrary<Step> {
  return values.map((chosenValues) => step(name, chosenValues, run, precondition));
}

/** One step with fixed values. */
export function step<Values>(
  name: string,
  values: Values,
  run: (world: World, values: Values) => Promise<unknown>,
  precondition?: Precondition<Values>,
): Step {
  return new NamedStep(name, values, async (world, stepValues) => void (await run(world, stepValues)), precondition);
}

export const hasIntents = ({ intents }: Readonly<Model>): boolean => intents.length > 0;
export const pick = <T>(list: readonly T[], index: number): T => list[index % list.length]!;

/** Sends the presses, and checks every answer against the provider's records. */
export async function send(world: World, presses: readonly Press[], breaks: Breaks = {}): Promise<Exchange[]> {
  if (breaks.cut !== undefined && breaks.cut !== 'none') world.tokens += 1;
  const exchanges = await world.post(presses, breaks);
  checkAnswers(exchanges, await checkAlways(world));
  return exchanges;
}

/** The amount that no intent asks for, except those that certainly came to nothing. */
export function certainlyFree(world: World, order: number): bigint {
  const { captured, currency } = world.orders[order]!;
  const openParts = intentsOf(world, order).flatMap(({ request, answers }) =>
    request.parts.filter((part) => answerFor(answers.at(-1), part).says !== 'nothing'),
  );
  return minor(captured, currency) - (world.elsewhere.get(order)?.amount ?? 0n) - total(openParts);
}

/** Whether nothing about the order is unknown. A refund that waits for approval holds no money. */
export function hasNothingUnknown(world: World, order: number): boolean {
  if (world.isDoubtful) return false;
  return intentsOf(world, order).every(({ request, answers }) => {
    const last = answers.findLast((one) => !isWaiting(one));
    return !last || request.parts.every((part) => answerFor(last, part).says !== 'unknown');
  });
}

function intentsOf({ intents: intent }: World, order: number): AdminIntent[] {
  return intent.filter((one) => one.order === order);
}

/** Without any fault, a request within what is free must be refunded, or must wait where approval is needed. */
export function checkGranted(world: World, { intent, answer }: Exchange): void {
  const { request } = intent;
  const answerText = JSON.stringify(answer);
  if (world.needsApproval(request.currency, total(request.parts))) {
    assert.ok(isWaiting(answer), `a refund that needs approval was answered ${answerText}`);
    return;
  }
  const isRefunded = request.parts.every((part) => answerFor(answer, part).says === 'refunded');
  assert.ok(isRefunded, `a refund within what is free was answered ${answerText}`);
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
  world.refundableRead.set(order, summary.refundable);
  // The proxy knows from here on what it has just read, even within the same step.
  const truth = await checkAlways(world);
  // Where the provider only counts refunds, a restored ledger does not know what is left, and says so.
  const isUncounted = world.isRestored && summary.not_refundable !== null;
  if (!isUncounted) checkSummary(world, { order, ...summary }, truth);
  return summary;
}
