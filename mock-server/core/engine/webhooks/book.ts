import type { DueQueue } from '../due.ts';
import type { PolicyId } from '../../providers/uqpay/policies.ts';
import type { Random } from '../random.ts';
import type { Chosen, ProviderName, ScenarioName } from '../scenarios/scenarios.ts';
import { HOUR, SECOND, type Millis } from '../time.ts';
import { isOver, type Delivery, type Signing, type Spoilt, type TimestampUnit } from './delivery.ts';
import { WebhookEndpointError } from './endpoint-error.ts';
import { ACKNOWLEDGED, WEBHOOK_BACKOFF } from './schedule.ts';
import { targetFault } from './targets.ts';

/** An address that gets the webhooks of one provider. */
export interface EndpointSpec {
  readonly provider: ProviderName;
  readonly url: string;
  /** UQPAY only: UPayments documents no signature. The sandbox's default secret without it. */
  readonly secret?: string | undefined;
  /** Unit of `x-wk-timestamp`, `milliseconds` by default. */
  readonly timestamp?: TimestampUnit | undefined;
}

export interface Endpoint {
  readonly id: string;
  readonly provider: ProviderName;
  readonly url: string;
  readonly signing: Signing | null;
}

export interface WebhookOptions {
  /** Endpoints to start with, and to come back to on reset. */
  readonly endpoints: readonly EndpointSpec[];
  /** Host names, or `name:port`, besides loopback. */
  readonly allowHosts: readonly string[];
  /** What each provider's webhooks are signed with; `undefined` where the provider signs none. */
  readonly secrets: Readonly<Record<ProviderName, string | undefined>>;
  /** Finished deliveries that the log remembers. */
  readonly capacity: number;
}

/** Something that happened to a refund or a payment, before it is known who is to hear of it. */
export interface Happening {
  readonly provider: ProviderName;
  readonly type: string;
  /** `null` for what is told of the payment itself. */
  readonly refund: string | null;
  readonly payment: string;
  /** `identified`: the body has an `event_id`. */
  readonly identified: boolean;
  readonly body: (event: string | null) => object;
  /** The request's own address, besides the endpoints. */
  readonly url: string | null;
  readonly policies: readonly PolicyId[];
}

/** What a binding has to send now. */
export interface Job {
  readonly book: WebhookBook;
  readonly delivery: Delivery;
  readonly at: Millis;
}

export type Sent = { readonly code: number } | { readonly error: string };

export interface DeliveryFilter {
  readonly provider?: string | undefined;
  readonly status?: string | undefined;
  readonly event_type?: string | undefined;
  readonly payment_id?: string | undefined;
  readonly refund_id?: string | undefined;
  readonly limit?: number | undefined;
}

/** Plain data of a book, for a snapshot. */
export interface WebhookData {
  readonly endpoints: readonly Endpoint[];
  readonly deliveries: readonly Delivery[];
  readonly manners: readonly (readonly [refund: string, manners: readonly Chosen[]])[];
  readonly next: { readonly endpoint: number; readonly delivery: number };
}

const MAX_ENDPOINTS = 32;
/** A webhook that nothing overtakes is sent after all. */
const LONGEST_HOLD = HOUR;
const SPOILT: Readonly<Record<string, Spoilt>> = { webhook_forged: 'signature', webhook_stale: 'timestamp' };

/** Who hears of what, and how far each delivery has got. It plans on the due queue; a binding sends. */
export class WebhookBook {
  readonly #due: DueQueue;
  readonly #ids: Random;
  readonly #options: WebhookOptions;
  #endpoints: Endpoint[] = [];
  #deliveries = new Map<string, Delivery>();
  /** Ids of finished deliveries, oldest first. */
  #finished: string[] = [];
  /** How the webhooks of a refund misbehave; by its id. */
  #manners = new Map<string, readonly Chosen[]>();
  #outgoing: Job[] = [];
  #next = { endpoint: 1, delivery: 1 };
  /** Whether a binding has to watch the clock for this book. */
  listening = false;

  /** @throws WebhookEndpointError when an endpoint of the options is not allowed */
  constructor(due: DueQueue, ids: Random, options: WebhookOptions) {
    this.#due = due;
    this.#ids = ids;
    this.#options = options;
    for (const spec of options.endpoints) {
      const fault = this.endpointFault(spec);
      if (fault !== undefined) throw new WebhookEndpointError(spec.url, fault);
      this.addEndpoint(spec);
    }
  }

  get endpoints(): readonly Endpoint[] {
    return this.#endpoints;
  }

