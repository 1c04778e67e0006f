import fc from 'fast-check';

import { steps } from './commands.ts';
import { directed } from './directed.ts';
import type { Testbed, ProviderName } from './testbed.ts';
import { repairAndSettle } from './rest.ts';
import { World, type Shop } from './world.ts';

/** `TEST_SEED` and `TEST_PATH`, as a failure prints them, repeat that one schedule. */
export const SEED = Number(process.env['TEST_SEED'] ?? 20_261_101);
/** `FAULTS_DIRECTED=0` leaves out the directed schedules, to show what random schedules find alone. */
const isDirected = process.env['FAULTS_DIRECTED'] !== '0';
const [path, replayPath] = (process.env['TEST_PATH'] ?? '').split('@');

const shops: fc.Arbitrary<Shop> = fc.record({
  hears: fc.boolean(),
  approvalAbove: fc.constantFrom(undefined, undefined, 15, 30),
});

/** Runs that many random schedules. @throws with the shortest schedule that fails, and how to repeat it. */
export async function runSchedules(testbed: Testbed, provider: ProviderName, runs: number): Promise<void> {
  const property = fc.asyncProperty(
    shops,
    fc.commands(steps(provider), { maxCommands: 12, size: '+1', ...(replayPath && { replayPath }) }),
    async (shop, commands) => {
      const world = new World(testbed, provider, shop);
      await world.open();
      try {
        await fc.asyncModelRun(
          () => ({ model: { intents: world.intents, approvalAbove: shop.approvalAbove }, real: world }),
          commands,
        );
        await repairAndSettle(world);
      } finally {
        await world.close();
      }
    },
  );
  const details = await fc.check(property, {
    seed: SEED,
    numRuns: runs,
    ...(isDirected && { examples: directed(provider) }),
    ...(path && { path }),
    // Shrinking finds the shortest schedule. It is skipped where only the failure itself matters.
    endOnFailure: Boolean(path) || process.env['FAULTS_SHRINK'] === '0',
    interruptAfterTimeLimit: 3_600_000,
  });
  if (!details.failed) return;
  const description = `${fc.stringify(details.counterexample?.[1])} in a shop of ${fc.stringify(details.counterexample?.[0])}`;
  const replay = /replayPath="([^"]*)"/.exec(description)?.[1] ?? '';
  const where = `TEST_SEED=${details.seed} TEST_PATH='${details.counterexamplePath}@${replay}'`;
  const error = details.errorInstance;
  throw new Error(
    `${provider} on ${testbed.ledger}: ${withCauses(error)}\nafter ${description}\nrun it again with ${where}`,
  );
}

/** An error with its causes and their stacks. They are part of the message, next to how to repeat the run. */
export function withCauses(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\nbecause of ${withCauses(error.cause)}`;
}
