import * as z from 'zod/mini';

import { optionalBoolean, optionalString, string } from '../../contract/leaves.ts';
import { paymentSummary, type PaymentSummary } from '../../contract/payment.ts';
import type { Environment, Watched } from './environment.ts';
import { readJson } from '../json.ts';
import { takeSeat, type Seat } from './live-seat.ts';

/** The forms of a page start one after another: wait so that one stream covers them all. Milliseconds. */
const GATHER_MS = 100;
/** The pause before the next try after an answer that is not a stream; doubles four times. Milliseconds. */
const REFUSED_MS = 60_000;

/** What live status needs from the browser. */
export interface LiveWorld extends Pick<Environment, 'locks' | 'later' | 'newId'> {
  /** Whether the browser has server-sent events and broadcast channels. Without them there is no live status. */
  readonly able: () => boolean;
  /** Opens an event stream. Returns a function that closes it. */
  readonly open: (url: string, on: StreamListener, withCredentials: boolean) => () => void;
  /** `hear` receives the messages of the other tabs. */
  readonly channel: (name: string, hear: (said: unknown) => void) => { say(said: unknown): void; close(): void };
  /** Whether the page may be visible. */
  readonly isVisible: () => boolean;
  /** Calls back when that changes. */
  readonly onShown: (changed: () => void) => void;
}

interface StreamListener {
  /** An event `payment`. */
  readonly payment: (data: string) => void;
  /** `forGood`: the answer was not a stream, so the browser will not retry. */
  readonly failed: (forGood: boolean) => void;
}

interface Subscription extends Watched {
  readonly heard: Parameters<Environment['listen']>[1];
  /** The last event. */
  lastData?: string;
}

/** The messages between tabs. */
const message = z.looseObject({
  tab: string,
  /** Payments that this tab needs. */
  want: z.optional(z.array(string)),
  /** An event of the stream. */
  data: optionalString,
  /** An earlier event, repeated for a tab that asked. */
  repeated: optionalBoolean,
  /** This tab now leads and knows nothing yet: every tab has to say what it needs. */
  lead: optionalBoolean,
  seat: optionalString,
});
type Message = Omit<z.infer<typeof message>, 'tab'>;

/**
 * `listen` of an environment: one stream for each endpoint, shared by the forms of this page and the tabs of the
 * browser.
 */
export function createLive(world: LiveWorld): Environment['listen'] {
  const endpoints = new Map<string, LiveEndpoint>();
  return (watched, heard) => {
    if (!world.able()) return { live: () => false, stop() {} };
    const endpoint = endpoints.get(watched.endpoint) ?? new LiveEndpoint(world, watched.endpoint);
    endpoints.set(watched.endpoint, endpoint);
    return endpoint.add({ ...watched, heard });
  };
}

/**
 * Live status of one endpoint in one tab. Of all visible tabs that need it one leads: it has the stream, requests the
 * payments of all of them, and passes on every event. A tab that is hidden or needs nothing does not take part.
 */
class LiveEndpoint {
  readonly #world: LiveWorld;
  readonly #url: string;
  readonly #name: string;
  readonly #tab: string;
  readonly #subscriptions = new Set<Subscription>();
  /** The latest event of each payment since the stream connected. The stream follows these payments only. */
  readonly #latest = new Map<string, { readonly data: string; readonly summary: PaymentSummary }>();
  /** The payments that the other tabs need, while this one leads. */
  readonly #others = new Map<string, readonly string[]>();
  /** The payments that the stream follows. */
  #ids: ReadonlySet<string> = new Set();
  #channel: ReturnType<LiveWorld['channel']> | undefined;
  #seat: Seat | undefined;
  #leads = false;
  #close: (() => void) | undefined;
  #refusals = 0;
  #stopGathering = () => {};
  #stopRetrying = () => {};

  constructor(world: LiveWorld, url: string) {
    this.#world = world;
    this.#url = url;
    this.#name = `refund-form-live:${url}`;
    this.#tab = world.newId();
    // At once, because a page in the back-forward cache runs no timers.
    world.onShown(() => this.#settle());
  }

  add(subscription: Subscription): ReturnType<Environment['listen']> {
    this.#subscriptions.add(subscription);
    this.#soon();
    return {
      live: () => this.#latest.has(subscription.paymentId),
      stop: () => {
        this.#subscriptions.delete(subscription);
        this.#soon();
      },
    };
  }

  #soon(): void {
    this.#stopGathering();
    this.#stopGathering = this.#world.later(() => this.#settle(), GATHER_MS);
  }

