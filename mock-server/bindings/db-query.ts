import type { DataModel } from '../core/engine/data-model.ts';
import type { SandboxState } from '../core/engine/state.ts';
import { describe, quote } from '../core/engine/validation.ts';
import { rowValueFault } from './db-value.ts';

/** Query parameters of json-server that have an effect here. */
const COUNTS = new Set(['_page', '_limit', '_start', '_end']);
const OPERATIONS = /_(?:gte|lte|ne|like)$/;
const SPECIAL = /[\\^$.*+?()[\]{}|]/g;

/** As texts, "89.90" comes after "250.00". */
const NO_ORDER =
  'amounts are decimal texts in the currency of their row, and would be put in the order of texts: ' +
  'read the rows and compare minor units of one currency';

export type Query = Record<string, unknown>;

/**
 * Why a query of the data view would not do what it says, as a sentence. json-server ignores a member that no row
 * has and makes regular expressions of others. Both are refused here, so that no filter is ignored.
 * @param path below `/_sandbox/db`
 */
export function queryFault(state: SandboxState, path: string, query: Query): string | undefined {
  const { data } = state.registry;
  const [, name = '', id] = path.split('/');
  const isList = data.has(name) && (id === undefined || id === '');
  for (const [key, value] of Object.entries(query)) {
    if (!isList) return `${quote(key).slice(1, -1)}: only a collection can be filtered: expected no query`;
    const fault = memberFault(data, name, key) ?? valueFault(state, name, key, value);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** json-server leaves a filter out that no row has a member for, and then all rows match. */
export function isOfNone(query: Query, rows: readonly object[]): boolean {
  const members = Object.keys(query).filter((key) => key !== 'q' && !key.startsWith('_') && !OPERATIONS.test(key));
  return members.some((key) => !rows.some((row) => hasMember(row, key.split('.'))));
}

function hasMember(value: unknown, [name, ...deeper]: readonly string[]): boolean {
  if (name === undefined) return true;
  const isObject = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return isObject && hasMember((value as Record<string, unknown>)[name], deeper);
}

function memberFault(data: DataModel, name: string, key: string): string | undefined {
  if (key === 'q' || key === '_sort' || key === '_order' || COUNTS.has(key)) return undefined;
  const members = data.membersOf(name);
  const [member = ''] = key.replace(OPERATIONS, '').split('.');
  if (/_[gl]te$/.test(key) && data.isAmount(name, member)) return `${key}: ${NO_ORDER}`;
  if (members.includes(member)) return undefined;
  return `${quote(key).slice(1, -1)}: is no member of ${name}: expected one of ${members.join(', ')}`;
}

function valueFault(state: SandboxState, name: string, key: string, value: unknown): string | undefined {
  const { data } = state.registry;
  const texts = [value].flat();
  if (!texts.every((text) => typeof text === 'string')) return `${key}: expected text, received ${describe(value)}`;
  if (COUNTS.has(key) && !(texts.length === 1 && /^\d{1,9}$/.test(String(value)))) {
    return `${key}: expected a whole number, received ${describe(value)}`;
  }
  const parts = String(value).split(',');
  if (key === '_order' && !parts.every((part) => /^(?:asc|desc)$/i.test(part))) {
    return `_order: expected asc or desc, received ${describe(value)}`;
  }
  if (key !== '_sort') return rowValueFault(state, { name, key, texts: texts.map(String) });
  const odd = parts.find((part) => !data.membersOf(name).includes(part.split('.')[0] ?? ''));
  if (odd !== undefined) return `_sort: ${quote(odd)} is no member of ${name}`;
  const amount = parts.find((part) => data.isAmount(name, part));
  return amount === undefined ? undefined : `_sort: ${amount}: ${NO_ORDER}`;
}

/** Escapes `x_like`, so that it finds rows with this text and runs no regular expression of a caller. */
export function withoutPatterns(query: Query): void {
  for (const [key, value] of Object.entries(query)) {
    if (!key.endsWith('_like')) continue;
    query[key] = [value].flat().map((text) => String(text).replace(SPECIAL, String.raw`\$&`));
  }
}
