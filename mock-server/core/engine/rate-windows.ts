import { SECOND, type Millis } from './time.ts';

/** So many calls within any span of this length, by the virtual clock. */
export interface RateLimit {
  /** Policy that the refusal rests on. */
  readonly policy: string;
  /** Routes with one name share their calls. */
  readonly window: string;
  readonly calls: number;
  readonly per: Millis;
}

/** Sliding windows by name. A window remembers no more times than its limit allows calls. */
export class RateWindows {
  readonly #windows = new Map<string, Millis[]>();

  /**
   * Counts a call if the limit has room for it.
   * @returns `undefined`, or the seconds until there is room
   */
  take({ window: name, calls, per }: RateLimit, now: Millis): number | undefined {
    // After the clock was set back, some times lie in the future.
    const within = (this.#windows.get(name) ?? []).filter((at) => at <= now && now - at < per);
    this.#windows.set(name, within);
    if (within.length >= calls) return Math.max(1, Math.ceil((within[0]! + per - now) / SECOND));
    within.push(now);
    return undefined;
  }

  snapshot(): Record<string, Millis[]> {
    return Object.fromEntries([...this.#windows].map(([name, times]) => [name, [...times]]));
  }

  restore(data: Readonly<Record<string, readonly Millis[]>>): void {
    this.#windows.clear();
    for (const [name, times] of Object.entries(data)) this.#windows.set(name, [...times]);
  }
}
