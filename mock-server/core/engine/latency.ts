import type { Random } from './random.ts';

export interface Latency {
  /** Milliseconds of real time. */
  readonly ms: number;
  /** Above `ms`: a time between both, drawn from the seed. */
  readonly max?: number;
}

export function drawLatency({ ms, max = ms }: Latency, random: Random): number {
  return max > ms ? ms + random.below(max - ms + 1) : ms;
}
