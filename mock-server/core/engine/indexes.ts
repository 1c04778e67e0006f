import { parseDecimal } from '../../../contract/money.ts';

/** Sums of a payment, kept so that no call adds up its refunds. Minor units. */
export interface Sums {
  /** Counts against the refundable amount. */
  held: bigint;
  /** Given back. */
  refunded: bigint;
}

/** What a refund's status means for the sums of its payment. */
export interface Weight {
  /** Counts against the refundable amount. */
  readonly held: boolean;
  /** Counts as given back. */
  readonly refunded: boolean;
}

/** A payment's refunds, oldest first, and their sums. */
export interface RefundsOf<Row> extends Sums {
  readonly rows: Row[];
}

export function addWeight(sums: Sums, minor: bigint, weight: Weight, sign: 1n | -1n): void {
  if (weight.held) sums.held += sign * minor;
  if (weight.refunded) sums.refunded += sign * minor;
}

/** @throws RangeError on a text that is no amount: rows are validated before they get here. */
export function minorOf(amount: string, currency: string): bigint {
  const parsed = parseDecimal(amount, currency);
  if (!parsed.ok) throw new RangeError(`"${amount}" is not an amount in ${currency}`);
  return parsed.minor;
}

/** Parses each text once: many refunds have the same amount. */
export function amountReader(): typeof minorOf {
  const amounts = new Map<string, Map<string, bigint>>();
  return (amount, currency) => {
    const ofCurrency = getOrMake(amounts, currency, () => new Map<string, bigint>());
    return getOrMake(ofCurrency, amount, () => minorOf(amount, currency));
  };
}

type Timed = { readonly create_time: string };

/**
 * Rows almost always arrive in order of time. A row that does not (after the clock was set back, or an edit) is
 * inserted at its place.
 */
export function insertByTime<Row extends Timed>(rows: Row[], row: Row): void {
  const last = rows.at(-1);
  if (!last || last.create_time <= row.create_time) rows.push(row);
  else rows.splice(firstAfter(rows, row.create_time), 0, row);
}

/** Index of the first row created later than `time`. */
export function firstAfter(rows: readonly Timed[], time: string): number {
  return bisect(rows, (row) => row.create_time <= time);
}

/** Index of the first row created at `time` or later. */
export function firstNotBefore(rows: readonly Timed[], time: string): number {
  return bisect(rows, (row) => row.create_time < time);
}

/** Index of the first row that is not `early`; the early ones stand first. */
function bisect(rows: readonly Timed[], early: (row: Timed) => boolean): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (early(rows[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function byId<Row extends { readonly id: string }>(rows: readonly Row[]): Map<string, Row> {
  const rowsById = new Map<string, Row>();
  for (const row of rows) rowsById.set(row.id, row);
  return rowsById;
}

export function groupBy<Row>(rows: readonly Row[], key: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) getOrMake(groups, key(row), () => []).push(row);
  return groups;
}

export function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
