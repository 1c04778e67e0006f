import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Middleware, Request, Response } from 'json-server';

import type { SandboxState } from '../core/engine/state.ts';
import type { OpenEdit } from './db-edit.ts';
import { readFault, refuse, writeJson } from './db-guard.ts';
import { isOfNone, withoutPatterns } from './db-query.ts';

export const PREFIX = '/_sandbox/db';

/** json-server for the rows of one state. */
export interface DbApp {
  /** @param url path and query below the prefix */
  readonly read: (url: string, incoming: IncomingMessage, outgoing: ServerResponse) => void;
  /** Carries an edit out on the copies that it brings, in the turn of the call. */
  readonly edit: (edit: OpenEdit) => void;
}

export async function makeApp(state: SandboxState): Promise<DbApp> {
  const jsonServer = await loadJsonServer();
  // A suffix that no member has: json-server takes members that end in it for references.
  const router = jsonServer.router(state.store.collections, { foreignKeySuffix: '__fk' });
  const app = jsonServer.create();
  app.use(guard(state));
  app.use(router);
  app.use((error: unknown, _request: Request, response: Response, _next: () => void) => {
    refuse(response, 400, error instanceof Error ? error.message : 'the request could not be read');
  });
  router.render = (_request, response) => writeJson(response, response.statusCode, response.locals['data']);
  const attach = () => router.db.setState(state.store.collections);
  return {
    read: (url, incoming, outgoing) => {
      // A reset replaces the rows.
      attach();
      // A body that came with a read has been read, and says nothing: json-server's own parser leaves such a request alone.
      app(Object.assign(incoming, { url, body: {}, _body: true }), outgoing);
    },
    // Not through the router: json-server waits for a millisecond there, and a call in between could break a rule.
    edit: ({ of, id, method, members, copies }) => {
      router.db.setState({ [of]: copies });
      const rows = router.db.get(of);
      if (method === 'POST') rows.insert({ ...members }).value();
      else if (method === 'PATCH') rows.updateById(id, members).value();
      else if (method === 'PUT') rows.replaceById(id, members).value();
      else rows.removeById(id).value();
      attach();
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
    const [, of = ''] = path.split('/');
    const rows = state.store.collections[of];
    if (rows && isOfNone(query, rows)) {
      writeJson(response, 200, []);
      return;
    }
    withoutPatterns(query);
    next();
  };
}

/** The sandbox works without json-server, except that its rows are neither sorted nor compared. */
export class MissingJsonServerError extends Error {
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
