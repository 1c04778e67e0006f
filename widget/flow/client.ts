import ky, { type KyInstance, type Options } from 'ky';

import {
  EXPECTED_REFUNDABLE,
  EXPECTED_USER,
  IDEMPOTENCY_KEY,
  IDEMPOTENT_REPLAYED,
  REFUND_FORM,
} from '../../contract/headers.ts';
import { judgeAnswer, type Sent } from '../../contract/judge.ts';
import type { Problem } from '../../contract/problem.ts';
import type { Adapter } from '../adapters/adapter.ts';
import type { Environment, Transport } from '../browser/environment.ts';
import { ours, type Call, type Refusal } from '../model.ts';

/** The result of a request, always a value: nothing here throws. `refusal` is the message, if it can be read. */
export type Answer<Value> =
  | { readonly kind: 'answered'; readonly value: Value; readonly refusal?: undefined }
  /** Nothing was carried out under this key, by this request or an earlier one. */
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /**
   * `running`: the first request with this key is in progress. `approval`: nothing was sent yet, and the same key is
   * sent when a second person approves.
   */
  | { readonly kind: 'running' | 'approval'; readonly refusal?: Refusal | undefined }
  /** The user is signed out. `settled`: nothing was carried out under this key, by this request or an earlier one. */
  | { readonly kind: 'signed_out'; readonly refusal?: Refusal | undefined; readonly settled: boolean }
  /**
   * Lost, late, broken or unreadable, or a refusal that says nothing about an earlier send: money may have moved.
   * Without a status there was no answer at all, and with a refusal nothing was even asked now.
   */
  | { readonly kind: 'unknown'; readonly refusal?: Refusal | undefined; readonly status?: number };

/** Whether a read has told who has signed in, as far as the refund service tells it at all. */
export function tellsUser({ kind, refusal }: Answer<unknown>): boolean {
  return kind === 'answered' || refusal?.user !== undefined;
}

/** Whether nothing was carried out under the key, by this request or an earlier one. */
export function isSettled(answer: Answer<unknown>): boolean {
  return answer.kind === 'refused' || (answer.kind === 'signed_out' && answer.settled);
}

export interface WriteOptions extends Sent {
  /** The refundable amount that the admin saw, as a decimal string. */
  readonly expected?: string | undefined;
  /** Who has decided to send it, where another one may have signed in since. */
  readonly user?: string | undefined;
}

type Reader<Value> = (body: unknown) => Value | undefined;

/**
 * Sends every request of the form; only live status has a connection of its own. Never retries by itself: a retry belongs to
 * the intent, with its key.
 */
export class Client {
  readonly #ky: KyInstance;
  readonly #endpoint: string;
  /** From the request to the last byte of its answer. Milliseconds. */
  readonly #timeout: number;
  readonly #adapter: Pick<Adapter, 'judge' | 'readRefusal'>;
  /** The page's, which may change between two requests. */
  readonly #transport: () => Transport;
  /** Who has signed in, as far as it is known. */
  readonly #user: () => string | undefined;
  readonly #clock: Pick<Environment, 'now' | 'elapsed'>;
  /** The server's time when nothing had elapsed, as far as it is known. Unix milliseconds. No clock that is set moves it. */
  #start: number | undefined;
  /** Whether the last answer told the server's time. */
  isTimed = false;

