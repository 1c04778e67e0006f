import autocannon from 'autocannon';

import { progress } from './claims.ts';

/** `BENCH_ROUNDS` and `BENCH_SECONDS` set the length of every measurement. */
export const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 7);
export const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 2);
export const CONNECTIONS = 10;

export interface Load {
  readonly origin: string;
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** Headers of the n-th request. */
  readonly headers: (n: number) => Record<string, string>;
  readonly body?: string;
}

export interface Measurement {
  readonly perSecond: number;
  /** In milliseconds. */
  readonly medianLatency: number;
}

/** Sends requests over keep-alive connections. @throws Error when an answer is not a 2xx: fast refusals must not count */
export async function measure(load: Load, seconds = SECONDS, connections = CONNECTIONS): Promise<Measurement> {
  const { origin, path, method, headers, body } = load;
  let n = 0;
  const result = await autocannon({
    url: origin,
    connections,
    duration: seconds,
    requests: [
      {
        method,
        path,
        ...(body !== undefined && { body }),
        setupRequest: (request) => ({ ...request, headers: { ...request.headers, ...headers(n++) } }),
      },
    ],
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${method} ${origin}${path}: ${result.non2xx} answers were not 2xx, ${result.errors} failed`);
  }
  return { perSecond: result.requests.total / result.duration, medianLatency: result.latency.p50 };
}

/** The median ratio of all rounds. Each round measures both loads one after the other, under the same machine load. */
export async function ratioOf(name: string, ours: Load, theirs: Load, rounds = ROUNDS): Promise<number> {
  const ratios: number[] = [];
  await measure(ours, 1);
  await measure(theirs, 1);
  for (let round = 1; round <= rounds; round += 1) {
    // The order alternates, so that not always the same one runs after the other's garbage.
    const pair = round % 2 === 0 ? [theirs, ours] : [ours, theirs];
    const [first, second] = [(await measure(pair[0]!)).perSecond, (await measure(pair[1]!)).perSecond];
    const [a, b] = round % 2 === 0 ? [second, first] : [first, second];
    ratios.push(a / b);
    progress(
      `${name}, round ${round} of ${rounds}: ${a.toFixed(0)} against ${b.toFixed(0)} a second, ${(a / b).toFixed(2)}`,
    );
  }
  progress(
    `${name}: ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)} over ${rounds} rounds, each a pair`,
  );
  return median(ratios);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
