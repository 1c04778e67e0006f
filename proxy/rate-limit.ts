import type { RateLimit } from './options.ts';
import { ProblemError } from './problem.ts';

/** How many users are remembered at once: far more than a merchant has admins. */
const MOST_USERS = 10_000;

/**
 * Writes a user within a fixed window; kept in memory, each instance counts for itself. Ours, because the libraries for
 * it count by the system's clock and by timers, and this one has to go by the clock it is given.
 */
export class RateLimiter {
  readonly #limit: RateLimit | undefined;
  readonly #windows = new Map<string, { start: number; count: number }>();

  constructor(limit: RateLimit | undefined) {
    this.#limit = limit;
  }

  get isOn(): boolean {
    return this.#limit !== undefined;
  }

  /** @throws ProblemError `rate_limited` when the user has used up the window. */
  count(user: string, now: number): void {
    if (!this.#limit) return;
    const { writes, perMs } = this.#limit;
    const window = this.#windows.get(user);
    if (!window || now - window.start >= perMs) {
      this.#windows.delete(user);
      // The one whose window began first: nobody makes everybody's start anew.
      if (this.#windows.size >= MOST_USERS) this.#windows.delete(this.#windows.keys().next().value!);
      this.#windows.set(user, { start: now, count: 1 });
      return;
    }
    if (window.count >= writes) {
      const seconds = Math.max(1, Math.ceil((window.start + perMs - now) / 1000));
      throw new ProblemError('rate_limited', {
        detail: `At most ${writes} requests in ${perMs / 1000} seconds: wait ${seconds} seconds`,
        retryAfter: String(seconds),
      });
    }
    window.count += 1;
  }
}
