import autocannon from 'autocannon';

export interface Load {
  readonly origin: string;
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** Of the n-th request. */
  readonly headers: (n: number) => Record<string, string>;
  readonly body?: string;
  readonly seconds: number;
}

/** Requests a second over ten kept-open connections. @throws Error when an answer is not a 2xx: a fast refusal is no speed. */
export async function requestsPerSecond({ origin, path, method, headers, body, seconds }: Load): Promise<number> {
  let n = 0;
  const result = await autocannon({
    url: origin,
    connections: 10,
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
  return result.requests.total / result.duration;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
