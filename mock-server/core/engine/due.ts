import type { Millis } from './time.ts';

/** Kind of the events by which webhooks are sent. */
export const WEBHOOK_DUE = 'webhook';

/** A planned event of the virtual clock. */
export interface DueEvent {
  readonly at: Millis;
  readonly kind: string;
  /** Id of the row it is about. */
  readonly id: string;
  /** Step of a lifecycle that it leads to; 0 without steps. */
  readonly step: number;
}

interface Entry extends DueEvent {
  readonly sequence: number;
}

const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.sequence < b.sequence);

/** Events in the order in which they happen, the next one at `head`. */
interface Lane {
  entries: Entry[];
  head: number;
}

/** More lanes than there are usual delays. */
const MAX_LANES = 8;
/** After this many entries were taken, they are removed from the array together. */
const CUT = 4_096;

/**
 * What is planned, by time; events of the same instant keep the order in which they were planned. Nearly all of it is
 * planned some fixed delay ahead, so that each delay makes a list that is in order by itself: those are lanes, and taking
 * from them costs the same with a million events as with ten. What fits no lane goes through a heap.
 */
export class DueQueue {
  #lanes: Lane[] = [];
  readonly #heap: Entry[] = [];
  #sequence = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get nextAt(): Millis | undefined {
    const lane = this.#nextLane();
    return (lane ? lane.entries[lane.head] : this.#heap[0])?.at;
  }

  plan({ at, kind, id, step }: DueEvent): void {
    const entry: Entry = { at, kind, id, step, sequence: this.#sequence };
    this.#sequence += 1;
    this.#size += 1;
    const lane = this.#laneFor(at);
    if (lane) lane.entries.push(entry);
    else if (this.#lanes.length < MAX_LANES) this.#lanes.push({ entries: [entry], head: 0 });
    else this.#rise(entry);
  }

  /** The earliest event that is due at `now`, taken out; `undefined` when none is. */
  take(now: Millis): DueEvent | undefined {
    if (this.#size === 0) return undefined;
    const lane = this.#nextLane();
    const first = lane ? lane.entries[lane.head] : this.#heap[0];
    if (!first || first.at > now) return undefined;
    this.#size -= 1;
    if (lane) this.#drop(lane);
    else {
      const last = this.#heap.pop()!;
      if (this.#heap.length > 0) this.#sink(last);
    }
    return first;
  }

  /** In the order in which they will happen. */
  snapshot(): DueEvent[] {
    return [...this.#heap, ...this.#lanes.flatMap(({ entries, head }) => entries.slice(head))]
      .toSorted((a, b) => (before(a, b) ? -1 : 1))
      .map(({ at, kind, id, step }) => ({ at, kind, id, step }));
  }

  restore(events: readonly DueEvent[]): void {
    this.#heap.length = 0;
    this.#lanes = [];
    this.#size = 0;
    for (const event of events) this.plan(event);
  }

  /** The lane that ends closest before `at`, so that a long delay does not close the lane of a short one. */
  #laneFor(at: Millis): Lane | undefined {
    let closest: Lane | undefined;
    let end = Number.NEGATIVE_INFINITY;
    for (const lane of this.#lanes) {
      const last = lane.entries.at(-1)!.at;
      if (last <= at && last > end) {
        closest = lane;
        end = last;
      }
    }
    return closest;
  }

  /** The lane with the next event of all; `undefined` when the heap has it. */
  #nextLane(): Lane | undefined {
    let next: Lane | undefined;
    let first = this.#heap[0];
    for (const lane of this.#lanes) {
      const entry = lane.entries[lane.head]!;
      if (first && !before(entry, first)) continue;
      next = lane;
      first = entry;
    }
    return next;
  }

  #drop(lane: Lane): void {
    lane.head += 1;
    if (lane.head === lane.entries.length) this.#lanes.splice(this.#lanes.indexOf(lane), 1);
    else if (lane.head >= CUT && lane.head * 2 >= lane.entries.length) {
      lane.entries = lane.entries.slice(lane.head);
      lane.head = 0;
    }
  }

  #rise(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  #sink(entry: Entry): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
      if (!before(heap[child]!, entry)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = entry;
  }
}
