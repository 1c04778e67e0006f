import { WEBHOOK_DUE, type DueQueue } from '../due.ts';
import { newest } from '../overview.ts';
import type { Random } from '../random.ts';
import type { Chosen } from '../scenarios/parse.ts';
import { HOUR, SECOND, type Millis } from '../time.ts';
import { faultParam, hasFault, newDelivery, type Announcement } from './announcement.ts';
import { isOver, type Delivery, type TimestampUnit } from './delivery.ts';
import { WebhookEndpointError } from './endpoint-error.ts';
import type { Endpoint, EndpointFault, EndpointSpec } from './endpoint.ts';
import { fits, type DeliveryFilter } from './list.ts';
import { ACKNOWLEDGED, WEBHOOK_BACKOFF } from './schedule.ts';
import { targetFault } from './targets.ts';

export interface WebhookOptions {
  /** Endpoints to start with. */
  readonly endpoints: readonly EndpointSpec[];
  /** Host names, or `name:port`, besides loopback. */
  readonly allowHosts: readonly string[];
  /** Unit of the signed timestamp for endpoints that name none. */
  readonly timestamp: TimestampUnit;
  /** Secret by provider; `undefined` where the provider signs nothing. */
  readonly secrets: ReadonlyMap<string, string | undefined>;
  /** Number of finished deliveries in the log. */
  readonly capacity: number;
}

/** One attempt that a binding has to send now. */
export interface Job {
  readonly book: WebhookBook;
  readonly delivery: Delivery;
  readonly at: Millis;
}

export type AttemptResult = { readonly code: number } | { readonly error: string };

/** Plain data of a book, for a snapshot. */
export interface WebhookData {
  readonly endpoints: readonly Endpoint[];
  readonly deliveries: readonly Delivery[];
  readonly faults: readonly (readonly [refund: string, faults: readonly Chosen[]])[];
  readonly next: { readonly endpoint: number; readonly delivery: number };
}

const MAX_ENDPOINTS = 32;
/** A held webhook is sent after this time when no other webhook has overtaken it. */
const MAX_HOLD = HOUR;

