export interface Latency {
  /** Milliseconds of real time. */
  readonly ms: number;
  /** Greater than `ms`: the time is between both, at random from the seed. */
  readonly max?: number;
}
