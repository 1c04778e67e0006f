import type { IncomingMessage, ServerResponse } from 'node:http';

import type { App, Middleware, Request, Response } from 'json-server';

import { settleDue } from '../core/engine/settle.ts';
import type { SandboxState } from '../core/engine/state.ts';
import type { Call } from '../core/engine/wire.ts';
import type { Namespaces } from '../core/namespaces.ts';
import { corsHeaders } from './cors.ts';
import { editRow } from './db-edit.ts';
import { readFault, refuse, writeJson } from './db-guard.ts';
import { withoutPatterns } from './db-query.ts';
import { readRows } from './db-read.ts';
import { callOf, readBody, type Body } from './node-request.ts';
import type { StateFile } from './state-file/state-file.ts';

const PREFIX = '/_sandbox/db';
const apps = new WeakMap<SandboxState, Promise<DbApp>>();

interface DbApp {
  readonly app: App;
  /** Gives json-server the rows that the state holds now, because a reset replaces them. */
  readonly attach: () => void;
}

interface DbOptions {
  readonly namespaces: Namespaces;
  /** Stores an edit before the answer is sent. */
  readonly durable: StateFile | undefined;
  /** Sends the webhooks that an edit has planned. */
  readonly pump: () => void;
}

type Located = Extract<ReturnType<Namespaces['locate']>, { ok: true }>;

/** `/_sandbox/db`: reads and edits the rows. */
export async function serveDb(options: DbOptions, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const [path = '/', query = ''] = (incoming.url ?? '/').split(/\?(.*)/s);
  const located = options.namespaces.locate(path, incoming.headers as Call['headers']);
  if (!located.ok) {
    refuse(outgoing, located.status, located.message);
    return;
  }
  const below = located.path.slice(PREFIX.length);
  if (!located.path.startsWith(PREFIX) || (below !== '' && !below.startsWith('/'))) {
    refuse(outgoing, 404, `the rows are under ${PREFIX}`);
    return;
  }
  const { origin } = incoming.headers;
  for (const [name, value] of Object.entries(origin === undefined ? {} : corsHeaders(origin))) {
    outgoing.setHeader(name, value);
  }
  const rows = below === '' || below === '/' ? '/db' : below;
  if (incoming.method === 'GET' || incoming.method === 'HEAD') {
    await serveRead(located, { rows, query }, incoming, outgoing);
    return;
  }
  const body = await new Promise<Body>((resolve) => {
    readBody(incoming, resolve);
  });
  await serveEdit(options, located, { rows, call: callOf(incoming, body) }, outgoing);
}

async function serveEdit(
  { namespaces, durable, pump }: DbOptions,
  { state, prefix }: Located,
  { rows, call }: { readonly rows: string; readonly call: Call },
  outgoing: ServerResponse,
): Promise<void> {
  const work = () => editRow(state, call, rows);
  const result = durable ? await durable.edit(prefix.slice('/ns/'.length), work) : work();
  if (!result.ok) {
    refuse(outgoing, result.status, result.message);
    return;
  }
  if (state.webhooks.listening) namespaces.touched.add(state);
  pump();
  writeJson(outgoing, result.status, result.body);
}

/**
 * Reads go through json-server, which is loaded on first use because it starts slowly. Without it the rows can be read,
 * but neither sorted nor compared.
 */
async function serveRead(
  { state }: Located,
  { rows, query }: { readonly rows: string; readonly query: string },
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  let loading = apps.get(state);
  if (!loading) {
    loading = makeApp(state);
    apps.set(state, loading);
  }
  const loaded = await loading.catch((error: unknown) => {
    if (error instanceof MissingJsonServerError) return error;
    throw error;
  });
  settleDue(state);
  if (loaded instanceof MissingJsonServerError) {
    const read = readRows(state, rows, new URLSearchParams(query));
    if (read?.total !== undefined) outgoing.setHeader('x-total-count', read.total);
    if (read) writeJson(outgoing, read.status, read.body);
    else refuse(outgoing, 501, loaded.message);
    return;
  }
  const { app, attach } = loaded;
  attach();
  incoming.url = `${rows}${query === '' ? '' : `?${query}`}`;
  app(incoming, outgoing);
}

async function makeApp(state: SandboxState): Promise<DbApp> {
  const jsonServer = await loadJsonServer();
  // A suffix that no member has: json-server takes members that end in it for references.
  const router = jsonServer.router(state.store.collections, { foreignKeySuffix: '__fk' });
  router.render = (_request, response) => writeJson(response, response.statusCode, response.locals['data']);
  const app = jsonServer.create();
  app.use(guard(state));
  app.use(router);
  app.use((error: unknown, _request: Request, response: Response, _next: () => void) => {
    refuse(response, 400, error instanceof Error ? error.message : 'the request could not be read');
  });
  return {
    app,
    attach: () => {
      if (router.db.getState() !== state.store.collections) router.db.setState(state.store.collections);
    },
  };
}

/** Passes the reads that json-server can carry out as they say. Refuses the rest with the reason. */
function guard(state: SandboxState): Middleware {
  return ({ path, query }, response, next) => {
    const fault = readFault(state, path, query);
    if (fault) {
      refuse(response, fault.status, fault.message);
      return;
    }
    withoutPatterns(query);
    next();
  };
}

/** The sandbox works without json-server, except that its rows are neither sorted nor compared. */
class MissingJsonServerError extends Error {
  override name = 'MissingJsonServerError' as const;
}

async function loadJsonServer() {
  try {
    return (await import('json-server')).default;
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    if (!isMissing || !error.message.includes("'json-server'")) throw error;
    throw new MissingJsonServerError(
      `Sorting and comparing the rows under ${PREFIX} needs the package json-server, which is not installed: ` +
        'npm install json-server@0.17, then start the sandbox again',
      { cause: error },
    );
  }
}
