import type { Exchange } from './drive.ts';
import type { Profile } from './profile.ts';
import type { World } from './world.ts';

/**
 * `required`: if it fails, money or a secret is at risk, or an answer is wrong.
 * `promised`: about what an idempotency key keeps beyond one refund for one key. Required if the proxy says that it deduplicates, or if the provider does.
 * `counted`: about the sum of refunds. Required if the proxy says that it deduplicates.
 * For any other proxy, `promised` and `counted` need a ledger. If one fails then, the verdict is `no_ledger`.
 * `recommended`: the form also works without it.
 */
type Level = 'required' | 'promised' | 'counted' | 'recommended';

export interface Check {
  /** A stable name, for `--only` and for CI. */
  readonly id: string;
  /** A sentence that is true when the check passes. */
  readonly title: string;
  readonly level: Level;
  readonly why: string;
  readonly mend: string;
  /** Without it the check applies to every provider. */
  readonly appliesTo?: (profile: Profile) => boolean;
  /** The check runs only when `--header` gives a sign-in. */
  readonly needsSignIn?: boolean;
  /** The check runs only when `--other-header` gives the sign-in of somebody who may not refund. */
  readonly needsOtherSignIn?: boolean;
  /** The check runs only when `--restart` says how the proxy is restarted. */
  readonly needsRestart?: boolean;
  /** The check runs only when the proxy asks verify for the orders. */
  readonly needsOrders?: boolean;
  /** The check looks for something in the answers of the whole run: it can fail even when no refund goes through any more. */
  readonly searchesAnswers?: boolean;
  /** @throws Mismatch when the check fails, NotJudged or LeftOut when it says nothing about this proxy */
  run(world: World): Promise<void>;
}

/** A check failed: what was expected, and what happened. */
export class Mismatch extends Error {
  override name = 'Mismatch' as const;
  readonly expected: string;
  readonly came: string;
  /** The exchange that shows the failure. Without it the report shows the last exchange of the run. */
  readonly exchange: Exchange | undefined;

  constructor(expected: string, came: string, exchange?: Exchange) {
    super(`expected ${expected}, but ${came}`);
    this.expected = expected;
    this.came = came;
    this.exchange = exchange;
  }
}

/** @throws Mismatch unless `holds` is true */
export function expect(holds: boolean, expected: string, came: string, exchange?: Exchange): asserts holds {
  if (!holds) throw new Mismatch(expected, came, exchange);
}
