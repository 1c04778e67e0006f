import type { PaymentProblem } from '../../contract/index.ts';
import { readOrder, type ProxyContext } from '../context.ts';
import { LedgerUnavailableError } from '../ledger/errors.ts';
import type { EventOptions, Order } from '../options.ts';
import { summaryOf } from '../refunds/summary.ts';
import { errorFields, type Log } from '../telemetry/log.ts';
import { ProblemError } from './problem.ts';

/** How long a browser waits before it reconnects. Milliseconds. */
const RETRY_MS = 3_000;

/** What one stream follows. */
export interface Followed {
  /** Of the request that opened it. */
  readonly log: Log;
  /** The orders whose payments it follows, each with the digest that its reader already has. */
  readonly orders: Map<Order, string>;
  readonly user: string;
  /** Whether events have ids: the id of one payment's event says nothing about another payment. */
  readonly withIds?: boolean;
  readonly refused?: readonly PaymentProblem[];
}

export type StreamTimes = Pick<Required<EventOptions>, 'heartbeatMs' | 'longestMs' | 'lookMs' | 'unreadMs'>;

/** One open stream. It writes an event for each change of the payments that it follows. */
export class EventStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly #context: ProxyContext;
  readonly #followed: Followed;
  readonly #times: StreamTimes;
  readonly #onEnd: () => void;
  readonly #encoder = new TextEncoder();
  /** Payments whose latest state is not written yet. */
  readonly #changed: Set<Order>;
  /** The orders as they were read last, once they have been told. */
  readonly #told = new Map<Order, Order>();
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #stops: readonly (() => void)[] = [];
  #isOpen = true;
  #isTelling = false;
  #unreadFor = 0;

  constructor(context: ProxyContext, followed: Followed, times: StreamTimes, onEnd: () => void) {
    this.#context = context;
    this.#followed = followed;
    this.#times = times;
    this.#onEnd = onEnd;
    this.#changed = new Set(followed.orders.keys());
    this.body = new ReadableStream<Uint8Array>({
      start: (controller: ReadableStreamDefaultController<Uint8Array>) => this.#start(controller),
      pull: () => this.#tell(),
      cancel: () => void this.#close(),
    });
  }

  get user(): string {
    return this.#followed.user;
  }

  /** How many payments it follows. */
  get payments(): number {
    return this.#followed.orders.size;
  }

  end(): void {
    if (this.#close()) this.#controller.close();
  }

  #start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
    const { ledger, scope } = this.#context;
    const { orders, refused = [] } = this.#followed;
    const { heartbeatMs, longestMs, lookMs } = this.#times;
    const listening = Array.from(orders.keys(), (order) =>
      ledger.changes.listen(scope, order.payment_id, () => this.#change([order])),
    );
    const look = ledger.isShared ? setInterval(() => this.#change(orders.keys()), lookMs) : undefined;
    const beat = setInterval(() => this.#beat(), heartbeatMs);
    const last = setTimeout(() => this.end(), longestMs);
    const timers = () => {
      clearInterval(look);
      clearInterval(beat);
      clearTimeout(last);
    };
    this.#stops = [...listening, timers];
    const problems = refused.map((problem) => `event: problem\ndata: ${JSON.stringify(problem)}\n\n`);
    this.#write(`retry: ${RETRY_MS}\n\n${problems.join('')}`);
  }

  /** Returns whether it was open. */
  #close(): boolean {
    if (!this.#isOpen) return false;
    this.#isOpen = false;
    for (const stop of this.#stops) stop();
    this.#onEnd();
    return true;
  }

  #beat(): void {
    const { heartbeatMs, unreadMs } = this.#times;
    this.#unreadFor = this.#isSlow ? this.#unreadFor + heartbeatMs : 0;
    if (this.#unreadFor >= unreadMs) {
      this.end();
      return;
    }
    if (!this.#isSlow) this.#write(':\n\n');
    // This also finds what the command line wrote: only writes of this process are announced at once.
    this.#change(this.#followed.orders.keys());
  }

  #change(some: Iterable<Order>): void {
    for (const order of some) this.#changed.add(order);
    void this.#tell();
  }

  async #tell(): Promise<void> {
    if (this.#isTelling) return;
    this.#isTelling = true;
    const failed: Order[] = [];
    let isLedgerThere = true;
    // A payment that changes meanwhile goes to the end of the set: no payment delays another.
    for (const order of this.#changed) {
      // A slow reader receives the latest state, not each one: `pull` calls again.
      if (!isLedgerThere || !this.#isOpen || this.#isSlow) break;
      this.#changed.delete(order);
      try {
        await this.#tellOf(order);
      } catch (error) {
        // There is no such order any more: a new stream says so. One that cannot be read now is read again at the next beat.
        const { code } = error instanceof ProblemError ? error : {};
        if (code === 'payment_not_found') this.end();
        failed.push(order);
        isLedgerThere = !(error instanceof LedgerUnavailableError);
        if (isLedgerThere && !code) this.#followed.log.error('live status failed', errorFields(error));
      }
    }
    for (const order of failed) this.#changed.add(order);
    this.#isTelling = false;
  }

  async #tellOf(order: Order): Promise<void> {
    const { orders, withIds } = this.#followed;
    const told = this.#told.get(order);
    let event = await this.#eventOf(told ?? order);
    if (event.id !== orders.get(order) && told) {
      // The merchant may have corrected it since.
      const current = await readOrder(this.#context, order.payment_id);
      this.#told.set(order, current);
      event = await this.#eventOf(current);
    } else if (!told) this.#told.set(order, order);
    const { id, data } = event;
    if (id === orders.get(order) || !this.#isOpen) return;
    orders.set(order, id);
    this.#write(`${withIds ? `id: ${id}\n` : ''}event: payment\ndata: ${data}\n\n`);
  }

  async #eventOf(order: Order): Promise<{ readonly id: string; readonly data: string }> {
    const data = JSON.stringify(await summaryOf(this.#context, order));
    return { id: await digest(data), data };
  }

  #write(text: string): void {
    this.#controller.enqueue(this.#encoder.encode(text));
  }

  get #isSlow(): boolean {
    return (this.#controller.desiredSize ?? 0) <= 0;
  }
}

async function digest(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return Array.from(bytes.subarray(0, 12), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
