import { settleDue } from '../core/engine/settle.ts';
import type { SandboxState } from '../core/engine/state.ts';
import type { AttemptResult, Job } from '../core/engine/webhooks/book.ts';
import type { Delivery } from '../core/engine/webhooks/delivery.ts';
import { EXISTING_HEADER, type Namespaces } from '../core/namespaces.ts';

export interface SenderOptions {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /**
   * Epoch milliseconds of real time: a receiver refuses a timestamp that differs from its clock by more than 300
   * seconds. K
   */
  readonly signedAt: () => number;
  /** Milliseconds of real time that a receiver has for its answer. */
  readonly timeout: number;
}

/** Webhooks that are being sent for one namespace. */
interface Traffic {
  /**
   * The queue of each address. Its webhooks are sent one after the other, so that only a scenario can change their
   * order.
   */
  readonly lanes: Map<string, Promise<void>>;
  inFlight: number;
  timer: ReturnType<typeof setTimeout> | undefined;
  idle: (() => void)[];
}

/** The longest time that a timer can wait. */
const MAX_TIMER = 2_147_483_647;

/**
 * Sends the webhooks that are due, reports the results to the core, and wakes up by itself while the clock runs. It never
 * throws, and its callers need not wait for it.
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

  /** Sends the webhooks that the last calls planned. It is cheap when they planned none. */
  pump(): void {
    const { touched } = this.#namespaces;
    if (touched.size === 0) return;
    const states = [...touched];
    touched.clear();
    for (const state of states) this.#serve(state);
  }

  /** Resolves once the namespace of this path has sent everything that is due, and every answer has come. */
  async settled(path: string): Promise<void> {
    this.pump();
    const located = this.#namespaces.locate(path, { [EXISTING_HEADER]: 'existing' });
    if (located.ok) await this.#idle(located.state);
  }

  #idle(state: SandboxState): Promise<void> {
    const traffic = this.#traffic.get(state);
    if (!traffic || traffic.inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => void traffic.idle.push(resolve));
  }

  /** Aborts what is being sent. It stays unreported, as when a process dies. */
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
    const wait = Math.min(Math.max(nextAt - state.clock.now(), 1), MAX_TIMER);
    traffic.timer = setTimeout(() => this.#serve(state), wait);
    // In Node, a sandbox inside a test must not keep the process alive; a page's timer is a number.
    if (typeof traffic.timer === 'object') traffic.timer.unref();
  }

  #enqueue(state: SandboxState, traffic: Traffic, job: Job): void {
    const { url } = job.delivery;
    traffic.inFlight += 1;
    const before = traffic.lanes.get(url) ?? Promise.resolve();
    const lane = before.then(async () => {
      // After a reset the state has another book, and the plans of this one are void.
      const isWanted = () => state.webhooks === job.book && job.book.holds(job.delivery);
      const result = isWanted() ? await this.#send(job.delivery) : undefined;
      traffic.inFlight -= 1;
      if (traffic.lanes.get(url) === lane) traffic.lanes.delete(url);
      if (result && isWanted() && !this.#stopping.signal.aborted) job.book.report(job, result);
      this.#serve(state);
    });
    traffic.lanes.set(url, lane);
  }

  async #send(delivery: Delivery): Promise<AttemptResult> {
    const { fetch, timeout } = this.#options;
    const stopping = this.#stopping.signal;
    try {
      const response = await fetch(delivery.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(await this.#signature(delivery)) },
        body: delivery.body,
        // A receiver on this machine must not redirect the call to another one.
        redirect: 'manual',
        signal: AbortSignal.any([stopping, AbortSignal.timeout(timeout)]),
      });
      // Only the status counts. An endless body would hold the connection.
      await response.body?.cancel();
      return { code: response.status };
    } catch (error) {
      return { error: reasonOf(error, timeout) };
    }
  }

  async #signature({ provider, signing, signatureFault, body }: Delivery): Promise<Readonly<Record<string, string>>> {
    const signer = this.#namespaces.registry.find(provider)?.webhooks?.signing;
    if (!signing || !signer) return {};
    // A timestamp twice as old as the receiver tolerates is certainly refused.
    const at = this.#options.signedAt() - (signatureFault === 'timestamp' ? 2 * signer.tolerance : 0);
    const secret = signatureFault === 'signature' ? `not ${signing.secret}` : signing.secret;
    return signer.headers({ secret, body, at, unit: signing.timestamp });
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
