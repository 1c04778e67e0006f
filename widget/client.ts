import ky from 'ky';

import { EXPECTED_REFUNDABLE, IDEMPOTENCY_KEY, IDEMPOTENT_REPLAYED, REFUND_FORM } from '../contract/headers.ts';
import { problem, problemEffect } from '../contract/problem.ts';
import type { Adapter } from './adapter.ts';
import type { Environment } from './environment.ts';
import type { Call, Refusal } from './model.ts';

/** What came of a request. A value, whatever happened: nothing here throws. */
export type Answer<Value> =
  | { readonly kind: 'answered'; readonly value: Value }
  /** This request moved no money and never will. */
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly status: number; readonly replayed: boolean }
  /** The first request with this key is still under way. */
  | { readonly kind: 'running' }
  /** Lost, late, broken or unreadable: it may have moved money. */
  | { readonly kind: 'unknown' };

export interface Write<Value> {
  readonly call: Call;
  readonly key: string;
  /** Decimal string. */
  readonly expected?: string;
  readonly read: (body: unknown) => Value | undefined;
}

/** The only place that speaks HTTP. Never retries by itself: a retry belongs to the intent, with its key. */
export class Client {
  readonly #ky: typeof ky;
  readonly #endpoint: string;
  readonly #readRefusal: Adapter['readRefusal'];

  constructor({ fetch, timeout }: Environment, endpoint: string, { readRefusal }: Pick<Adapter, 'readRefusal'>) {
    this.#endpoint = endpoint.replace(/\/+$/, '');
    this.#readRefusal = readRefusal;
    this.#ky = ky.create({ fetch, timeout, totalTimeout: timeout, retry: 0, throwHttpErrors: false, cache: 'no-store' });
  }

  /** GET `path` below the endpoint. */
  async read<Value>(path: string, read: (body: unknown) => Value | undefined): Promise<Answer<Value>> {
    return this.#send(path, {}, read);
  }

  async write<Value>({ call, key, expected, read }: Write<Value>): Promise<Answer<Value>> {
    const headers = {
      [IDEMPOTENCY_KEY]: key,
      [REFUND_FORM]: '1',
      ...(expected && { [EXPECTED_REFUNDABLE]: expected }),
    };
    return this.#send(call.path, { method: 'post', json: call.body, headers }, read);
  }

  async #send<Value>(
    path: string,
    options: { method?: string; json?: unknown; headers?: Record<string, string> },
    read: (body: unknown) => Value | undefined,
  ): Promise<Answer<Value>> {
    let response: Response;
    let body: unknown;
    try {
      const request = this.#ky(this.#endpoint + path, options);
      body = await request.json();
      response = await request;
    } catch (error) {
      // No answer, half an answer, or one that is not JSON: whatever the cause, the outcome is not known.
      return { kind: 'unknown' };
    }
    const replayed = response.headers.get(IDEMPOTENT_REPLAYED) === 'true';
    const { status } = response;
    const own = response.ok ? undefined : problem.safeParse(body).data;
    if (own) {
      const effect = problemEffect(own);
      if (effect !== 'nothing') return { kind: effect };
      const fields = own.errors?.map(({ pointer, detail }) => `${pointer}: ${detail}`) ?? [];
      const refusal = { code: own.code, words: own.detail ?? own.title, fields, proxy: true };
      return { kind: 'refused', refusal, status, replayed };
    }
    const refusal = this.#readRefusal(status, body);
    if (refusal === 'running') return { kind: 'running' };
    if (refusal) return { kind: 'refused', refusal, status, replayed };
    const value = response.ok ? read(body) : undefined;
    return value === undefined ? { kind: 'unknown' } : { kind: 'answered', value };
  }
}
