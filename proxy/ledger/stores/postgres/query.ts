import { createHash } from 'node:crypto';

import type { QueryConfig } from 'pg';

import { storable, type SqlValue } from '../sql/rows.ts';

/** The statement for `pg`. `isPrepared`: prepared statements stay with the connection; a pooler may switch the server. */
export function toQuery(sql: string, values: readonly SqlValue[], isPrepared: boolean): QueryConfig {
  const text = numbered(sql);
  // If a pooler has switched the server, a prepared BEGIN fails, and no transaction holds what follows it.
  const name = isPrepared && !TRANSACTION.test(text) ? { name: nameOf(text) } : {};
  return { ...name, text, values: values.map(toParameter) };
}

const TRANSACTION = /^(?:BEGIN|COMMIT)\b/;

const names = new Map<string, string>();

/** Named by its content: another instance's statement of that name, on a pooled connection, is the same statement. */
function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `refund_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
    names.set(text, name);
  }
  return name;
}

function toParameter(value: SqlValue): string | Buffer | null {
  if (value === null || typeof value === 'string') return storable(value);
  return value instanceof Uint8Array ? Buffer.from(value) : String(value);
}

const numberedTexts = new Map<string, string>();

/** Replaces each `?` by `$1`, `$2`, ... No statement of ours contains a `?` with another meaning. */
function numbered(sql: string): string {
  let text = numberedTexts.get(sql);
  if (text === undefined) {
    let n = 0;
    text = sql.replaceAll('?', () => `$${(n += 1)}`);
    numberedTexts.set(sql, text);
  }
  return text;
}
