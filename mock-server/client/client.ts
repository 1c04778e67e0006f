import * as z from 'zod/mini';

import {
  endpointsAnswer,
  webhookDelivery,
  webhookEndpoint,
  webhooksAnswer,
  type SandboxWebhook,
  type SandboxWebhookEndpoint,
  type WebhookQuery,
} from './webhooks.ts';
import type { ClockMode } from '../core/engine/clock.ts';
import { CUSTOMER_RESULTS, type CustomerResult } from '../core/providers/uqpay/lifecycle.ts';
import type { CollectionName } from '../core/providers/uqpay/rows.ts';
import type { ProviderName, ScenarioName } from '../core/engine/scenarios/scenarios.ts';
import { AMOUNT_STYLES, GET_STATUSES } from '../core/engine/settings.ts';
import type { EndpointSpec } from '../core/engine/webhooks/book.ts';

const clockState = z.object({
  mode: z.enum(['running', 'frozen']),
  now: z.string(),
  epoch_ms: z.number(),
  due: z.number(),
  next_due: z.nullable(z.string()),
});
export type SandboxClock = z.infer<typeof clockState>;

const health = z.object({
  status: z.literal('ok'),
  seed: z.number(),
  dev: z.boolean(),
  clock: clockState,
  rows: z.record(z.string(), z.number()),
});
export type SandboxHealth = z.infer<typeof health>;

const maybe = z.nullable(z.string());
const journalEntry = z.object({
  sequence: z.number(),
  time: z.string(),
  provider: z.string(),
  route: z.string(),
  method: z.string(),
  path: z.string(),
  status: z.number(),
  payment_id: maybe,
  refund_id: maybe,
  idempotency_key: maybe,
  replayed: z.boolean(),
  scenario: maybe,
  wire: maybe,
  policies: z.array(z.object({ id: z.string(), text: z.string() })),
  request: z.unknown(),
  response: z.unknown(),
});
export type SandboxJournalEntry = z.infer<typeof journalEntry>;
const journalAnswer = z.object({ entries: z.array(journalEntry) });
const countAnswer = z.object({ count: z.number() });

const oneRule = z.object({
  id: z.number(),
  scenario: z.string(),
  times: z.number(),
  params: z.record(z.string(), z.union([z.number(), z.string()])),
  provider: z.optional(z.string()),
  route: z.optional(z.string()),
  payment_id: z.optional(z.string()),
});
/** The first of several, with all of them in `rules`, where several scenarios were set at once. */
const rule = z.extend(oneRule, { rules: z.optional(z.array(oneRule)) });
export type SandboxRule = z.infer<typeof rule>;

const payment = z.object({ result: z.enum(CUSTOMER_RESULTS), status: z.string(), return_url: maybe });
/** `status` in the provider's own word; `return_url` is where the customer would be sent back to. */
export type SandboxPayment = z.infer<typeof payment>;

const difference = z.object({ field: z.string(), expected: z.unknown(), received: z.unknown() });
const verification = z.object({
  ok: z.boolean(),
  count: z.number(),
  explanation: z.string(),
  matched: z.array(z.number()),
  near_misses: z.array(
    z.object({
      sequence: z.number(),
      method: z.string(),
      path: z.string(),
      status: z.number(),
      differs: z.array(difference),
    }),
  ),
  dropped: z.number(),
});
export type SandboxVerification = z.infer<typeof verification>;

const policy = z.object({
  id: z.string(),
  text: z.string(),
  /** What would change it. */
  changed_by: z.string(),
});
export type SandboxPolicy = z.infer<typeof policy>;
const policiesAnswer = z.object({ policies: z.array(policy) });
const namespacesAnswer = z.object({ namespaces: z.array(z.string()), limit: z.number() });
const snapshotAnswer = z.looseObject({ version: z.number() });
export type SandboxSnapshot = z.infer<typeof snapshotAnswer>;

const settings = z.object({
  amounts: z.enum(AMOUNT_STYLES),
  upayments_get_status: z.literal(GET_STATUSES),
  refund_callbacks: z.boolean(),
});
export type SandboxSettings = z.infer<typeof settings>;

const rows = z.array(z.record(z.string(), z.unknown()));
const refusal = z.object({ error: z.string() });

export interface ScenarioOptions {
  /** Calls that it is good for, 1 by default. */
  readonly times?: number;
  readonly provider?: ProviderName;
  /** Name of a route as the journal shows it, or `*`; without it, only calls that create or delete a refund. */
  readonly route?: string;
  readonly payment_id?: string;
  /** Numbers, and durations such as `P3D`; of one scenario. */
  readonly params?: Readonly<Record<string, number | string>>;
}

