import type { LooseRow } from '../data-model.ts';
import { textOf } from '../seed-rows.ts';

/**
 * Rows by id, in the order in which the provider would list them, oldest first. Rows of one second keep the order of the
 * provider's lists, which begin with the newest. Times have one width and one offset, so their texts compare as they do.
 */
export class RankedRows<Entry extends { readonly row: LooseRow }> {
  readonly #entries = new Map<string, Entry>();
  readonly #ranks = new Map<string, number>();
  #top = 0;

  get(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  /** A row that is not as old as the one that is known replaces it. */
  put(id: string, entry: Entry): void {
    const known = this.#entries.get(id);
    if (!known) this.#ranks.set(id, (this.#top += 1));
    if (!known || textOf(known.row['update_time']) <= textOf(entry.row['update_time'])) this.#entries.set(id, entry);
  }

  /** Tells in which order a list of the provider had these ids. */
  listed(ids: readonly string[]): void {
    this.#top += ids.length;
    for (const [index, id] of ids.entries()) if (this.#entries.has(id)) this.#ranks.set(id, this.#top - index);
  }

  /** Oldest first. */
  all(): [id: string, entry: Entry][] {
    const rank = (id: string) => this.#ranks.get(id) ?? 0;
    return [...this.#entries].toSorted(([one, { row: a }], [other, { row: b }]) => {
      const [first, second] = [textOf(a['create_time']), textOf(b['create_time'])];
      return first === second ? rank(one) - rank(other) : first < second ? -1 : 1;
    });
  }
}
