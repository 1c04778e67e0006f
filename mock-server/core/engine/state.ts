import { Clock, type ClockMode } from './clock.ts';
import { DueQueue } from './due.ts';
import { IdempotencyCache } from './idempotency.ts';
import { Journal } from './journal/journal.ts';
import type { Latency } from './latency.ts';
import { Random } from './random.ts';
import { RateWindows } from './rate-windows.ts';
import { cloneCollections, type SeedData } from '../providers/uqpay/rows.ts';
import { ScenarioBook } from './scenarios/scenarios.ts';
import { planSeed } from './settle.ts';
import type { Settings } from './settings.ts';
import { Store } from '../providers/uqpay/store.ts';
import type { Millis } from './time.ts';
import { WebhookBook, type EndpointSpec } from './webhooks/book.ts';
import { webhookSecrets } from '../providers/uqpay/events.ts';
import { TokenBook } from '../providers/uqpay/tokens.ts';

export interface Credentials {
  readonly uqpayClientId: string;
  readonly uqpayApiKey: string;
  /** What UQPAY's webhooks are signed with, unless an endpoint has a secret of its own. */
  readonly uqpayWebhookSecret: string;
  readonly upaymentsToken: string;
}

export const DEFAULT_CREDENTIALS: Credentials = {
  uqpayClientId: 'sandbox-client',
  uqpayApiKey: 'sandbox-key',
  uqpayWebhookSecret: 'sandbox-webhook-secret',
  upaymentsToken: 'jtest123',
};

export interface StateOptions {
  /** Rows to start from, and to come back to on reset. */
  readonly data: SeedData;
  /** Ids are drawn from it: the same calls after the same seed give the same ids. */
  readonly seed: number;
  /** Epoch milliseconds of the real world, or of a test. */
  readonly source: () => Millis;
  readonly clock: ClockMode;
  /** What the clock shows first, and after a reset; the source's time without it. */
  readonly startAt: Millis | undefined;
  /** Accepts provider calls without credentials, and `Idempotency-Key` for `x-idempotency-key`. */
  readonly dev: boolean;
  readonly credentials: Credentials;
  readonly journalCapacity: number;
  readonly latency: Latency;
  /** What a reset comes back to. */
  readonly settings: Settings;
  /** Whether an amount can ask for a scenario; see `magic.ts`. */
  readonly magicAmounts: boolean;
  /** Endpoints to start with, and to come back to on reset. */
  readonly webhookEndpoints: readonly EndpointSpec[];
  /** Hosts that webhooks may go to besides loopback. */
  readonly allowHosts: readonly string[];
}

/** Everything one namespace knows. */
export class SandboxState {
  readonly options: StateOptions;
  #data: SeedData;
  /** Live tokens outlast a reset, so that a client in the middle of its work need not sign in again. */
  readonly tokens: TokenBook;
  clock!: Clock;
  #store: Store | undefined;
  due!: DueQueue;
  idempotency!: IdempotencyCache;
  scenarios!: ScenarioBook;
  journal!: Journal;
  webhooks!: WebhookBook;
  webhookIds!: Random;
  refundIds!: Random;
  /** Ids of what leads up to a refund: a stream of its own, so that a new payment does not change the refunds' ids. */
  paymentIds!: Random;
  windows!: RateWindows;
  settings!: Settings;
  latencies!: Random;

  constructor(options: StateOptions) {
    this.options = options;
    this.#data = options.data;
    this.tokens = new TokenBook(new Random(options.seed, 'tokens'));
    this.reset();
  }

  /** Other rows to start from, now and after every reset. */
  reseed(data: SeedData): void {
    this.#data = data;
    this.reset();
  }

  /** The rows that a reset comes back to, where they are not those of the options. */
  get ownSeed(): SeedData | undefined {
    return this.#data === this.options.data ? undefined : this.#data;
  }

  /** Made of the seed's rows once somebody looks: a reset of many rows costs nothing until then. */
  get store(): Store {
    return (this.#store ??= new Store(cloneCollections(this.#data)));
  }

  set store(store: Store) {
    this.#store = store;
  }

  /** Back to the seed: rows, clock, ids, scenarios, kept answers and journal. */
  reset(): void {
    const { seed, source, startAt, clock, journalCapacity, webhookEndpoints, allowHosts, credentials } = this.options;
    this.clock = new Clock({ mode: clock, source, startAt });
    this.#store = undefined;
    this.due = new DueQueue();
    planSeed(this, this.#data);
    this.idempotency = new IdempotencyCache();
    this.scenarios = new ScenarioBook();
    this.journal = new Journal(journalCapacity);
    this.webhookIds = new Random(seed, 'webhooks');
    this.webhooks = new WebhookBook(this.due, this.webhookIds, {
      endpoints: webhookEndpoints,
      allowHosts,
      secrets: webhookSecrets(credentials),
      capacity: journalCapacity,
    });
    this.refundIds = new Random(seed, 'refunds');
    this.paymentIds = new Random(seed, 'payments');
    this.windows = new RateWindows();
    this.settings = this.options.settings;
    this.latencies = new Random(seed, 'latencies');
  }
}
