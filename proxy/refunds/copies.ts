import { personOf } from '../ledger/rules/person.ts';
import type { ProblemCode } from '../../contract/index.ts';
import { effectOf, ProblemError } from '../http/problem.ts';

interface Copy {
  /** Who decides, once that is known. Of a key it is nobody: whoever has it may ask about it. */
  who?: string;
  /** What other requests with this name were told: that nothing was sent. */
  readonly refusals: { readonly told: unknown; readonly who: string | undefined }[];
}

interface Name {
  /** How many requests and refusals need it. */
  users: number;
  readonly copies: Set<Copy>;
  /** Those that are being taken into the ledger. */
  readonly admitting: Set<Promise<unknown>>;
  /** How many ever were. */
  admitted: number;
  /** What is done once for all of them of one person. */
  readonly once: Map<string | undefined, Promise<void>>;
}

/** What a request does with the others of its name. */
export interface Among {
  /** Takes the request into the ledger. `check` throws if another one was told that nothing was sent: right before the write. */
  readonly admit: <T>(work: (check: () => void) => Promise<T>) => Promise<T>;
  /** Says who asks: what somebody else is told is not about this request. */
  readonly by: (who: string) => void;
  /**
   * Runs `work` for the first of them of one person, and for nobody else who comes while any of them is there. What has
   * failed is done again for whoever comes next.
   */
  readonly once: (work: () => Promise<void>) => Promise<void>;
}

/** The person of a request that was refused for what it says or brings, before anybody knew who has sent it. */
export const NOBODY = '';

/** The name of an approval of one request. */
export function approvalOf(intentId: string): string {
  return `approve ${intentId}`;
}

/**
 * The requests with one name that this process works on: the key of a refund, or a decision. A client that has given up
 * sends the same request again, and the first one may still wait for its body or for the merchant's order. None waits for
 * another; but when one of them is told that nothing was sent, that stays true: no other goes out afterwards.
 */
export class Copies {
  readonly #names = new Map<string, Name>();

  /** Runs `work`. `tell`: the answer to an error of it. */
  run<T>(name: string, work: (among: Among) => Promise<T>, tell: (error: unknown) => Promise<unknown>): Promise<T> {
    return this.#with(name, async (named) => {
      const copy: Copy = { refusals: [] };
      named.copies.add(copy);
      try {
        return await work({
          admit: async (admit) => {
            check(copy);
            return admitted(named, () => admit(() => check(copy)));
          },
          by: (who) => void (copy.who = personOf(who)),
          once: (work) => once(named, copy.who, work),
        });
      } catch (error) {
        throw await this.refuse(name, () => tell(error), copy.who, refusalOf(copy) === error);
      } finally {
        named.copies.delete(copy);
      }
    });
  }

  /**
   * Finds what to tell about a request with this name that was not admitted now, and keeps that true. `isRepeated`: another
   * one was told it before. What has come since goes on, and this one does not say otherwise.
   */
  refuse(name: string, find: () => Promise<unknown>, who?: string, isRepeated = false): Promise<unknown> {
    return this.#with(name, async (named) => {
      for (;;) {
        const before = named.admitted;
        await Promise.allSettled(named.admitting);
        const told = await find();
        if (!saysNothing(told)) return told;
        // The ledger may not have had yet what was being taken in meanwhile.
        if (named.admitted !== before || named.admitting.size > 0) continue;
        if (!isRepeated) this.tell(name, told, who);
        else if ([...named.copies].some((other) => goesOn(other, who && personOf(who)))) return onItsWay();
        return told;
      }
    });
  }

  /** A request with this name was told that nothing was sent: the others are told the same. */
  tell(name: string, told: unknown, who?: string): void {
    for (const { refusals } of this.#names.get(name)?.copies ?? []) refusals.push({ told, who: who && personOf(who) });
  }

  async #with<T>(name: string, use: (named: Name) => Promise<T>): Promise<T> {
    const named = this.#names.get(name) ?? {
      users: 0,
      copies: new Set<Copy>(),
      admitting: new Set<Promise<unknown>>(),
      admitted: 0,
      once: new Map<string | undefined, Promise<void>>(),
    };
    this.#names.set(name, named);
    named.users += 1;
    try {
      return await use(named);
    } finally {
      named.users -= 1;
      if (named.users === 0) this.#names.delete(name);
    }
  }
}

async function admitted<T>(named: Name, work: () => Promise<T>): Promise<T> {
  named.admitted += 1;
  const admitting = work();
  named.admitting.add(admitting);
  try {
    return await admitting;
  } finally {
    named.admitting.delete(admitting);
  }
}

function once({ once: done }: Name, who: string | undefined, work: () => Promise<void>): Promise<void> {
  const before = done.get(who);
  if (before) return before;
  const doing = work();
  done.set(who, doing);
  void doing.catch(() => done.delete(who));
  return doing;
}

function check(copy: Copy): void {
  const told = refusalOf(copy);
  if (told !== undefined) throw told;
}

/** What others of its name were told, and holds for this one. */
function refusalOf({ who, refusals }: Copy): unknown {
  return refusals.find((each) => each.who === undefined || each.who === who)?.told;
}

/** Whether this may be a request of the same person that nobody was told of. */
function goesOn(copy: Copy, who: string | undefined): boolean {
  return (copy.who === who || copy.who === undefined) && refusalOf(copy) === undefined;
}

function onItsWay(): ProblemError {
  return new ProblemError('idempotency_key_running', {
    detail: 'The same request has come again since: wait, then check its status',
  });
}

/** What the ledger knows about a key: it says the same of each copy by itself. */
export const OF_THE_LEDGER: ReadonlySet<ProblemCode> = new Set(['idempotency_key_reused', 'settled_nothing']);

function saysNothing(told: unknown): boolean {
  if (!(told instanceof ProblemError) || OF_THE_LEDGER.has(told.code)) return false;
  return effectOf(told) === 'nothing';
}
