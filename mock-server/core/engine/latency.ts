export interface Latency {
  /** Milliseconds of real time. */
  readonly ms: number;
  /** Above `ms`: the time lies between both and is drawn from the seed. */
  readonly max?: number;
}
