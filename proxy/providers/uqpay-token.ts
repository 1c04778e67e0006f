import * as z from 'zod/mini';

import { uqpayToken } from '../../contract/index.ts';
import { exchange, type Exchange, type ProviderIo } from '../exchange.ts';
import { address } from './url.ts';

export type TokenResult =
  | { readonly ok: true; readonly token: string }
  | { readonly ok: false; readonly failure: Extract<Exchange, { kind: 'not_sent' | 'credentials_refused' }> };

/** `uqpay.md`: a token lives 30 minutes. K */
const LIFETIME_MS = 30 * 60_000;
/** Fetched anew this long before it ends, so that none ends on its way. P */
const EARLY_MS = 2 * 60_000;

/**
 * One token for every call of this proxy, fetched once however many calls wait for it. A new token kills the old one at
 * once (`uqpay.md`), so a call that fails with a token already replaced takes the new one and fetches none.
 */
export class UqpayTokens {
  readonly #io: ProviderIo;
  readonly #url: string;
  readonly #headers: Record<string, string>;
  #token: { readonly text: string; readonly goodUntil: number } | undefined;
  #fetching: Promise<TokenResult> | undefined;

  constructor(io: ProviderIo, { baseUrl, clientId, apiKey }: { baseUrl: string; clientId: string; apiKey: string }) {
    this.#io = io;
    this.#url = address(baseUrl, '/v1/connect/token');
    this.#headers = { 'x-client-id': clientId, 'x-api-key': apiKey, accept: 'application/json' };
  }

  async get(): Promise<TokenResult> {
    if (this.#token && this.#io.now() < this.#token.goodUntil) return { ok: true, token: this.#token.text };
    return this.#fetch();
  }

  /** After a 401 with `used`. */
  async replace(used: string): Promise<TokenResult> {
    if (this.#token?.text === used) this.#token = undefined;
    return this.get();
  }

  #fetch(): Promise<TokenResult> {
    this.#fetching ??= this.#request().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #request(): Promise<TokenResult> {
    const result = await exchange(this.#io, this.#url, { method: 'POST', headers: this.#headers });
    if (result.kind !== 'answer') return { ok: false, failure: { kind: 'not_sent', why: `token: ${result.why}` } };
    const { status, json } = result.answer;
    if (status === 401 || status === 403)
      return { ok: false, failure: { kind: 'credentials_refused', why: 'token refused' } };
    const parsed = z.safeParse(uqpayToken, json);
    if (status < 200 || status > 299 || !parsed.success) {
      return { ok: false, failure: { kind: 'not_sent', why: `token: answer ${status} is no token` } };
    }
    const now = this.#io.now();
    const left = parsed.data.expired_at * 1000 - now;
    // The provider's clock may not be ours: a lifetime that cannot be is replaced by the documented one.
    const lifetime = left > EARLY_MS && left <= LIFETIME_MS ? left : LIFETIME_MS;
    this.#token = { text: parsed.data.auth_token, goodUntil: now + lifetime - EARLY_MS };
    return { ok: true, token: this.#token.text };
  }
}
