import fc from 'fast-check';

import { comeToRest, steps } from './commands.ts';
import type { Ground, ProviderName } from './ground.ts';
import { World } from './world.ts';

/** `TEST_SEED` and `TEST_PATH`, as a failure prints them, run that one schedule again. */
const seed = Number(process.env['TEST_SEED'] ?? 20_261_101);
const [path, replayPath] = (process.env['TEST_PATH'] ?? '').split('@');

/** Runs that many schedules of steps that nobody would think of. @throws with the shortest one that fails, and how to replay it. */
export async function runSchedules(ground: Ground, provider: ProviderName, runs: number): Promise<void> {
  const property = fc.asyncProperty(
    fc.commands(steps(provider), { maxCommands: 12, size: '+1', ...(replayPath && { replayPath }) }),
    async (commands) => {
      const world = new World(ground, provider);
      await world.open();
      try {
        await fc.asyncModelRun(() => ({ model: { wanted: world.wanted }, real: world }), commands);
        await comeToRest(world);
      } finally {
        await world.close();
      }
    },
  );
  const details = await fc.check(property, {
    seed,
    numRuns: runs,
    ...(path && { path, endOnFailure: true }),
    interruptAfterTimeLimit: 3_600_000,
  });
  if (!details.failed) return;
  const shown = fc.stringify(details.counterexample?.[0]);
  const replay = /replayPath="([^"]*)"/.exec(shown)?.[1] ?? '';
  const where = `TEST_SEED=${details.seed} TEST_PATH='${details.counterexamplePath}@${replay}'`;
  const error = details.errorInstance;
  throw new Error(
    `${provider} on ${ground.ledger}: ${error instanceof Error ? error.message : String(error)}\n` +
      `after ${shown}\nrun it again with ${where}`,
    { cause: error },
  );
}
