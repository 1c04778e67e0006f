/** Work that goes one after the other where it has the same key, and at once where it has not. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();
  readonly #endsAll: (error: unknown) => boolean;

  /** `endsAll`: what goes wrong with one whose turn it is goes wrong with those that have waited for it, too. */
  constructor(endsAll: (error: unknown) => boolean = () => false) {
    this.#endsAll = endsAll;
  }

  /** Runs `work` when all that came before it under this key has ended. */
  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(work);
    const over = turn.then(
      () => undefined,
      (error: unknown) => {
        if (this.#endsAll(error)) throw error;
      },
    );
    this.#last.set(key, over);
    const forget = () => {
      if (this.#last.get(key) === over) this.#last.delete(key);
    };
    void over.then(forget, forget);
    return turn;
  }

  /** Resolves when nothing is left that was asked for under this key. */
  async end(key: string): Promise<void> {
    await this.#last.get(key);
  }
}
