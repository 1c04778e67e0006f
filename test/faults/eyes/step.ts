import type fc from 'fast-check';

import type { Screen } from './browser-screen.ts';
import { checkStep } from './oracles.ts';
import { Verdict } from './verdict.ts';
import type { World } from './world.ts';

/** One action of an admin, a page, the network, the provider or time. */
export interface Step {
  /** Whether the step is possible now. */
  can(world: World): boolean;
  run(world: World): Promise<void>;
  toString(): string;
}

export interface StepOptions<Values> {
  /** Whether the step is possible now. */
  readonly can?: (world: World, values: Values) => boolean;
  /** The screen whose draft the step may change. */
  readonly resets?: (world: World, values: Values) => Screen | undefined;
}

class NamedStep<Values> implements Step {
  readonly #name: string;
  readonly #values: Values;
  readonly #run: (world: World, values: Values) => Promise<unknown>;
  readonly #options: StepOptions<Values>;

  constructor(
    name: string,
    values: Values,
    run: (world: World, values: Values) => Promise<unknown>,
    options: StepOptions<Values>,
  ) {
    this.#name = name;
    this.#values = values;
    this.#run = run;
    this.#options = options;
  }

  can(world: World): boolean {
    return this.#options.can?.(world, this.#values) ?? true;
  }

  async run(world: World): Promise<void> {
    world.front.step += 1;
    const drafts = world.screens.map((screen) => ({ screen, draft: draftOf(screen) }));
    for (const screen of world.screens) world.memory.of(screen).drawings = [];
    const reset = this.#options.resets?.(world, this.#values);
    await this.#run(world, this.#values);
    await world.settle();
    await world.tick();
    await checkStep(world);
    const verdict = new Verdict();
    for (const { screen, draft } of drafts) if (screen !== reset) checkDraft(world, screen, { draft, verdict });
    verdict.throwProblems();
  }

  toString(): string {
    return `${this.#name} ${JSON.stringify(this.#values)}`;
  }
}

export function step<Values>(
  name: string,
  values: Values,
  run: (world: World, values: Values) => Promise<unknown>,
  options: StepOptions<Values> = {},
): Step {
  return new NamedStep(name, values, run, options);
}

/** Steps of one kind, with random values. */
export function anyStep<Values>(
  name: string,
  values: fc.Arbitrary<Values>,
  run: (world: World, values: Values) => Promise<unknown>,
  options: StepOptions<Values> = {},
): fc.Arbitrary<Step> {
  return values.map((stepValues) => step(name, stepValues, run, options));
}

export function pick<T>(list: readonly T[], index: number): T {
  return list[index % list.length]!;
}

function draftOf(screen: Screen): string | undefined {
  return screen.at === 'editing' ? JSON.stringify(screen.facts!.raw.fields) : undefined;
}

const HARMLESS = new Set(['editing', 'loading', 'review', 'approving']);

/** Checks that typed text stays in the form as long as no outcome was shown. */
function checkDraft(
  { memory }: World,
  screen: Screen,
  { draft, verdict }: { draft: string | undefined; verdict: Verdict },
): void {
  const now = draftOf(screen);
  if (draft === undefined || now === undefined) return;
  if (!memory.of(screen).drawings.every(({ facts }) => HARMLESS.has(facts.at))) return;
  verdict.must(now === draft, `${screen.id} lost what was typed: ${draft} became ${now}`);
}