/** A name, or what a header would say: `fail; after=P3D, webhook_duplicate, webhook_delay; seconds=60`. */
export type ScenarioText = ScenarioName | `${ScenarioName}${';' | ','}${string}`;

/** Every member given has to fit. */
export interface JournalQuery {
  readonly provider?: ProviderName;
  readonly route?: string;
  readonly method?: string;
  readonly path?: string;
  readonly status?: number;
  readonly payment_id?: string;
  readonly refund_id?: string;
  readonly idempotency_key?: string;
  readonly replayed?: boolean;
  readonly scenario?: string;
  /** What became of the answer on the wire, such as `drop`. */
  readonly wire?: string;
  /** Only calls after this sequence number. */
  readonly after?: number;
  /** Only the newest of the calls that fit. */
  readonly limit?: number;
}

export interface JournalExpectationFilter extends Omit<JournalQuery, 'limit'> {
  /** Fits when the body of the request holds at least this. */
  readonly request?: unknown;
  readonly response?: unknown;
}

export type JournalExpectation = { readonly exactly: number } | { readonly atLeast: number } | { readonly never: true };

/** Rows by collection; what a row leaves out is filled in. */
export type SandboxSeed = { readonly [Name in CollectionName]?: readonly Readonly<Record<string, unknown>>[] };

export interface ClockChange {
  readonly mode?: ClockMode;
  /** RFC 3339. */
  readonly set?: string;
  /** ISO 8601 duration, days at most: `PT4H`. */
  readonly advance?: string;
}

/** A control call that was refused; the message is the sandbox's own sentence. */
export class SandboxControlError extends Error {
  override name = 'SandboxControlError' as const;
  readonly status: number;

  constructor(method: string, url: string, status: number, message: string) {
    super(`${method} ${url} answered ${status}: ${message}`);
    this.status = status;
  }
}

export interface SandboxClient {
  health(): Promise<SandboxHealth>;
  /** Back to the seed: rows, clock, ids, scenarios and journal. */
  reset(): Promise<void>;
  /** Other rows to start from, now and after every reset; what a row leaves out is filled in. */
  seed(rows: SandboxSeed): Promise<void>;
  /** Everything that decides how it answers from here on. Opaque, and JSON. */
  snapshot(): Promise<SandboxSnapshot>;
  restore(snapshot: SandboxSnapshot): Promise<void>;
  settings(): Promise<SandboxSettings>;
  /** What is not named stays as it is. Lasts until a reset. */
  setSettings(change: Partial<SandboxSettings>): Promise<SandboxSettings>;
  clock(): Promise<SandboxClock>;
  setClock(change: ClockChange): Promise<SandboxClock>;
  /** ISO 8601 duration: what is due by then happens now. */
  advance(duration: string): Promise<SandboxClock>;
  scenario(text: ScenarioText, options?: ScenarioOptions): Promise<SandboxRule>;
  clearScenarios(): Promise<void>;
  /** Recorded calls, oldest first. */
  journal(query?: JournalQuery): Promise<SandboxJournalEntry[]>;
  count(query?: JournalQuery): Promise<number>;
  clearJournal(): Promise<void>;
  /** Whether there were such calls; `assert.ok(found.ok, found.explanation)` in a test. */
  verify(filter: JournalExpectationFilter, expectation: JournalExpectation): Promise<SandboxVerification>;
  /** Every decision of ours that no source backs. */
  policies(): Promise<SandboxPolicy[]>;
  /** The same client for a namespace of this server, which is made on first use. */
  namespace(name: string): SandboxClient;
  namespaces(): Promise<string[]>;
  deleteNamespace(name: string): Promise<void>;
  db(collection: CollectionName): Promise<Record<string, unknown>[]>;
  /**
   * Does what the customer would do on the page that they were sent to, without a browser.
   * @param id UQPAY: the payment intent's. UPayments: the `trackId` of the charge.
   */
  pay(provider: ProviderName, id: string, result?: CustomerResult): Promise<SandboxPayment>;
  /** The delivery log, oldest first. */
  webhooks(query?: WebhookQuery): Promise<SandboxWebhook[]>;
  /** The delivery log once everything that is due by now was sent and answered: what a test waits for. */
  flushWebhooks(query?: WebhookQuery): Promise<SandboxWebhook[]>;
  /** Sends one again, now, whatever became of it: the same body with the same `event_id`. */
  resendWebhook(id: string): Promise<SandboxWebhook>;
  webhookEndpoints(): Promise<SandboxWebhookEndpoint[]>;
  /** Lasts until a reset. */
  addWebhookEndpoint(endpoint: EndpointSpec): Promise<SandboxWebhookEndpoint>;
  removeWebhookEndpoint(id: string): Promise<void>;
}

