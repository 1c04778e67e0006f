/** What came back, with the body parsed where it is JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

export interface Write {
  readonly body: unknown;
  /** Idempotency key; a new one for each call when absent. */
  readonly key?: string;
}

/**
 * One implementation of a provider's API, fresh for each case. `read` and `write` add whatever this implementation wants
 * of a caller that is signed in: the provider's credentials, or the proxy's own headers.
 */
export interface World {
  read(provider: Provider, path: string): Promise<Answer>;
  write(provider: Provider, path: string, write: Write): Promise<Answer>;
  /** A call exactly as given, without credentials, and text as body. */
  raw(
    provider: Provider,
    method: string,
    path: string,
    init?: { headers?: Record<string, string>; body?: string },
  ): Promise<Answer>;
  /** Moves the provider's clock. ISO 8601 duration. */
  advance(duration: string): Promise<void>;
  close(): Promise<void>;
}

export type Provider = 'uqpay' | 'upayments';

export interface Case {
  readonly name: string;
  readonly run: (world: World) => Promise<void>;
}

/** Sends a request and reads the answer whole. */
export async function send(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, text, json };
}

/** Fails with both values in the message. Runs in Node and in a browser alike. */
export function same(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(sorted(actual)), JSON.stringify(sorted(expected))];
  if (a !== b) throw new Error(`${what}: expected ${b}, got ${a}`);
}

export function holds(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value ?? null;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** Keys are counted, not drawn: a case sends the same bytes in every run. */
export function keySource(): () => string {
  let n = 0;
  return () => {
    n += 1;
    return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  };
}
