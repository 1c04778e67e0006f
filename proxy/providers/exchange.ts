/** A complete answer of the provider. `json` is `undefined` when the body is not JSON. */
export interface ProviderAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly json: unknown;
}

/** The result of one call. Everything else counts as `lost`: the provider may have acted on it. */
export type Exchange =
  | { readonly kind: 'answer'; readonly answer: ProviderAnswer }
  /** No byte of the request reached the provider. */
  | { readonly kind: 'not_sent'; readonly why: string }
  /** The provider refused our credentials, so it did nothing. */
  | { readonly kind: 'credentials_refused'; readonly why: string }
  | { readonly kind: 'lost'; readonly why: string };

export interface ProviderIo {
  readonly fetch: typeof fetch;
  readonly now: () => number;
  /** How long one call may take, from the first byte sent to the last byte read. Milliseconds. */
  readonly timeoutMs: number;
  /** Replaces a value that all instances share. One instance at a time does so. See `LedgerStore`. */
  replaceShared(name: string, replace: (current: string | undefined) => Promise<string | undefined>): Promise<void>;
  /** Called for every provider call. */
  readonly watch?: (call: CallMade) => WatchedCall;
  /** Called when a call came to nothing because the provider refused the credentials. */
  readonly refused?: (why: string) => void;
}

export interface CallMade {
  readonly method: string;
  /** The path below the provider's base with names in place of ids, such as `/v2/payment/refunds/:refund`. */
  readonly route: string;
  readonly url: string;
}

export interface WatchedCall {
  /** Headers to add to the call. */
  readonly headers: Readonly<Record<string, string>>;
  ended(result: Exchange): void;
}

/** Tells `io` when the credentials were refused: a read and a write alike, for a wrong key may stop every read first. */
export async function tellRefusal(io: ProviderIo, sending: Promise<Exchange>): Promise<Exchange> {
  const result = await sending;
  if (result.kind === 'credentials_refused') io.refused?.(result.why);
  return result;
}

/** No answer of either provider is nearly as long. A longer one is not read to its end, and counts as lost. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** The headers of a provider that a browser may see. */
const PASSED_HEADERS = ['content-type', 'retry-after'] as const;

interface Outgoing {
  readonly method: string;
  /** As in `CallMade`. */
  readonly route: string;
  readonly headers: Record<string, string>;
  readonly body?: string | undefined;
  /** As in `ProviderCall`. */
  readonly notAfter?: number | undefined;
  readonly notBefore?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One HTTP call. Never throws: the result is a value. Redirects are not followed, because they would take the
 * credentials along.
 */
export async function exchange(io: ProviderIo, url: string, outgoing: Outgoing): Promise<Exchange> {
  const { method, route } = outgoing;
  const watched = io.watch?.({ method, route, url });
  const result = await carryOut(io, url, { ...outgoing, headers: { ...outgoing.headers, ...watched?.headers } });
  watched?.ended(result);
  return result;
}

async function carryOut(
  io: ProviderIo,
  url: string,
  { method, headers, body, notAfter, notBefore, signal }: Outgoing,
): Promise<Exchange> {
  // A process that slept past its lease sends nothing: others count this send as lost by now, and may have sent it again.
  if (notAfter !== undefined && io.now() >= notAfter) return { kind: 'not_sent', why: 'lease ended' };
  // By a clock that was set back the lease never ends, although others may count this send as lost.
  if (notBefore !== undefined && io.now() < notBefore) return { kind: 'not_sent', why: 'the clock was set back' };
  // As a token with a line end in it. `fetch` would say no more of it than of a connection that broke.
  if (!areSendable(headers)) return { kind: 'not_sent', why: 'a credential holds characters that no header can' };
  try {
    const timeout = AbortSignal.timeout(io.timeoutMs);
    const payload = body === undefined ? undefined : new TextEncoder().encode(body);
    const response = await io.fetch(url, {
      method,
      headers: payload ? { ...headers, 'content-length': String(payload.byteLength) } : headers,
      redirect: 'manual',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      ...(payload && readOnce(payload)),
    });
    const bytes = await readLimited(response.body, MAX_ANSWER_BYTES);
    if (!bytes) return { kind: 'lost', why: 'answer too long' };
    const passedHeaders = PASSED_HEADERS.flatMap((name) => {
      const value = response.headers.get(name);
      return value === null ? [] : [[name, value] as const];
    });
    const answer = {
      status: response.status,
      headers: Object.fromEntries(passedHeaders),
      body: bytes,
      json: toJson(bytes),
    };
    return { kind: 'answer', answer };
  } catch (error) {
    return { kind: neverConnected(error) ? 'not_sent' : 'lost', why: reason(error) };
  }
}

/** Whether HTTP can carry these headers. */
export function areSendable(headers: Readonly<Record<string, string>>): boolean {
  try {
    return Boolean(new Headers(headers));
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

/**
 * A body that can be read once, so that no runtime sends it a second time by itself. Deno's `fetch` resends any other
 * body when a kept-open connection ends without an answer (denoland/deno#32566), Bun's did until oven-sh/bun#28708, and
 * Node's does after a 421.
 */
function readOnce(payload: Uint8Array): RequestInit & { readonly duplex: 'half' } {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(payload);
      controller.close();
    },
  });
  return { body, duplex: 'half' };
}

/** Reads the whole stream. Returns `undefined` when it is longer than `limit` bytes. */
export async function readLimited(
  stream: ReadableStream<Uint8Array> | null,
  limit: number,
): Promise<Uint8Array | undefined> {
  if (!stream) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

export function toJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    // Broken UTF-8 (TypeError) and broken JSON (SyntaxError) mean the same to the caller: no JSON.
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/**
 * True only when the error proves that no connection was made. Node's `fetch` says so in the cause; an error of another
 * runtime counts as lost.
 */
function neverConnected(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return false;
  if (cause instanceof AggregateError) return cause.errors.length > 0 && cause.errors.every(failedToConnect);
  return failedToConnect(cause);
}

function failedToConnect(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : undefined;
  const call = 'syscall' in error ? error.syscall : undefined;
  const isUntrusted = typeof code === 'string' && UNTRUSTED.test(code);
  return code === 'UND_ERR_CONNECT_TIMEOUT' || call === 'connect' || call === 'getaddrinfo' || isUntrusted;
}

/** The certificate is refused before anything is sent. Node's documentation of `tls`: "X509 certificate error codes". */
const UNTRUSTED =
  /^(?:CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED_CERT$|ERROR_IN_CERT_|INVALID_CA$|INVALID_PURPOSE$|PATH_LENGTH_|HOSTNAME_MISMATCH$|ERR_TLS_CERT_ALTNAME_)/;

function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  if (error.name === 'TimeoutError') return 'timeout';
  const cause = error.cause instanceof Error ? error.cause : error;
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name;
}
