import ky, { type KyInstance, type Options } from 'ky';

import { EXPECTED_REFUNDABLE, IDEMPOTENCY_KEY, IDEMPOTENT_REPLAYED, REFUND_FORM } from '../contract/headers.ts';
import { judgeAnswer } from '../contract/judge.ts';
import type { Problem } from '../contract/problem.ts';
import type { Adapter } from './adapter.ts';
import type { Environment } from './environment.ts';
import type { Call, Refusal } from './model.ts';

/** What came of a request. A value, whatever happened: nothing here throws. `refusal` is what was said, where it can be read. */
export type Answer<Value> =
  | { readonly kind: 'answered'; readonly value: Value; readonly refusal?: undefined }
  /** Nothing was done under this key, by this request or by an earlier one. */
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | {
      /**
       * `running`: the first request with this key is still under way. `approval`: nothing was sent yet, and the same key
       * will be once a second person agrees. `unknown`: lost, late, broken, unreadable, or a refusal that says nothing
       * about an earlier send: it may have moved money.
       */
      readonly kind: 'running' | 'approval' | 'unknown';
      readonly refusal?: Refusal | undefined;
    };

export interface WriteOptions {
  /** The same request may have been sent before with this key. */
  readonly resent: boolean;
  /** What the admin saw as refundable, a decimal string. */
  readonly expected?: string | undefined;
}

type Reader<Value> = (body: unknown) => Value | undefined;

/** The only place that speaks HTTP. Never retries by itself: a retry belongs to the intent, with its key. */
export class Client {
  readonly #ky: KyInstance;
  readonly #endpoint: string;
  readonly #adapter: Pick<Adapter, 'judge' | 'readRefusal'>;

  constructor(
    { fetch, timeout }: Pick<Environment, 'fetch' | 'timeout'>,
    endpoint: string,
    adapter: Pick<Adapter, 'judge' | 'readRefusal'>,
  ) {
    this.#endpoint = endpoint.replace(/\/+$/, '');
    this.#adapter = adapter;
    this.#ky = ky.create({
      fetch,
      timeout,
      retry: 0,
      throwHttpErrors: false,
      cache: 'no-store',
    });
  }

  url(path: string): string {
    return this.#endpoint + path;
  }

  /** GET `path` below the endpoint. */
  read<Value>(path: string, reader: Reader<Value>): Promise<Answer<Value>> {
    return this.#send(path, {}, reader);
  }

  write<Value>(
    { path, body }: Call,
    key: string,
    reader: Reader<Value>,
    { resent, expected }: WriteOptions,
  ): Promise<Answer<Value>> {
    const headers = {
      [IDEMPOTENCY_KEY]: key,
      [REFUND_FORM]: '1',
      ...(expected && { [EXPECTED_REFUNDABLE]: expected }),
    };
    return this.#send(path, { method: 'post', json: body, headers }, reader, resent);
  }

  async #send<Value>(path: string, options: Options, reader: Reader<Value>, resent = false): Promise<Answer<Value>> {
    let response: Response;
    let body: unknown;
    try {
      const request = this.#ky(this.url(path), options);
      // What is no JSON, or only half of it, still has a status.
      body = await request.json().catch(() => undefined);
      response = await request;
    } catch {
      // No answer: whatever the cause, the outcome is not known.
      return { kind: 'unknown' };
    }
    const { status, ok, headers } = response;
    const value = ok ? reader(body) : undefined;
    if (value !== undefined) return { kind: 'answered', value };
    const replayed = headers.get(IDEMPOTENT_REPLAYED) === 'true';
    const { effect, problem } = judgeAnswer(this.#adapter.judge, { status, body, resent, replayed });
    const refusal = problem ? wordsOf(problem) : this.#adapter.readRefusal(status, body);
    if (effect !== 'nothing') {
      const waits = effect === 'running' && problem?.code === 'approval_required';
      return { kind: waits ? 'approval' : effect, refusal };
    }
    return { kind: 'refused', refusal: refusal ?? { code: `${status}`, words: `HTTP ${status}`, proxy: false } };
  }
}

function wordsOf({ code, title, detail = title, errors = [] }: Problem): Refusal {
  const fields = errors.map(({ pointer, detail }) => `${pointer}: ${detail}`);
  return { code, words: [detail, ...fields].join(' '), proxy: true };
}