  /** Takes part only if live status is needed here. */
  #settle(): void {
    const needed = this.#subscriptions.size > 0 && this.#world.isVisible();
    if (!needed) {
      this.#part();
      return;
    }
    if (!this.#channel) this.#join();
    for (const { data, summary } of this.#latest.values()) this.#tell(data, summary, true);
    this.#ask();
  }

  #join(): void {
    const { channel, locks, later } = this.#world;
    this.#channel = channel(this.#name, (said) => this.#hear(said));
    this.#seat = takeSeat({
      name: this.#name,
      tab: this.#tab,
      locks,
      later,
      say: (seat) => this.#post({ seat }),
      changed: (leads) => {
        this.#end();
        this.#leads = leads;
        if (leads) this.#post({ lead: true });
        this.#soon();
      },
    });
  }

  #part(): void {
    if (!this.#channel) return;
    this.#post({ want: [] });
    this.#seat?.leave();
    this.#channel.close();
    this.#channel = undefined;
    this.#leads = false;
    this.#end();
  }

  #shut(): void {
    this.#close?.();
    this.#close = undefined;
    this.#stopRetrying();
  }

  /** Without a stream nothing is up to date. */
  #end(): void {
    this.#shut();
    this.#latest.clear();
    this.#others.clear();
    this.#ids = new Set();
  }

  #post(said: Message): void {
    this.#channel?.say({ tab: this.#tab, ...said });
  }

  #hear(said: unknown): void {
    const { data } = message.safeParse(said);
    if (!data) return;
    const { tab, want, seat } = data;
    if (seat !== undefined) this.#seat?.hear(tab, seat);
    if (data.data !== undefined) this.#take(data.data, data.repeated);
    if (this.#leads && want) {
      this.#others.set(tab, want);
      for (const id of want) {
        const latest = this.#latest.get(id);
        if (latest) this.#post({ data: latest.data, repeated: true });
      }
      this.#soon();
    }
    if (!this.#leads && data.lead) {
      this.#latest.clear();
      this.#ask();
    }
  }

  #ask(): void {
    const own = Array.from(this.#subscriptions, ({ paymentId }) => paymentId);
    if (!this.#leads) {
      this.#post({ want: own });
      return;
    }
    const wanted = new Set([...own, ...[...this.#others.values()].flat()]);
    const oldIds = [...this.#ids].filter((id) => wanted.has(id));
    const most = Math.min(...Array.from(this.#subscriptions, (subscription) => subscription.most));
    const ids = [...new Set([...oldIds, ...wanted])].slice(0, most);
    // A stream that follows more than needed may stay open; only a missing payment opens it again.
    if (!this.#close) this.#open(new Set(ids));
    else if (ids.some((id) => !this.#ids.has(id))) {
      // Open the next one only after the proxy has noticed the end of this one.
      this.#shut();
      this.#soon();
    }
  }

  #open(ids: ReadonlySet<string>): void {
    this.#shut();
    this.#ids = ids;
    for (const id of this.#latest.keys()) if (!ids.has(id)) this.#latest.delete(id);
    const query = Array.from(ids, (id) => `payment=${encodeURIComponent(id)}`).join('&');
    const listener: StreamListener = {
      payment: (data) => {
        this.#refusals = 0;
        this.#take(data);
        this.#post({ data });
      },
      failed: (forGood) => {
        this.#latest.clear();
        this.#others.clear();
        this.#post({ lead: true });
        if (!forGood) return;
        const ms = REFUSED_MS * 2 ** Math.min(this.#refusals++, 4);
        this.#stopRetrying = this.#world.later(() => this.#open(this.#ids), ms);
      },
    };
    const withCredentials = [...this.#subscriptions].some((subscription) => subscription.withCredentials);
    this.#close = this.#world.open(`${this.#url}/events?${query}`, listener, withCredentials);
  }

  #take(data: string, repeated = false): void {
    const summary = readEvent(data);
    if (!summary) return;
    this.#latest.set(summary.payment_id, { data, summary });
    this.#tell(data, summary, repeated);
  }

  #tell(data: string, summary: PaymentSummary, repeated: boolean): void {
    for (const subscription of this.#subscriptions) {
      if (subscription.paymentId !== summary.payment_id || subscription.lastData === data) continue;
      subscription.lastData = data;
      subscription.heard(summary, repeated);
    }
  }
}

function readEvent(data: string): PaymentSummary | undefined {
  return paymentSummary.safeParse(readJson(data)).data;
}
