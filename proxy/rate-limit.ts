import type { Ledger } from './ledger/ledger.ts';
import type { RateLimit } from './options.ts';
import { ProblemError } from './problem.ts';

/** How many users are remembered at once: far more than a merchant has admins. */
const MOST_USERS = 10_000;
/** Rows that users are spread over, so that two of them seldom wait for each other. */
const SHARDS = 16;

/** When a window began, in epoch milliseconds, and how many have come in it. */
type Window = readonly [start: number, count: number];

interface Shared {
  readonly ledger: Pick<Ledger, 'isShared' | 'updateShared'>;
  /** Apart from every other limit in the same ledger. */
  readonly name: string;
  /** For the log and the numbers. */
  readonly limit?: string;
}

/**
 * Writes a user within a fixed window. Where instances share a ledger they count there, so that the limit is one for all
 * of them; elsewhere in memory. Ours, because the libraries for it count by the system's clock, keep a table of their own
 * over a connection of their own, and know neither `node:sqlite` nor a Durable Object.
 */
export class RateLimiter {
  readonly #limit: RateLimit | undefined;
  readonly #shared: Shared | undefined;
  readonly #name: string;
  readonly #windows = new Map<string, Window>();

  constructor(limit: RateLimit | undefined, shared?: Shared) {
    this.#limit = limit;
    this.#name = shared?.limit ?? 'writes';
    this.#shared = shared?.ledger.isShared ? shared : undefined;
  }

  get isOn(): boolean {
    return this.#limit !== undefined;
  }

  /** @throws ProblemError `rate_limited` when the user has used up the window. */
  async count(user: string, now: number): Promise<void> {
    if (!this.#limit) return;
    const { writes, perMs } = this.#limit;
    const [start, count] = this.#shared
      ? await countShared(this.#shared, user, now, this.#limit)
      : countIn(this.#windows, user, now, this.#limit);
    if (count <= writes) return;
    const seconds = Math.max(1, Math.ceil((start + perMs - now) / 1000));
    throw new ProblemError('rate_limited', {
      detail: `At most ${writes} requests in ${perMs / 1000} seconds: wait ${seconds} seconds`,
      retryAfter: String(seconds),
      limit: this.#name,
    });
  }
}

/** The window with this one in it. What comes beyond the limit is not counted. */
function countIn(windows: Map<string, Window>, user: string, now: number, { writes, perMs }: RateLimit): Window {
  const known = windows.get(user);
  if (known && isOpen(known, now, perMs)) {
    const next: Window = [known[0], known[1] + 1];
    if (next[1] <= writes) windows.set(user, next);
    return next;
  }
  windows.delete(user);
  // The one whose window began first: nobody makes everybody's start anew.
  if (windows.size >= MOST_USERS) windows.delete(windows.keys().next().value!);
  windows.set(user, [now, 1]);
  return [now, 1];
}

/** Clocks of two instances differ a little: a window that begins a moment from now is open. */
function isOpen([start]: Window, now: number, perMs: number): boolean {
  return Math.abs(now - start) < perMs;
}

async function countShared({ ledger, name }: Shared, user: string, now: number, limit: RateLimit): Promise<Window> {
  return ledger.updateShared(`${name} ${shardOf(user)}`, (current) => {
    const kept = current === undefined ? [] : (JSON.parse(current) as [string, Window][]);
    const windows = new Map(kept.filter(([, window]) => isOpen(window, now, limit.perMs)));
    const result = countIn(windows, user, now, limit);
    return { next: JSON.stringify([...windows]), result };
  });
}

function shardOf(user: string): number {
  let sum = 0;
  for (let at = 0; at < user.length; at += 1) sum = (sum * 31 + user.charCodeAt(at)) % 65_521;
  return sum % SHARDS;
}
