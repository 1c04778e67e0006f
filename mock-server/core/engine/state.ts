import { Clock, type ClockMode } from './clock.ts';
import type { Row, SeedData } from './data-model.ts';
import { DueQueue } from './due.ts';
import { IdempotencyCache } from './idempotency.ts';
import { Journal } from './journal/journal.ts';
import type { Latency } from './latency.ts';
import type { Credentials, Sessions, State } from './provider.ts';
import { Random } from './random.ts';
import { RateWindows } from './rate-windows.ts';
import { withoutSlash, type Registry } from './registry.ts';
import { ScenarioBook } from './scenarios/book.ts';
import type { Settings } from './settings.ts';
import { Store } from './store.ts';
import type { Millis } from './time.ts';
import { WebhookBook } from './webhooks/book.ts';
import type { TimestampUnit } from './webhooks/delivery.ts';
import type { EndpointSpec } from './webhooks/endpoint.ts';

export interface StateOptions {
  readonly registry: Registry;
  /** Rows to start from, and to return to on reset. */
  readonly data: SeedData;
  /** Ids are drawn from it: the same calls after the same seed give the same ids. */
  readonly seed: number;
  /** Each namespace draws ids of its own, and a reset does not begin them again. */
  readonly freshIds: boolean;
  /** Epoch milliseconds of the real world, or of a test. */
  readonly source: () => Millis;
  readonly clock: ClockMode;
  /** Time of the clock at first and after a reset; the source's time by default. */
  readonly startAt: Millis | undefined;
  /** Accepts provider calls without credentials, and `Idempotency-Key` for `x-idempotency-key`. */
  readonly dev: boolean;
  readonly credentials: Credentials;
  readonly journalCapacity: number;
  readonly latency: Latency;
  /** A reset returns to them. */
  readonly settings: Settings;
  /** Whether an amount can ask for a scenario; see `magic.ts`. */
  readonly magicAmounts: boolean;
  /** Endpoints to start with, and to return to on reset. */
  readonly webhookEndpoints: readonly EndpointSpec[];
  /** Hosts that webhooks may go to besides loopback. */
  readonly allowHosts: readonly string[];
  /** Unit of the signed timestamp for endpoints that name none. */
  readonly webhookTimestamp: TimestampUnit;
}

/** Everything one namespace knows. */
export class SandboxState implements State {
  readonly options: StateOptions;
  readonly registry: Registry;
  readonly #name: string;
  #data: SeedData;
  /** Sessions outlast a reset, so that a client in the middle of its work need not sign in again. */
  readonly sessions: ReadonlyMap<string, Sessions>;
  clock!: Clock;
  #store: Store | undefined;
  due!: DueQueue;
  idempotency!: IdempotencyCache;
  scenarios!: ScenarioBook;
  journal!: Journal;
  webhooks!: WebhookBook;
  webhookIds!: Random;
  refundIds!: Random;
  paymentIds!: Random;
  windows!: RateWindows;
  settings!: Settings;
  latencies!: Random;

  /** @param name of the namespace; the default one's is empty */
  constructor(options: StateOptions, name = '') {
    this.options = options;
    this.#name = name;
    this.registry = options.registry;
    this.#data = options.data;
    const sessions = new Map<string, Sessions>();
    for (const { name, sessions: open } of this.registry.providers) {
      if (open) sessions.set(name, open(new Random(options.seed, 'tokens')));
    }
    this.sessions = sessions;
    this.reset();
  }

  /** Other rows to start from, now and after every reset. */
  reseed(data: SeedData): void {
    this.#data = data;
    this.reset();
  }

  /** The rows of the last `reseed`; `undefined` while the rows of the options are the seed. */
  get ownSeed(): SeedData | undefined {
    return this.#data === this.options.data ? undefined : this.#data;
  }

  /** Of the paths of this namespace: `/ns/<name>`, or nothing for the default one. */
  get prefix(): string {
    return this.#name === '' ? '' : `/ns/${this.#name}`;
  }

  /**
   * One spelling for the paths of one call: below the namespace, with the provider's prefix, and without a slash at the
   * end. A client may leave out the prefix, and may end a path with a slash.
   */
  pathOf(path: string): string {
    const below = path.startsWith(`${this.prefix}/`) ? path.slice(this.prefix.length) : path;
    const place = this.registry.placeOf(below);
    return withoutSlash(place ? place.provider.prefix + place.below : below);
  }

  seedRows(collection: string): readonly Row[] {
    return this.#data[collection] ?? [];
  }

  /** Made of the seed's rows on first use: until then a reset of many rows costs nothing. */
  get store(): Store {
    return (this.#store ??= new Store(this.registry.data, this.registry.data.clone(this.#data)));
  }

  set store(store: Store) {
    this.#store = store;
  }

  /** Milliseconds of real time, drawn from the seed where the latency is a range. */
  drawLatency({ ms, max = ms }: Latency): number {
    return max > ms ? ms + this.latencies.below(max - ms + 1) : ms;
  }

  /** Back to the seed: rows, clock, ids, scenarios, kept answers and journal. */
  reset(): void {
    const { seed, source, startAt, clock, journalCapacity, webhookEndpoints, allowHosts, credentials } = this.options;
    const { providers } = this.registry;
    this.clock = new Clock({ mode: clock, source, startAt });
    this.#store = undefined;
    this.due = new DueQueue();
    for (const provider of providers) provider.planSeed?.(this, this.#data);
    this.idempotency = new IdempotencyCache();
    this.scenarios = new ScenarioBook();
    const earlier = this.journal as Journal | undefined;
    this.journal = new Journal(journalCapacity, this, earlier ? earlier.generation + 1 : 0);
    this.webhookIds = this.#ids('webhooks', this.webhookIds);
    this.webhooks = new WebhookBook(this.due, this.webhookIds, {
      endpoints: webhookEndpoints,
      allowHosts,
      timestamp: this.options.webhookTimestamp,
      secrets: new Map(providers.map(({ name, webhooks }) => [name, webhooks?.signing?.secret(credentials)])),
      capacity: journalCapacity,
    });
    this.refundIds = this.#ids('refunds', this.refundIds);
    this.paymentIds = this.#ids('payments', this.paymentIds);
    this.windows = new RateWindows();
    this.settings = this.options.settings;
    this.latencies = new Random(seed, 'latencies');
  }

  /** A stream of ids from its beginning, or the `earlier` one where no id may come twice. */
  #ids(stream: string, earlier: Random | undefined): Random {
    const { seed, freshIds } = this.options;
    if (!freshIds) return new Random(seed, stream);
    return earlier ?? new Random(seed, this.#name === '' ? stream : `${stream} of ${this.#name}`);
  }
}
