import { tryCredentials, type Credential } from '../credential.ts';
import { UqpayTokens } from './token.ts';

export interface LoggedIn {
  readonly ok: true;
  readonly clientId: string;
  readonly tokens: UqpayTokens;
}

/** The current credentials. When one of them changes, tokens of the old ones are dropped. */
export class UqpayLogin {
  readonly #options: { readonly baseUrl: string; readonly clientId: Credential; readonly apiKey: Credential };
  #last: (LoggedIn & { readonly apiKey: string }) | undefined;

  constructor(options: { readonly baseUrl: string; readonly clientId: Credential; readonly apiKey: Credential }) {
    this.#options = options;
  }

  async now(): Promise<LoggedIn | { readonly ok: false; readonly why: string }> {
    const { baseUrl, clientId, apiKey } = this.#options;
    const read = await tryCredentials({ clientId, apiKey });
    if (!read.ok) return read;
    const last = this.#last;
    if (last?.clientId === read.values.clientId && last.apiKey === read.values.apiKey) return last;
    this.#last = { ok: true, ...read.values, tokens: new UqpayTokens({ baseUrl, ...read.values }) };
    return this.#last;
  }
}
