import { formatAmount, formatNumber, parseDecimal } from '../../../contract/money.ts';
import type { SandboxPaymentMoney } from '../../client/overview.ts';

export const MONEY_PARTS = ['refunded', 'pending', 'refundable'] as const;
export type MoneyPart = (typeof MONEY_PARTS)[number];

const minorOf = (decimal: string, currency: string): bigint => {
  const parsed = parseDecimal(decimal, currency);
  return parsed.ok ? parsed.minor : 0n;
};

/** `KWD 12.500`, or the text as it came when it is no amount. */
export function showMoney(decimal: string, currency: string): string {
  const parsed = parseDecimal(decimal, currency);
  return parsed.ok ? formatAmount(parsed.minor, currency, 'en') : `${currency} ${decimal}`;
}

/** `12.500` */
export function showNumber(decimal: string, currency: string): string {
  const parsed = parseDecimal(decimal, currency);
  return parsed.ok ? formatNumber(parsed.minor, currency, 'en') : decimal;
}

export interface Bar {
  readonly part: MoneyPart;
  /** Percent of what was captured. */
  readonly start: number;
  readonly width: number;
}

/** The parts of a stacked bar. The last part with money takes what rounding leaves, so that the bar has no gap. */
export function barsOf(payment: Pick<SandboxPaymentMoney, 'currency' | 'captured' | MoneyPart>): Bar[] {
  const captured = minorOf(payment.captured, payment.currency);
  if (captured <= 0n) return [];
  let before = 0n;
  const at = (minor: bigint) => Number((minor * 10_000n) / captured) / 100;
  return MONEY_PARTS.flatMap((part) => {
    const minor = minorOf(payment[part], payment.currency);
    const start = at(before);
    before += minor;
    return minor > 0n ? [{ part, start, width: Math.round((at(before) - start) * 100) / 100 }] : [];
  });
}
