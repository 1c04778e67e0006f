import { fractionDigits } from './currency.ts';
import { fromParts, MAX_DIGITS, type AmountFault, type ParsedAmount } from './decimal.ts';
import { formatNumber, separatorOf } from './format.ts';

const DIGIT = /\p{Nd}/gu;
/** Anything but digits and common separators: points, commas, spaces, apostrophes. */
const NOT_GROUPED = /[^\d.,\u060c\u066b\u066c\u2e41'’\s]/;
/** Zero, however it is separated: every reading of the separators is zero. */
const ZERO = /^[.,\u066b]*0[0.,\u066b]*$/;
/** Dashes and mathematical signs, including superscript, subscript and full-width ones. */
const SIGNED = /^[\p{Pd}\p{Sm}]|[\p{Pd}\p{Sm}]$/u;
/** Zero-width characters. They do not change the order of the digits (UAX #9, class BN). */
const INVISIBLE = /[\u200b-\u200d\u2060\ufeff]/g;
/**
 * Removes spaces and direction marks around a text, where they are harmless. Inside an amount such marks can reverse
 * what a person sees: "12.", U+200E, "500" displays as 500.12 in a right-to-left field. There they are refused, and so
 * are overrides everywhere.
 */
const BARE =
  /[^\s\u061c\u200e\u200f\u202a-\u202c\u2066-\u2069](?:.*[^\s\u061c\u200e\u200f\u202a-\u202c\u2066-\u2069])?/s;

/** Converts decimal digits of every script to ASCII; anything else stays unchanged. */
export function toAsciiDigits(text: string): string {
  return text.replace(DIGIT, (digit) => String(digit.codePointAt(0)! - zeroOf(digit)));
}

/** The zero of the same script. Unicode has decimal digits in runs of ten from zero to nine; a few runs adjoin. */
function zeroOf(digit: string): number {
  const code = digit.codePointAt(0)!;
  let value = 0;
  while (/\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value += 1;
  return code - (value % 10);
}

/**
 * Reads a typed or pasted amount. The digits may be of any script, but of one only. The decimal separator is the one
 * that amounts of this currency display in this locale, U+066B, or a point if the point does not group. The currency's
 * code may stand before or after. An amount that is written exactly as it is displayed may be grouped. Everything else
 * is refused on purpose: other grouping, signs, exponents and surplus decimals, because "1,234" means two different
 * amounts to two people.
 */
export function parseTyped(text: string, currency: string, locale: string): ParsedAmount {
  const digits = fractionDigits(currency);
  const visible = bare(text.replace(INVISIBLE, ''));
  if (visible === '') return refused('empty');
  const amount = bare(visible.replace(new RegExp(`^${currency}|${currency}$`, 'i'), ''));
  const typed = toAsciiDigits(amount).replaceAll('\uff0e', '.').replaceAll('\uff0c', ',');
  if (SIGNED.test(typed)) return refused('sign');
  if (/^[\d.,\u066b]+e[+-]?\d*$/i.test(typed)) return refused('exponent');
  if (new Set(amount.match(DIGIT)?.map(zeroOf)).size > 1) return refused('not_a_number');
  if (ZERO.test(typed)) return { ok: true, minor: 0n };

  const decimal = separatorOf('decimal', currency, locale);
  const alike = separatorOf('group', currency, locale) === '.' ? '\u066b' : /[.\u066b]/;
  const parts = typed.split(decimal).flatMap((part) => part.split(alike));
  const [integer = '', fraction = ''] = parts;
  const written = parts.join('');
  if (NOT_GROUPED.test(written)) return refused('not_a_number');
  if (parts.length > 2 || /\D/.test(written)) {
    const shown = displayed(typed, currency, locale);
    return shown === undefined
      ? refused(parts.length > 1 ? 'grouping' : separatorFault(typed))
      : { ok: true, minor: shown };
  }
  if (parts.includes('')) return refused('not_a_number');
  if (fraction.length > digits) return refused('too_many_decimals');
  return fromParts(integer, fraction, digits);
}

/**
 * The amount of a grouped text, if this is how the amount is displayed: with all of its decimals, so that it has one
 * reading. Spaces and apostrophes of any kind are alike, because programs and keyboards exchange them.
 */
function displayed(typed: string, currency: string, locale: string): bigint | undefined {
  const alike = (text: string) => text.replace(/\s/g, ' ').replaceAll('’', "'");
  const digits = typed.replace(/\D/g, '');
  if (digits.length > MAX_DIGITS) return undefined;
  const minor = BigInt(digits);
  return alike(toAsciiDigits(formatNumber(minor, currency, locale))) === alike(typed) ? minor : undefined;
}

export function bare(text: string): string {
  return BARE.exec(text)?.[0] ?? '';
}

/**
 * "1,5" in English and "1.5" in German: probably the other decimal separator, so the message can name the right one.
 */
function separatorFault(typed: string): 'grouping' | 'separator' {
  return /^\d+[.,\u060c]\d+$/.test(typed) && !/^\d{1,3}.\d{3}$/.test(typed) ? 'separator' : 'grouping';
}

function refused(fault: AmountFault): ParsedAmount {
  return { ok: false, fault };
}
