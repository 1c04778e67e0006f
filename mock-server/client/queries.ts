import type { ClockMode } from '../core/engine/clock.ts';
import type { ScenarioName } from '../core/engine/scenarios/catalogue.ts';
import type { CollectionName, ProviderName } from '../core/providers/index.ts';

export interface ScenarioOptions<Provider extends string = ProviderName> {
  /** Number of calls that use it, 1 by default. */
  readonly times?: number;
  readonly provider?: Provider;
  /** Name of a route as in the journal, or `*`; by default only calls that create or delete a refund. */
  readonly route?: string;
  readonly payment_id?: string;
  /** Numbers, and durations such as `P3D`; of one scenario. */
  readonly params?: Readonly<Record<string, number | string>>;
}

/** A name, or the text of a header: `fail; after=P3D, webhook_duplicate, webhook_delay; seconds=60`. */
export type ScenarioText = ScenarioName | `${ScenarioName}${';' | ','}${string}`;

/** Every member given has to fit. */
export interface JournalQuery<Provider extends string = ProviderName> {
  readonly provider?: Provider;
  readonly route?: string;
  readonly method?: string;
  readonly path?: string;
  readonly status?: number;
  readonly payment_id?: string;
  readonly refund_id?: string;
  readonly idempotency_key?: string;
  readonly replayed?: boolean;
  readonly scenario?: string;
  /** Kind of the wire fault, such as `drop`. */
  readonly wire?: string;
  /** Only calls after this sequence number. */
  readonly after?: number;
  /** Only the newest of the calls that fit. */
  readonly limit?: number;
}

export interface JournalExpectationFilter<Provider extends string = ProviderName> extends Omit<
  JournalQuery<Provider>,
  'limit'
> {
  /** Fits when the body of the request holds at least this. */
  readonly request?: unknown;
  readonly response?: unknown;
}

export type JournalExpectation = { readonly exactly: number } | { readonly atLeast: number } | { readonly never: true };

/** Rows by collection. Missing members are filled in. */
export type SandboxSeed = { readonly [Name in CollectionName]?: readonly Readonly<Record<string, unknown>>[] };

export interface ClockChange {
  readonly mode?: ClockMode;
  /** RFC 3339. */
  readonly set?: string;
  /** ISO 8601 duration, days at most: `PT4H`. */
  readonly advance?: string;
}
