import { expect } from '@open-wc/testing';
import fc from 'fast-check';

import { takeSeat, type Seat } from '../../widget/browser/live-seat.ts';

/** What happens to a tab. `after` is the time since the step before, in milliseconds. */
interface Step {
  readonly tab: number;
  readonly what: 'join' | 'leave' | 'die';
  readonly after: number;
}

/** Simulates tabs without locks, with a clock and a channel that the test controls. */
function simulate(steps: readonly Step[], latencies: readonly number[]) {
  let now = 0;
  let order = 0;
  const queue: { at: number; order: number; run: () => void }[] = [];
  const schedule = (time: number, work: () => void) => {
    const entry = { at: time, order: order++, run: work };
    queue.push(entry);
    return () => void (entry.run = () => {});
  };
  const tabs = new Map<string, Seat>();
  const leaders = new Set<string>();
  let messages = 0;
  let twoLeadersSince: number | undefined;
  let longestTwoLeaders = 0;
  const measureLeaders = () => {
    if (leaders.size > 1) twoLeadersSince ??= now;
    else if (twoLeadersSince !== undefined) {
      longestTwoLeaders = Math.max(longestTwoLeaders, now - twoLeadersSince);
      twoLeadersSince = undefined;
    }
  };
  const drop = (tab: string) => {
    tabs.delete(tab);
    leaders.delete(tab);
  };
  const join = (tab: string) => {
    if (tabs.has(tab)) return;
    const self: Seat = takeSeat({
      name: 'seat',
      tab,
      locks: undefined,
      later: (callback, ms) => schedule(now + ms, () => void (tabs.get(tab) === self && callback())),
      say: (message) => {
        for (const other of tabs.keys()) {
          if (other === tab) continue;
          messages += 1;
          schedule(now + latencies[messages % latencies.length]!, () => tabs.get(other)?.hear(tab, message));
        }
      },
      changed: (leads) => void (leads ? leaders.add(tab) : leaders.delete(tab)),
    });
    tabs.set(tab, self);
  };
  let time = 0;
  for (const { tab, what, after } of steps) {
    time += after;
    const name = `tab-${tab}`;
    schedule(time, () => {
      if (what === 'join') join(name);
      else {
        if (what === 'leave') tabs.get(name)?.leave();
        drop(name);
      }
    });
  }
  const end = time + 30_000;
  for (;;) {
    queue.sort((a, b) => a.at - b.at || a.order - b.order);
    const next = queue.shift();
    if (!next || next.at > end) break;
    now = next.at;
    next.run();
    measureLeaders();
  }
  return { leaders: [...leaders], alive: [...tabs.keys()], messages, longestTwoLeaders };
}

describe('the leader of the tabs in a browser without locks', () => {
  it('is exactly one of the open tabs, whatever tabs joined, left or died before', () => {
    const step = fc.record({
      tab: fc.nat(4),
      what: fc.constantFrom<Step['what']>('join', 'join', 'leave', 'die'),
      after: fc.nat(7000),
    });
    const latency = fc.array(fc.nat(300), { minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), latency, (steps, latencies) => {
        const { leaders, alive, longestTwoLeaders } = simulate(steps, latencies);
        expect(leaders).to.have.length(Math.min(alive.length, 1));
        // Two tabs that start at once hear each other within one beat (2000 ms) and one message (at most 300 ms).
        expect(longestTwoLeaders).to.be.at.most(2000 + 300);
      }),
      { seed: 20_261_101, numRuns: 1000 },
    );
  });

  it('needs few messages while nothing changes', () => {
    const steps = [0, 1, 2, 3, 4].map((tab): Step => ({ tab, what: 'join', after: 0 }));
    expect(simulate(steps, [1]).messages).to.be.below(150);
  });
});
