import { fractionDigits } from './currency.ts';
import { toDecimal } from './decimal.ts';

/**
 * The amount as a person of this locale reads it, with its currency code and all of the currency's decimals.
 * Exact for any size: `Intl` is given the decimal string, never a number.
 */
export function formatAmount(minor: bigint, currency: string, locale: string): string {
  return formatter(currency, locale, 'currency').format(toDecimal(minor, currency) as Intl.StringNumericLiteral);
}

/** The same without the code, for a field or a column that names the currency itself. */
export function formatNumber(minor: bigint, currency: string, locale: string): string {
  return formatter(currency, locale, 'decimal').format(toDecimal(minor, currency) as Intl.StringNumericLiteral);
}

/** The amount as the same person would type it: the locale's separator, no grouping, ASCII digits. */
export function formatTyped(minor: bigint, currency: string, separator: string): string {
  return toDecimal(minor, currency).replace('.', separator);
}

function formatter(currency: string, locale: string, style: 'currency' | 'decimal'): Intl.NumberFormat {
  const digits = fractionDigits(currency);
  return new Intl.NumberFormat(locale, {
    style,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    ...(style === 'currency' && { currency, currencyDisplay: 'code' as const }),
  });
}
