import { fractionDigits, MAX_DIGITS } from '../../../contract/money.ts';

/** What an amount of a currency has to be, for a refusal: `above 0 in KWD, with at most 3 decimals and 18 digits`. */
export function positiveIn(currency: string): string {
  const decimals = fractionDigits(currency);
  const most = decimals === 0 ? 'without decimals' : `with at most ${decimals} decimals`;
  return `above 0 in ${currency}, ${most} and ${decimals === 0 ? 'with at most ' : ''}${MAX_DIGITS} digits`;
}
