import type { Exchange } from './drive.ts';
import type { Profile } from './profile.ts';
import type { World } from './world.ts';

/**
 * `required`: without it money, a secret or the truth is at risk. `promised`, about keys: required of a proxy that says it
 * deduplicates, and where the provider does so itself. `counted`, about the sum: required of a proxy that says it
 * deduplicates. From any other proxy both ask for a ledger, and without it the verdict is one of its own. `recommended`:
 * the form copes without.
 */
type Level = 'required' | 'promised' | 'counted' | 'recommended';

export interface Check {
  /** Stable name, for `--only` and for CI. */
  readonly id: string;
  /** What holds when it passes, as a sentence. */
  readonly title: string;
  readonly level: Level;
  readonly why: string;
  readonly mend: string;
  /** Every provider without it. */
  readonly appliesTo?: (profile: Profile) => boolean;
  /** Only where a sign-in was given with `--header`. */
  readonly needsSignIn?: boolean;
  /** @throws Mismatch when it does not hold */
  run(world: World): Promise<void>;
}

/** What was expected, and what came in its place. */
export class Mismatch extends Error {
  override name = 'Mismatch' as const;
  readonly expected: string;
  readonly came: string;
  /** The exchange that shows it; the last one without it. */
  readonly exchange: Exchange | undefined;

  constructor(expected: string, came: string, exchange?: Exchange) {
    super(`expected ${expected}, but ${came}`);
    this.expected = expected;
    this.came = came;
    this.exchange = exchange;
  }
}

/** @throws Mismatch unless it holds */
export function expect(holds: boolean, expected: string, came: string, exchange?: Exchange): asserts holds {
  if (!holds) throw new Mismatch(expected, came, exchange);
}
