import type { ServerResponse } from 'node:http';

import type { Middleware, Request, Response } from 'json-server';

import type { Row } from '../core/engine/data-model.ts';
import { rowFault, rulesFault } from '../core/engine/rules.ts';
import type { SandboxState } from '../core/engine/state.ts';
import { queryFault, withoutPatterns, type Query } from './db-query.ts';

/**
 * The name in `response.locals` of the row before the edit. It is a copy, because json-server changes rows in place.
 */
export const BEFORE = 'before';

/** Passes reads, and edits that keep every rule. Refuses the rest with the reason. */
export function guard(state: SandboxState): Middleware {
  return (request, response, next) => {
    if (request.headers['x-http-method-override'] !== undefined) {
      refuse(response, 400, 'x-http-method-override is not taken: send the method itself');
      return;
    }
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const fault =
      pathFault(request.path) ??
      unknownCollection(state, request.path) ??
      unknownRow(state, request.path) ??
      badQuery(state, reads, request) ??
      (reads ? undefined : editFault(state, request, response));
    if (fault) {
      refuse(response, fault.status, fault.message);
      return;
    }
    withoutPatterns(request.query);
    next();
  };
}

function badQuery(state: SandboxState, reads: boolean, { path, query }: Request): Fault | undefined {
  if (reads) return queryFaultOf(state, path, query);
  if (Object.keys(query).length === 0) return undefined;
  return { status: 400, message: 'an edit takes no query: the row is in the path and in the body' };
}

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

function editFault(state: SandboxState, request: Request, response: Response): Fault | undefined {
  const [, name = '', encoded, ...deeper] = request.path.split('/');
  if (deeper.length > 0) return { status: 404, message: 'rows are edited as /collection/id, not through another row' };
  const { data } = state.registry;
  const rows = state.store.collections[name] ?? [];
  const id = encoded === undefined ? undefined : decodeURIComponent(encoded);
  const old = rows.find((row) => row.id === id);
  if (old) response.locals[BEFORE] = { ...old };
  const row = rowAfter(request, old);
  if (row !== undefined) {
    if (old && row['id'] !== old.id) return { status: 422, message: 'id: the id of a row cannot be changed' };
    const fault = rowFault(data, name, row);
    if (fault !== undefined) return { status: 422, message: fault };
  }
  const others = rows.filter((other) => other !== old);
  const rowsAfterEdit = row === undefined ? others : [...others, row as unknown as Row];
  const fault = rulesFault(data, { ...state.store.collections, [name]: rowsAfterEdit });
  return fault === undefined ? undefined : { status: 422, message: fault };
}

/** The row as it would be after the edit; `undefined` for a DELETE. */
function rowAfter({ method, body }: Request, old: object | undefined): Record<string, unknown> | undefined {
  if (method === 'DELETE') return undefined;
  const members = typeof body === 'object' && body !== null ? body : {};
  if (method === 'PATCH') return { ...old, ...members };
  // json-server keeps the id of the path on a PUT.
  return method === 'PUT' && old ? { ...members, id: (old as { id: string }).id } : { ...members };
}

export function writeJson(response: ServerResponse, status: number, body: unknown): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(JSON.stringify(body, undefined, 2));
}

export function refuse(response: ServerResponse, status: number, error: string): void {
  writeJson(response, status, { error });
}
