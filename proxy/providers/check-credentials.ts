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
  /** Those that nobody may guess: at least 8 characters. */
  readonly secrets?: readonly string[];
  /** The provider's own domain, and what the path of its address ends with there. A gateway may have any. */
  readonly domain: string;
  readonly end: string;
}

interface Given {
  readonly baseUrl: string;
  readonly allowPlainHttp?: boolean | undefined;
}

/**
 * Checks the address and every credential of a provider, and returns the address. Messages repeat no value: it may be a
 * secret. `more`: what else is wrong with them.
 *
 * @throws TypeError that names each wrong or misspelt option.
 */
export function checkCredentials<Options extends Given>(
  provider: string,
  options: Options,
  wanted: Wanted,
  more: (options: Partial<Options>) => string[],
): string {
  const given = (typeof options === 'object' ? { ...options } : {}) as Readonly<Record<string, unknown>>;
  const { required, optional } = wanted;
  const faults = [...required, ...optional].flatMap((name) => credentialFault(name, given[name], wanted));
  const { allowPlainHttp } = given;
  if (allowPlainHttp !== undefined && typeof allowPlainHttp !== 'boolean') {
    faults.push(`allowPlainHttp: expected true or false, received ${kindOf(allowPlainHttp)}`);
  }
  const known = ['baseUrl', 'allowPlainHttp', ...required, ...optional];
  for (const name of Object.keys(given)) {
    const meant = known.includes(name) || given[name] === undefined ? undefined : nearest(name, known);
    if (meant !== undefined && given[meant] === undefined) faults.push(`${name}: is no option; is ${meant} meant?`);
  }
  const base = readBase(given['baseUrl'], allowPlainHttp === true, wanted);
  faults.push(...base.faults, ...more(given as Partial<Options>));
  if (faults.length > 0) throw new TypeError(`${provider}: ${faults.join('; ')}`, { cause: base.cause });
  return base.address;
}

function credentialFault(
  name: string,
  value: unknown,
  { optional, mayBeFunctions, inHeaders, secrets }: Wanted,
): string[] {
  const isOptional = optional.includes(name);
  if (value === undefined && isOptional) return [];
  if (typeof value === 'function' && mayBeFunctions.includes(name)) return [];
  if (typeof value !== 'string' || value.trim() === '') {
    const also =
      (mayBeFunctions.includes(name) ? ', a function that gives one' : '') + (isOptional ? ', or leave it out' : '');
    return [`${name}: expected a string that is not empty${also}, received ${kindOf(value)}`];
  }
  if (inHeaders.includes(name) && !areSendable({ [name]: value })) {
    return [`${name}: expected characters that a header can hold: is a line end or a quotation mark left in it?`];
  }
  if (inHeaders.includes(name) && /\s/.test(value)) {
    return [`${name}: expected no space or line end in it; the name of a scheme, such as Bearer, is no part of it`];
  }
  return secrets?.includes(name) && value.length < 8
    ? [`${name}: expected at least 8 characters, received ${kindOf(value)}`]
    : [];
}

function readBase(baseUrl: unknown, mayBePlain: boolean, { domain, end }: Pick<Wanted, 'domain' | 'end'>) {
  let address = '';
  try {
    address = baseAddress(baseUrl as string);
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    const expected = 'expected an http(s) address without credentials, query or fragment';
    return { address, cause, faults: [`baseUrl: ${expected}, received ${kindOf(baseUrl)}`] };
  }
  const faults: string[] = [];
  if (isInClear(address) && !mayBePlain) {
    faults.push(
      'baseUrl: http:// would send credentials in clear to another machine: use https://, or set ' +
        'allowPlainHttp: true where that network is your own',
    );
  }
  if (!address.endsWith(end) && `.${new URL(address).hostname}`.endsWith(`.${domain}`)) {
    faults.push(`baseUrl: expected an address that ends in ${end}`);
  }
  return { address, faults };
}
