import type * as z from 'zod/mini';

import type { ClockMode } from './core/engine/clock.ts';
import type { Latency } from './core/engine/latency.ts';
import type { Provider } from './core/engine/provider.ts';
import { Registry } from './core/engine/registry.ts';
import type { Settings } from './core/engine/settings.ts';
import type { StateOptions } from './core/engine/state.ts';
import type { TimestampUnit } from './core/engine/webhooks/delivery.ts';
import type { EndpointSpec } from './core/engine/webhooks/endpoint.ts';
import { checkOptions, checkRows } from './options-check.ts';
import type { SenderOptions } from './bindings/webhook-sender.ts';
import {
  BUILT_IN,
  DEFAULT_SEED,
  PROVIDERS,
  type Credentials,
  type ProviderSettings,
  type SeedData,
} from './core/providers/index.ts';

/** Options of every binding. */
export interface SandboxOptions extends Partial<ProviderSettings> {
  /** Providers besides the built-in ones; `mock-server/provider.ts` has what one needs. */
  readonly providers?: readonly Provider[];
  /** Number that ids are drawn from: the same calls give the same ids. 1 by default. */
  readonly seed?: number;
  /**
   * No id comes twice: each namespace draws ids of its own, and a reset does not begin them again. `false` by default, so
   * that a reset and another namespace repeat the ids, as tests need it.
   */
  readonly freshIds?: boolean;
  /** Rows to start from, and to return to on reset; the example shop by default. */
  readonly data?: SeedData;
  /** Epoch milliseconds that the virtual clock starts from and runs along with; the system's by default. */
  readonly now?: () => number;
  readonly clock?: ClockMode;
  /** Epoch milliseconds of the clock at first and after a reset; those of `now` by default. */
  readonly startAt?: number;
  /** Accepts provider calls without credentials, and `Idempotency-Key` for `x-idempotency-key`. Never outside development. */
  readonly dev?: boolean;
  readonly credentials?: Partial<Credentials>;
  /** Number of calls in the journal, 2,000 by default. Their bodies stay in memory. */
  readonly journalCapacity?: number;
  /** Whether an amount such as 6.33 can ask for a scenario; `docs/scenarios.md`. `true` by default. */
  readonly magicAmounts?: boolean;
  /** How long every provider call takes; no time by default. Its idempotency key runs meanwhile. */
  readonly latency?: Latency;
  readonly webhooks?: SandboxWebhooks;
}

export interface SandboxWebhooks {
  /** Endpoints to start with, and to return to on reset. More can be added on the control API. */
  readonly endpoints?: readonly EndpointSpec[];
  /** Host names, or `name:port`, that webhooks may go to; without it, loopback only. */
  readonly allowHosts?: readonly string[];
  /** Unit of the signed timestamp for endpoints that name none, `milliseconds` by default. */
  readonly timestamp?: TimestampUnit;
  /** Milliseconds of real time that a receiver has for its answer, 10,000 by default. */
  readonly timeout?: number;
  /** Epoch milliseconds for signatures, the system's by default: receivers compare them with their own clock. */
  readonly signedAt?: () => number;
}

/**
 * This is the only place that reads the system's clock.
 * @param own schemas of the options that the binding has of its own
 * @throws SandboxOptionsError when an option is misspelt or has a value that is not taken
 */
export function stateOptions(options: SandboxOptions, own: Readonly<Record<string, z.ZodMiniType>> = {}): StateOptions {
  const more = Array.isArray(options.providers) ? options.providers : [];
  const registry = more.length === 0 ? BUILT_IN : new Registry([...PROVIDERS, ...more]);
  checkOptions(registry, options, own);
  const given = options.data ?? DEFAULT_SEED;
  const data = more.length === 0 ? given : { ...Object.assign({}, ...more.map(({ seed }) => seed)), ...given };
  if (options.data) checkRows(registry, data);
  return {
    registry,
    data,
    seed: options.seed ?? 1,
    freshIds: options.freshIds ?? false,
    source: options.now ?? Date.now,
    clock: options.clock ?? 'running',
    startAt: options.startAt,
    dev: options.dev ?? false,
    credentials: Object.assign(
      {},
      ...registry.providers.map(({ credentials }) => credentials),
      options.credentials,
    ) as Readonly<Record<string, string>>,
    journalCapacity: options.journalCapacity ?? 2_000,
    magicAmounts: options.magicAmounts ?? true,
    latency: options.latency ?? { ms: 0 },
    settings: settingsOf(registry, { ...options }),
    webhookEndpoints: options.webhooks?.endpoints ?? [],
    allowHosts: options.webhooks?.allowHosts ?? [],
    webhookTimestamp: options.webhooks?.timestamp ?? 'milliseconds',
  };
}

/** The settings among the options, with the defaults of the rest. */
function settingsOf({ defaultSettings }: Registry, options: Readonly<Record<string, unknown>>): Settings {
  const names = Object.keys(defaultSettings).filter((name) => options[name] !== undefined);
  return { ...defaultSettings, ...Object.fromEntries(names.map((name) => [name, options[name]])) } as Settings;
}

export function senderOptions({ webhooks = {} }: SandboxOptions): Pick<SenderOptions, 'signedAt' | 'timeout'> {
  return { signedAt: webhooks.signedAt ?? Date.now, timeout: webhooks.timeout ?? 10_000 };
}
