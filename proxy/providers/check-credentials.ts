import { nearest } from '../hooks/nearest.ts';
import { kindOf } from '../hooks/received.ts';
import { areSendable } from './exchange.ts';
import { baseAddress, isInClear } from './url.ts';

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
  options: { readonly baseUrl: string; readonly allowPlainHttp?: boolean | undefined },
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
  const { allowPlainHttp } = options;
  if (allowPlainHttp !== undefined && typeof allowPlainHttp !== 'boolean') {
    throw new TypeError(`${provider}: allowPlainHttp: expected true or false, received ${kindOf(allowPlainHttp)}`);
  }
  const known = ['baseUrl', 'allowPlainHttp', ...required, ...optional];
  for (const name of Object.keys(options)) {
    const meant = known.includes(name) || given?.[name] === undefined ? undefined : nearest(name, known);
    if (meant === undefined || given?.[meant] !== undefined) continue;
    throw new TypeError(`${provider}: ${name}: is no option; is ${meant} meant?`);
  }
  const base = readBase(provider, options.baseUrl);
  if (isInClear(base) && allowPlainHttp !== true) {
    throw new TypeError(
      `${provider}: baseUrl: http:// would send credentials in clear to another machine: use https://, or set ` +
        'allowPlainHttp: true where that network is your own',
    );
  }
  return base;
}

function readBase(provider: string, baseUrl: string): string {
  try {
    return baseAddress(baseUrl);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new TypeError(
      `${provider}: baseUrl: expected an http(s) address without credentials, query or fragment, received ${kindOf(baseUrl)}`,
      { cause: error },
    );
  }
}
