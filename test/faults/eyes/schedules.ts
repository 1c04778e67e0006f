import fc from 'fast-check';

import { SEED, withCauses } from '../support/schedules.ts';
import { steps } from './commands.ts';
import { directed } from './directed.ts';
import type { EyesTestbed } from './testbed.ts';
import { repairAndSettle } from './rest.ts';
import type { ShopName } from './size.ts';
import type { Step } from './step.ts';
import { LOCALES, World, type Start } from './world.ts';

/** The path of a schedule to repeat; then no other schedule runs. */
const path = process.env['TEST_PATH'];

const start = fc.record<Start>({
  hears: fc.boolean(),
  stamps: fc.constantFrom('no', 'provider', 'problem'),
  locale: fc.constantFrom(...LOCALES),
  approvalAbove: fc.constantFrom(undefined, undefined, 15),
});

/** Steps that are impossible when their turn comes are skipped, so about 15 to 25 of these remain. */
const LENGTH = { minLength: 24, maxLength: 36, size: 'max' } as const;

/** Runs that many schedules on real pages. @throws with the steps of one that fails, and how to repeat it. */
export async function runEyes(eyes: EyesTestbed, name: ShopName, runs: number): Promise<void> {
  if (!path) await runDirected(eyes, name);
  let takenSteps: readonly Step[] = [];
  const property = fc.asyncProperty(start, fc.array(steps(name), LENGTH), async (start, steps) => {
    takenSteps = [];
    takenSteps = await runSchedule(new World(eyes, name, start), steps, (step) => {
      takenSteps = [...takenSteps, step];
    });
  });
  const details = await fc.check(property, {
    seed: SEED,
    numRuns: runs,
    ...(path && { path }),
    // A failure on pages takes seconds, so the shortest schedule is searched only on request.
    endOnFailure: process.env['FAULTS_SHRINK'] !== '1',
    interruptAfterTimeLimit: 3_600_000,
  });
  if (!details.failed) return;
  const shop = fc.stringify(details.counterexample?.[0]);
  const where = `TEST_SEED=${details.seed} TEST_PATH='${details.counterexamplePath}'`;
  const error = withCauses(details.errorInstance);
  throw new Error(
    `${name}: ${error}\nafter ${takenSteps.map(String).join(', ')}\nin a shop of ${shop}\nrun it again with ${where}`,
  );
}

async function runDirected(eyes: EyesTestbed, name: ShopName): Promise<void> {
  for (const { start, steps } of directed(name)) {
    try {
      const takenSteps = await runSchedule(new World(eyes, name, start), steps);
      if (takenSteps.length < steps.length) throw new Error(`only ${takenSteps.length} steps of it could be taken`);
    } catch (error) {
      throw new Error(`${name}, as directed: ${withCauses(error)}\nafter ${steps.map(String).join(', ')}`, {
        cause: error,
      });
    }
  }
}

/** Runs one schedule on its own pages. Calls `onStep` before each step that it takes. */
export async function runSchedule(
  world: World,
  steps: readonly Step[],
  onStep: (step: Step) => void = () => undefined,
): Promise<readonly Step[]> {
  const takenSteps: Step[] = [];
  let isClean = false;
  await world.open();
  try {
    for (const step of steps) {
      if (!step.can(world)) continue;
      takenSteps.push(step);
      onStep(step);
      await step.run(world);
    }
    await repairAndSettle(world);
    isClean = true;
  } finally {
    await world.close(isClean);
  }
  return takenSteps;
}
