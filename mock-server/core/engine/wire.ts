/** Why the body never became text; only a binding can tell. */
export type BodyFault = 'too_large' | 'not_utf8' | 'not_yaml';

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
  /** What more is known of it: where, and what was expected. */
  readonly bodyFaultDetail?: string | undefined;
  /** Scheme and authority that the client reached us at, without a trailing slash: for absolute URLs in answers. */
  readonly origin: string;
}

/** What only a binding can do to an answer on its way out. The state has already changed, or not, when it gets it. */
export type WireFault =
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
  /** Given when the answer is held back: call it once the answer has left, so that its idempotency key stops running. */
  readonly finish?: (() => void) | undefined;
  /** Given when the webhooks that are due have to be sent before the answer: send them, then call it for the answer. */
  readonly afterWebhooks?: (() => Answer) | undefined;
}

/** What a handler says; turned into an `Answer` in one place. */
export interface Reply {
  readonly status: number;
  /** Written with `JSON.stringify`, unless it is `written` already. */
  readonly body: unknown;
  /** The body is the text that was once sent: a replay has to be the same bytes. */
  readonly written?: boolean | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Given when the reply can only be known once the webhooks that are due were sent; it takes this one's place. */
  readonly afterWebhooks?: (() => Reply) | undefined;
}

export const JSON_TYPE = 'application/json; charset=utf-8';

export const ok = (body: unknown): Reply => ({ status: 200, body });
