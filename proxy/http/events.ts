import type { PaymentProblem } from '../../contract/index.ts';
import { readableOrder, type ProxyContext } from '../context.ts';
import { isSamePerson } from '../ledger/rules/person.ts';
import type { EventOptions, Order } from '../options.ts';
import { EventStream, type Followed } from './event-stream.ts';
import { checkId } from './paths.ts';
import { problemBody, ProblemError } from './problem.ts';

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
/** At least so many users have room beside each other. */
const USERS = 5;

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
  readonly #open = new Set<EventStream>();
  #isClosed = false;

  constructor(context: ProxyContext, options: EventOptions = {}) {
    this.#context = context;
    const { heartbeatMs = HEARTBEAT_MS, longestMs = LONGEST_MS, lookMs = LOOK_MS, unreadMs = UNREAD_MS } = options;
    const { most = MAX_STREAMS, mostPerUser = MAX_PER_USER, mostPayments = Math.min(MAX_PAYMENTS, most) } = options;
    const { mostPaymentsPerUser = Math.max(mostPayments, Math.floor(most / USERS)) } = options;
    this.#options = {
      heartbeatMs,
      longestMs,
      lookMs,
      unreadMs,
      most,
      mostPerUser,
      mostPayments,
      mostPaymentsPerUser,
    };
  }

  /** One stream follows at most this many payments. */
  get mostPayments(): number {
    return this.#options.mostPayments;
  }

  /** @throws ProblemError `rate_limited` when too many streams are open. */
  open(context: ProxyContext, request: Request, { order, user }: { order: Order; user: string }): Response {
    const lastEventId = request.headers.get('last-event-id') ?? '';
    return this.#respond(request, { log: context.log, orders: new Map([[order, lastEventId]]), user, withIds: true });
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
    const answers = await Promise.all(
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
    const readable = answers.filter((answer) => answer !== undefined);
    if (!readable[0]) throw problems[0]!.error;
    const orders = new Map(readable.map(({ order }) => [order, '']));
    const refused = problems.map(({ id, error }): PaymentProblem => ({ payment_id: id, ...problemBody(error) }));
    return this.#respond(request, { log: context.log, orders, user: readable[0].user, refused });
  }

  /** Ends every stream. No new one opens. */
  close(): void {
    this.#isClosed = true;
    for (const stream of this.#open) stream.end();
  }

  #respond(request: Request, about: Followed): Response {
    const { most, mostPerUser, mostPaymentsPerUser } = this.#options;
    const open = [...this.#open];
    const ofUser = open.filter(({ user }) => isSamePerson(user, about.user));
    const followed = (streams: readonly EventStream[]) =>
      streams.reduce((sum, stream) => sum + stream.payments, about.orders.size);
    if (this.#isClosed) throw new ProblemError('stopping');
    // A payment counts once for each stream, because each stream reads it.
    if (followed(open) > most || ofUser.length >= mostPerUser || followed(ofUser) > mostPaymentsPerUser) {
      throw new ProblemError('rate_limited', { detail: 'Too many streams are open: poll instead', retryAfter: '60' });
    }
    const { metrics, provider } = this.#context;
    const count = () => metrics.streams(provider.name, this.#open.size);
    const stream = new EventStream(this.#context, about, this.#options, () => {
      this.#open.delete(stream);
      count();
    });
    this.#open.add(stream);
    count();
    request.signal.addEventListener('abort', () => stream.end(), { once: true });
    // The reader may have gone while the hooks were asked.
    if (request.signal.aborted) stream.end();
    return new Response(stream.body, {
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        // A middleware that compresses keeps the events until there are enough of them; that of Express honours this.
        'cache-control': 'no-store, no-transform',
        'x-accel-buffering': 'no',
      },
    });
  }
}
