/** An HTTP answer, with its body parsed if it is JSON. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

export interface Write {
  readonly body: unknown;
  /** The idempotency key. Without it each call gets a new one. */
  readonly key?: string;
}

/**
 * One implementation of a provider's API, started anew for each case. `read` and `write` add what this implementation
 * needs from a signed-in caller: the provider's credentials, or the proxy's own headers.
 */
export interface World {
  read(provider: Provider, path: string): Promise<Answer>;
  write(provider: Provider, path: string, write: Write): Promise<Answer>;
  /** Sends exactly this request, without credentials. The body is text. */
  raw(
    provider: Provider,
    method: string,
    path: string,
    init?: { headers?: Record<string, string>; body?: string },
  ): Promise<Answer>;
  /** Moves the provider's clock by an ISO 8601 duration. */
  advance(duration: string): Promise<void>;
  close(): Promise<void>;
}

export type Provider = 'uqpay' | 'upayments';

export interface Case {
  readonly name: string;
  readonly run: (world: World) => Promise<void>;
}

/** Sends a request and reads the whole answer. */
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

/** Fails with both values in the message. Runs in Node and in a browser. */
export function same(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(sortMembers(actual)), JSON.stringify(sortMembers(expected))];
  if (a !== b) throw new Error(`${what}: expected ${b}, got ${a}`);
}

export function holds(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

function sortMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortMembers);
  if (typeof value !== 'object' || value === null) return value ?? null;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sortMembers(inner)]),
  );
}

/** Makes keys from a counter, not from random values, so that a case sends the same bytes in every run. */
export function keySource(): () => string {
  let n = 0;
  return () => {
    n += 1;
    return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  };
}
