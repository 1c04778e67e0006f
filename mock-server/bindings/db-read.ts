import type { Row } from '../core/engine/data-model.ts';
import type { SandboxState } from '../core/engine/state.ts';
import { readFault } from './db-guard.ts';
import type { Query } from './db-query.ts';

export interface RowsRead {
  readonly status: number;
  readonly body: unknown;
  /** How many rows the filter found, when only a part of them was asked for. */
  readonly total?: number;
}

const WINDOW = ['_start', '_end'];

/**
 * Reads rows as json-server answers it: all of them, one by its id, or a collection by equal members, text (`q`) and a
 * window (`_start`, `_end`).
 * @param path below `/_sandbox/db`, with a slash at its beginning
 * @returns `undefined` for what only json-server can do
 */
export function readRows(state: SandboxState, path: string, params: URLSearchParams): RowsRead | undefined {
  const query: Query = Object.fromEntries(
    [...new Set(params.keys())].map((key) => {
      const texts = params.getAll(key);
      return [key, texts.length === 1 ? texts[0] : texts];
    }),
  );
  const fault = readFault(state, path, query);
  if (fault) return { status: fault.status, body: { error: fault.message } };
  const [, name = '', encoded = '', ...deeper] = path.split('/');
  if (deeper.length > 0) return undefined;
  if (name === 'db') return { status: 200, body: state.store.collections };
  const rows = state.store.collections[name] ?? [];
  if (encoded === '') return list(rows, params);
  return { status: 200, body: rows.find(({ id }) => id === decodeURIComponent(encoded)) };
}

function list(rows: readonly Row[], params: URLSearchParams): RowsRead | undefined {
  const members = [...new Set(params.keys())].filter((key) => key !== 'q' && !WINDOW.includes(key));
  if (members.some((key) => key.startsWith('_') || /_(?:gte|lte|ne|like)$/.test(key))) return undefined;
  const text = params.get('q')?.toLowerCase();
  const found = rows.filter(
    (row) =>
      (text === undefined || hasText(row, text)) &&
      members.every((key) => params.getAll(key).includes(String(memberOf(row, key)))),
  );
  if (!params.has('_end')) return params.has('_start') ? undefined : { status: 200, body: found };
  const [start, end] = WINDOW.map((key) => Number(params.get(key) ?? 0));
  return { status: 200, body: found.slice(start, end), total: found.length };
}

/** A member of a row, or one of its own: `metadata.shop`. */
const memberOf = (row: Row, key: string): unknown =>
  key.split('.').reduce<unknown>((value, part) => (value as Record<string, unknown> | null | undefined)?.[part], row);

type Json = string | number | boolean | object | null | undefined;

function hasText(value: Json, text: string): boolean {
  if (value === null || value === undefined) return false;
  if (typeof value === 'object') return Object.values(value).some((one: Json) => hasText(one, text));
  return String(value).toLowerCase().includes(text);
}
