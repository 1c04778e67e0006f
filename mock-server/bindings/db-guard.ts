import type { ServerResponse } from 'node:http';

import type { SandboxState } from '../core/engine/state.ts';
import { queryFault, type Query } from './db-query.ts';

/** Why rows cannot be read as this path and query ask for. */
export function readFault(state: SandboxState, path: string, query: Query): Fault | undefined {
  const fault = locationFault(state, path);
  if (fault) return fault;
  const message = queryFault(state, path, query);
  return message === undefined ? undefined : { status: 400, message };
}

/** Why this path below `/_sandbox/db` names neither a collection nor a row of one. */
export function locationFault(state: SandboxState, path: string): Fault | undefined {
  return pathFault(path) ?? unknownCollection(state, path) ?? unknownRow(state, path);
}

export interface Fault {
  readonly status: number;
  readonly message: string;
}

/** Without this check json-server would answer with a stack trace when a path cannot be decoded. */
function pathFault(path: string): Fault | undefined {
  try {
    decodeURIComponent(path);
    return undefined;
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return { status: 400, message: 'the path is not percent-encoded text' };
  }
}

/** Without this check json-server would answer with an empty 404. `/db` returns every collection. */
function unknownCollection({ registry }: SandboxState, path: string): Fault | undefined {
  const [, name = ''] = path.split('/');
  if (name === 'db' || registry.data.has(name)) return undefined;
  return { status: 404, message: `no collection "${name}": expected one of ${registry.data.names.join(', ')}` };
}

/** Without this check json-server would answer with an empty 404. */
function unknownRow({ store }: SandboxState, path: string): Fault | undefined {
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
