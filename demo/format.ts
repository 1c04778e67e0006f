import { formatAmount, parseDecimal } from '../contract/money.ts';
import { tag } from './settings.ts';

export function money(decimal: string, currency: string): string {
  const parsed = parseDecimal(decimal, currency);
  return parsed.ok ? formatAmount(parsed.minor, currency, tag()) : `${currency} ${decimal}`;
}

/** The amount in minor units, so that amounts can be added up; 0 when the text is not an exact amount. */
export function minorOf(decimal: string, currency: string): bigint {
  const parsed = parseDecimal(decimal, currency);
  return parsed.ok ? parsed.minor : 0n;
}

export const amount = (minor: bigint, currency: string): string => formatAmount(minor, currency, tag());

export const integer = (number: number): string => new Intl.NumberFormat(tag()).format(number);

const date = (options: Intl.DateTimeFormatOptions) => (iso: string) =>
  new Intl.DateTimeFormat(tag(), options).format(new Date(iso));

export const shortDate = date({ day: 'numeric', month: 'short', timeZone: 'UTC' });
export const time = date({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
export const dateAndTime = date({ dateStyle: 'medium', timeStyle: 'short' });
