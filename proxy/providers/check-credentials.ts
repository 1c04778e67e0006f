import { kindOf } from '../hooks/received.ts';
import { areSendable } from './exchange.ts';
import { baseAddress } from './url.ts';

interface Wanted {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** Credentials that may change while the proxy runs. */
  readonly mayBeFunctions: readonly string[];
  /** Those that go to the provider in a header. */
  readonly inHeaders: readonly string[];
}

/**
 * Checks the address and every credential of a provider, and returns the address. Messages repeat no value: it may be a
 * secret.
 *
 * @throws TypeError that names the option.
 */
export function checkCredentials(
  provider: string,
  options: { readonly baseUrl: string },
  { required, optional, mayBeFunctions, inHeaders }: Wanted,
): string {
  const given = options as Readonly<Record<string, unknown>> | undefined;
  for (const name of [...required, ...optional]) {
    const value = given?.[name];
    if (value === undefined && optional.includes(name)) continue;
    if (typeof value === 'function' && mayBeFunctions.includes(name)) continue;
    if (typeof value !== 'string' || value.trim() === '') {
      const also = optional.includes(name) ? ', or leave it out' : '';
      throw new TypeError(
        `${provider}: ${name}: expected a string that is not empty${mayBeFunctions.includes(name) ? ', a function that gives one' : ''}${also}, received ${kindOf(value)}`,
      );
    }
    if (inHeaders.includes(name) && !areSendable({ [name]: value })) {
      throw new TypeError(
        `${provider}: ${name}: expected characters that a header can hold: is a line end or a quotation mark left in it?`,
      );
    }
  }
  try {
    return baseAddress(options.baseUrl);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new TypeError(
      `${provider}: baseUrl: expected an http(s) address without credentials, query or fragment, received ${kindOf(given?.['baseUrl'])}`,
      { cause: error },
    );
  }
}
