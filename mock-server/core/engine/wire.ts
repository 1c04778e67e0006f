import { describe } from './validation.ts';

/** Why a binding could not read the body as text. */
export type BodyFault = 'too_large' | 'not_utf8' | 'not_yaml';

/** Behind the sentence on a body that is no UTF-8: a compressed one is never read. */
export function encodingHint({ bodyFault, headers }: Call): string {
  const encoding = headers['content-encoding'];
  if (bodyFault !== 'not_utf8' || encoding === undefined) return '';
  return `: expected it without content-encoding, received ${describe(encoding)}`;
}

/** One request, in plain data, so that every binding can make it and none needs `Request` or `IncomingMessage`. */
export interface Call {
  readonly method: string;
  /** Pathname below the server root, still percent-encoded. */
  readonly path: string;
  /** Without the leading `?`. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  readonly bodyFault?: BodyFault | undefined;
  /** The place of the fault, and what was expected there. */
  readonly bodyFaultDetail?: string | undefined;
  /** Scheme and authority that the client reached us at, without a trailing slash: for absolute URLs in answers. */
  readonly origin: string;
}

/** Faults that a binding carries out on the connection. They do not change the state any more. */
type WireFault =
  | { readonly kind: 'drop' }
  /** Destroys the connection after this many bytes of the body. */
  | { readonly kind: 'drop_at_byte'; readonly byte: number }
  /** Sends the body in eight pieces, this many milliseconds apart. */
  | { readonly kind: 'slow_body'; readonly ms: number };

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Milliseconds of real time to hold the answer back. */
  readonly delay?: number | undefined;
  readonly fault?: WireFault | undefined;
  /** Set when the answer is held back. Call it once the answer has left, so that its idempotency key stops running. */
  readonly finish?: (() => void) | undefined;
  /** Set when the webhooks that are due have to be sent before the answer. Send them, then call it for the answer. */
  readonly afterWebhooks?: (() => Answer) | undefined;
}

/** What a handler returns. The engine turns it into an `Answer`. */
export interface Reply {
  readonly status: number;
  /** Written with `JSON.stringify`, unless it is `serialized` already. */
  readonly body: unknown;
  /** The body is already text: a replay has to be the same bytes. */
  readonly serialized?: boolean | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Set when the webhooks that are due have to be sent first. Its result replaces this reply. */
  readonly afterWebhooks?: (() => Reply) | undefined;
}

export const JSON_TYPE = 'application/json; charset=utf-8';

export const ok = (body: unknown): Reply => ({ status: 200, body });
