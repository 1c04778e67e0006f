export interface Clock {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  /** Milliseconds since 1970, for what carries a date: receivers of webhooks compare it with their own clock. */
  readonly wall: () => number;
  readonly pause: (ms: number) => Promise<void>;
}
