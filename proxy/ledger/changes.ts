import type { Scope } from './entities.ts';

type Listener = () => void;

/** Notifies listeners that something about a payment was written. They read the ledger to learn what. */
export class Changes {
  readonly #listeners = new Map<string, Set<Listener>>();

  /** Returns a function that stops listening. */
  listen({ merchant, provider }: Scope, paymentId: string, listener: Listener): () => void {
    const key = keyOf(merchant, provider, paymentId);
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(key);
    };
  }

  tell({ merchant, provider }: Scope, paymentIds: Iterable<string>): void {
    if (this.#listeners.size === 0) return;
    for (const paymentId of new Set(paymentIds)) {
      for (const listener of this.#listeners.get(keyOf(merchant, provider, paymentId)) ?? []) listener();
    }
  }
}

function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}