/** The endpoints of a namespace and the deliveries to them. It plans attempts on the due queue; a binding sends them. */
export class WebhookBook {
  readonly #due: DueQueue;
  readonly #ids: Random;
  readonly #options: WebhookOptions;
  #endpoints: Endpoint[] = [];
  #deliveries = new Map<string, Delivery>();
  /** Ids of finished deliveries, oldest first. */
  #finished: string[] = [];
  /** Webhook scenarios by the id of their refund. */
  #faults = new Map<string, readonly Chosen[]>();
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
      if (fault) throw new WebhookEndpointError(spec.url, fault.why);
      this.addEndpoint(spec);
    }
  }

  get endpoints(): readonly Endpoint[] {
    return this.#endpoints;
  }

  /** Why the endpoint cannot be taken. */
  endpointFault({ provider, url, secret, timestamp }: EndpointSpec): EndpointFault | undefined {
    if (this.#endpoints.length >= MAX_ENDPOINTS) {
      return { member: 'url', why: `there are ${MAX_ENDPOINTS} endpoints already` };
    }
    const signs = this.#options.secrets.get(provider) !== undefined;
    const member = secret !== undefined ? 'secret' : timestamp !== undefined ? 'timestamp' : undefined;
    if (!signs && member) return { member, why: `${provider} documents no signature: leave ${member} out` };
    const why = targetFault(url, this.#options.allowHosts);
    return why === undefined ? undefined : { member: 'url', why };
  }

  addEndpoint({ provider, url, secret, timestamp = this.#options.timestamp }: EndpointSpec): Endpoint {
    const usual = this.#options.secrets.get(provider);
    const signing = usual === undefined ? null : { secret: secret ?? usual, timestamp };
    const endpoint: Endpoint = { id: `we_${this.#next.endpoint}`, provider, url, signing };
    this.#next.endpoint += 1;
    this.#endpoints.push(endpoint);
    this.listening = true;
    return endpoint;
  }

  /** @returns whether there was one */
  removeEndpoint(id: string): boolean {
    const others = this.#endpoints.filter((endpoint) => endpoint.id !== id);
    const isRemoved = others.length < this.#endpoints.length;
    this.#endpoints = others;
    return isRemoved;
  }

  /** Applies these webhook scenarios to every later webhook of the refund. */
  setFaults(refund: string, faults: readonly Chosen[]): void {
    if (faults.length > 0) this.#faults.set(refund, faults);
  }

  /** Whether an event has a receiver. Mostly it has none, and then the event need not be built. */
  hasReceiver(provider: string, url: string | null): boolean {
    return url !== null || this.#endpoints.some((endpoint) => endpoint.provider === provider);
  }

  /** Plans a delivery to every receiver. */
  announce(announcement: Announcement, at: Millis): void {
    const { provider, url, payment, refund } = announcement;
    this.listening = true;
    const event = announcement.identified ? this.#ids.uuid() : null;
    const body = JSON.stringify(announcement.body(event));
    const faults = (refund === null ? undefined : this.#faults.get(refund)) ?? [];
    const copies = Math.max(1, faultParam(faults, 'webhook_duplicate', 'copies'));
    const targets = this.#endpoints
      .filter((endpoint) => endpoint.provider === provider)
      .map((endpoint) => ({ url: endpoint.url, signing: endpoint.signing }));
    if (url !== null) targets.push({ url, signing: null });
    const overtaken = this.#heldFor(payment);
    const hold = overtaken.length === 0 && hasFault(faults, 'webhook_reorder');
    const late = faultParam(faults, 'webhook_delay', 'seconds') * SECOND;
    for (const target of targets) {
      for (let copy = 0; copy < copies; copy += 1) {
        const delivery = this.#add(announcement, { ...target, event, body, faults });
        if (isOver(delivery)) this.#finish(delivery);
        else if (hold) this.#planAt(delivery, at + MAX_HOLD, 'held');
        else this.#planAt(delivery, at + late);
      }
    }
    for (const delivery of overtaken) this.#planAt(delivery, at);
  }

  #add(
    announcement: Announcement,
    given: Pick<Delivery, 'url' | 'signing' | 'event' | 'body'> & { readonly faults: readonly Chosen[] },
  ): Delivery {
    const reason = targetFault(given.url, this.#options.allowHosts) ?? null;
    const delivery = newDelivery(announcement, { id: `wd_${this.#next.delivery}`, ...given, reason });
    this.#next.delivery += 1;
    this.#deliveries.set(delivery.id, delivery);
    return delivery;
  }

  #planAt(delivery: Delivery, at: Millis, status: 'waiting' | 'held' = 'waiting'): void {
    delivery.status = status;
    delivery.next = at;
    delivery.step += 1;
    this.#due.plan({ at, kind: WEBHOOK_DUE, id: delivery.id, step: delivery.step });
  }

  /** Deliveries of this payment that wait until the next webhook has overtaken them. */
  #heldFor(payment: string): Delivery[] {
    if (this.#faults.size === 0) return [];
    return [...this.#deliveries.values()].filter(
      (delivery) => delivery.status === 'held' && delivery.payment === payment,
    );
  }

  /** Hands an attempt that is due to the binding. A plan that a later one has replaced does nothing. */
  begin(id: string, step: number, at: Millis): void {
    const delivery = this.#deliveries.get(id);
    if (!delivery || delivery.step !== step || (delivery.status !== 'waiting' && delivery.status !== 'held')) return;
    delivery.status = 'sending';
    delivery.next = null;
    this.#outgoing.push({ book: this, delivery, at });
  }

  /** Attempts to send, in the order in which they became due. Each is given out once. */
  takeOutgoing(): readonly Job[] {
    const jobs = this.#outgoing;
    if (jobs.length > 0) this.#outgoing = [];
    return jobs;
  }

  /** Whether the delivery is still one of this book: a restored snapshot replaces them. */
  holds(delivery: Delivery): boolean {
    return this.#deliveries.get(delivery.id) === delivery;
  }

  /** Sends nothing more, because the namespace was deleted. */
  silence(): void {
    this.#endpoints = [];
    this.#deliveries.clear();
    this.#outgoing = [];
    this.listening = false;
  }

  /** Records the result of an attempt. Without a 200 the next one is planned, counted from when this one was due. */
  report({ delivery, at }: Job, result: AttemptResult): void {
    if (!this.holds(delivery)) return;
    const code = 'code' in result ? result.code : null;
    const error = 'error' in result ? result.error : null;
    const number = delivery.attempts.length + 1;
    delivery.attempts.push({ number, at, code, error });
    // It was resent by hand meanwhile: the new attempt goes on, unless this one is acknowledged.
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

  /** Whether a webhook of this type was acknowledged at this address. */
  wasDelivered(wanted: { readonly type: string; readonly payment: string; readonly url: string | null }): boolean {
    if (!this.listening) return false;
    return [...this.#deliveries.values()].some(
      ({ type, payment, url, status }) =>
        status === 'delivered' && type === wanted.type && payment === wanted.payment && url === wanted.url,
    );
  }

  find(id: string): Delivery | undefined {
    return this.#deliveries.get(id);
  }

  /** Sends a delivery again, in whatever state it is: the same body with the same `event_id`. @returns why it cannot */
  resend(delivery: Delivery, now: Millis): string | undefined {
    const fault = targetFault(delivery.url, this.#options.allowHosts);
    if (fault !== undefined) return fault;
    this.listening = true;
    this.#planAt(delivery, now);
    return undefined;
  }

  /** Oldest first; with a limit, the newest of them. */
  list(filter: DeliveryFilter): readonly Delivery[] {
    const deliveries = [...this.#deliveries.values()].filter((delivery) => fits(delivery, filter));
    return filter.limit === undefined ? deliveries : newest(deliveries, filter.limit);
  }

  snapshot(): WebhookData {
    return structuredClone({
      endpoints: this.#endpoints,
      deliveries: [...this.#deliveries.values()],
      faults: [...this.#faults],
      next: this.#next,
    });
  }

  /** Replaces everything by the data. An attempt that was being sent is sent again: whether it arrived is not known. */
  restore(data: WebhookData, now: Millis): void {
    const { endpoints, deliveries, faults, next } = structuredClone(data);
    this.#endpoints = [...endpoints];
    this.#deliveries = new Map(deliveries.map((delivery) => [delivery.id, delivery]));
    this.#finished = deliveries.filter(isOver).map(({ id }) => id);
    this.#faults = new Map(faults);
    this.#next = { ...next };
    this.#outgoing = [];
    this.listening = endpoints.length > 0 || deliveries.length > 0;
    for (const delivery of deliveries) {
      if (isOver(delivery)) continue;
      this.#planAt(delivery, delivery.next ?? now, delivery.status === 'held' ? 'held' : 'waiting');
    }
  }
}
