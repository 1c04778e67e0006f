import ky, { type KyInstance, type Options } from 'ky';

import { EXPECTED_REFUNDABLE, IDEMPOTENCY_KEY, IDEMPOTENT_REPLAYED, REFUND_FORM } from '../contract/headers.ts';
import { problem, problemEffect } from '../contract/problem.ts';
import type { Adapter } from './adapter.ts';
import type { Environment } from './environment.ts';
import type { Call, Refusal } from './model.ts';

/** The request moved no money and never will. */
export interface Refused {
  readonly kind: 'refused';
  readonly refusal: Refusal;
  readonly status: number;
  /** The answer is that of an earlier request with the same key. */
  readonly replayed: boolean;
}

/** What came of a request. A value, whatever happened: nothing here throws. */
export type Answer<Value> =
  | { readonly kind: 'answered'; readonly value: Value }
  | Refused
  /** The first request with this key is still under way. */
  | { readonly kind: 'running' }
  /** Nothing was sent yet: the same key will be, once a second person agrees. */
  | { readonly kind: 'approval' }
  /** Lost, late, broken or unreadable: it may have moved money. */
  | { readonly kind: 'unknown' };

type Reader<Value> = (body: unknown) => Value | undefined;

/** The only place that speaks HTTP. Never retries by itself: a retry belongs to the intent, with its key. */
export class Client {
  readonly #ky: KyInstance;
  readonly #endpoint: string;
  readonly #adapter: Pick<Adapter, 'readRefusal'>;

  constructor({ fetch, timeout }: Environment, endpoint: string, adapter: Pick<Adapter, 'readRefusal'>) {
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

  /** `expected`: what the admin saw as refundable, a decimal string. */
  write<Value>({ path, body }: Call, key: string, reader: Reader<Value>, expected?: string): Promise<Answer<Value>> {
    const headers = {
      [IDEMPOTENCY_KEY]: key,
      [REFUND_FORM]: '1',
      ...(expected && { [EXPECTED_REFUNDABLE]: expected }),
    };
    return this.#send(path, { method: 'post', json: body, headers }, reader);
  }

  async #send<Value>(path: string, options: Options, reader: Reader<Value>): Promise<Answer<Value>> {
    let response: Response;
    let body: unknown;
    try {
      const request = this.#ky(this.url(path), options);
      body = await request.json();
      response = await request;
    } catch {
      // No answer, half an answer, or one that is not JSON: whatever the cause, the outcome is not known.
      return { kind: 'unknown' };
    }
    const { status, ok, headers } = response;
    const replayed = headers.get(IDEMPOTENT_REPLAYED) === 'true';
    const own = ok ? undefined : problem.safeParse(body).data;
    if (own) {
      const kind = problemEffect(own);
      if (kind === 'running' && own.code === 'approval_required') return { kind: 'approval' };
      if (kind !== 'nothing') return { kind };
      const fields = own.errors?.map(({ pointer, detail }) => `${pointer}: ${detail}`) ?? [];
      const words = [own.detail ?? own.title, ...fields].join(' ');
      return { kind: 'refused', refusal: { code: own.code, words, proxy: true }, status, replayed };
    }
    const refusal = this.#adapter.readRefusal(status, body);
    if (refusal === 'running') return { kind: refusal };
    if (refusal) return { kind: 'refused', refusal, status, replayed };
    const value = ok ? reader(body) : undefined;
    return value === undefined ? { kind: 'unknown' } : { kind: 'answered', value };
  }
}
