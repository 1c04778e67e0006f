import { Turns } from '../turns.ts';
import type { LedgerStore, LedgerTransaction } from './store.ts';

const CONNECTION = 'connection';

/** What stores have in common that write over one connection: a second transaction waits, or it would become part of the first. */
export abstract class OneConnectionStore implements LedgerStore {
  abstract readonly isShared: boolean;
  readonly #connection = new Turns();
  readonly #replacing = new Turns();

  abstract transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T>;
  abstract read<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T>;

  /** The connection stays free while `replace` runs: whoever wants the same value waits here. */
  replaceShared(name: string, replace: (current: string | undefined) => Promise<string | undefined>): Promise<void> {
    return this.#replacing.take(name, async () => {
      const next = await replace(await this.transaction((tx) => tx.sharedValue(name)));
      await this.transaction((tx) => tx.saveSharedValue(name, next));
    });
  }

  async close(): Promise<void> {
    await this.#connection.end(CONNECTION);
  }

  /** Runs `work` when all that was asked for before has ended. */
  protected next<T>(work: () => Promise<T>): Promise<T> {
    return this.#connection.take(CONNECTION, work);
  }
}
