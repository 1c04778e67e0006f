import type { ProblemCode } from '../../contract/index.ts';
import { effectOf, ProblemError } from '../http/problem.ts';

interface Copy {
  /** What another request with this key was told: that nothing was sent. */
  refusal?: unknown;
}

interface Key {
  /** How many requests and refusals need it. */
  users: number;
  readonly copies: Set<Copy>;
  /** Those that are being taken into the ledger. */
  readonly admitting: Set<Promise<unknown>>;
  /** How many ever were. */
  admitted: number;
}

/** Takes a request into the ledger. */
type Admit = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * The requests with one key that this process works on. A client that has given up sends the same request again, and the
 * first one may still wait for its body or for the merchant's order. None waits for another; but when one of them is told
 * that nothing was sent, that stays true: no other goes out afterwards. `name`: the key of a refund, or one person's decision.
 */
export class Copies {
  readonly #keys = new Map<string, Key>();

  /** Runs `work`, which takes the request into the ledger by `admit`. `tell`: the answer to an error of it. */
  run<T>(name: string, work: (admit: Admit) => Promise<T>, tell: (error: unknown) => Promise<unknown>): Promise<T> {
    return this.#with(name, async (key) => {
      const copy: Copy = {};
      key.copies.add(copy);
      try {
        return await work((admit) => admitted(key, copy, admit));
      } catch (error) {
        throw await this.refuse(name, () => tell(error));
      } finally {
        key.copies.delete(copy);
      }
    });
  }

  /** Finds what to tell about a request with this key that was not admitted now, and keeps that true. */
  refuse(name: string, find: () => Promise<unknown>): Promise<unknown> {
    return this.#with(name, async (key) => {
      for (;;) {
        const before = key.admitted;
        await Promise.allSettled(key.admitting);
        const told = await find();
        // The ledger may not have had yet what was being taken in meanwhile.
        if (key.admitted !== before || key.admitting.size > 0) continue;
        if (saysNothing(told)) this.tell(name, told);
        return told;
      }
    });
  }

  /** A request with this key was told that nothing was sent: the others are told the same. */
  tell(name: string, told: unknown): void {
    for (const copy of this.#keys.get(name)?.copies ?? []) copy.refusal = told;
  }

  async #with<T>(name: string, use: (key: Key) => Promise<T>): Promise<T> {
    const key = this.#keys.get(name) ?? { users: 0, copies: new Set(), admitting: new Set(), admitted: 0 };
    this.#keys.set(name, key);
    key.users += 1;
    try {
      return await use(key);
    } finally {
      key.users -= 1;
      if (key.users === 0) this.#keys.delete(name);
    }
  }
}

async function admitted<T>(key: Key, copy: Copy, work: () => Promise<T>): Promise<T> {
  if (copy.refusal !== undefined) throw copy.refusal;
  key.admitted += 1;
  const admitting = work();
  key.admitting.add(admitting);
  try {
    return await admitting;
  } finally {
    key.admitting.delete(admitting);
  }
}

/** What the ledger knows about a key: it says the same of each copy by itself. */
export const OF_THE_LEDGER: ReadonlySet<ProblemCode> = new Set(['idempotency_key_reused', 'settled_nothing']);

function saysNothing(told: unknown): boolean {
  if (!(told instanceof ProblemError) || OF_THE_LEDGER.has(told.code)) return false;
  return effectOf(told) === 'nothing';
}
