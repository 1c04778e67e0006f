import type { Millis } from './time.ts';

/** Something that happens by itself at a time of the virtual clock, unless its subject has changed by then. */
export interface DueEvent {
  readonly at: Millis;
  readonly kind: string;
  /** Id of the row it is about. */
  readonly id: string;
  /** Step of a lifecycle that it leads to; 0 where there are no steps. */
  readonly step: number;
}

interface Entry extends DueEvent {
  readonly sequence: number;
}

const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.sequence < b.sequence);

/** Binary min-heap by time; events of the same instant keep the order in which they were planned. */
export class DueQueue {
  readonly #heap: Entry[] = [];
  #sequence = 0;

  get size(): number {
    return this.#heap.length;
  }

  get nextAt(): Millis | undefined {
    return this.#heap[0]?.at;
  }

  plan(event: DueEvent): void {
    const heap = this.#heap;
    const entry: Entry = { ...event, sequence: this.#sequence };
    this.#sequence += 1;
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

  /** The earliest event that is due at `now`, taken out; `undefined` when none is. */
  take(now: Millis): DueEvent | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (!first || first.at > now) return undefined;
    const last = heap.pop()!;
    if (heap.length > 0) this.#sink(last);
    return first;
  }

  /** In the order in which they will happen. */
  snapshot(): DueEvent[] {
    return this.#heap
      .toSorted((a, b) => (before(a, b) ? -1 : 1))
      .map(({ at, kind, id, step }) => ({ at, kind, id, step }));
  }

  restore(events: readonly DueEvent[]): void {
    this.#heap.length = 0;
    for (const event of events) this.plan(event);
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
