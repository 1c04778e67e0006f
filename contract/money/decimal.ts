import { fractionDigits, isCurrency } from './currency.ts';

/** Why a text is not an amount. Each code has its own message wherever a person reads it. */
export type AmountFault =
  | 'empty'
  | 'not_a_number'
  | 'sign'
  | 'exponent'
  | 'grouping'
  | 'separator'
  | 'too_many_decimals'
  | 'too_long';

export type ParsedAmount =
  | { readonly ok: true; readonly minor: bigint }
  | { readonly ok: false; readonly fault: AmountFault };

/** No provider states a limit for an amount. 18 digits hold every refund and fit a signed 64-bit column. */
export const MAX_DIGITS = 18;

const DECIMAL = /^\d+(?:\.\d+)?$/;

/**
 * Reads a decimal string from the wire (`"10.01"`, `"50.000"`) as integer minor units. Exact or refused: zeros beyond
 * the currency's decimals are accepted, other digits there are not.
 */
export function parseDecimal(text: string, currency: string): ParsedAmount {
  if (!DECIMAL.test(text)) return { ok: false, fault: whyNot(text) };
  return ofDecimal(text, currency);
}

function ofDecimal(text: string, currency: string): ParsedAmount {
  const [integer = '', fraction = ''] = text.split('.');
  return fromParts(integer, fraction, fractionDigits(currency));
}

/** Minor units; `undefined` when it is not a decimal string of this currency. */
export function readDecimal(value: unknown, currency: string): bigint | undefined {
  const parsed = typeof value === 'string' && DECIMAL.test(value) && isCurrency(currency) && ofDecimal(value, currency);
  return parsed && parsed.ok ? parsed.minor : undefined;
}

function whyNot(text: string): AmountFault {
  if (text === '') return 'empty';
  if (/^[+-]/.test(text)) return 'sign';
  return /^[\d.]+e/i.test(text) ? 'exponent' : 'not_a_number';
}

export function fromParts(integer: string, fraction: string, digits: number): ParsedAmount {
  const decimals = fraction.length === digits ? fraction : fraction.slice(0, digits).padEnd(digits, '0');
  if (fraction.length > digits && /[^0]/.test(fraction.slice(digits))) return { ok: false, fault: 'too_many_decimals' };
  const written = integer + decimals;
  const minor = written.startsWith('0') ? written.replace(/^0+(?=\d)/, '') : written;
  if (minor.length > MAX_DIGITS || fraction.length > MAX_DIGITS) return { ok: false, fault: 'too_long' };
  return { ok: true, minor: BigInt(minor) };
}

/**
 * Writes integer minor units as a decimal string for the wire, with all of the currency's decimals: 12500n KWD ->
 * `"12.500"`.
 */
export function toDecimal(minor: bigint, currency: string): string {
  const digits = fractionDigits(currency);
  const sign = minor < 0n ? '-' : '';
  const text = (minor < 0n ? -minor : minor).toString().padStart(digits + 1, '0');
  if (digits === 0) return sign + text;
  return `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
