import type { IncomingMessage, ServerResponse } from 'node:http';

import type { App, Request, Response } from 'json-server';

import { followEdit, type Edit } from '../core/engine/edited.ts';
import { settleDue } from '../core/engine/settle.ts';
import type { SandboxState } from '../core/engine/state.ts';
import type { Call } from '../core/engine/wire.ts';
import type { Namespaces } from '../core/namespaces.ts';
import { corsHeaders } from './cors.ts';
import { BEFORE, guard, refuse, writeJson } from './db-guard.ts';
import { readRows } from './db-read.ts';
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

/**
 * `/_sandbox/db`: reads and edits the rows through json-server, which is loaded on first use because it starts slowly.
 * Without json-server the rows can still be read, but not edited or sorted.
 */
export async function serveDb(
  { namespaces, durable, pump }: DbOptions,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const [path = '/', query = ''] = (incoming.url ?? '/').split(/\?(.*)/s);
  const located = namespaces.locate(path, incoming.headers as Call['headers']);
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
  let loading = apps.get(state);
  if (!loading) {
    const name = located.prefix.slice('/ns/'.length);
    loading = makeApp(state, async (collection, id) => {
      if (state.webhooks.listening) namespaces.touched.add(state);
      await durable?.edited(name, collection, id);
      pump();
    });
    apps.set(state, loading);
  }
  const loaded = await loading.catch((error: unknown) => {
    if (error instanceof MissingJsonServerError) return error;
    throw error;
  });
  settleDue(state);
  const { origin } = incoming.headers;
  for (const [name, value] of Object.entries(origin === undefined ? {} : corsHeaders(origin))) {
    outgoing.setHeader(name, value);
  }
  const rows = below === '' || below === '/' ? '/db' : below;
  if (loaded instanceof MissingJsonServerError) {
    const isRead = incoming.method === 'GET' || incoming.method === 'HEAD';
    const read = isRead ? readRows(state, rows, new URLSearchParams(query)) : undefined;
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

type Edited = (collection: string, id: string) => Promise<void>;

async function makeApp(state: SandboxState, edited: Edited): Promise<DbApp> {
  const jsonServer = await loadJsonServer();
  // Without a suffix of its own, a DELETE would cascade over every member that ends in "Id".
  const router = jsonServer.router(state.store.collections, { foreignKeySuffix: '__fk' });
  router.render = (request, response) => {
    const write = () => writeJson(response, response.statusCode, response.locals['data']);
    if (request.method === 'GET' || request.method === 'HEAD') {
      write();
      return;
    }
    state.store.rebuild();
    // The guard has checked that the collection is known and that a POST brings an id.
    const [, collection = '', encoded] = request.path.split('/');
    const id = encoded === undefined ? (request.body as { id: string }).id : decodeURIComponent(encoded);
    const after = rowOf(state, collection, id);
    const before = response.locals[BEFORE] as Edit['before'];
    followEdit(state, { collection: collection, before, after, at: state.clock.now() });
    edited(collection, id).then(write, (error: unknown) => refuse(response, 500, messageOf(error)));
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

/** The sandbox works without json-server, except that its rows can only be read. */
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
      `Editing and sorting the rows under ${PREFIX} needs the package json-server, which is not installed: ` +
        'npm install json-server@0.17, then start the sandbox again',
      { cause: error },
    );
  }
}

const rowOf = (state: SandboxState, collection: string, id: string) =>
  state.store.collections[collection]?.find((row) => row.id === id);

const messageOf = (error: unknown) => (error instanceof Error ? error.message : 'the request could not be read');
