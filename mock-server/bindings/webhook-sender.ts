import {
  UQPAY_WEBHOOK_SIGNATURE,
  UQPAY_WEBHOOK_TIMESTAMP,
  UQPAY_WEBHOOK_TOLERANCE_MS,
} from '../../contract/webhooks.ts';
import type { Namespaces } from '../core/namespaces.ts';
import { settleDue } from '../core/engine/settle.ts';
import type { SandboxState } from '../core/engine/state.ts';
import type { Job, Sent } from '../core/engine/webhooks/book.ts';
import type { Delivery } from '../core/engine/webhooks/delivery.ts';
import { signWebhook, timestampText } from '../core/providers/uqpay/sign.ts';

export interface SenderOptions {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Epoch milliseconds of real time: a receiver refuses what is 300 seconds off its own clock. K */
  readonly signedAt: () => number;
  /** Milliseconds of real time that a receiver has. */
  readonly timeout: number;
}

/** What is on its way for one namespace. */
interface Traffic {
  /** One lane an address: its webhooks leave one after the other, so that only a scenario changes their order. */
  readonly lanes: Map<string, Promise<void>>;
  inFlight: number;
  timer: ReturnType<typeof setTimeout> | undefined;
  idle: (() => void)[];
}

/** The longest that a timer can be set for. */
const LONGEST_TIMER = 2_147_483_647;
/** Twice the tolerance of a receiver. */
const STALE_BY = 2 * UQPAY_WEBHOOK_TOLERANCE_MS;

/**
 * Carries out what the core has planned: sends webhooks that are due, tells the core what came of them, and wakes up by
 * itself while the clock runs. Never throws, and nobody has to wait for it.
 */
export class WebhookSender {
  readonly #namespaces: Namespaces;
  readonly #options: SenderOptions;
  readonly #stopping = new AbortController();
  readonly #traffic = new Map<SandboxState, Traffic>();

  constructor(namespaces: Namespaces, options: SenderOptions) {
    this.#namespaces = namespaces;
    this.#options = options;
  }

  /** Sends what the last calls have left to send. Costs nothing when they left nothing. */
  pump(): void {
    const { touched } = this.#namespaces;
    if (touched.size === 0) return;
    const states = [...touched];
    touched.clear();
    for (const state of states) this.#serve(state);
  }

  /** Resolves once nothing is due any more, and nothing on its way, in the namespace of this path. */
  async settled(path: string): Promise<void> {
    this.pump();
    const located = this.#namespaces.locate(path);
    if (located.ok) await this.#idle(located.state);
  }

  #idle(state: SandboxState): Promise<void> {
    const traffic = this.#traffic.get(state);
    if (!traffic || traffic.inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => void traffic.idle.push(resolve));
  }

  /** Breaks off what is on its way; it stays unreported, as it is when a process dies. */
  async close(): Promise<void> {
    this.#stopping.abort();
    for (const { timer } of this.#traffic.values()) clearTimeout(timer);
    await Promise.all([...this.#traffic.values()].flatMap(({ lanes }) => [...lanes.values()]));
  }

  #trafficOf(state: SandboxState): Traffic {
    let traffic = this.#traffic.get(state);
    if (!traffic) {
      traffic = { lanes: new Map(), inFlight: 0, timer: undefined, idle: [] };
      this.#traffic.set(state, traffic);
    }
    return traffic;
  }

  #serve(state: SandboxState): void {
    const traffic = this.#trafficOf(state);
    if (!this.#stopping.signal.aborted) {
      settleDue(state);
      for (const job of state.webhooks.takeOutgoing()) this.#enqueue(state, traffic, job);
      this.#wakeUp(state, traffic);
    }
    if (traffic.inFlight > 0) return;
    for (const resolve of traffic.idle.splice(0)) resolve();
    if (traffic.timer === undefined) this.#traffic.delete(state);
  }

  #wakeUp(state: SandboxState, traffic: Traffic): void {
    clearTimeout(traffic.timer);
    traffic.timer = undefined;
    const { nextAt } = state.due;
    if (nextAt === undefined || state.clock.mode === 'frozen' || !state.webhooks.listening) return;
    const wait = Math.min(Math.max(nextAt - state.clock.now(), 1), LONGEST_TIMER);
    traffic.timer = setTimeout(() => this.#serve(state), wait);
    // In Node, a sandbox inside a test must not keep the process alive; a page's timer is a number.
    if (typeof traffic.timer === 'object') traffic.timer.unref();
  }

  #enqueue(state: SandboxState, traffic: Traffic, job: Job): void {
    const { url } = job.delivery;
    traffic.inFlight += 1;
    const before = traffic.lanes.get(url) ?? Promise.resolve();
    const lane = before.then(async () => {
      // A reset has put another book in this one's place: nobody asks for what it had planned any more.
      const isWanted = () => state.webhooks === job.book && job.book.holds(job.delivery);
      const sent = isWanted() ? await this.#send(job.delivery) : undefined;
      traffic.inFlight -= 1;
      if (traffic.lanes.get(url) === lane) traffic.lanes.delete(url);
      if (sent && isWanted() && !this.#stopping.signal.aborted) job.book.report(job, sent);
      this.#serve(state);
    });
    traffic.lanes.set(url, lane);
  }

  async #send(delivery: Delivery): Promise<Sent> {
    const { fetch, timeout } = this.#options;
    const stopping = this.#stopping.signal;
    try {
      const response = await fetch(delivery.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(await this.#signature(delivery)) },
        body: delivery.body,
        // What answers on this machine must not send us elsewhere.
        redirect: 'manual',
        signal: AbortSignal.any([stopping, AbortSignal.timeout(timeout)]),
      });
      // Only the status counts; a body without end would hold the connection.
      await response.body?.cancel();
      return { code: response.status };
    } catch (error) {
      return { error: reasonOf(error, timeout) };
    }
  }

  async #signature({ signing, spoilt, body }: Delivery): Promise<Record<string, string>> {
    if (!signing) return {};
    const at = this.#options.signedAt() - (spoilt === 'timestamp' ? STALE_BY : 0);
    const timestamp = timestampText(at, signing.timestamp);
    const secret = spoilt === 'signature' ? `not ${signing.secret}` : signing.secret;
    return {
      [UQPAY_WEBHOOK_TIMESTAMP]: timestamp,
      [UQPAY_WEBHOOK_SIGNATURE]: await signWebhook(secret, body, timestamp),
    };
  }
}

/** `fetch` hides the reason in the cause of its error. */
function reasonOf(error: unknown, timeout: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeout} ms`;
  const { cause } = error;
  const code: unknown = cause instanceof Error ? (Reflect.get(cause, 'code') ?? cause.message) : undefined;
  return typeof code === 'string' && code !== '' ? code : error.message;
}
