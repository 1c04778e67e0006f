export interface Clock {
  /** Monotonic time in milliseconds. */
  readonly now: () => number;
  /** Milliseconds since 1970, for timestamps: a receiver of webhooks compares them with its own clock. */
  readonly wall: () => number;
  readonly pause: (ms: number) => Promise<void>;
}
