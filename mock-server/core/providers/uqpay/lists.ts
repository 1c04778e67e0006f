import { note } from '../../engine/context.ts';
import type { Context } from '../../engine/provider.ts';
import { parseInstant, toRfc3339, type Millis } from '../../engine/time.ts';
import { describe } from '../../engine/validation.ts';
import { ok, type Reply } from '../../engine/wire.ts';
import { monthsBefore } from './months.ts';
import { invalidParameter } from './replies.ts';

export interface Page {
  readonly size: number;
  readonly number: number;
}

export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reply: Reply };

const fault = (message: string) => ({ ok: false, reply: invalidParameter(message) }) as const;

/** `page_size` 1-100 and `page_number` from 1, both required. D */
export function parsePage(query: URLSearchParams): Parsed<Page> {
  const size = whole(query.get('page_size'));
  if (size === undefined || size < 1 || size > 100) {
    return fault(`page_size: expected a whole number from 1 to 100, received ${received(query, 'page_size')}`);
  }
  const number = whole(query.get('page_number'));
  if (number === undefined || number < 1) {
    return fault(
      `page_number: expected a whole number from 1 to ${MAX_WHOLE}, received ${received(query, 'page_number')}`,
    );
  }
  return { ok: true, value: { size, number } };
}

export const MAX_WHOLE = 999_999_999;

function whole(text: string | null): number | undefined {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

const received = (query: URLSearchParams, name: string) => describe(query.get(name) ?? undefined);

interface RangeNames {
  readonly start: string;
  readonly end: string;
}

/** `create_time` texts, both inclusive, that rows are compared with. */
export interface TimeRange {
  readonly from: string;
  readonly to: string;
}

/** `start_time` and `end_time`: one month back by default, at most three. D */
export function parseRange(context: Context, query: URLSearchParams, names: RangeNames): Parsed<TimeRange> {
  const end = bound(context, query, names.end, context.now);
  if (!end.ok) return end;
  const start = bound(context, query, names.start, monthsBefore(end.value, 1));
  if (!start.ok) return start;
  if (start.value < monthsBefore(end.value, 3)) {
    return fault(`${names.start}: the range may be at most 3 months long`);
  }
  return ordered(start.value, end.value, names);
}

/** A range without a maximum length: from the beginning and until now by default. P */
export function parseOpenRange(context: Context, query: URLSearchParams, names: RangeNames): Parsed<TimeRange> {
  const end = bound(context, query, names.end, context.now);
  if (!end.ok) return end;
  const start = bound(context, query, names.start, 0);
  return start.ok ? ordered(start.value, end.value, names) : start;
}

function ordered(start: Millis, end: Millis, names: RangeNames): Parsed<TimeRange> {
  if (start > end) return fault(`${names.start}: must not be later than ${names.end}`);
  return { ok: true, value: { from: toRfc3339(start), to: toRfc3339(end) } };
}

function bound(context: Context, query: URLSearchParams, name: string, otherwise: Millis): Parsed<Millis> {
  const text = query.get(name);
  if (text === null || text === '') return { ok: true, value: otherwise };
  // A "+" of an offset that was not percent-encoded arrives as a space.
  const hasRawPlus = / \d\d:\d\d$/.test(text);
  if (hasRawPlus) note(context, 'uqpay.raw-plus');
  const at = parseInstant(hasRawPlus ? text.replace(' ', '+') : text);
  if (at !== undefined) return { ok: true, value: at };
  return fault(`${name}: expected a time such as 2026-11-01T09:00:00+08:00, received ${describe(text)}`);
}

/** One page of rows that stand oldest first, newest first on the wire; only the rows of the page are formatted. */
export function pageOf<Row>(
  rows: readonly Row[],
  from: number,
  to: number,
  page: Page,
  format: (row: Row) => object,
): Reply {
  const total = Math.max(0, to - from);
  const data: object[] = [];
  const last = to - 1 - (page.number - 1) * page.size;
  for (let index = last; index >= from && data.length < page.size; index -= 1) data.push(format(rows[index]!));
  return ok({ total_pages: Math.ceil(total / page.size), total_items: total, data });
}
