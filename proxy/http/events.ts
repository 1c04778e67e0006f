import type { PaymentProblem } from '../../contract/index.ts';
import { readableOrder, type ProxyContext } from '../context.ts';
import { LedgerUnavailableError } from '../ledger/errors.ts';
import { errorFields, type Log } from '../telemetry/log.ts';
import type { EventOptions, Order } from '../options.ts';
import { checkId } from './paths.ts';
import { problemBody, ProblemError } from './problem.ts';
import { summaryOf } from '../refunds/summary.ts';

/** Below the minute after which proxies on the way close a silent connection. */
const HEARTBEAT_MS = 15_000;
/**
 * How often a stream polls a ledger that several instances share. PostgreSQL's NOTIFY would be faster, but takes a lock
 * on the whole database at every commit: refunds would queue behind each other so that a page hears of one sooner.
 */
const LOOK_MS = 2_000;
/** A reader that reads nothing for this long is gone: not every runtime reports it. */
const UNREAD_MS = 30_000;
/** A stream ends after this long. The browser opens a new one, and permission is checked again. */
const LONGEST_MS = 600_000;
const MAX_STREAMS = 500;
const MAX_PER_USER = 10;
const MAX_PAYMENTS = 50;
/** How long a browser waits before it reconnects. Milliseconds. */
const RETRY_MS = 3_000;

interface Open {
  readonly user: string;
  readonly payments: number;
}

/**
 * Live status as server-sent events. An event `payment` holds the payment summary from the ledger: one at once, and one
 * after each change.
 *
 * `GET {base}/payments/{id}/events` follows one payment. The id of an event is a digest of its content: a reader that
 * reconnects with it receives only what is new, from whichever instance.
 *
 * `GET {base}/events?payment={id}&payment={id}` follows several, so that a browser needs one connection for all its
 * pages. An event `problem` says why one of them is not followed.
 */
export class EventStreams {
  readonly #context: ProxyContext;
  readonly #options: Required<EventOptions>;
  readonly #open = new Map<() => void, Open>();
  #isClosed = false;

  constructor(context: ProxyContext, options: EventOptions = {}) {
    this.#context = context;
    const { heartbeatMs = HEARTBEAT_MS, longestMs = LONGEST_MS, lookMs = LOOK_MS, unreadMs = UNREAD_MS } = options;
    const { most = MAX_STREAMS, mostPerUser = MAX_PER_USER, mostPayments = Math.min(MAX_PAYMENTS, most) } = options;
    this.#options = { heartbeatMs, longestMs, lookMs, unreadMs, most, mostPerUser, mostPayments };
  }

  /** One stream follows at most this many payments. */
  get mostPayments(): number {
    return this.#options.mostPayments;
  }

  /** @throws ProblemError `rate_limited` when too many streams are open. */
  open(context: ProxyContext, request: Request, { order, user }: { order: Order; user: string }): Response {
    const told = request.headers.get('last-event-id') ?? '';
    return this.#respond(request, { log: context.log, orders: new Map([[order, told]]), user, withIds: true });
  }

  /**
   * @throws ProblemError the same; `invalid_request`; or, if none of the payments may be read, the problem of the read.
   */
  async openMany(context: ProxyContext, request: Request): Promise<Response> {
    const ids = new Set(new URL(request.url).searchParams.getAll('payment'));
    if (ids.size === 0 || ids.size > this.mostPayments) {
      throw new ProblemError('invalid_request', {
        detail: `payment: expected 1 to ${this.mostPayments} ids (?payment={id}&payment={id}), received ${ids.size}`,
      });
    }
    const problems: { readonly id: string; readonly error: ProblemError }[] = [];
    const asked = await Promise.all(
      Array.from(ids, async (id) => {
        try {
          return await readableOrder(context, request, checkId(id));
        } catch (error) {
          if (!(error instanceof ProblemError)) throw error;
          problems.push({ id, error });
          return undefined;
        }
      }),
    );
    const readable = asked.filter((answer) => answer !== undefined);
    if (!readable[0]) throw problems[0]!.error;
    const orders = new Map(readable.map(({ order }) => [order, '']));
    const refused = problems.map(({ id, error }): PaymentProblem => ({ payment_id: id, ...problemBody(error) }));
    return this.#respond(request, { log: context.log, orders, user: readable[0].user, refused });
  }

