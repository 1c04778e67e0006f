import { LedgerUnavailableError } from './ledger/store.ts';
import type { ProxyContext } from './context.ts';
import { errorFields } from './log.ts';
import type { EventOptions, Order } from './options.ts';
import { ProblemError } from './problem.ts';
import { summaryOf } from './summary.ts';

/** Below the minute after which proxies on the way close a silent connection. */
const HEARTBEAT_MS = 15_000;
/**
 * How often a stream looks into a ledger that instances share. PostgreSQL's NOTIFY would tell at once, and takes one lock
 * of the whole database at every commit: refunds would wait for each other so that a page hears of one sooner. P
 */
const LOOK_MS = 2_000;
/** A reader that takes nothing for this long is gone: not every runtime says so. P */
const UNREAD_MS = 30_000;
/** A stream ends after this long: the browser opens another, and the permission is asked for anew. */
const LONGEST_MS = 600_000;
const MOST = 500;
const MOST_A_USER = 10;
/** What a browser waits before it opens the stream again. Milliseconds. */
const RETRY_MS = 3_000;

/**
 * `GET {base}/payments/{id}/events`: the payment summary as it stands in the ledger, again whenever it has changed, as
 * server-sent events called `payment`. The id of an event is a digest of what it says, so that a reader who comes back
 * with it is told only what is new, by whichever instance.
 */
export class EventStreams {
  readonly #context: ProxyContext;
  readonly #options: Required<EventOptions>;
  readonly #open = new Map<() => void, string>();
  #isClosed = false;

  constructor(context: ProxyContext, options: EventOptions = {}) {
    this.#context = context;
    const { heartbeatMs = HEARTBEAT_MS, longestMs = LONGEST_MS, most = MOST, mostPerUser = MOST_A_USER } = options;
    const { lookMs = LOOK_MS, unreadMs = UNREAD_MS } = options;
    this.#options = { heartbeatMs, longestMs, most, mostPerUser, lookMs, unreadMs };
  }

  /** @throws ProblemError `rate_limited` when too many streams are open. */
  open(request: Request, order: Order, user: string): Response {
    const { most, mostPerUser } = this.#options;
    const ofUser = [...this.#open.values()].filter((name) => name === user).length;
    if (this.#isClosed) throw new ProblemError('stopping');
    if (this.#open.size >= most || ofUser >= mostPerUser) {
      throw new ProblemError('rate_limited', { detail: 'Too many streams are open: poll instead', retryAfter: '60' });
    }
    return new Response(this.#stream(request, order, user), {
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' },
    });
  }

  /** Ends every stream, and opens none any more. */
  close(): void {
    this.#isClosed = true;
    for (const end of this.#open.keys()) end();
  }

  #stream(request: Request, order: Order, user: string): ReadableStream<Uint8Array> {
    const { ledger, scope, log, metrics, provider } = this.#context;
    const { heartbeatMs, longestMs, lookMs, unreadMs } = this.#options;
    const encoder = new TextEncoder();
    let told = request.headers.get('last-event-id') ?? '';
    let isDirty = true;
    let isTelling = false;
    let end = (_by?: 'reader'): void => undefined;
    let tell = () => Promise.resolve();
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        const write = (text: string) => controller.enqueue(encoder.encode(text));
        const isSlow = () => (controller.desiredSize ?? 0) <= 0;
        const isOpen = () => this.#open.has(end);
        tell = async () => {
          // A reader that does not keep up gets the latest, not all of it: `pull` calls again.
          if (isTelling) return;
          isTelling = true;
          try {
            while (isDirty && isOpen() && !isSlow()) {
              isDirty = false;
              const data = JSON.stringify(await summaryOf(this.#context, order));
              const id = await digest(data);
              if (id === told || !isOpen()) continue;
              told = id;
              write(`id: ${id}\nevent: payment\ndata: ${data}\n\n`);
            }
          } catch (error) {
            isDirty = true;
            if (!(error instanceof LedgerUnavailableError)) log.error('live status failed', errorFields(error));
          } finally {
            isTelling = false;
          }
        };
        const changed = () => {
          isDirty = true;
          void tell();
        };
        const stopListening = ledger.changes.listen(scope, order.payment_id, changed);
        const look = ledger.isShared ? setInterval(changed, lookMs) : undefined;
        // With it comes what the command line wrote: only this process's writes are told at once.
        let unreadFor = 0;
        const beat = setInterval(() => {
          unreadFor = isSlow() ? unreadFor + heartbeatMs : 0;
          if (unreadFor >= unreadMs) {
            end();
            return;
          }
          if (!isSlow()) write(':\n\n');
          changed();
        }, heartbeatMs);
        const last = setTimeout(() => end(), longestMs);
        end = (by?: 'reader') => {
          if (!isOpen()) return;
          stopListening();
          clearInterval(look);
          clearInterval(beat);
          clearTimeout(last);
          this.#open.delete(end);
          metrics.streams(provider.name, this.#open.size);
          if (by !== 'reader') controller.close();
        };
        this.#open.set(end, user);
        metrics.streams(provider.name, this.#open.size);
        request.signal.addEventListener('abort', () => end(), { once: true });
        write(`retry: ${RETRY_MS}\n\n`);
      },
      pull: () => tell(),
      cancel: () => end('reader'),
    });
  }
}

async function digest(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return Array.from(bytes.subarray(0, 12), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
