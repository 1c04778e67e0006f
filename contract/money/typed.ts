import { fractionDigits } from './currency.ts';
import { fromParts, type ParsedAmount } from './decimal.ts';

const ARABIC_DECIMAL = '\u066b';
/** What people and locales put between groups of digits: comma, point, spaces of every width, apostrophes, U+066C. */
const GROUPING = /[,.'’\u066c\s\u00a0\u2009\u202f]/;

export function decimalSeparator(locale: string): string {
  const part = new Intl.NumberFormat(locale).formatToParts(1.5).find(({ type }) => type === 'decimal');
  return part?.value ?? '.';
}

/** Arabic-Indic (U+0660) and Persian (U+06F0) digits to ASCII; anything else stays as it was typed. */
export function toAsciiDigits(text: string): string {
  return text.replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 0xf));
}

/**
 * Reads what a person typed. Strict on purpose: one decimal separator, the locale's own (or U+066B), and no
 * grouping, sign, exponent or surplus decimal, because "1,234" means two different amounts to two people.
 */
export function parseTyped(text: string, currency: string, locale: string): ParsedAmount {
  const typed = toAsciiDigits(text.trim());
  if (typed === '') return { ok: false, fault: 'empty' };
  if (/^[+\-\u2212]|[+\-\u2212]$/.test(typed)) return { ok: false, fault: 'sign' };
  if (/^[\d.,]+e[+-]?\d*$/i.test(typed)) return { ok: false, fault: 'exponent' };

  const separator = decimalSeparator(locale);
  const parts = typed.replace(ARABIC_DECIMAL, separator).split(separator);
  if (parts.length > 2) return { ok: false, fault: 'grouping' };
  const [integer = '', fraction] = parts;
  const fault = faultOfDigits(integer) ?? (fraction === undefined ? undefined : faultOfDigits(fraction));
  if (fault)
    return { ok: false, fault: fraction === undefined && fault === 'grouping' ? separatorFault(typed) : fault };
  if (integer === '') return { ok: false, fault: 'not_a_number' };
  if (fraction === '') return { ok: false, fault: 'not_a_number' };

  const digits = fractionDigits(currency);
  if (fraction !== undefined && fraction.length > digits) return { ok: false, fault: 'too_many_decimals' };
  return fromParts(integer, fraction ?? '', digits);
}

function faultOfDigits(text: string): 'grouping' | 'not_a_number' | undefined {
  if (/^\d*$/.test(text)) return undefined;
  return text.split('').every((char) => /\d/.test(char) || GROUPING.test(char)) ? 'grouping' : 'not_a_number';
}

/** "1,5" in English and "1.5" in German: most likely the other decimal separator, so the message can name the right one. */
function separatorFault(typed: string): 'grouping' | 'separator' {
  return /^\d+[.,]\d+$/.test(typed) && !/^\d{1,3}[.,]\d{3}$/.test(typed) ? 'separator' : 'grouping';
}
