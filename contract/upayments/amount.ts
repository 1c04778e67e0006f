import { parseDecimal, readDecimal, toDecimal, type ParsedAmount } from '../money/decimal.ts';

export class InexactAmountError extends Error {
  override name = 'InexactAmountError' as const;

  constructor(minor: bigint, currency: string) {
    super(`${toDecimal(minor, currency)} ${currency} does not survive as a JSON number: send a smaller amount`);
  }
}

/**
 * The one place where money becomes a float: UPayments wants `totalPrice` and `amountToRefund` as JSON numbers.
 * @throws InexactAmountError when the number, written by `JSON.stringify` and read again, is another amount.
 */
export function toJsonAmount(minor: bigint, currency: string): number {
  const number = Number(toDecimal(minor, currency));
  if (readDecimal(String(number), currency) !== minor) throw new InexactAmountError(minor, currency);
  return number;
}

/** A JSON number as it stood on the wire, back to minor units: through its shortest decimal text, never through arithmetic. */
export function fromJsonAmount(number: number, currency: string): ParsedAmount {
  return parseDecimal(String(number), currency);
}
