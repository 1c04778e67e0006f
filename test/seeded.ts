import fc, { type IAsyncProperty, type IProperty } from 'fast-check';

/** One seed for every random test of a run: `TEST_SEED` replays a failure, whose message prints the seed and the path. A browser has no `process`. */
const seed = Number(globalThis.process?.env['TEST_SEED'] ?? 20_261_101);

export function seeded<Values>(property: IProperty<Values>, { runs = 500 }: { runs?: number } = {}): void {
  fc.assert(property, { seed, numRuns: runs });
}

export async function seededAsync<Values>(
  property: IAsyncProperty<Values>,
  { runs = 500 }: { runs?: number } = {},
): Promise<void> {
  await fc.assert(property, { seed, numRuns: runs });
}
