import * as z from 'zod/mini';

import { isSuccess, uqpayToken } from '../../../contract/index.ts';
import { exchange, type Exchange, type ProviderIo } from '../exchange.ts';
import { LedgerUnavailableError } from '../../ledger/errors.ts';
import { Seal } from '../seal.ts';
import { address } from '../url.ts';

export type TokenResult =
  /** `isFresh`: fetched for this call, so that a refusal of it is a refusal of the credentials. */
  | { readonly ok: true; readonly token: string; readonly isFresh: boolean }
  | { readonly ok: false; readonly failure: Extract<Exchange, { kind: 'not_sent' | 'credentials_refused' }> };

const TOKEN_PATH = '/v1/connect/token';
/** A token lives 30 minutes (`docs/providers/uqpay.md#base-and-credentials`). */
const LIFETIME_MS = 30 * 60_000;
/** Renewed this long before it expires, so that none expires on its way. */
const EARLY_MS = 2 * 60_000;

const storedToken = z.object({ text: z.string(), goodUntil: z.number() });
type Token = Readonly<z.infer<typeof storedToken>>;

/**
 * One token for all calls of all instances, fetched once however many calls wait for it. A new token kills the old one
 * at once (`docs/providers/uqpay.md#base-and-credentials`). So the ledger keeps it, sealed with the API key: an
 * instance whose token is dead takes the one that another instance has fetched since, and fetches a new one only if
 * there is none.
 */
export class UqpayTokens {
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #name: string;
  readonly #seal: Seal;
  #token: Token | undefined;
  #refused: string | undefined;
  #renewing: Promise<TokenResult> | undefined;

  constructor({ baseUrl, clientId, apiKey }: { baseUrl: string; clientId: string; apiKey: string }) {
    this.#url = address(baseUrl, TOKEN_PATH);
    this.#headers = { 'x-client-id': clientId, 'x-api-key': apiKey, accept: 'application/json' };
    this.#name = `uqpay token of ${clientId} at ${baseUrl}`;
    this.#seal = new Seal(apiKey, this.#name);
  }

  /** `io` of the caller. Other callers that wait get the same token. */
  async get(io: ProviderIo): Promise<TokenResult> {
    const token = this.#token;
    if (token && io.now() < token.goodUntil) return { ok: true, token: token.text, isFresh: false };
    this.#renewing ??= this.#renew(io).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  /** After a 401 with `used`. */
  async replace(used: string, io: ProviderIo): Promise<TokenResult> {
    if (this.#token?.text === used) {
      this.#token = undefined;
      this.#refused = used;
    }
    return this.get(io);
  }

  async #renew(io: ProviderIo): Promise<TokenResult> {
    let result: TokenResult = notSent('the shared token cannot be read');
    try {
      await io.replaceShared(this.#name, async (sealed) => {
        const shared = sealed === undefined ? undefined : await this.#read(sealed);
        if (shared && shared.text !== this.#refused && io.now() < shared.goodUntil) {
          this.#token = shared;
          result = { ok: true, token: shared.text, isFresh: false };
          return sealed;
        }
        result = await this.#request(io);
        return result.ok ? this.#seal.close(JSON.stringify(this.#token)) : sealed;
      });
    } catch (error) {
      // If the ledger fails after the provider has answered, this instance still has its token.
      if (!(error instanceof LedgerUnavailableError)) throw error;
    }
    return result;
  }

  async #read(sealed: string): Promise<Token | undefined> {
    const text = await this.#seal.open(sealed);
    return text === undefined ? undefined : z.parse(storedToken, JSON.parse(text));
  }

  async #request(io: ProviderIo): Promise<TokenResult> {
    const result = await exchange(io, this.#url, { method: 'POST', route: TOKEN_PATH, headers: this.#headers });
    if (result.kind !== 'answer') return notSent(`token: ${result.why}`);
    const { status, json } = result.answer;
    if (status === 401 || status === 403)
      return { ok: false, failure: { kind: 'credentials_refused', why: 'token refused' } };
    const parsed = z.safeParse(uqpayToken, json);
    if (!isSuccess(status) || !parsed.success) return notSent(`token: answer ${status} is no token`);
    const now = io.now();
    const left = parsed.data.expired_at * 1000 - now;
    // The provider's clock may differ from ours: an impossible lifetime is replaced by the documented one.
    const lifetime = left > EARLY_MS && left <= LIFETIME_MS ? left : LIFETIME_MS;
    this.#token = { text: parsed.data.auth_token, goodUntil: now + lifetime - EARLY_MS };
    return { ok: true, token: this.#token.text, isFresh: true };
  }
}

function notSent(why: string): TokenResult {
  return { ok: false, failure: { kind: 'not_sent', why } };
}
