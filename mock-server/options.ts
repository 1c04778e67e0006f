import type { ClockMode } from './core/engine/clock.ts';
import { DEFAULT_CREDENTIALS, type Credentials, type StateOptions } from './core/engine/state.ts';
import type { Latency } from './core/engine/latency.ts';
import type { SeedData } from './core/providers/uqpay/rows.ts';
import { DEFAULT_SETTINGS, type AmountStyle, type GetStatus } from './core/engine/settings.ts';
import type { EndpointSpec } from './core/engine/webhooks/book.ts';
import { DEFAULT_SEED } from './core/providers/uqpay/seed.ts';
import type { SenderOptions } from './bindings/webhook-sender.ts';

/** What every binding lets its user choose. */
export interface SandboxOptions {
  /** Number that ids are drawn from: the same calls give the same ids. 1 by default. */
  readonly seed?: number;
  /** Rows to start from and to come back to; the default shop without it. */
  readonly data?: SeedData;
  /** Epoch milliseconds that the virtual clock starts from and runs along with; the system's by default. */
  readonly now?: () => number;
  readonly clock?: ClockMode;
  /** Epoch milliseconds that the clock shows first, and after a reset; what `now` shows without it. */
  readonly startAt?: number;
  /** Accepts provider calls without credentials, and `Idempotency-Key` for `x-idempotency-key`. Never outside development. */
  readonly dev?: boolean;
  readonly credentials?: Partial<Credentials>;
  /** Calls that the journal remembers, 2,000 by default. More of them cost every call some garbage collection. */
  readonly journalCapacity?: number;
  /** Whether an amount such as 6.33 can ask for a scenario; `docs/scenarios.md`. `true` by default. */
  readonly magicAmounts?: boolean;
  /** How long every provider call takes, none by default: its idempotency key is still running meanwhile. */
  readonly latency?: Latency;
  readonly webhooks?: SandboxWebhooks;
  /** How UQPAY's answers and webhooks write amounts: `as-sent` (`10.00`) by default, or `trimmed` (`10`). */
  readonly amounts?: AmountStyle;
  /** Status of the reads that UPayments' document types as 201, and of which some clients saw 200. 201 by default. */
  readonly upaymentsGetStatus?: GetStatus;
  /** Whether UPayments calls a `notifyUrl` once a refund settles. `true` by default; no client may need it. */
  readonly refundCallbacks?: boolean;
}

export interface SandboxWebhooks {
  /** Endpoints to start with, and to come back to on reset. More can be added on the control API. */
  readonly endpoints?: readonly EndpointSpec[];
  /** Host names, or `name:port`, that webhooks may go to; without it, loopback only. */
  readonly allowHosts?: readonly string[];
  /** Milliseconds of real time that a receiver has for its answer, 10,000 by default. */
  readonly timeout?: number;
  /** Epoch milliseconds for signatures, the system's by default: receivers compare them with their own clock. */
  readonly signedAt?: () => number;
}

/** The outermost edge: here, and only here, the system's clock comes in. */
export function stateOptions(options: SandboxOptions): StateOptions {
  return {
    data: options.data ?? DEFAULT_SEED,
    seed: options.seed ?? 1,
    source: options.now ?? Date.now,
    clock: options.clock ?? 'running',
    startAt: options.startAt,
    dev: options.dev ?? false,
    credentials: { ...DEFAULT_CREDENTIALS, ...options.credentials },
    journalCapacity: options.journalCapacity ?? 2_000,
    magicAmounts: options.magicAmounts ?? true,
    latency: options.latency ?? { ms: 0 },
    settings: {
      amounts: options.amounts ?? DEFAULT_SETTINGS.amounts,
      upaymentsGetStatus: options.upaymentsGetStatus ?? DEFAULT_SETTINGS.upaymentsGetStatus,
      refundCallbacks: options.refundCallbacks ?? DEFAULT_SETTINGS.refundCallbacks,
    },
    webhookEndpoints: options.webhooks?.endpoints ?? [],
    allowHosts: options.webhooks?.allowHosts ?? [],
  };
}

export function senderOptions({ webhooks = {} }: SandboxOptions): Pick<SenderOptions, 'signedAt' | 'timeout'> {
  return { signedAt: webhooks.signedAt ?? Date.now, timeout: webhooks.timeout ?? 10_000 };
}
