import type { LiveWorld } from '../../widget/browser/live.ts';
import { createLive } from '../../widget/browser/live.ts';
import type { Environment } from '../../widget/browser/environment.ts';
import { openChannel } from '../../widget/browser/browser.ts';

/** An event stream that a tab has open. */
export interface OpenStream {
  readonly url: string;
  readonly tab: string;
  /** Ids of the payments that it follows. */
  readonly payments: string[];
  /** The proxy sends this event. */
  readonly send: (data: unknown) => void;
  /** `broken`: the connection breaks and the browser tries again. `refused`: the answer is not a stream. */
  readonly fail: (how: 'broken' | 'refused') => void;
}

export interface Tab {
  readonly listen: Environment['listen'];
  /** `false` when the tab is hidden, closed, or in the back-forward cache. */
  show: (isVisible: boolean) => void;
  /** Ends the tab without a message to the other tabs, as when the system kills it. */
  kill: () => void;
}

/** One browser with its tabs. Channels and locks are real. The test controls the streams and the clock. */
export function fakeBrowser({ locks }: { readonly locks: Environment['locks'] }) {
  const timers = new Map<number, { readonly at: number; readonly run: () => void }>();
  const streams = new Set<OpenStream>();
  const allStreams: OpenStream[] = [];
  let now = 0;
  let ids = 0;
  const newId = () => String(++ids).padStart(4, '0');

  const open =
    (tab: string): LiveWorld['open'] =>
    (url, { payment, failed }) => {
      const stream: OpenStream = {
        url,
        tab,
        payments: new URL(url).searchParams.getAll('payment'),
        send: (data) => payment(typeof data === 'string' ? data : JSON.stringify(data)),
        fail(how) {
          if (how === 'refused') streams.delete(stream);
          failed(how === 'refused');
        },
      };
      streams.add(stream);
      allStreams.push(stream);
      return () => void streams.delete(stream);
    };

  return {
    /** The streams that are open now. */
    streams: () => [...streams],
    /** Every stream that was ever opened. */
    allStreams,
    advance(ms: number) {
      for (const end = now + ms; ;) {
        const next = [...timers].filter(([, { at }]) => at <= end).toSorted(([, a], [, b]) => a.at - b.at)[0];
        if (!next) {
          now = end;
          return;
        }
        timers.delete(next[0]);
        now = next[1].at;
        next[1].run();
      }
    },
    tab(name: string, { able = true } = {}): Tab {
      const stopTimers = new Set<() => void>();
      const channels: { close(): void }[] = [];
      const listeners: (() => void)[] = [];
      let isTabVisible = true;
      const world: LiveWorld = {
        locks,
        newId,
        later(callback, ms) {
          const id = ++ids;
          timers.set(id, { at: now + ms, run: callback });
          const stop = () => void timers.delete(id);
          stopTimers.add(stop);
          return stop;
        },
        able: () => able,
        open: open(name),
        channel(channelName, hear) {
          const channel = openChannel(channelName, hear);
          channels.push(channel);
          return channel;
        },
        isVisible: () => isTabVisible,
        onShown: (changed) => void listeners.push(changed),
      };
      return {
        listen: createLive(world),
        show(isVisible) {
          isTabVisible = isVisible;
          for (const listener of listeners) listener();
        },
        kill() {
          for (const channel of channels) channel.close();
          for (const stop of stopTimers) stop();
          for (const stream of streams) if (stream.tab === name) streams.delete(stream);
        },
      };
    },
  };
}

/** Waits until the channels and the locks have delivered their messages. */
export async function deliverMessages(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.addEventListener('message', () => {
        // In WebKit, ports that stay open make every later message slower.
        port1.close();
        resolve();
      });
      port1.start();
      port2.postMessage(0);
    });
    await navigator.locks.query();
  }
}