  /** Why the endpoint cannot be taken, as a sentence. */
  endpointFault({ provider, url, secret }: EndpointSpec): string | undefined {
    if (this.#endpoints.length >= MAX_ENDPOINTS) return `there are ${MAX_ENDPOINTS} endpoints already`;
    const signs = this.#options.secrets[provider] !== undefined;
    if (!signs && secret !== undefined) return `${provider} documents no signature: leave secret out`;
    return targetFault(url, this.#options.allowHosts);
  }

  addEndpoint({ provider, url, secret, timestamp = 'milliseconds' }: EndpointSpec): Endpoint {
    const usual = this.#options.secrets[provider];
    const signing = usual === undefined ? null : { secret: secret ?? usual, timestamp };
    const endpoint: Endpoint = { id: `we_${this.#next.endpoint}`, provider, url, signing };
    this.#next.endpoint += 1;
    this.#endpoints.push(endpoint);
    this.listening = true;
    return endpoint;
  }

  /** @returns whether there was one */
  removeEndpoint(id: string): boolean {
    const kept = this.#endpoints.filter((endpoint) => endpoint.id !== id);
    const found = kept.length < this.#endpoints.length;
    this.#endpoints = kept;
    return found;
  }

  /** From now on, the webhooks of this refund misbehave in these ways. */
  setManners(refund: string, manners: readonly Chosen[]): void {
    if (manners.length > 0) this.#manners.set(refund, manners);
  }

  /** Whether anybody is to hear of what happens; mostly nobody is, and then no event needs to be made. */
  isHeard(provider: ProviderName, url: string | null): boolean {
    return url !== null || this.#endpoints.some((endpoint) => endpoint.provider === provider);
  }

  /** Plans a delivery to everyone who is to hear of it. */
  announce(happening: Happening, at: Millis): void {
    const { provider, url, payment } = happening;
    const heard = this.#endpoints.filter((endpoint) => endpoint.provider === provider);
    this.listening = true;
    const event = happening.identified ? this.#ids.uuid() : null;
    const body = JSON.stringify(happening.body(event));
    const manners = (happening.refund === null ? undefined : this.#manners.get(happening.refund)) ?? [];
    const param = (scenario: ScenarioName, name: string) =>
      Number(manners.find((manner) => manner.name === scenario)?.params[name] ?? 0);
    const copies = Math.max(1, param('webhook_duplicate', 'copies'));
    const targets = heard.map((endpoint) => ({ url: endpoint.url, signing: endpoint.signing }));
    if (url !== null) targets.push({ url, signing: null });
    const overtaken = this.#heldFor(payment);
    const hold = overtaken.length === 0 && manners.some(({ name }) => name === 'webhook_reorder');
    const late = param('webhook_delay', 'seconds') * SECOND;
    for (const target of targets) {
      for (let copy = 0; copy < copies; copy += 1) {
        const delivery = this.#write(happening, { ...target, event, body, manners });
        if (isOver(delivery)) this.#finish(delivery);
        else if (hold) this.#planAt(delivery, at + LONGEST_HOLD, 'held');
        else this.#planAt(delivery, at + late);
      }
    }
    for (const delivery of overtaken) this.#planAt(delivery, at);
  }

  #write(
    { provider, type, refund, payment, policies }: Happening,
    given: Pick<Delivery, 'url' | 'signing' | 'event' | 'body'> & { manners: readonly Chosen[] },
  ): Delivery {
    const { manners, ...rest } = given;
    const reason = targetFault(rest.url, this.#options.allowHosts) ?? null;
    const names = manners.map(({ name }) => name);
    const dropped = names.includes('webhook_drop');
    const delivery: Delivery = {
      id: `wd_${this.#next.delivery}`,
      provider,
      type,
      refund,
      payment,
      ...rest,
      spoilt: names.map((name) => SPOILT[name]).find(Boolean) ?? null,
      scenario: names.length === 0 ? null : names.join(', '),
      policies,
      status: reason !== null ? 'refused' : dropped ? 'dropped' : 'waiting',
      reason,
      attempts: [],
      next: null,
      step: 0,
    };
    this.#next.delivery += 1;
    this.#deliveries.set(delivery.id, delivery);
    return delivery;
  }

  #planAt(delivery: Delivery, at: Millis, status: 'waiting' | 'held' = 'waiting'): void {
    delivery.status = status;
    delivery.next = at;
    delivery.step += 1;
    this.#due.plan({ at, kind: 'webhook', id: delivery.id, step: delivery.step });
  }

  /** Deliveries that wait to be overtaken by the next webhook of their payment. */
  #heldFor(payment: string): Delivery[] {
    if (this.#manners.size === 0) return [];
    return [...this.#deliveries.values()].filter(
      (delivery) => delivery.status === 'held' && delivery.payment === payment,
    );
  }

  /** An attempt is due: hands it to the binding. A plan that another one replaced is void. */
  begin(id: string, step: number, at: Millis): void {
    const delivery = this.#deliveries.get(id);
    if (!delivery || delivery.step !== step || (delivery.status !== 'waiting' && delivery.status !== 'held')) return;
    delivery.status = 'sending';
    delivery.next = null;
    this.#outgoing.push({ book: this, delivery, at });
  }

  /** What has to be sent, in the order in which it became due; each job is given out once. */
  takeOutgoing(): readonly Job[] {
    const jobs = this.#outgoing;
    if (jobs.length > 0) this.#outgoing = [];
    return jobs;
  }

  /** Whether it is still one of ours: a restored snapshot puts others in their place. */
  holds(delivery: Delivery): boolean {
    return this.#deliveries.get(delivery.id) === delivery;
  }

  /** Nothing more is sent: the namespace is gone. */
  silence(): void {
    this.#endpoints = [];
    this.#deliveries.clear();
    this.#outgoing = [];
    this.listening = false;
  }

  /** What came of a job: over with a 200, else planned again from the time at which it was due, until the table ends. */
  report({ delivery, at }: Job, sent: Sent): void {
    if (!this.holds(delivery)) return;
    const code = 'code' in sent ? sent.code : null;
    const error = 'error' in sent ? sent.error : null;
    const number = delivery.attempts.length + 1;
    delivery.attempts.push({ number, at, code, error });
    // Resent by hand while this was on its way: that one goes on, unless it is acknowledged already.
    if (code !== ACKNOWLEDGED && delivery.status !== 'sending') return;
    const wait = WEBHOOK_BACKOFF[number - 1];
    if (code !== ACKNOWLEDGED && wait !== undefined) {
      this.#planAt(delivery, at + wait);
      return;
    }
    delivery.status = code === ACKNOWLEDGED ? 'delivered' : 'failed';
    this.#finish(delivery);
  }

  #finish({ id }: Delivery): void {
    this.#finished.push(id);
    while (this.#finished.length > this.#options.capacity) {
      const oldest = this.#finished.shift() ?? '';
      const delivery = this.#deliveries.get(oldest);
      if (delivery && isOver(delivery)) this.#deliveries.delete(oldest);
    }
  }

  /** Whether somebody has acknowledged such a webhook at this address. */
  wasDelivered(asked: { readonly type: string; readonly payment: string; readonly url: string | null }): boolean {
    if (!this.listening) return false;
    return [...this.#deliveries.values()].some(
      ({ type, payment, url, status }) =>
        status === 'delivered' && type === asked.type && payment === asked.payment && url === asked.url,
    );
  }

  find(id: string): Delivery | undefined {
    return this.#deliveries.get(id);
  }

  /** Sends it again, whatever became of it: the same body with the same `event_id`. @returns why not */
  resend(delivery: Delivery, now: Millis): string | undefined {
    const fault = targetFault(delivery.url, this.#options.allowHosts);
    if (fault !== undefined) return fault;
    this.listening = true;
    this.#planAt(delivery, now);
    return undefined;
  }

  /** Oldest first; with a limit, the newest of them. */
  list(filter: DeliveryFilter): Delivery[] {
    const found = [...this.#deliveries.values()].filter((delivery) => fits(delivery, filter));
    return filter.limit === undefined ? found : found.slice(-filter.limit);
  }

  snapshot(): WebhookData {
    return structuredClone({
      endpoints: this.#endpoints,
      deliveries: [...this.#deliveries.values()],
      manners: [...this.#manners],
      next: this.#next,
    });
  }

  /** Takes the data's place. What was on its way then is sent again: whether it arrived is not known. */
  restore(data: WebhookData, now: Millis): void {
    const { endpoints, deliveries, manners, next } = structuredClone(data);
    this.#endpoints = [...endpoints];
    this.#deliveries = new Map(deliveries.map((delivery) => [delivery.id, delivery]));
    this.#finished = deliveries.filter(isOver).map(({ id }) => id);
    this.#manners = new Map(manners);
    this.#next = { ...next };
    this.#outgoing = [];
    this.listening = endpoints.length > 0 || deliveries.length > 0;
    for (const delivery of deliveries) {
      if (isOver(delivery)) continue;
      this.#planAt(delivery, delivery.next ?? now, delivery.status === 'held' ? 'held' : 'waiting');
    }
  }
}

function fits(delivery: Delivery, filter: DeliveryFilter): boolean {
  return (
    (filter.provider === undefined || delivery.provider === filter.provider) &&
    (filter.status === undefined || delivery.status === filter.status) &&
    (filter.event_type === undefined || delivery.type === filter.event_type) &&
    (filter.payment_id === undefined || delivery.payment === filter.payment_id) &&
    (filter.refund_id === undefined || delivery.refund === filter.refund_id)
  );
}
