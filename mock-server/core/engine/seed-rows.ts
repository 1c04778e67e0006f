import { fractionDigits, isCurrency, parseDecimal, toDecimal } from '../../../contract/money.ts';
import type { DataModel, FilledRows, LooseRow, LooseRows, SeedData } from './data-model.ts';
import { MAX_ID } from './row-types.ts';
import { MAX_FAULTS, rowsFault } from './rules.ts';
import { EARLIEST, EXAMPLE_TIME, isWritten, LATEST, parseInstant, toRfc3339, type Millis } from './time.ts';
import { describe, quote } from './validation.ts';

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
  const given = input as LooseRows;
  const faults = Object.entries(given).flatMap(([name, rows = []]) => givenFaults(model, name, rows, given));
  if (faults.length > 0) return { fault: faults.slice(0, MAX_FAULTS).join('; ') };
  const filled = fill(model, withOwnTimes(model, given), now);
  const fault = rowsFault(model, filled, { given }) ?? writtenFault(model, given, filled);
  return fault === undefined ? { data: filled as unknown as SeedData } : { fault };
}

function writtenFault({ models }: DataModel, given: LooseRows, filled: FilledRows): string | undefined {
  for (const model of models) {
    const fault = model.seedFault?.(given, filled);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Faults that would spread to what is filled in, and be told of members that nobody has written. */
function givenFaults(model: DataModel, name: string, rows: readonly LooseRow[], given: LooseRows): string[] {
  const references = model.referencesOf(name).map(([member, target]) => {
    const ids = (given[target] ?? []).map((row) => row['id']);
    return {
      member,
      target,
      ids: new Set(ids),
      example: ids.length === 0 ? 'of which there is none' : `such as ${quote(textOf(ids[0]))}`,
    };
  });
  return rows.flatMap((row, index) => {
    const at = `${name}.${index}`;
    const missing = references
      .filter(({ member, ids }) => !ids.has(row[member]))
      .map(
        ({ member, target, example }) =>
          `${at}.${member}: expected the id of a row of ${target}, ${example}, received ${describe(row[member])}`,
      );
    const times = Object.entries(row)
      .filter(([member, value]) => model.isTime(name, member) && value !== null && timeOf(value) === undefined)
      .map(
        ([member, value]) => `${at}.${member}: expected a time such as "${EXAMPLE_TIME}", received ${describe(value)}`,
      );
    return [...missing, ...times];
  });
}

/** Every time as the sandbox writes it, whatever its offset and its fractions of a second: each language has its own. */
function withOwnTimes(model: DataModel, given: LooseRows): LooseRows {
  const rowOf = (name: string, row: LooseRow) =>
    Object.fromEntries(
      Object.entries(row).map(([member, value]) => [
        member,
        model.isTime(name, member) ? (timeOf(value) ?? value) : value,
      ]),
    );
  return Object.fromEntries(
    Object.entries(given).map(([name, rows = []]) => [name, rows.map((row) => rowOf(name, row))]),
  );
}

/** As the sandbox writes it; `undefined` for what is no time that it can write. */
function timeOf(given: unknown): string | undefined {
  if (typeof given !== 'string') return undefined;
  if (isWritten(given)) return given;
  const at = parseInstant(given);
  return at === undefined || at < EARLIEST || at > LATEST ? undefined : toRfc3339(at);
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
/** The id of a row that is filled in for another one. It is no longer than an id may be: its end tells ids apart. */
export const idFor = (prefix: string, id: unknown): string => prefix + textOf(id).slice(prefix.length - MAX_ID);
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
