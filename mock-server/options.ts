import type { ClockMode } from './core/clock.ts';
import { DEFAULT_CREDENTIALS, type Credentials, type StateOptions } from './core/state.ts';
import type { SeedData } from './core/rows.ts';
import { DEFAULT_SEED } from './seed.ts';

/** What every binding lets its user choose. */
export interface SandboxOptions {
  /** Number that ids are drawn from: the same calls give the same ids. 1 by default. */
  readonly seed?: number;
  /** Rows to start from and to come back to; the default shop without it. */
  readonly data?: SeedData;
  /** Epoch milliseconds that the virtual clock starts from and runs along with; the system's by default. */
  readonly now?: () => number;
  readonly clock?: ClockMode;
  /** Accepts provider calls without credentials, and `Idempotency-Key` for `x-idempotency-key`. Never outside development. */
  readonly dev?: boolean;
  readonly credentials?: Partial<Credentials>;
  /** Calls that the journal remembers, 2,000 by default. More of them cost every call some garbage collection. */
  readonly journalCapacity?: number;
}

/** The outermost edge: here, and only here, the system's clock comes in. */
export function stateOptions(options: SandboxOptions): StateOptions {
  return {
    data: options.data ?? DEFAULT_SEED,
    seed: options.seed ?? 1,
    source: options.now ?? Date.now,
    clock: options.clock ?? 'running',
    dev: options.dev ?? false,
    credentials: { ...DEFAULT_CREDENTIALS, ...options.credentials },
    journalCapacity: options.journalCapacity ?? 2_000,
  };
}
