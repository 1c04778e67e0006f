import type { ServerResponse } from 'node:http';

import type { SandboxState } from '../core/engine/state.ts';
import { queryFault, type Query } from './db-query.ts';

export function queryFaultOf({ registry }: SandboxState, path: string, query: Query): Fault | undefined {
  const message = queryFault(registry.data, path, query);
  return message === undefined ? undefined : { status: 400, message };
}

export interface Fault {
  readonly status: number;
  readonly message: string;
}

/** Without this check json-server would answer with a stack trace when a path cannot be decoded. */
export function pathFault(path: string): Fault | undefined {
  try {
    decodeURIComponent(path);
    return undefined;
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return { status: 400, message: 'the path is not percent-encoded text' };
  }
}

/** Without this check json-server would answer with an empty 404. `/db` returns every collection. */
export function unknownCollection({ registry }: SandboxState, path: string): Fault | undefined {
  const [, name = ''] = path.split('/');
  if (name === 'db' || registry.data.has(name)) return undefined;
  return { status: 404, message: `no collection "${name}": expected one of ${registry.data.names.join(', ')}` };
}

/** Without this check json-server would answer with an empty 404. */
export function unknownRow({ store }: SandboxState, path: string): Fault | undefined {
  const [, name = '', encoded = '', ...deeper] = path.split('/');
  const id = decodeURIComponent(encoded);
  if (id === '' || deeper.length > 0 || store.collections[name]?.some((row) => row.id === id)) return undefined;
  return { status: 404, message: `no row "${id}" in ${name}: GET /_sandbox/db/${name} lists them` };
}

export function writeJson(response: ServerResponse, status: number, body: unknown): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(JSON.stringify(body, undefined, 2));
}

export function refuse(response: ServerResponse, status: number, error: string): void {
  writeJson(response, status, { error });
}
