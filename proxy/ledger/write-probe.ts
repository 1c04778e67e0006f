import type { LedgerStore } from './store.ts';

/** Whoever asks more often is told the same: anybody may ask, and each try is written to the disk. Milliseconds. */
const TRY_EVERY_MS = 1_000;
/** More than a refund writes: what is left of a full disk may still take a few bytes. */
const TRIED_CHARACTERS = 131_072;
const TRIED = 'tried';

/** Finds out whether a store takes writes, by writing a value that means nothing. */
export class WriteProbe {
  readonly #store: LedgerStore;
  #hasFailed = false;
  #last: { readonly at: number; readonly written: Promise<void> } | undefined;

  constructor(store: LedgerStore) {
    this.#store = store;
  }

  /** A write could not be carried out: the next try writes as much as a refund does, and does so now. */
  failed(): void {
    this.#hasFailed = true;
    this.#last = undefined;
  }

  /** @throws LedgerUnavailableError where nothing can be written, as on a full disk. */
  run(at: number): Promise<void> {
    const age = this.#last ? at - this.#last.at : -1;
    if (!this.#last || age < 0 || age >= TRY_EVERY_MS) this.#last = { at, written: this.#try(at) };
    return this.#last.written;
  }

  async #try(at: number): Promise<void> {
    if (this.#hasFailed) await this.#save('.'.repeat(TRIED_CHARACTERS));
    await this.#save(String(at));
    this.#hasFailed = false;
  }

  #save(text: string): Promise<void> {
    return this.#store.transaction(async (tx) => {
      // It makes the row that is saved.
      await tx.sharedValue(TRIED);
      await tx.saveSharedValue(TRIED, text);
    });
  }
}
