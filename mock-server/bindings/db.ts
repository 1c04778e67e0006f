import type { IncomingMessage, ServerResponse } from 'node:http';

import type { App, Middleware, Request, Response } from 'json-server';

import type { Namespaces } from '../core/namespaces.ts';
import { COLLECTION_NAMES, type CollectionName, type Collections } from '../core/providers/uqpay/rows.ts';
import { rowFault, rulesFault } from '../core/engine/rules.ts';
import { followEdit, type Edit } from '../core/engine/edited.ts';
import { settleDue } from '../core/engine/settle.ts';
import type { SandboxState } from '../core/engine/state.ts';
import { corsHeaders } from './cors.ts';
import { queryFault, withoutPatterns } from './db-query.ts';
import type { StateFile } from './state-file/state-file.ts';

const PREFIX = '/_sandbox/db';
const apps = new WeakMap<SandboxState, Promise<DbApp>>();

interface DbApp {
  readonly app: App;
  /** Puts json-server on the rows that the state holds now: a reset replaces them. */
  readonly attach: () => void;
}

interface DbOptions {
  readonly namespaces: Namespaces;
  /** Is told of every edit before the edit is answered. */
  readonly durable: StateFile | undefined;
  /** Sends the webhooks that an edit has left to send. */
  readonly pump: () => void;
}

/** `/_sandbox/db`: the rows, to look at and to edit, through json-server. Loaded on first use: it is slow to start. */
export async function serveDb(
  { namespaces, durable, pump }: DbOptions,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const [path = '/', query = ''] = (incoming.url ?? '/').split(/\?(.*)/s);
  const located = namespaces.locate(path);
  if (!located.ok) {
    refuse(outgoing, located.status, located.message);
    return;
  }
  const { state } = located;
  const below = located.path.slice(PREFIX.length);
  if (!located.path.startsWith(PREFIX) || (below !== '' && !below.startsWith('/'))) {
    refuse(outgoing, 404, `the rows are under ${PREFIX}`);
    return;
  }
  let made = apps.get(state);
  if (!made) {
    const name = located.prefix.slice('/ns/'.length);
    made = makeApp(state, async (collection, id) => {
      if (state.webhooks.listening) namespaces.touched.add(state);
      await durable?.edited(name, collection, id);
      pump();
    });
    apps.set(state, made);
  }
  const { app, attach } = await made;
  settleDue(state);
  attach();
  const { origin } = incoming.headers;
  for (const [name, value] of Object.entries(origin === undefined ? {} : corsHeaders(origin))) {
    outgoing.setHeader(name, value);
  }
  incoming.url = `${below === '' || below === '/' ? '/db' : below}${query === '' ? '' : `?${query}`}`;
  app(incoming, outgoing);
}

type Edited = (collection: CollectionName, id: string) => Promise<void>;

async function makeApp(state: SandboxState, edited: Edited): Promise<DbApp> {
  const { default: jsonServer } = await import('json-server');
  // Without a suffix of its own, a DELETE would cascade over every member that ends in "Id".
  const router = jsonServer.router(state.store.collections, { foreignKeySuffix: '__fk' });
  router.render = (request, response) => {
    const write = () => writeJson(response, response.statusCode, response.locals['data']);
    if (request.method === 'GET' || request.method === 'HEAD') {
      write();
      return;
    }
    state.store.rebuild();
    // The guard has let it through: the collection is one of ours, and a POST brought its id.
    const [, collection, encoded] = request.path.split('/');
    const id = encoded === undefined ? (request.body as { id: string }).id : decodeURIComponent(encoded);
    const after = rowOf(state, collection as CollectionName, id);
    const before = response.locals[BEFORE] as Edit['before'];
    followEdit(state, { collection: collection as CollectionName, before, after, at: state.clock.now() });
    edited(collection as CollectionName, id).then(write, (error: unknown) => refuse(response, 500, messageOf(error)));
  };
  const app = jsonServer.create();
  app.use(jsonServer.bodyParser);
  app.use(guard(state));
  app.use(router);
  app.use((error: unknown, _request: Request, response: Response, _next: () => void) => {
    refuse(response, 400, error instanceof SyntaxError ? 'the body is not valid JSON' : messageOf(error));
  });
  return {
    app,
    attach: () => {
      if (router.db.getState() !== state.store.collections) router.db.setState(state.store.collections);
    },
  };
}

