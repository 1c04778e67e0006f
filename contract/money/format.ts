import { fractionDigits } from './currency.ts';
import { toDecimal } from './decimal.ts';

/**
 * The amount for a reader of this locale, with its currency code and all of the currency's decimals. Exact for any
 * size: `Intl` receives the decimal string, never a number.
 */
export function formatAmount(minor: bigint, currency: string, locale: string): string {
  if (isEnglish(locale)) return `${currency}\u00a0${inEnglish(minor, currency)}`;
  return formatter(currency, locale).format(literal(minor, currency));
}

/** The same without the code, for a field or a column that names the currency. */
export function formatNumber(minor: bigint, currency: string, locale: string): string {
  if (isEnglish(locale)) return inEnglish(minor, currency);
  return formatWithout(minor, currency, locale, /currency|literal/);
}

/** The amount as the same person would type it: with the displayed digits and decimal separator, and no grouping. */
export function formatTyped(minor: bigint, currency: string, locale: string): string {
  if (isEnglish(locale)) return toDecimal(minor, currency);
  const typed = formatWithout(minor, currency, locale, /currency|literal|group/);
  // Numerals such as 〇一二 are displayed, and typed as ASCII digits.
  return /\p{Nd}/u.test(typed) ? typed : toDecimal(minor, currency).replace('.', decimalSeparator(currency, locale));
}

function formatWithout(minor: bigint, currency: string, locale: string, types: RegExp): string {
  return formatter(currency, locale)
    .formatToParts(literal(minor, currency))
    .filter(({ type }) => !types.test(type))
    .map(({ value }) => value)
    .join('');
}

/** The text before the decimals of every amount of this currency in this locale, displayed or typed. */
export function decimalSeparator(currency: string, locale: string): string {
  return separatorOf('decimal', currency, locale);
}

/**
 * A separator of the displayed amount; `group` is empty if nothing is grouped. It depends on style and currency: a
 * plain number differs from an amount in en-DE and fr-CH, EUR from CZK in en-CZ, CVE from EUR in kea.
 */
export function separatorOf(type: 'decimal' | 'group', currency: string, locale: string): string {
  if (isEnglish(locale)) return type === 'group' ? ',' : '.';
  // A currency without decimals displays no separator of them.
  const parts = formatter(currency, locale, fractionDigits(currency) || 1).formatToParts(12_345_678.5);
  return parts.find((part) => part.type === type)?.value ?? '';
}

/**
 * Where amounts are written as `inEnglish` does. The first formatter of a page takes a tenth of the form's start, and most
 * pages need no other.
 */
function isEnglish(locale: string): boolean {
  return /^en(?:-US|-GB)?$/.test(locale);
}

function inEnglish(minor: bigint, currency: string): string {
  return toDecimal(minor, currency).replace(/\B(?<!\.\d*)(?=(?:\d{3})+(?!\d))/g, ',');
}

/** A form asks for the same few at every key that is typed, and making one takes longer than all it does. */
const formatters = /* @__PURE__ */ new Map<string, Intl.NumberFormat>();

function formatter(currency: string, locale: string, digits = fractionDigits(currency)): Intl.NumberFormat {
  const key = `${currency}${digits}${locale}`;
  const made =
    formatters.get(key) ??
    new Intl.NumberFormat(locale, {
      style: 'currency',
      currency,
      currencyDisplay: 'code',
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
  formatters.set(key, made);
  return made;
}

function literal(minor: bigint, currency: string): Intl.StringNumericLiteral {
  return toDecimal(minor, currency) as Intl.StringNumericLiteral;
}