  /** Ends every stream. No new one opens. */
  close(): void {
    this.#isClosed = true;
    for (const end of this.#open.keys()) end();
  }

  #respond(request: Request, about: About): Response {
    const { most, mostPerUser } = this.#options;
    const open = [...this.#open.values()];
    const ofUser = open.filter(({ user }) => user === about.user).length;
    const payments = open.reduce((sum, stream) => sum + stream.payments, about.orders.size);
    if (this.#isClosed) throw new ProblemError('stopping');
    if (payments > most || ofUser >= mostPerUser) {
      throw new ProblemError('rate_limited', { detail: 'Too many streams are open: poll instead', retryAfter: '60' });
    }
    return new Response(this.#stream(request, about), {
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' },
    });
  }

  #stream(request: Request, { log, orders, user, withIds, refused = [] }: About): ReadableStream<Uint8Array> {
    const { ledger, scope, metrics, provider } = this.#context;
    const { heartbeatMs, longestMs, lookMs, unreadMs } = this.#options;
    const encoder = new TextEncoder();
    const changed = new Set(orders.keys());
    let isTelling = false;
    let end = (_by?: 'reader'): void => undefined;
    let tell = () => Promise.resolve();
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        const write = (text: string) => controller.enqueue(encoder.encode(text));
        const isSlow = () => (controller.desiredSize ?? 0) <= 0;
        const isOpen = () => this.#open.has(end);
        const tellOf = async (order: Order) => {
          const data = JSON.stringify(await summaryOf(this.#context, order));
          const id = await digest(data);
          if (id === orders.get(order) || !isOpen()) return;
          orders.set(order, id);
          write(`${withIds ? `id: ${id}\n` : ''}event: payment\ndata: ${data}\n\n`);
        };
        tell = async () => {
          if (isTelling) return;
          isTelling = true;
          const failed: Order[] = [];
          let isLedgerThere = true;
          // A payment that changes meanwhile goes to the end of the set: no payment delays another.
          for (const order of changed) {
            // A slow reader receives the latest state, not each one: `pull` calls again.
            if (!isLedgerThere || !isOpen() || isSlow()) break;
            changed.delete(order);
            try {
              await tellOf(order);
            } catch (error) {
              failed.push(order);
              isLedgerThere = !(error instanceof LedgerUnavailableError);
              if (isLedgerThere) log.error('live status failed', errorFields(error));
            }
          }
          for (const order of failed) changed.add(order);
          isTelling = false;
        };
        const change = (some: Iterable<Order>) => {
          for (const order of some) changed.add(order);
          void tell();
        };
        const stops = Array.from(orders.keys(), (order) =>
          ledger.changes.listen(scope, order.payment_id, () => change([order])),
        );
        const look = ledger.isShared ? setInterval(() => change(orders.keys()), lookMs) : undefined;
        // This also finds what the command line wrote: only writes of this process are announced at once.
        let unreadFor = 0;
        const beat = setInterval(() => {
          unreadFor = isSlow() ? unreadFor + heartbeatMs : 0;
          if (unreadFor >= unreadMs) {
            end();
            return;
          }
          if (!isSlow()) write(':\n\n');
          change(orders.keys());
        }, heartbeatMs);
        const last = setTimeout(() => end(), longestMs);
        end = (by?: 'reader') => {
          if (!isOpen()) return;
          for (const stop of stops) stop();
          clearInterval(look);
          clearInterval(beat);
          clearTimeout(last);
          this.#open.delete(end);
          metrics.streams(provider.name, this.#open.size);
          if (by !== 'reader') controller.close();
        };
        this.#open.set(end, { user, payments: orders.size });
        metrics.streams(provider.name, this.#open.size);
        request.signal.addEventListener('abort', () => end(), { once: true });
        const problems = refused.map((problem) => `event: problem\ndata: ${JSON.stringify(problem)}\n\n`);
        write(`retry: ${RETRY_MS}\n\n${problems.join('')}`);
        // The reader may have gone while the hooks were asked.
        if (request.signal.aborted) end();
      },
      pull: () => tell(),
      cancel: () => end('reader'),
    });
  }
}

/** What one stream follows. */
interface About {
  /** Of the request that opened it. */
  readonly log: Log;
  /** The orders whose payments it follows, each with the digest that its reader already has. */
  readonly orders: Map<Order, string>;
  readonly user: string;
  /** Whether events have ids: the id of one payment's event says nothing about another payment. */
  readonly withIds?: boolean;
  readonly refused?: readonly PaymentProblem[];
}

async function digest(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return Array.from(bytes.subarray(0, 12), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
