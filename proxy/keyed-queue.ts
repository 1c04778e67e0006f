/** Runs work with the same key one after the other, and work with different keys at once. */
export class KeyedQueue {
  readonly #last = new Map<string, Promise<void>>();
  readonly #endsAll: (error: unknown) => boolean;

  /** `endsAll`: whether an error also fails the work that waits behind the one that failed. */
  constructor(endsAll: (error: unknown) => boolean = () => false) {
    this.#endsAll = endsAll;
  }

  /** Runs `work` after all earlier work with this key has ended. */
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

  /** Resolves when no work with this key is left. */
  async end(key: string): Promise<void> {
    await this.#last.get(key);
  }
}
