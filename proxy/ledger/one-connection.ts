import type { LedgerStore, LedgerTransaction } from './store.ts';

/** What stores have in common that write over one connection: a second transaction waits, or it would become part of the first. */
export abstract class OneConnectionStore implements LedgerStore {
  abstract readonly isShared: boolean;
  #last: Promise<unknown> = Promise.resolve();
  readonly #replacing = new Map<string, Promise<void>>();

  abstract transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T>;
  abstract read<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T>;

  /** The connection stays free while `replace` runs: whoever wants the same value waits here. */
  replaceShared(name: string, replace: (current: string | undefined) => Promise<string | undefined>): Promise<void> {
    const before = this.#replacing.get(name) ?? Promise.resolve();
    const replaced = before.then(async () => {
      const next = await replace(await this.transaction((tx) => tx.sharedValue(name)));
      await this.transaction((tx) => tx.saveSharedValue(name, next));
    });
    const settled = replaced.catch(() => undefined);
    this.#replacing.set(name, settled);
    return replaced;
  }

  async close(): Promise<void> {
    await this.#last;
  }

  /** Runs `work` when all that was asked for before has ended. */
  protected next<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}
