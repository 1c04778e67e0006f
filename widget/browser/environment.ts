import type { PaymentSummary } from '../../contract/payment.ts';

/** One payment that a form follows. */
export interface Watched {
  /** The form's endpoint, as an absolute URL without a slash at its end. */
  readonly endpoint: string;
  readonly paymentId: string;
  /** `max_event_payments` from the proxy's description: the most payments that one stream may follow. */
  readonly most: number;
  /** Whether cookies go to an endpoint of another origin. */
  readonly withCredentials?: boolean;
}

export interface Watch {
  /**
   * Whether a stream follows this payment now. False while it connects, when the proxy refuses it, when there are more
   * payments than one stream may follow, and when the browser has no live status: then poll as if there were no stream.
   */
  readonly live: () => boolean;
  readonly stop: () => void;
}

/** How the requests of a form are sent. It may be replaced at any moment, and counts from the next request on. */
export interface Transport {
  /** Sends every request, in place of the browser's `fetch`. There is no live status then: the form polls. */
  readonly fetch?: typeof fetch | undefined;
  /**
   * Headers of every request, such as a CSRF token. A function is called for each request. When it throws, rejects or
   * takes too long, nothing is sent. The headers of the refund protocol cannot be replaced.
   */
  readonly headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>) | undefined;
  /** `include` sends cookies to an endpoint of another origin. */
  readonly credentials?: RequestCredentials | undefined;
}

type TextStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Everything that the form needs from the outside, so that a test controls the time and the answers. */
export interface Environment {
  readonly fetch: typeof fetch;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Milliseconds since some moment before, which nobody can set. It may stand still while the machine sleeps. */
  readonly elapsed: () => number;
  /** A new UUID, for an idempotency key. */
  readonly newId: () => string;
  /** Throws a `DOMException` or is null when the browser stores nothing. */
  readonly storage: () => TextStorage | null;
  /** The same, for this tab alone: it is kept over a reload. */
  readonly tabStorage: () => TextStorage | null;
  /** `undefined` outside a secure context; tabs then communicate through storage only. */
  readonly locks: Pick<LockManager, 'request'> | undefined;
  /** Calls back after the milliseconds. Returns a function that cancels it. */
  readonly later: (callback: () => void, ms: number) => () => void;
  /**
   * Follows the changes of one payment. `heard` receives the summary of the proxy's ledger: once after the stream has
   * opened, then after each change, including one during an interruption. It is never called within `listen`, nor after
   * `stop`, nor twice in a row with the same summary. `repeated`: the stream sent it before this form began to listen,
   * so the form may have read something newer.
   */
  readonly listen: (watched: Watched, heard: (summary: PaymentSummary, repeated?: boolean) => void) => Watch;
  /**
   * Whether the browser believes that a request to this address cannot leave. Ask before a refund is sent: what is not
   * sent has certainly not left. The browser may be wrong about an intranet, so let the admin send it anyway. It says
   * nothing about a request that was sent: no browser tells a page whether that one left
   * (`test/e2e/never-left.e2e.ts`).
   */
  readonly offline: (url: string) => boolean;
  /** Whether the page is hidden. */
  readonly hidden: () => boolean;
  /** After this time an answer counts as lost. Milliseconds. */
  readonly timeout: number;
}
