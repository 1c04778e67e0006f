import type { PaymentSummary } from '../contract/payment.ts';
import { createLive } from './live.ts';

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

/** Browsers call themselves offline without a network, and still reach the machine that they run on. */
const LOOPBACK = /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** What tabs of one browser say to each other. `hear` gets what any other of them says. */
export function openChannel(name: string, hear: (said: unknown) => void) {
  const channel = new BroadcastChannel(name);
  channel.addEventListener('message', ({ data }) => hear(data));
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no target
    say: (said: unknown) => channel.postMessage(said),
    close: () => channel.close(),
  };
}

/** A page that was left may come back as it was: from `pagehide` to `pageshow` nobody looks at it. */
let isPutAway = false;

/** The browser itself: the one place of this room that reads its clock, its chance and its storage. */
export const BROWSER: Environment = {
  fetch: (input, init) => fetch(input, init),
  now: () => Date.now(),
  newId() {
    // RFC 9562 version 4. `crypto.randomUUID` is missing on the plain-HTTP intranets that admin consoles live on.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  },
  storage: () => localStorage,
  locks: globalThis.navigator?.locks,
  later(callback, ms) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  listen: createLive({
    // Read when they are needed: the environment is above them, and a server has none of them.
    locks: globalThis.navigator?.locks,
    later: (callback, ms) => BROWSER.later(callback, ms),
    newId: () => BROWSER.newId(),
    able: () => 'EventSource' in globalThis && 'BroadcastChannel' in globalThis,
    open(url, { payment, failed }) {
      const source = new EventSource(url);
      source.addEventListener('payment', ({ data }: MessageEvent<string>) => payment(data));
      source.addEventListener('error', () => failed(source.readyState === EventSource.CLOSED));
      return () => source.close();
    },
    channel: openChannel,
    shown: () => !document.hidden && !isPutAway,
    onShown(changed) {
      document.addEventListener('visibilitychange', changed);
      for (const name of ['pagehide', 'pageshow']) {
        window.addEventListener(name, () => {
          isPutAway = name === 'pagehide';
          changed();
        });
      }
    },
    resolve: (url) => new URL(url, document.baseURI).href,
  }),
  offline: (url) => !navigator.onLine && !LOOPBACK.test(new URL(url, document.baseURI).hostname),
  hidden: () => document.hidden,
  timeout: 30_000,
};
