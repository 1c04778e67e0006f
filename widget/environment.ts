import type { PaymentSummary } from '../contract/payment.ts';

/** One payment of which a form wants live status. */
export interface Watched {
  /** As the form has it: may be relative to the page. */
  readonly endpoint: string;
  readonly paymentId: string;
  /** `max_event_payments` of the proxy's description: payments that one stream may tell of. */
  readonly most: number;
}

export interface Watch {
  /**
   * Whether a stream tells of this payment at this moment. False while it connects, when the proxy refuses it, when there
   * are more payments than one stream may have, and where the browser has no live status: then poll as if there were none.
   */
  readonly live: () => boolean;
  readonly stop: () => void;
}

/** Everything the form takes from the outside world, so that a test decides what time it is and what comes back. */
export interface Environment {
  readonly fetch: typeof fetch;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** A fresh UUID: an idempotency key. */
  readonly newId: () => string;
  /** Throws a `DOMException`, or is null, where the browser stores nothing. */
  readonly storage: () => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null;
  /** `undefined` outside a secure context; tabs then see each other through storage only. */
  readonly locks: Pick<LockManager, 'request'> | undefined;
  /** Calls back after the milliseconds; the answer takes it back. */
  readonly later: (callback: () => void, ms: number) => () => void;
  /**
   * Tells of changes of one payment. `heard` gets the summary of the proxy's ledger: once after the stream has opened, then
   * after each change, also one that fell into a break. It is never called within `listen`, nor after `stop`, nor
   * twice in a row with the same. `repeated`: the stream told it before this form began to listen, so that the form may have read
   * something newer.
   */
  readonly listen: (watched: Watched, heard: (summary: PaymentSummary, repeated?: boolean) => void) => Watch;
  /**
   * Whether the browser believes that a request to this address cannot leave. Ask before a refund is sent: what is not sent
   * has certainly not left. It may be wrong about an intranet, so let the admin send all the same. It says nothing of a
   * request that was sent: no browser tells a page whether that one left (`test/e2e/never-left.e2e.ts`).
   */
  readonly offline: (url: string) => boolean;
  /** Whether nobody can see the page. */
  readonly hidden: () => boolean;
  /** Milliseconds until a lost answer is called lost. */
  readonly timeout: number;
}
