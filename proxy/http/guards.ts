import {
  EXPECTED_REFUNDABLE,
  EXPECTED_USER,
  IDEMPOTENCY_KEY,
  IDEMPOTENT_REPLAYED,
  isUuid,
  parseDecimal,
  REFUND_FORM,
} from '../../contract/index.ts';
import { readLimited } from '../providers/exchange.ts';
import { parseJson } from './json.ts';
import { ProblemError } from './problem.ts';
import { REQUEST_ID, TRACEPARENT } from '../telemetry/ids.ts';

/**
 * The origin for the CORS headers, when the page is on another site and may use the proxy. The proxy's own origin comes
 * from configuration: a forwarded header says whatever its sender likes.
 */
export function checkOrigin(request: Request, allowed: ReadonlySet<string>, publicOrigin?: string): string | undefined {
  const origin = request.headers.get('origin');
  if (origin !== null && allowed.has(origin)) return origin;
  const site = request.headers.get('sec-fetch-site');
  if (isOwnPage(origin, site, publicOrigin)) return undefined;
  throw new ProblemError('origin_not_allowed', { detail: site === null ? UNTOLD : OTHER });
}

function isOwnPage(origin: string | null, site: string | null, publicOrigin: string | undefined): boolean {
  // Browsers send `none` for a typed address; a server-side caller sends neither header.
  if (origin === null) return site === null || site === 'same-origin' || site === 'none';
  return site === 'same-origin' || (site === null && origin === publicOrigin);
}

const OTHER = 'The page is of another origin, and that origin is not among the allowed ones';
/** Older browsers send no Sec-Fetch-Site, and no browser sends it to a plain http:// address. */
const UNTOLD = `${OTHER}. Where the proxy is served at that origin, name it as publicOrigin (REFUND_PUBLIC_ORIGIN)`;

/**
 * Answers the CORS preflight of an allowed origin. Other origins get no answer, so the browser does not send the
 * request.
 */
export function preflight(origin: string): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...corsHeaders(origin),
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': [
        'content-type',
        IDEMPOTENCY_KEY,
        REFUND_FORM,
        EXPECTED_REFUNDABLE,
        EXPECTED_USER,
        REQUEST_ID,
        TRACEPARENT,
      ].join(', '),
      'access-control-max-age': '600',
    },
  });
}

export function corsHeaders(origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': `${IDEMPOTENT_REPLAYED}, Retry-After, ${REQUEST_ID}, Date`,
  };
}

/** What every write must carry, so that no foreign page can cause it. */
export function checkWriteHeaders(request: Request): void {
  if (request.headers.get(REFUND_FORM) !== '1') {
    throw new ProblemError('refund_form_header_required', { detail: `Send the header ${REFUND_FORM}: 1` });
  }
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/json\s*(?:;|$)/i.test(type)) {
    throw new ProblemError('unsupported_media_type', { detail: 'Send the body as application/json' });
  }
}

/** Whoever has signed in since the page was read has reviewed nothing, and must not act by what another one has reviewed. */
export function checkUser(request: Request, user: string): void {
  const expected = request.headers.get(EXPECTED_USER);
  // Half a character has no encoding, and the form leaves it out.
  if (expected === null || expected === encodeURIComponent(user.replaceAll(/\p{Cs}/gu, ''))) return;
  throw new ProblemError('user_changed', { detail: 'Read the payment again' });
}

export function readIdempotencyKey(request: Request): string {
  const key = request.headers.get(IDEMPOTENCY_KEY);
  if (key === null) {
    throw new ProblemError('idempotency_key_required', {
      detail: `Send ${IDEMPOTENCY_KEY}: a UUID, one for each intent`,
    });
  }
  if (!isUuid(key)) {
    throw new ProblemError('idempotency_key_invalid', { detail: 'Expected a UUID of 36 characters' });
  }
  return key.toLowerCase();
}

/** Minor units, `undefined` when the header is not sent. */
export function readExpectedRefundable(request: Request, currency: string): bigint | undefined {
  const text = request.headers.get(EXPECTED_REFUNDABLE);
  if (text === null) return undefined;
  const parsed = parseDecimal(text, currency);
  if (!parsed.ok) {
    throw new ProblemError('invalid_request', {
      detail: `${EXPECTED_REFUNDABLE}: expected a decimal string of ${currency}, such as 12.500`,
    });
  }
  return parsed.minor;
}

/** How a body is read. */
export interface Reading {
  readonly maxBodyBytes: number;
  /** Aborted when the proxy stops. A request that is still being read then has sent nothing. */
  readonly cut: AbortSignal;
}

export async function readJsonBody(request: Request, reading: Reading): Promise<unknown> {
  const parsed = parseJson(decodeUtf8(await readBody(request, reading)));
  if (!parsed.ok) throw new ProblemError('malformed_json', { detail: parsed.why });
  return parsed.value;
}

/**
 * @throws ProblemError `body_too_large`, as soon as that is known; `body_already_read` when something else read the
 * body; `malformed_json` when it broke off; `stopping` when it is cut. Nothing was sent then: the body is read before
 * anything else happens.
 */
export async function readBody(request: Request, { maxBodyBytes: maxBytes, cut }: Reading): Promise<Uint8Array> {
  const declared = Number(request.headers.get('content-length') ?? Number.NaN);
  if (request.bodyUsed) throw alreadyRead();
  // HTTP delivers no more than the declared length, so the body need not be a stream. A stream would double the cost of
  // reading it.
  const read = Number.isNaN(declared)
    ? () => readLimited(request.body, maxBytes)
    : async () => new Uint8Array(await request.arrayBuffer());
  const bytes = declared > maxBytes ? undefined : await unlessCut(read().catch(unreadable), cut);
  if (!bytes || bytes.byteLength > maxBytes) {
    throw new ProblemError('body_too_large', { detail: `At most ${maxBytes} bytes are taken` });
  }
  // This request was built from one whose body had been read: a client cannot declare a body and send none.
  if (bytes.byteLength === 0 && declared > 0) throw alreadyRead();
  return bytes;
}

/** @throws ProblemError `stopping` as soon as the signal is aborted. */
async function unlessCut<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  let cut = () => {};
  const ended = new Promise<never>((_resolve, reject) => {
    cut = () => reject(new ProblemError('stopping', STOPPING));
    signal.addEventListener('abort', cut);
    if (signal.aborted) cut();
  });
  try {
    return await Promise.race([work, ended]);
  } finally {
    signal.removeEventListener('abort', cut);
  }
}

export const STOPPING = { detail: 'Try again with the same key', retryAfter: '1' };

/** Whether the body is known to have been read before. */
export class BodyGoneError extends Error {
  override name = 'BodyGoneError' as const;
}

/** How runtimes report a body that something else has read or is reading. */
const GONE = /unusable|disturbed|locked|already (?:been )?(?:read|used|consumed)/i;

function unreadable(error: unknown): never {
  const isGone = error instanceof BodyGoneError || (error instanceof TypeError && GONE.test(error.message));
  throw isGone ? alreadyRead() : new ProblemError('malformed_json', { detail: 'The body broke off before its end' });
}

function alreadyRead(): ProblemError {
  return new ProblemError('body_already_read', {
    detail: 'Mount the proxy before express.json() and any other body parser. Nothing was sent',
  });
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw error instanceof TypeError ? new ProblemError('malformed_json', { detail: 'not UTF-8' }) : error;
  }
}