/** Where a request keeps the row as it was: json-server changes rows in place. */
const BEFORE = 'before';

const rowOf = (state: SandboxState, collection: CollectionName, id: string) =>
  (state.store.collections[collection] as Collections[CollectionName][number][]).find((row) => row.id === id);

const messageOf = (error: unknown) => (error instanceof Error ? error.message : 'the request could not be read');

/** Lets reads through, and edits that leave every rule standing; refuses the rest with the reason. */
function guard(state: SandboxState): Middleware {
  return (request, response, next) => {
    if (request.headers['x-http-method-override'] !== undefined) {
      refuse(response, 400, 'x-http-method-override is not taken: send the method itself');
      return;
    }
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const fault =
      pathFault(request.path) ??
      unknownCollection(request.path) ??
      badQuery(reads, request) ??
      (reads ? undefined : editFault(state, request, response));
    if (fault) {
      refuse(response, fault.status, fault.message);
      return;
    }
    withoutPatterns(request.query);
    next();
  };
}

function badQuery(reads: boolean, { path, query }: Request): Fault | undefined {
  const message = reads
    ? queryFault(path, query)
    : Object.keys(query).length > 0 && 'an edit takes no query: the row is in the path and in the body';
  return typeof message === 'string' ? { status: 400, message } : undefined;
}

interface Fault {
  readonly status: number;
  readonly message: string;
}

/** json-server answers a path that cannot be decoded with a stack. */
function pathFault(path: string): Fault | undefined {
  try {
    decodeURIComponent(path);
    return undefined;
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return { status: 400, message: 'the path is not percent-encoded text' };
  }
}

/** json-server answers them with an empty 404; `/db` is all of them. */
function unknownCollection(path: string): Fault | undefined {
  const [, name = ''] = path.split('/');
  if (name === 'db' || (COLLECTION_NAMES as string[]).includes(name)) return undefined;
  return { status: 404, message: `no collection "${name}": expected one of ${COLLECTION_NAMES.join(', ')}` };
}

function editFault(state: SandboxState, request: Request, response: Response): Fault | undefined {
  const [, name = '', encoded, ...deeper] = request.path.split('/');
  if (deeper.length > 0) return { status: 404, message: 'rows are edited as /collection/id, not through another row' };
  const collection = name as CollectionName;
  const rows: readonly { readonly id: string }[] = state.store.collections[collection];
  const id = encoded === undefined ? undefined : decodeURIComponent(encoded);
  const old = rows.find((row) => row.id === id);
  if (id !== undefined && !old) return { status: 404, message: `no row "${id}" in ${name}` };
  if (old) response.locals[BEFORE] = { ...old };
  const row = rowAfter(request, old);
  if (row !== undefined) {
    if (old && row['id'] !== old.id) return { status: 422, message: 'id: the id of a row cannot be changed' };
    const fault = rowFault(collection, row);
    if (fault !== undefined) return { status: 422, message: fault };
  }
  const kept = rows.filter((other) => other !== old);
  const after: Collections = { ...state.store.collections, [collection]: row === undefined ? kept : [...kept, row] };
  const fault = rulesFault(after);
  return fault === undefined ? undefined : { status: 422, message: fault };
}

/** The row that the edit would leave; `undefined` for a DELETE. */
function rowAfter({ method, body }: Request, old: object | undefined): Record<string, unknown> | undefined {
  if (method === 'DELETE') return undefined;
  const sent = typeof body === 'object' && body !== null ? body : {};
  if (method === 'PATCH') return { ...old, ...sent };
  // json-server keeps the id of the path on a PUT.
  return method === 'PUT' && old ? { ...sent, id: (old as { id: string }).id } : { ...sent };
}

function writeJson(response: ServerResponse, status: number, body: unknown): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(JSON.stringify(body, undefined, 2));
}

function refuse(response: ServerResponse, status: number, error: string): void {
  writeJson(response, status, { error });
}
