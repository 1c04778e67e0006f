import type { Policies } from '../policies.ts';
import { showCall, type JournalEntry } from './entry.ts';
import { differences, type JournalFilter } from './filter.ts';
import { RecordedCall, type Bodies, type JournalRecord, type NumberedCall } from './record.ts';

/** The namespace that the journal belongs to. */
interface Owner {
  readonly registry: {
    readonly policies: Policies;
    readonly find: (name: string) => { readonly sameKey?: (one: string, other: string) => boolean } | undefined;
  };
  /** One spelling for the paths of one call. */
  readonly pathOf: (path: string) => string;
}

/** The last calls of a namespace, in a ring of fixed size. */
export class Journal {
  readonly #capacity: number;
  /** Texts of the policies that entries name. */
  readonly policies: Policies;
  readonly #pathOf: (path: string) => string;
  readonly #registry: Owner['registry'];
  readonly #ring: RecordedCall[] = [];
  #total = 0;
  #generation: number;

  /** @param generation of the journal that this one replaces, plus one */
  constructor(capacity: number, owner: Owner, generation = 0) {
    this.#capacity = capacity;
    this.policies = owner.registry.policies;
    this.#registry = owner.registry;
    this.#pathOf = (path) => owner.pathOf(path);
    this.#generation = generation;
  }

  /** Changes whenever the sequence numbers begin again at 1, so that a reader who continues notices. */
  get generation(): number {
    return this.#generation;
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
    this.#generation += 1;
  }

  /** Every call that the ring still holds, oldest first. */
  *calls(after = 0): Generator<NumberedCall> {
    for (let sequence = Math.max(this.dropped, after) + 1; sequence <= this.#total; sequence += 1) {
      const call = this.#ring[(sequence - 1) % this.#capacity]!;
      const record = call.readRecord();
      yield {
        record,
        bodies: () => call.readBodies(),
        hasKey: (key) => this.#hasKey(record, key),
        isAt: (path) => this.#pathOf(record.path) === this.#pathOf(path),
        sequence,
      };
    }
  }

  #hasKey({ provider, key: own }: JournalRecord, key: string): boolean {
    if (own === undefined) return false;
    return own === key || (this.#registry.find(provider)?.sameKey?.(own, key) ?? false);
  }

  #select(filter: JournalFilter): NumberedCall[] {
    return [...this.calls(filter.after)].filter((call) => differences(call, filter).length === 0);
  }
}
