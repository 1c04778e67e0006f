import type { Policies } from '../policies.ts';
import { showCall, type JournalEntry } from './entry.ts';
import { differences, type JournalFilter } from './filter.ts';
import { RecordedCall, type Bodies, type JournalRecord, type NumberedCall } from './record.ts';

/** The last calls of a namespace, in a ring of fixed size. */
export class Journal {
  readonly #capacity: number;
  /** Texts of the policies that entries name. */
  readonly policies: Policies;
  readonly #ring: RecordedCall[] = [];
  #total = 0;

  constructor(capacity: number, policies: Policies) {
    this.#capacity = capacity;
    this.policies = policies;
  }

  /** Number of calls ever recorded, dropped ones included. */
  get total(): number {
    return this.#total;
  }

  get dropped(): number {
    return Math.max(0, this.#total - this.#capacity);
  }

  /** @returns the entry's sequence number, from 1 */
  record(record: JournalRecord, bodies: Bodies): number {
    (this.#ring[this.#total % this.#capacity] ??= new RecordedCall()).write(record, bodies);
    this.#total += 1;
    return this.#total;
  }

  count(filter: JournalFilter): number {
    return this.#select(filter).length;
  }

  /** Oldest first; with a limit, the newest of them. */
  entries(filter: JournalFilter): JournalEntry[] {
    const selected = this.#select(filter);
    const { limit = selected.length } = filter;
    return selected.slice(Math.max(0, selected.length - limit)).map((call) => showCall(call, this.policies));
  }

  clear(): void {
    this.#total = 0;
  }

  /** Every call that the ring still holds, oldest first. */
  *calls(after = 0): Generator<NumberedCall> {
    for (let sequence = Math.max(this.dropped, after) + 1; sequence <= this.#total; sequence += 1) {
      const call = this.#ring[(sequence - 1) % this.#capacity]!;
      yield { record: call.readRecord(), bodies: () => call.readBodies(), sequence };
    }
  }

  #select(filter: JournalFilter): NumberedCall[] {
    return [...this.calls(filter.after)].filter((call) => differences(call, filter).length === 0);
  }
}
