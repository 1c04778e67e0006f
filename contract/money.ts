export { currencies, fractionDigits, isCurrency, UnknownCurrencyError } from './money/currency.ts';
export { MAX_DIGITS, parseDecimal, toDecimal, type AmountFault, type ParsedAmount } from './money/decimal.ts';
export { formatAmount, formatNumber, formatTyped } from './money/format.ts';
export { splitProportionally, type Share } from './money/split.ts';
export { decimalSeparator, parseTyped, toAsciiDigits } from './money/typed.ts';
