import type { LedgerStore, LedgerTransaction } from '../../../proxy/ledger/store.ts';
import { LedgerUnavailableError } from '../../../proxy/ledger/errors.ts';

/** A process as the ledger and the network see it: once dead, it writes and sends nothing more. */
export class ProcessLife {
  #isDead = false;

  get isDead(): boolean {
    return this.#isDead;
  }

  end(): void {
    this.#isDead = true;
  }

  /** @throws when the process has died, so that its work stops here. */
  check(): void {
    if (this.#isDead) throw new LedgerUnavailableError('The process is dead');
  }
}

/**
 * A store whose transactions end with the process: a dead process's open transaction is rolled back, as in a
 * database.
 */
export class MortalStore implements LedgerStore {
  readonly isShared: boolean;
  readonly #inner: LedgerStore;
  readonly #life: ProcessLife;

  constructor(inner: LedgerStore, life: ProcessLife) {
    this.isShared = inner.isShared;
    this.#inner = inner;
    this.#life = life;
  }

  async transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    this.#life.check();
    return this.#inner.transaction((tx) => this.#runToEnd(work, tx));
  }

  async read<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    this.#life.check();
    return this.#inner.read((tx) => this.#runToEnd(work, tx));
  }

  async replaceShared(
    name: string,
    replace: (current: string | undefined) => Promise<string | undefined>,
  ): Promise<void> {
    this.#life.check();
    await this.#inner.replaceShared(name, async (current) => {
      const next = await replace(current);
      this.#life.check();
      return next;
    });
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #runToEnd<T>(work: (tx: LedgerTransaction) => Promise<T>, tx: LedgerTransaction): Promise<T> {
    const result = await work(tx);
    this.#life.check();
    return result;
  }
}
