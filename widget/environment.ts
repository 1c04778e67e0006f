/** Everything the form takes from the outside world, so that a test decides what time it is and what comes back. */
export interface Environment {
  readonly fetch: typeof fetch;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** A fresh UUID: an idempotency key. */
  readonly newId: () => string;
  /** Throws a `DOMException` where the browser stores nothing. */
  readonly storage: () => Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  /** `undefined` outside a secure context; tabs then see each other through storage only. */
  readonly locks: Pick<LockManager, 'request'> | undefined;
  /** Calls back after the milliseconds; the answer takes it back. */
  readonly later: (callback: () => void, ms: number) => () => void;
  /** Calls back whenever the server-sent events at this address tell of the payment; the answer ends it. */
  readonly listen: (url: string, heard: () => void) => () => void;
  /** Whether nobody can see the page. */
  readonly hidden: () => boolean;
  /** Milliseconds until a lost answer is called lost. */
  readonly timeout: number;
}

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
  listen(url, heard) {
    const source = new EventSource(url);
    source.addEventListener('payment', heard);
    return () => source.close();
  },
  hidden: () => document.hidden,
  timeout: 30_000,
};
