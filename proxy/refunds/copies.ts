import { PROBLEMS, type ProblemCode } from '../../contract/index.ts';
import { ProblemError } from '../http/problem.ts';
import { KeyedQueue } from '../keyed-queue.ts';

interface Copy {
  /** What another request with this key was told: that nothing was sent. */
  refusal?: unknown;
}

/** Takes a request into the ledger. */
type Admit = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * The requests with one key that this process works on. A client that has given up sends the same request again, and the
 * first one may still wait for its body or for the merchant's order. None waits for another; but when one of them is told
 * that nothing was sent, that stays true: no other goes out afterwards. `key`: of a refund, or of one person's decision.
 */
export class Copies {
  readonly #open = new Map<string, Set<Copy>>();
  /** Only the ledger is read and written in turn. */
  readonly #turns = new KeyedQueue();

  /** Runs `work`, which takes the request into the ledger by `admit`. `tell`: the answer to an error of it. */
  async run<T>(
    key: string,
    work: (admit: Admit) => Promise<T>,
    tell: (error: unknown) => Promise<unknown>,
  ): Promise<T> {
    const copy: Copy = {};
    const copies = this.#open.get(key) ?? new Set();
    this.#open.set(key, copies.add(copy));
    try {
      return await work((admit) =>
        this.#turns.take(key, async () => {
          if (copy.refusal !== undefined) throw copy.refusal;
          return admit();
        }),
      );
    } catch (error) {
      throw await this.refuse(key, () => tell(error));
    } finally {
      copies.delete(copy);
      if (copies.size === 0) this.#open.delete(key);
    }
  }

  /** Finds what to tell about a request with this key that was not admitted now, and keeps that true. */
  refuse(key: string, find: () => Promise<unknown>): Promise<unknown> {
    return this.#turns.take(key, async () => {
      const told = await find();
      if (saysNothing(told)) this.tell(key, told);
      return told;
    });
  }

  /** A request with this key was told that nothing was sent: the others are told the same. */
  tell(key: string, told: unknown): void {
    for (const copy of this.#open.get(key) ?? []) copy.refusal = told;
  }
}

/** What the ledger says of a key, it says of each copy by itself. */
const OF_THE_LEDGER: ReadonlySet<ProblemCode> = new Set(['idempotency_key_reused', 'settled_nothing']);

function saysNothing(told: unknown): boolean {
  if (!(told instanceof ProblemError) || OF_THE_LEDGER.has(told.code)) return false;
  return (told.extras.effect ?? PROBLEMS[told.code].effect) === 'nothing';
}
