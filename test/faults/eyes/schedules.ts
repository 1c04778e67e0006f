import fc from 'fast-check';

import { SEED, withCauses } from '../support/schedules.ts';
import { steps } from './commands.ts';
import type { EyesGround } from './ground.ts';
import { comeToRest } from './rest.ts';
import type { ShopName } from './size.ts';
import { World } from './world.ts';

const [path, replayPath] = (process.env['TEST_PATH'] ?? '').split('@');

const start = fc.record({
  hears: fc.boolean(),
  stamps: fc.constantFrom('no' as const, 'provider' as const, 'problem' as const),
  locale: fc.constantFrom('en-GB' as const, 'en-DE' as const),
});

/** Runs that many schedules on real pages. @throws with the steps of one that fails, and how to replay it. */
export async function runEyes(eyes: EyesGround, name: ShopName, runs: number): Promise<void> {
  const property = fc.asyncProperty(
    start,
    fc.commands(steps(name), { maxCommands: 40, size: 'max', ...(replayPath && { replayPath }) }),
    async (start, commands) => {
      const world = new World(eyes, name, start);
      await world.open();
      let isClean = false;
      try {
        await fc.asyncModelRun(() => ({ model: { world }, real: world }), commands);
        await comeToRest(world);
        isClean = true;
      } finally {
        await world.close(isClean);
      }
    },
  );
  const details = await fc.check(property, {
    seed: SEED,
    numRuns: runs,
    ...(path && { path }),
    // A page takes seconds to fail: the shortest form is looked for only where somebody asks for it.
    endOnFailure: Boolean(path) || process.env['FAULTS_SHRINK'] !== '1',
    interruptAfterTimeLimit: 3_600_000,
  });
  if (!details.failed) return;
  const shown = `${fc.stringify(details.counterexample?.[1])} in a shop of ${fc.stringify(details.counterexample?.[0])}`;
  const replay = /replayPath="([^"]*)"/.exec(shown)?.[1] ?? '';
  const where = `TEST_SEED=${details.seed} TEST_PATH='${details.counterexamplePath}@${replay}'`;
  throw new Error(`${name}: ${withCauses(details.errorInstance)}\nafter ${shown}\nrun it again with ${where}`);
}
