export { currencies, fractionDigits, isCurrency, UnknownCurrencyError } from './money/currency.ts';
export { MAX_DIGITS, parseDecimal, toDecimal, type AmountFault, type ParsedAmount } from './money/decimal.ts';
export { decimalSeparator, formatAmount, formatNumber, formatTyped } from './money/format.ts';
export {
  amountOfItems,
  type ItemAmount,
  type ItemsAmount,
  type ItemsFault,
  type OrderItem,
  type OrderItems,
  type ReturnedItems,
} from './money/items.ts';
export { splitProportionally, type Share } from './money/split.ts';
export { parseTyped, toAsciiDigits } from './money/typed.ts';