  constructor(
    { fetch, timeout, ...clock }: Pick<Environment, 'fetch' | 'timeout' | 'now' | 'elapsed'>,
    endpoint: string,
    adapter: Pick<Adapter, 'judge' | 'readRefusal'>,
    transport?: () => Transport | undefined,
    user: () => string | undefined = () => undefined,
  ) {
    this.#user = user;
    this.#transport = () => transport?.() ?? {};
    this.#clock = clock;
    this.#endpoint = endpoint;
    this.#adapter = adapter;
    this.#ky = ky.create({
      fetch: (input, init) => (this.#transport().fetch ?? fetch)(input, init),
      // ky's timeout ends with the headers. A body that never ends is a lost answer, too: see `#send`.
      timeout: false,
      retry: 0,
      throwHttpErrors: false,
      cache: 'no-store',
    });
    this.#timeout = timeout;
  }

  /** Unix milliseconds by the server's clock, as far as it is known: a browser's may be wrong by days. */
  now(): number {
    const { now, elapsed } = this.#clock;
    return this.#start === undefined ? now() : this.#start + elapsed();
  }

  url(path: string): string {
    return new URL(this.#endpoint + path).href;
  }

  /**
   * GET `path` below the endpoint. A server redirects to ask for a sign-in, and the sign-in page of another origin
   * cannot be read. So a redirect is not followed, unless `redirect` allows it.
   */
  read<Value>(path: string, reader: Reader<Value>, redirect: RequestRedirect = 'manual'): Promise<Answer<Value>> {
    return this.#send(path, { redirect }, reader);
  }

  write<Value>(
    { path, body }: Call,
    key: string,
    reader: Reader<Value>,
    { expected, user = this.#user(), ...sent }: WriteOptions,
  ): Promise<Answer<Value>> {
    const headers = {
      // In another tab somebody else may have signed in, who has reviewed nothing.
      [EXPECTED_USER]: user && encodeURIComponent(user.replace(/\p{Cs}/gu, '')),
      [IDEMPOTENCY_KEY]: key,
      [REFUND_FORM]: '1',
      [EXPECTED_REFUNDABLE]: expected,
    };
    return this.#send(path, { method: 'post', json: body, redirect: 'manual' }, reader, sent, headers);
  }

  /** The page's headers, and ours in place of any of the same name. Rejects when the page's cannot be had. */
  async #headers(ours: Readonly<Record<string, string | undefined>>): Promise<Headers> {
    const { headers: given } = this.#transport();
    const headers = new Headers((typeof given === 'function' ? await this.#inTime(given()) : given) ?? {});
    for (const [name, value] of Object.entries(ours)) {
      headers.delete(name);
      if (value) headers.set(name, value);
    }
    return headers;
  }

  #inTime<Value>(value: Value | Promise<Value>): Promise<Value> {
    const signal = AbortSignal.timeout(this.#timeout);
    return Promise.race([value, new Promise<never>((_, reject) => signal.addEventListener('abort', reject))]);
  }

  async #send<Value>(
    path: string,
    options: Options,
    reader: Reader<Value>,
    sent: Sent = {},
    ours: Readonly<Record<string, string | undefined>> = {},
  ): Promise<Answer<Value>> {
    let headers: Headers;
    try {
      headers = await this.#headers({ 'content-type': undefined, ...ours });
    } catch (error) {
      // The page's own error is told where its other errors are. An earlier send of this key may have moved money.
      reportError(error);
      return { kind: options.method && !sent.resent ? 'refused' : 'unknown', refusal: NOT_SENT };
    }
    let response: Response;
    let body: unknown;
    let start: number;
    try {
      const { credentials } = this.#transport();
      const request = this.#ky(this.url(path), {
        ...options,
        headers,
        ...(credentials && { credentials }),
        signal: AbortSignal.timeout(this.#timeout),
      });
      // A body that is not JSON, or incomplete, still has a status.
      body = await this.#inTime(request.json().catch(() => undefined));
      response = await request;
      // A server of another origin may not show it. What a page's `fetch` makes up may have no such headers.
      start = Date.parse(response.headers.get('date') ?? '') - this.#clock.elapsed();
    } catch {
      // No answer: whatever the cause, the outcome is unknown.
      return { kind: 'unknown' };
    }
    // An answer that something between has kept tells an earlier time: the time never goes back.
    this.isTimed = !Number.isNaN(start);
    if (this.isTimed) this.#start = Math.max(this.#start ?? start, start);
    try {
      return this.#judge(response, body, reader, sent);
    } catch (error) {
      // A page's own provider may throw at an answer. It was sent all the same.
      reportError(error);
      return { kind: 'unknown', status: response.status };
    }
  }

  #judge<Value>(response: Response, body: unknown, reader: Reader<Value>, sent: Sent): Answer<Value> {
    const { status, ok, headers, type } = response;
    const value = ok ? reader(body) : undefined;
    if (value !== undefined) return { kind: 'answered', value };
    // A page to which a followed redirect has led says nothing of what was asked for.
    if (response.redirected) return { kind: 'unknown' };
    const replayed = headers.get(IDEMPOTENT_REPLAYED) === 'true';
    const { effect, problem } = judgeAnswer(this.#adapter.judge, { status, body, resent: false, ...sent, replayed });
    const refusal = problem ? wordsOf(problem) : this.#adapter.readRefusal(status, body);
    if (effect === 'running') return { kind: problem?.code === 'approval_required' ? 'approval' : effect, refusal };
    const redirected = type === 'opaqueredirect' || (status >= 300 && status < 400);
    // A 401 of the provider concerns the proxy's credentials, not the admin.
    if (redirected || (status === 401 && (refusal ? refusal.code === 'unauthenticated' : true))) {
      return { kind: 'signed_out', refusal, settled: effect === 'nothing' };
    }
    if (effect === 'unknown') return { kind: effect, refusal, status };
    return {
      kind: 'refused',
      refusal: {
        code: `${status}`,
        words: `HTTP ${status}`,
        proxy: true,
        ...refusal,
        ...(status === 429 && { busy: true }),
      },
    };
  }
}

export const NOT_SENT = ours('not_sent');
export const SIGN_IN = ours('unauthenticated');

function wordsOf({ code, title, detail = title, errors = [], refundable, user }: Problem): Refusal {
  const fields = errors.map(({ pointer, detail }) => `${pointer}: ${detail}`);
  return {
    code,
    words: [detail, ...fields].join(' '),
    proxy: true,
    ...(user && { user }),
    ...(refundable && { refundable }),
  };
}
