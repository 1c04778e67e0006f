import type { Environment } from './environment.ts';
import { uuidOf } from '../hash.ts';
import { createLive } from './live.ts';

/** A browser without a network reports that it is offline, but still reaches its own machine. */
const LOOPBACK = /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** A channel between the tabs of one browser. `hear` receives the messages of the other tabs. */
export function openChannel(name: string, hear: (said: unknown) => void) {
  const channel = new BroadcastChannel(name);
  channel.addEventListener('message', ({ data }) => hear(data));
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has no target
    say: (said: unknown) => channel.postMessage(said),
    close: () => channel.close(),
  };
}

/** A page may come back from the back-forward cache: between `pagehide` and `pageshow` nobody sees it. */
let isPutAway = false;

/** The real browser: the only place in this room that reads the clock, random values and storage. */
export const BROWSER: Environment = {
  fetch: (input, init) => fetch(input, init),
  now: () => Date.now(),
  elapsed: () => performance.now(),
  newId() {
    // RFC 9562 version 4. `crypto.randomUUID` is missing on the plain-HTTP intranets that admin consoles live on.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return uuidOf(Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''), 4);
  },
  storage: () => localStorage,
  tabStorage: () => sessionStorage,
  locks: globalThis.navigator?.locks,
  later(callback, ms) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  listen: createLive({
    locks: globalThis.navigator?.locks,
    // Read lazily: this object is created before them, and a server has none of them.
    later: (callback, ms) => BROWSER.later(callback, ms),
    newId: () => BROWSER.newId(),
    able: () => 'EventSource' in globalThis && 'BroadcastChannel' in globalThis,
    open(url, { payment, failed }, withCredentials) {
      const source = new EventSource(url, { withCredentials });
      source.addEventListener('payment', ({ data }: MessageEvent<string>) => payment(data));
      source.addEventListener('error', () => failed(source.readyState === EventSource.CLOSED));
      return () => source.close();
    },
    channel: openChannel,
    isVisible: () => !document.hidden && !isPutAway,
    onShown(changed) {
      document.addEventListener('visibilitychange', changed);
      for (const name of ['pagehide', 'pageshow']) {
        window.addEventListener(name, () => {
          isPutAway = name === 'pagehide';
          changed();
        });
      }
    },
  }),
  offline: (url) => !navigator.onLine && !LOOPBACK.test(new URL(url).hostname),
  hidden: () => document.hidden,
  timeout: 30_000,
};
