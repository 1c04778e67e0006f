import type { PaymentSummary } from '../../contract/payment.ts';

/** One payment that a form follows. */
export interface Watched {
  /** The form's endpoint, which may be relative to the page. */
  readonly endpoint: string;
  readonly paymentId: string;
  /** `max_event_payments` from the proxy's description: the most payments that one stream may follow. */
  readonly most: number;
}

export interface Watch {
  /**
   * Whether a stream follows this payment now. False while it connects, when the proxy refuses it, when there are more
   * payments than one stream may follow, and when the browser has no live status: then poll as if there were no stream.
   */
  readonly live: () => boolean;
  readonly stop: () => void;
}

/** Everything that the form needs from the outside, so that a test controls the time and the answers. */
export interface Environment {
  readonly fetch: typeof fetch;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** A new UUID, for an idempotency key. */
  readonly newId: () => string;
  /** Throws a `DOMException` or is null when the browser stores nothing. */
  readonly storage: () => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null;
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
