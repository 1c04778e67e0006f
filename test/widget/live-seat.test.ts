import { expect } from '@open-wc/testing';
import fc from 'fast-check';

import { takeSeat, type Seat } from '../../widget/browser/live-seat.ts';

/** What happens to a tab, and when. Milliseconds. */
interface Step {
  readonly tab: number;
  readonly what: 'join' | 'leave' | 'die';
  readonly after: number;
}

/** Tabs without locks, on a clock and a channel of the test's own. */
function run(steps: readonly Step[], latencies: readonly number[]) {
  let now = 0;
  let order = 0;
  const queue: { at: number; order: number; run: () => void }[] = [];
  const at = (time: number, work: () => void) => {
    const entry = { at: time, order: order++, run: work };
    queue.push(entry);
    return () => void (entry.run = () => {});
  };
  const tabs = new Map<string, Seat>();
  const leaders = new Set<string>();
  let messages = 0;
  let twoSince: number | undefined;
  let longestTwo = 0;
  const note = () => {
    if (leaders.size > 1) twoSince ??= now;
    else if (twoSince !== undefined) {
      longestTwo = Math.max(longestTwo, now - twoSince);
      twoSince = undefined;
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
      later: (callback, ms) => at(now + ms, () => void (tabs.get(tab) === self && callback())),
      say: (said) => {
        for (const other of tabs.keys()) {
          if (other === tab) continue;
          messages += 1;
          at(now + latencies[messages % latencies.length]!, () => tabs.get(other)?.hear(tab, said));
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
    at(time, () => {
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
    note();
  }
  return { leaders: [...leaders], alive: [...tabs.keys()], messages, longestTwo };
}

describe('the seat of a browser without locks', () => {
  it('is always taken by exactly one of the tabs that are left, whatever joined, left or died before', () => {
    const step = fc.record({
      tab: fc.nat(4),
      what: fc.constantFrom<Step['what']>('join', 'join', 'leave', 'die'),
      after: fc.nat(7000),
    });
    const latency = fc.array(fc.nat(300), { minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), latency, (steps, latencies) => {
        const { leaders, alive, longestTwo } = run(steps, latencies);
        expect(leaders).to.have.length(Math.min(alive.length, 1));
        // Two that began at once hear each other within a beat and the time that a message takes.
        expect(longestTwo).to.be.at.most(2000 + 300);
      }),
      { seed: 20_261_101, numRuns: 1000 },
    );
  });

  it('costs few words while nothing changes', () => {
    const steps = [0, 1, 2, 3, 4].map((tab): Step => ({ tab, what: 'join', after: 0 }));
    expect(run(steps, [1]).messages).to.be.below(150);
  });
});
