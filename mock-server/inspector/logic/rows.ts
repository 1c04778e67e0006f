export type DataRow = Readonly<Record<string, unknown>>;

const MAX_COLUMNS = 6;
/** What a person looks for in a table of payments and refunds. */
const TELLING = /(?:status|amount|currency|total|balance|captured|result|^payment_intent$|^order$)/;

/** The members that a table of these rows shows: the id, and those that tell the most. */
export function columnsOf(rows: readonly DataRow[]): string[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const plain = names.filter((name) => rows.every((row) => typeof row[name] !== 'object' || row[name] === null));
  const telling = plain.filter((name) => name !== 'id' && TELLING.test(name));
  const others = plain.filter((name) => name !== 'id' && !TELLING.test(name));
  return ['id', ...telling, ...others].slice(0, MAX_COLUMNS);
}

/** A value in a cell of a table. */
export function showCell(value: unknown): string {
  if (value === null || value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The row as a person edits it. */
export const writeRow = (row: DataRow): string => JSON.stringify(row, undefined, 2);

export type ReadRow = { readonly ok: true; readonly row: DataRow } | { readonly ok: false; readonly message: string };

/** @returns the engine's own words where the text is not JSON */
export function readRow(text: string): ReadRow {
  try {
    const row: unknown = JSON.parse(text);
    if (typeof row === 'object' && row !== null && !Array.isArray(row)) return { ok: true, row: row as DataRow };
    return { ok: false, message: '' };
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, message: error.message };
    throw error;
  }
}

export interface RowEdit {
  readonly method: 'PATCH' | 'PUT';
  readonly body: DataRow;
}

/**
 * The edit that makes one row of another; `undefined` when nothing is different. It sends only what the person changed, so
 * that it takes back nothing that changed meanwhile, unless a member was taken out.
 */
export function editOf(before: DataRow, after: DataRow): RowEdit | undefined {
  if (Object.keys(before).some((name) => !Object.hasOwn(after, name))) return { method: 'PUT', body: after };
  const changed = Object.entries(after).filter(([name, value]) => !isSame(before[name], value));
  return changed.length === 0 ? undefined : { method: 'PATCH', body: Object.fromEntries(changed) };
}

/** Members whose values differ between two states of a row. */
export function changedMembers(before: DataRow, after: DataRow): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => !isSame(before[name], after[name]),
  );
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
