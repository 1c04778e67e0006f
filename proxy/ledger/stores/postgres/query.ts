import { createHash } from 'node:crypto';

import type { QueryConfig } from 'pg';

import { storable, type SqlValue } from '../sql/rows.ts';

/** The statement for `pg`. `isPrepared`: prepared statements stay with the connection; a pooler may switch the server. */
export function toQuery(sql: string, values: readonly SqlValue[], isPrepared: boolean): QueryConfig {
  let statement = statements.get(sql);
  if (!statement) statements.set(sql, (statement = toStatement(sql)));
  const { text, name } = statement;
  return { text, ...(isPrepared && name !== undefined && { name }), values: values.map(toParameter) };
}

interface Statement {
  readonly text: string;
  readonly name?: string;
}

const statements = new Map<string, Statement>();

/**
 * Replaces each `?` by `$1`, `$2`, ...: no statement of ours contains a `?` with another meaning. The name comes from the
 * content: another instance's statement of that name, on a pooled connection, is the same statement.
 */
function toStatement(sql: string): Statement {
  let n = 0;
  const text = sql.replaceAll('?', () => `$${(n += 1)}`);
  // If a pooler has switched the server, a prepared BEGIN fails, and no transaction holds what follows it.
  if (/^(?:BEGIN|COMMIT)\b/.test(text)) return { text };
  return { text, name: `refund_${createHash('sha256').update(text).digest('hex').slice(0, 32)}` };
}

function toParameter(value: SqlValue): string | Buffer | null {
  if (value === null || typeof value === 'string') return storable(value);
  return value instanceof Uint8Array ? Buffer.from(value) : String(value);
}
