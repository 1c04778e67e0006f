import type { IncomingMessage, ServerResponse } from 'node:http';

import { ownHeaderFault } from '../core/engine/own-headers.ts';
import { settleDue } from '../core/engine/settle.ts';
import type { SandboxState } from '../core/engine/state.ts';
import type { Call } from '../core/engine/wire.ts';
import type { Located, Namespaces } from '../core/namespaces.ts';
import { corsHeaders } from './cors.ts';
import { editRow, type EditResult } from './db-edit.ts';
import { makeApp, MissingJsonServerError, PREFIX, type DbApp } from './db-app.ts';
import { refuse, writeJson } from './db-guard.ts';
import { readRows } from './db-read.ts';
import { callOf, readBody, type Body } from './node-request.ts';
import type { StateFile } from './state-file/state-file.ts';

const apps = new WeakMap<SandboxState, Promise<DbApp>>();

interface DbOptions {
  readonly namespaces: Namespaces;
  /** Stores an edit before the answer is sent. */
  readonly durable: StateFile | undefined;
  /** Sends the webhooks that an edit has planned. */
  readonly pump: () => void;
}

type Found = Extract<Located, { ok: true }>;

/** `/_sandbox/db`: reads and edits the rows. */
export async function serveDb(options: DbOptions, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { durable, namespaces } = options;
  // First, because a namespace can be deleted while the body comes.
  const body = await new Promise<Body>((resolve) => {
    readBody(incoming, resolve);
  });
  const call = callOf(incoming, body);
  const { origin } = call.headers;
  for (const [name, value] of Object.entries(origin === undefined ? {} : corsHeaders(origin))) {
    outgoing.setHeader(name, value);
  }
  const misspelt = ownHeaderFault(call);
  if (misspelt !== undefined) {
    refuse(outgoing, 400, misspelt);
    return;
  }
  const located = await (durable ?? namespaces).locate(call.path, call.headers);
  if (!located.ok) {
    refuse(outgoing, located.status, located.message);
    return;
  }
  const below = located.path.slice(PREFIX.length);
  if (!located.path.startsWith(PREFIX) || (below !== '' && !below.startsWith('/'))) {
    refuse(outgoing, 404, `the rows are under ${PREFIX}`);
    return;
  }
  const rows = below === '' || below === '/' ? '/db' : below;
  if (call.method === 'GET' || call.method === 'HEAD') {
    await serveRead(located, { rows, query: call.query }, incoming, outgoing);
  } else {
    await serveEdit(options, located, { rows, call }, outgoing);
  }
}

/** Carries an edit out through json-server, where it is installed. */
async function serveEdit(
  { namespaces, durable, pump }: DbOptions,
  { state, name }: Found,
  { rows, call }: { readonly rows: string; readonly call: Call },
  outgoing: ServerResponse,
): Promise<void> {
  const loaded = await appOf(state);
  const carryOut = loaded instanceof MissingJsonServerError ? undefined : loaded.edit;
  // An edit of a namespace that was deleted while json-server was loaded would be lost.
  const work = (): EditResult =>
    namespaces.has(state, name)
      ? editRow(state, call, rows, carryOut)
      : { ok: false, status: 404, message: `the namespace "${name}" was deleted meanwhile` };
  const result = durable ? await durable.edit(name, work) : work();
  if (!result.ok) {
    refuse(outgoing, result.status, result.message);
    return;
  }
  if (state.webhooks.listening) namespaces.touched.add(state);
  pump();
  writeJson(outgoing, result.status, result.body);
}

/** Without json-server the rows can be read, but neither sorted nor compared. */
async function serveRead(
  { state }: Found,
  { rows, query }: { readonly rows: string; readonly query: string },
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const loaded = await appOf(state);
  settleDue(state);
  if (loaded instanceof MissingJsonServerError) {
    const read = readRows(state, rows, new URLSearchParams(query));
    if (read?.total !== undefined) outgoing.setHeader('x-total-count', read.total);
    if (read) writeJson(outgoing, read.status, read.body);
    else refuse(outgoing, 501, loaded.message);
    return;
  }
  loaded.read(`${rows}${query === '' ? '' : `?${query}`}`, incoming, outgoing);
}

/** json-server starts slowly, so it is loaded on first use. */
async function appOf(state: SandboxState): Promise<DbApp | MissingJsonServerError> {
  let loading = apps.get(state);
  if (!loading) {
    loading = makeApp(state);
    apps.set(state, loading);
  }
  return loading.catch((error: unknown) => {
    if (error instanceof MissingJsonServerError) return error;
    throw error;
  });
}
