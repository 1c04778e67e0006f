import { parseDecimal } from '../../../contract/money.ts';
import type { FilledRows, LooseRow, LooseRows } from './data-model.ts';
import { textOf } from './seed-rows.ts';
import { describe } from './validation.ts';

/** A row of a seed as a person wrote it, and as it was filled in. */
export interface WrittenRow<Row> {
  /** Its path, such as `orders.0`. */
  readonly at: string;
  readonly given: LooseRow;
  readonly row: Row;
}

/** The rows of a collection that a person wrote. */
export function written<Row>(name: string, given: LooseRows, filled: FilledRows): WrittenRow<Row>[] {
  return (given[name] ?? []).map((row, index) => ({
    at: `${name}.${index}`,
    given: row,
    row: filled[name]?.[index] as Row,
  }));
}

/** The first fault that a check finds. */
export function firstFault<Row>(
  rows: readonly WrittenRow<Row>[],
  check: (row: WrittenRow<Row>) => string | undefined,
): string | undefined {
  for (const row of rows) {
    const fault = check(row);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** A member that has to be another one, as a sentence. */
export const unlike = (at: string, expected: string, received: unknown): string =>
  `${at}: expected ${expected}, received ${describe(received)}`;

/** A refund of nothing: no provider makes one. */
export function zeroFault({ at, row }: WrittenRow<{ readonly amount: string; readonly currency: string }>) {
  const amount = parseDecimal(row.amount, row.currency);
  return amount.ok && amount.minor === 0n ? unlike(`${at}.amount`, 'more than zero', row.amount) : undefined;
}

/** Times that a row has after its creation. Only what a person wrote is compared: the rest is filled in to fit. */
const LATER = ['update_time', 'complete_time', 'cancel_time'];

export function timesFault({ at, given, row }: WrittenRow<object>): string | undefined {
  if (given['create_time'] === undefined) return undefined;
  const filled = row as LooseRow;
  const created = textOf(filled['create_time']);
  const early = LATER.find((name) => typeof given[name] === 'string' && textOf(filled[name]) < created);
  return early && unlike(`${at}.${early}`, `a time from its create_time on, ${created}`, filled[early]);
}