/**
 * The control API, typed, over `fetch`. For a namespace, pass its own address: `createSandboxClient(`${url}/ns/one`)`.
 * @param url the sandbox's address without a path
 */
export function createSandboxClient(url: string): SandboxClient {
  const here = url.replace(/\/$/, '');
  // Namespaces lie beside each other, not in each other.
  const root = here.replace(/\/ns\/[^/]+$/, '');

  const call = <Schema extends z.ZodMiniType>(schema: Schema, method: string, path: string, body?: object) =>
    request(`${here}/_sandbox${path}`, schema, method, body);

  async function request<Schema extends z.ZodMiniType>(
    address: string,
    schema: Schema,
    method: string,
    body?: object,
  ): Promise<z.infer<Schema>> {
    const response = await fetch(address, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const json: unknown = await response.json();
    if (response.ok) return schema.parse(json);
    const told = refusal.safeParse(json);
    throw new SandboxControlError(method, address, response.status, told.data?.error ?? 'no reason given');
  }

  const setClock = (change: ClockChange) => call(clockState, 'POST', '/clock', change);

  return {
    health: () => call(health, 'GET', '/health'),
    reset: async () => void (await call(z.unknown(), 'POST', '/reset')),
    seed: async (rows) => void (await call(z.unknown(), 'POST', '/seed', rows)),
    snapshot: () => call(snapshotAnswer, 'GET', '/snapshot'),
    restore: async (snapshot) => void (await call(z.unknown(), 'POST', '/restore', snapshot)),
    settings: () => call(settings, 'GET', '/settings'),
    setSettings: (change) => call(settings, 'POST', '/settings', change),
    clock: () => call(clockState, 'GET', '/clock'),
    setClock,
    advance: (duration) => setClock({ advance: duration }),
    scenario: (text, options = {}) => call(rule, 'POST', '/scenarios', { scenario: text, ...options }),
    clearScenarios: async () => void (await call(z.unknown(), 'DELETE', '/scenarios')),
    journal: async (query = {}) => (await call(journalAnswer, 'GET', `/journal${search(query)}`)).entries,
    count: async (query = {}) => (await call(countAnswer, 'GET', `/journal/count${search(query)}`)).count,
    clearJournal: async () => void (await call(z.unknown(), 'DELETE', '/journal')),
    verify: (filter, expectation) => call(verification, 'POST', '/journal/verify', { filter, ...expectation }),
    policies: async () => (await call(policiesAnswer, 'GET', '/policies')).policies,
    namespace: (name) => createSandboxClient(`${root}/ns/${encodeURIComponent(name)}`),
    namespaces: async () => (await request(`${root}/ns`, namespacesAnswer, 'GET')).namespaces,
    deleteNamespace: async (name) =>
      void (await request(`${root}/ns/${encodeURIComponent(name)}`, z.unknown(), 'DELETE')),
    db: (collection) => call(rows, 'GET', `/db/${collection}`),
    pay: (provider, id, result = 'paid') =>
      call(payment, 'POST', `/pay/${provider}/${encodeURIComponent(id)}`, { result }),
    webhooks: async (query = {}) => (await call(webhooksAnswer, 'GET', `/webhooks${search(query)}`)).webhooks,
    flushWebhooks: async (query = {}) =>
      (await call(webhooksAnswer, 'POST', `/webhooks/flush${search(query)}`)).webhooks,
    resendWebhook: (id) => call(webhookDelivery, 'POST', `/webhooks/${id}/resend`),
    webhookEndpoints: async () => (await call(endpointsAnswer, 'GET', '/webhooks/endpoints')).endpoints,
    addWebhookEndpoint: (endpoint) => call(webhookEndpoint, 'POST', '/webhooks/endpoints', endpoint),
    removeWebhookEndpoint: async (id) => void (await call(z.unknown(), 'DELETE', `/webhooks/endpoints/${id}`)),
  };
}

function search(query: JournalQuery | WebhookQuery): string {
  const params = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return params.size === 0 ? '' : `?${params}`;
}
