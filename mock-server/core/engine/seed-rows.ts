import { fractionDigits, isCurrency, parseDecimal, toDecimal } from '../../../contract/money.ts';
import type { DataModel, LooseRow, LooseRows, SeedData } from './data-model.ts';
import { rowsFault } from './rules.ts';
import type { Millis } from './time.ts';
import { describe } from './validation.ts';

export type ParsedSeed = { readonly data: SeedData } | { readonly fault: string };

/**
 * Rows as a person writes them: only what matters, and the rest is filled in. A paid order is an id, an amount and a
 * currency. The result is checked like any other data.
 * @param now creation time of a row that gives none
 */
export function parseSeed(model: DataModel, input: unknown, now: Millis): ParsedSeed {
  if (!isObject(input)) return { fault: `expected an object of collections, received ${describe(input)}` };
  for (const [name, rows] of Object.entries(input)) {
    if (!model.has(name)) return { fault: `${name}: no such collection, expected ${model.names.join(', ')}` };
    if (!Array.isArray(rows)) return { fault: `${name}: expected an array of rows, received ${describe(rows)}` };
    const odd = rows.findIndex((row) => !isObject(row));
    if (odd >= 0) return { fault: `${name}.${odd}: expected a row, received ${describe(rows[odd])}` };
  }
  const filled = fill(model, input as LooseRows, now);
  const fault = rowsFault(model, filled);
  return fault === undefined ? { data: filled as unknown as SeedData } : { fault };
}

function fill({ models }: DataModel, given: LooseRows, now: Millis): Record<string, readonly LooseRow[]> {
  const filled: Record<string, readonly LooseRow[]> = {};
  for (const model of models) {
    const own = Object.keys(model.schemas);
    Object.assign(filled, model.fill?.(given, now) ?? Object.fromEntries(own.map((name) => [name, given[name] ?? []])));
  }
  return filled;
}

const isObject = (value: unknown): value is LooseRow =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** In major units: more than anyone refunds by accident, and less than a decimal of the schema can hold. */
const AMPLE = 1_000_000n;

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
export const rowById = (rows: readonly LooseRow[], id: unknown): LooseRow | undefined =>
  rows.find((row) => row['id'] === id);

export function zeroIn(currency: unknown): string {
  return isCurrency(textOf(currency)) ? toDecimal(0n, textOf(currency)) : '0';
}

/** The amount, or zero where it makes no sense: its own row already complains about it. */
export function amountOrZero(amount: unknown, currency: unknown): string {
  const sound = isCurrency(textOf(currency)) && parseDecimal(textOf(amount), textOf(currency)).ok;
  return sound ? textOf(amount) : zeroIn(currency);
}

/** A balance that covers any refund. */
export function ampleIn(currency: unknown): string {
  const code = isCurrency(textOf(currency)) ? textOf(currency) : 'KWD';
  return toDecimal(AMPLE * 10n ** BigInt(fractionDigits(code)), code);
}

/** Amounts with all decimals of the row's currency. Anything that is no amount stays as it is and is refused later. */
export function withDecimals(row: LooseRow, ...members: readonly string[]): LooseRow {
  const copy: Record<string, unknown> = { ...row };
  for (const member of members) {
    const currency = textOf(row['currency']);
    const amount = isCurrency(currency) ? parseDecimal(textOf(row[member]), currency) : undefined;
    if (amount?.ok) copy[member] = toDecimal(amount.minor, currency);
  }
  return copy;
}
