import type { Ledger } from '../ledger/ledger.ts';
import type { RateLimit } from '../options.ts';
import { ProblemError } from './problem.ts';

/** How many users are remembered at once: far more than a merchant has admins. */
const MAX_USERS = 10_000;
/** The number of rows that users are spread over, so that two of them rarely wait for each other. */
const SHARDS = 16;

/** The start of a window in epoch milliseconds, and how many requests it has seen. */
type Window = readonly [start: number, count: number];

interface Shared {
  readonly ledger: Pick<Ledger, 'isShared' | 'updateShared'>;
  /** Separates this limit from all others in the same ledger. */
  readonly name: string;
  /** For the log and the numbers. */
  readonly limit?: string;
}

/**
 * Limits the writes of one user within a fixed window. Instances that share a ledger count there, so that one limit
 * holds for all of them; otherwise the count is in memory. This is our own code, because the libraries for it use the
 * system's clock, keep a table of their own over a connection of their own, and support neither `node:sqlite` nor a
 * Durable Object.
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

/** The window after this request. A request beyond the limit is not counted. */
function countIn(windows: Map<string, Window>, user: string, now: number, { writes, perMs }: RateLimit): Window {
  const known = windows.get(user);
  if (known && isOpen(known, now, perMs)) {
    const next: Window = [known[0], known[1] + 1];
    if (next[1] <= writes) windows.set(user, next);
    return next;
  }
  windows.delete(user);
  // Forget the user with the oldest window: nobody can restart everybody's window.
  if (windows.size >= MAX_USERS) windows.delete(windows.keys().next().value!);
  windows.set(user, [now, 1]);
  return [now, 1];
}

/** Clocks of two instances differ a little: a window that starts a moment from now is open. */
function isOpen([start]: Window, now: number, perMs: number): boolean {
  return Math.abs(now - start) < perMs;
}

async function countShared({ ledger, name }: Shared, user: string, now: number, limit: RateLimit): Promise<Window> {
  return ledger.updateShared(`${name} ${shardOf(user)}`, (current) => {
    const entries = current === undefined ? [] : (JSON.parse(current) as [string, Window][]);
    const windows = new Map(entries.filter(([, window]) => isOpen(window, now, limit.perMs)));
    const result = countIn(windows, user, now, limit);
    return { next: JSON.stringify([...windows]), result };
  });
}

function shardOf(user: string): number {
  let sum = 0;
  for (let at = 0; at < user.length; at += 1) sum = (sum * 31 + user.charCodeAt(at)) % 65_521;
  return sum % SHARDS;
}
