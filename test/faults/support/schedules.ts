import fc from 'fast-check';

import { steps } from './commands.ts';
import { directed } from './directed.ts';
import type { Testbed, ProviderName } from './testbed.ts';
import { repairAndSettle } from './rest.ts';
import { World, type Shop } from './world.ts';

/** `TEST_SEED` and `TEST_PATH`, as a failure prints them, run that one schedule again. */
export const SEED = Number(process.env['TEST_SEED'] ?? 20_261_101);
/** `FAULTS_DIRECTED=0` leaves out the orders of events that are known to matter, and shows what chance finds by itself. */
const isDirected = process.env['FAULTS_DIRECTED'] !== '0';
const [path, replayPath] = (process.env['TEST_PATH'] ?? '').split('@');

const shops: fc.Arbitrary<Shop> = fc.record({
  hears: fc.boolean(),
  approvalAbove: fc.constantFrom(undefined, undefined, 15, 30),
});

/** Runs that many schedules of steps that nobody would think of. @throws with the shortest one that fails, and how to replay it. */
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
    // A failure is looked at in its shortest form; that there is one is known at once.
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

/**
 * An error and what led to it, with where each was thrown: in the message, so that how to replay it stands beside.
 */
export function withCauses(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\nbecause of ${withCauses(error.cause)}`;
}
