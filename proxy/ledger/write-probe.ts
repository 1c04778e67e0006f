import type { LedgerStore } from './store.ts';

/** A result is reused for this long: anybody may ask, and each probe writes to the disk. Milliseconds. */
const TRY_EVERY_MS = 1_000;
/** More than a refund writes: a full disk may still take a few bytes. */
const TRIED_CHARACTERS = 131_072;
const TRIED = 'tried';

/** Tests whether a store accepts writes, by writing a value without meaning. */
export class WriteProbe {
  readonly #store: LedgerStore;
  #hasFailed = false;
  #last: { readonly at: number; readonly written: Promise<void> } | undefined;

  constructor(store: LedgerStore) {
    this.#store = store;
  }

  /** A write has failed: the next probe writes as much as a refund does, and runs now. */
  failed(): void {
    this.#hasFailed = true;
    this.#last = undefined;
  }

  /** @throws LedgerUnavailableError when nothing can be written, as on a full disk. */
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
      // This creates the row that is saved.
      await tx.sharedValue(TRIED);
      await tx.saveSharedValue(TRIED, text);
    });
  }
}
