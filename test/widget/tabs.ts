import type { LiveWorld } from '../../widget/browser/live.ts';
import { createLive } from '../../widget/browser/live.ts';
import type { Environment } from '../../widget/browser/environment.ts';
import { openChannel } from '../../widget/browser/browser.ts';

/** A stream as the browser would have it open. */
export interface OpenStream {
  readonly url: string;
  readonly tab: string;
  /** Ids of its payments. */
  readonly payments: string[];
  /** The proxy tells something. */
  readonly send: (data: unknown) => void;
  /** The connection breaks and the browser tries again, or (`refused`) the answer is no stream. */
  readonly fail: (how: 'broken' | 'refused') => void;
}

export interface Tab {
  readonly listen: Environment['listen'];
  /** `false`: hidden, closed, or in the back-forward cache. */
  show: (isVisible: boolean) => void;
  /** Without a chance to say so, as the system kills one. */
  kill: () => void;
}

/** One browser with its tabs: real channels and locks, and streams and a clock that the test moves. */
export function browser({ locks }: { readonly locks: Environment['locks'] }) {
  const timers = new Map<number, { readonly at: number; readonly run: () => void }>();
  const streams = new Set<OpenStream>();
  const opened: OpenStream[] = [];
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
      opened.push(stream);
      return () => void streams.delete(stream);
    };

  return {
    /** Open at present. */
    streams: () => [...streams],
    /** All that there ever were. */
    opened,
    advance(ms: number) {
      for (const end = now + ms; ;) {
        const due = [...timers].filter(([, { at }]) => at <= end).toSorted(([, a], [, b]) => a.at - b.at)[0];
        if (!due) {
          now = end;
          return;
        }
        timers.delete(due[0]);
        now = due[1].at;
        due[1].run();
      }
    },
    tab(name: string, { able = true } = {}): Tab {
      const mine = new Set<() => void>();
      const channels: { close(): void }[] = [];
      const onShown: (() => void)[] = [];
      let isShown = true;
      const world: LiveWorld = {
        locks,
        newId,
        later(callback, ms) {
          const id = ++ids;
          timers.set(id, { at: now + ms, run: callback });
          const stop = () => void timers.delete(id);
          mine.add(stop);
          return stop;
        },
        able: () => able,
        open: open(name),
        channel(channelName, hear) {
          const channel = openChannel(channelName, hear);
          channels.push(channel);
          return channel;
        },
        isVisible: () => isShown,
        onShown: (changed) => void onShown.push(changed),
        resolve: (url) => new URL(url, 'https://shop.example/admin/').href,
      };
      return {
        listen: createLive(world),
        show(isVisible) {
          isShown = isVisible;
          for (const changed of onShown) changed();
        },
        kill() {
          for (const channel of channels) channel.close();
          for (const stop of mine) stop();
          for (const stream of streams) if (stream.tab === name) streams.delete(stream);
        },
      };
    },
  };
}

/** Lets channels and locks deliver what is on its way. */
export async function delivered(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.addEventListener('message', () => resolve());
      port1.start();
      port2.postMessage(0);
    });
    await navigator.locks.query();
  }
}
