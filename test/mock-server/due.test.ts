import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { DueQueue, type DueEvent } from '../../mock-server/core/engine/due.ts';
import { seeded } from '../seeded.ts';

const delay = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(5_000, 20_000, 14_400_000) },
  { weight: 1, arbitrary: fc.nat(50_000) },
);
const step = fc.record({ delays: fc.array(delay, { maxLength: 20 }), wait: fc.nat(30_000) });

describe('the queue of due events', () => {
  it('returns events by time, then in the order of planning, for any delays', () => {
    seeded(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const queue = new DueQueue();
        let planned: DueEvent[] = [];
        let now = 0;
        for (const { delays, wait } of steps) {
          for (const ahead of delays) {
            const event = { at: now + ahead, kind: 'k', id: `${now}-${planned.length}`, step: 0 };
            planned.push(event);
            queue.plan(event);
          }
          // The sort is stable, so events of the same time keep the order of planning.
          const inOrder = planned.toSorted((a, b) => a.at - b.at);
          assert.deepEqual(queue.snapshot(), inOrder);
          assert.equal(queue.size, inOrder.length);
          assert.equal(queue.nextAt, inOrder[0]?.at);
          now += wait;
          const due = inOrder.filter(({ at }) => at <= now);
          const takenIds = due.map(() => queue.take(now)?.id);
          assert.deepEqual(
            takenIds,
            due.map(({ id }) => id),
          );
          assert.equal(queue.take(now), undefined);
          planned = inOrder.slice(due.length);
        }
        const again = new DueQueue();
        again.restore(queue.snapshot());
        assert.deepEqual(again.snapshot(), queue.snapshot());
      }),
    );
  });

  it('keeps none of 20,000 events after they were taken', () => {
    const queue = new DueQueue();
    for (let at = 0; at < 20_000; at += 1) queue.plan({ at, kind: 'k', id: String(at), step: 0 });
    for (let at = 0; at < 20_000; at += 1) assert.equal(queue.take(at)?.at, at);
    assert.equal(queue.size, 0);
    assert.equal(queue.nextAt, undefined);
  });
});
