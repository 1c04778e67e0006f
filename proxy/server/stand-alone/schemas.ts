import * as z from 'zod/mini';

import { fractionDigits, isCurrency, parseDecimal, type AmountFault } from '../../../contract/index.ts';
import { isOrigin } from '../../hooks/check-options.ts';

export const text = z.string();

export const whole = (lowest: number, highest: number) => {
  const expected = `expected a whole number from ${lowest} to ${highest}`;
  return z
    .pipe(text.check(z.regex(/^\d{1,9}$/, expected)), z.transform(Number))
    .check(z.minimum(lowest, expected), z.maximum(highest, expected));
};

/** A comma-separated list. */
const list = z.pipe(
  text,
  z.transform((all) =>
    all
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  ),
);

/** Names of users. A semicolon would make one user of two, who then may nothing. */
export const users = list.check(
  z.refine((all) => !all.some((name) => name.includes(';')), 'expected users separated by commas, without a semicolon'),
);

/** Secrets as Standard Webhooks writes them, at least 24 bytes. Two at most, while one replaces the other. */
export const secrets = list.check(
  z.refine(
    (all) => all.every((secret) => /^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(secret)),
    'expected whsec_ and at least 24 bytes in base64, such as: echo "whsec_$(openssl rand -base64 32)"',
  ),
  z.refine((all) => all.length <= 2, 'expected at most two secrets'),
);

export const flag = z.pipe(
  z.enum(['0', '1'], 'expected 1 or 0'),
  z.transform((value) => value === '1'),
);

/** A secret is never shown, not even when it is wrong. */
export const credential = text.check(
  z.regex(/^[\u0021-\u007e]+$/, 'expected ASCII characters without spaces: is a space or a line end left in it?'),
);

export const url = text.check(
  z.refine(
    (value) => /^https?:\/\/[^\s@]+$/.test(value) && URL.canParse(value),
    'expected an http(s) address without credentials in it',
  ),
);

/** The base address of a provider: paths are appended to it. */
export const base = url.check(
  z.refine((value) => !/[?#]/.test(value), 'expected an address without a query and without a fragment'),
);

/**
 * Contains `{id}` in place of the payment's id, and not in the host: whoever asks for a payment could choose the host.
 */
export const template = url.check(
  z.includes('{id}', 'expected {id} where the payment id goes'),
  z.refine(
    (value) => !/^https?:\/\/[^/?#]*\{id\}/.test(value),
    'expected an http(s) address with {id} in its path or query',
  ),
);

export const origin = text.check(
  z.refine(isOrigin, 'expected an origin such as https://admin.example, without a path'),
);

export const origins = z.pipe(
  list,
  z.array(
    text.check(z.refine(isOrigin, 'expected origins such as https://admin.example, without a path and without *')),
  ),
);

/** `name: value` of one header. */
export const header = z.pipe(
  text.check(
    z.regex(
      /^[\w-]+:\s*[\u0021-\u007e](?:[\u0020-\u007e]*[\u0021-\u007e])?$/,
      'expected "name: value", such as "authorization: Bearer ..."',
    ),
  ),
  z.transform((line) => {
    const colon = line.indexOf(':');
    return { name: line.slice(0, colon), value: line.slice(colon + 1).trim() };
  }),
);

/** Minor units by currency. */
export const limits = z.pipe(
  list,
  z.transform((parts, context) => {
    const above = new Map<string, bigint>();
    for (const part of parts) {
      const [currency = '', amount = '', ...rest] = part.split(' ');
      const parsed = isCurrency(currency) && rest.length === 0 ? parseDecimal(amount, currency) : undefined;
      if (parsed?.ok && !above.has(currency)) above.set(currency, parsed.minor);
      else {
        const reason = parsed?.ok ? TWICE : parsed ? (AMOUNT_FAULTS[parsed.fault]?.(currency) ?? NO_NUMBER) : NO_ENTRY;
        const message = `expected amounts such as USD 500.00, KWD 150.000: of "${part}", ${reason}`;
        context.issues.push({ code: 'custom', input: parts, message });
      }
    }
    return above;
  }),
);

const TWICE = 'the currency is named for the second time, and only one limit can hold';
const NO_NUMBER = 'the amount is no number with a point';
const NO_ENTRY = 'a currency in capital letters, one space and one amount are expected';

const AMOUNT_FAULTS: Readonly<Partial<Record<AmountFault, (currency: string) => string>>> = {
  empty: () => 'the amount is missing',
  sign: () => 'the amount has a sign',
  exponent: () => 'the amount is written with an exponent',
  too_many_decimals: (currency) => `the amount has more than the ${fractionDigits(currency)} decimals of ${currency}`,
  too_long: () => 'the amount has too many digits',
};

export const webhookSecret = text.check(z.minLength(8, 'expected at least 8 characters'));
