import * as z from 'zod/mini';

import type { CustomerResult } from '../core/engine/checkout.ts';
import type { EndpointSpec } from '../core/engine/webhooks/endpoint.ts';
import type { CollectionName, ProviderName } from '../core/providers/index.ts';
import {
  clockState,
  countAnswer,
  health,
  journalAnswer,
  namespacesAnswer,
  policiesAnswer,
  refusal,
  rows,
  rule,
  snapshotAnswer,
  verification,
  type SandboxClock,
  type SandboxHealth,
  type SandboxJournalEntry,
  type SandboxPolicy,
  type SandboxRule,
  type SandboxSnapshot,
  type SandboxVerification,
} from './answers.ts';
import type {
  ClockChange,
  JournalExpectation,
  JournalExpectationFilter,
  JournalQuery,
  SandboxSeed,
  ScenarioOptions,
  ScenarioText,
} from './queries.ts';
import { nameFault } from '../core/namespace-name.ts';
import { payment, settings, type SandboxPayment, type SandboxSettings } from './settings.ts';
import {
  endpointsAnswer,
  webhookDelivery,
  webhookEndpoint,
  webhooksAnswer,
  type SandboxWebhook,
  type SandboxWebhookEndpoint,
  type WebhookQuery,
} from './webhooks.ts';

/** A control call that was refused; the message is the sandbox's own sentence. */
export class SandboxControlError extends Error {
  override name = 'SandboxControlError' as const;
  readonly status: number;

  constructor(method: string, url: string, status: number, message: string) {
    super(`${method} ${url} answered ${status}: ${message}`);
    this.status = status;
  }
}

/** @typeParam Provider names of the providers; a test of a sandbox with more providers passes their names */
export interface SandboxClient<Provider extends string = ProviderName> {
  health(): Promise<SandboxHealth>;
  /** Back to the seed: rows, clock, ids, scenarios and journal. */
  reset(): Promise<void>;
  /** Other rows to start from, now and after every reset. Missing members are filled in. */
  seed(rows: SandboxSeed): Promise<void>;
  /** The whole state that later answers depend on, as JSON. Its structure is private. */
  snapshot(): Promise<SandboxSnapshot>;
  restore(snapshot: SandboxSnapshot): Promise<void>;
  settings(): Promise<SandboxSettings>;
  /** Other settings stay as they are. Lasts until a reset. */
  setSettings(change: Partial<SandboxSettings>): Promise<SandboxSettings>;
  clock(): Promise<SandboxClock>;
  setClock(change: ClockChange): Promise<SandboxClock>;
  /** ISO 8601 duration. Everything due within it happens now. */
  advance(duration: string): Promise<SandboxClock>;
  scenario(text: ScenarioText, options?: ScenarioOptions<Provider>): Promise<SandboxRule>;
  clearScenarios(): Promise<void>;
  /** Recorded calls, oldest first. */
  journal(query?: JournalQuery<Provider>): Promise<SandboxJournalEntry[]>;
  count(query?: Omit<JournalQuery<Provider>, 'limit'>): Promise<number>;
  clearJournal(): Promise<void>;
  /** Whether the journal has such calls; `assert.ok(found.ok, found.explanation)` in a test. */
  verify(filter: JournalExpectationFilter<Provider>, expectation: JournalExpectation): Promise<SandboxVerification>;
  /** Every decision of this project that no source of the provider supports. */
  policies(): Promise<SandboxPolicy[]>;
  /** The client of a namespace of this server. The namespace is made on first use. */
  namespace(name: string): SandboxClient<Provider>;
  namespaces(): Promise<string[]>;
  deleteNamespace(name: string): Promise<void>;
  db(collection: CollectionName): Promise<Record<string, unknown>[]>;
  /**
   * Pays, fails or cancels as the customer would on the payment page, without a browser.
   * @param id as the provider's answer gave it to the customer's page: a payment intent, the `trackId` of a charge
   */
  pay(provider: Provider, id: string, result?: CustomerResult): Promise<SandboxPayment>;
  /** The delivery log, oldest first. */
  webhooks(query?: WebhookQuery<Provider>): Promise<SandboxWebhook[]>;
  /** The delivery log, once everything that is due was sent and answered. */
  flushWebhooks(query?: WebhookQuery<Provider>): Promise<SandboxWebhook[]>;
  /** Sends one again now, in whatever state it is: the same body with the same `event_id`. */
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
export function createSandboxClient<Provider extends string = ProviderName>(url: string): SandboxClient<Provider> {
  const here = url.replace(/\/$/, '');
  // Namespaces are not nested.
  const root = here.replace(/\/ns\/[^/]+$/, '');

  const call = <Schema extends z.ZodMiniType>(schema: Schema, method: string, path: string, body?: object) =>
    request(`${here}/_sandbox${path}`, schema, method, body);

  async function request<Schema extends z.ZodMiniType>(
    address: string,
    schema: Schema,
    method: string,
    body?: object,
  ): Promise<z.infer<Schema>> {
    const gap = body && gapIn(body);
    if (gap !== undefined) throw new TypeError(`${gap} is undefined: leave it out, or give it a value`);
    const response = await fetch(address, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const json: unknown = await response.json();
    if (response.ok) return schema.parse(json);
    const refusalBody = refusal.safeParse(json);
    throw new SandboxControlError(method, address, response.status, refusalBody.data?.error ?? 'no reason given');
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
    namespace: (name) => {
      const fault = nameFault(name);
      if (fault !== undefined) throw new TypeError(fault);
      return createSandboxClient<Provider>(`${root}/ns/${name}`);
    },
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

/** The path of a member that JSON leaves out: a misspelt variable would widen an expectation, and empty a seed. */
function gapIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) return name;
    const below = gapIn(member);
    if (below !== undefined) return `${name}.${below}`;
  }
  return undefined;
}

function search(query: JournalQuery<string> | WebhookQuery<string>): string {
  const params = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  return params.size === 0 ? '' : `?${params}`;
}
