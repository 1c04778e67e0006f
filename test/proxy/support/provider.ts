import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface ProviderCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Resolves when the caller's connection is gone. */
  readonly gone: Promise<unknown>;
}

/** The answer of a scripted provider to one call. */
export type Act =
  | { readonly status: number; readonly json: unknown; readonly headers?: Record<string, string> }
  | { readonly status: number; readonly text: string; readonly headers?: Record<string, string> }
  /** Closes the connection without an answer. */
  | 'drop'
  /** Never answers; the connection stays open until the server is closed. */
  | 'hang'
  /** Starts an answer and closes the connection in the middle of it. */
  | 'truncate';

type Script = (call: ProviderCall) => Act | Promise<Act>;

/** A provider that does exactly what a test says, for answers that a real provider does not give on request. */
export interface ScriptedProvider {
  readonly url: string;
  readonly calls: readonly ProviderCall[];
  /** The calls of this method and path, in order. */
  callsOf(route: string): ProviderCall[];
  /** Sets the answer to this method and path. A later script replaces an earlier one. */
  on(route: string, script: Script | Act): void;
  close(): Promise<void>;
}

export async function scriptedProvider(): Promise<ScriptedProvider> {
  const calls: ProviderCall[] = [];
  const scripts = new Map<string, Script>();
  const server: Server = createServer((request, response) => {
    void answer(request, response, calls, scripts);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    callsOf: (route) => calls.filter(({ method, path }) => `${method} ${path}` === route),
    on: (route, script) => scripts.set(route, typeof script === 'function' ? script : () => script),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The first part of the providers' paths. It is removed, so that scripts need only the rest. */
const BASES = /^\/(?:uqpay\/api|upayments\/api\/v1)(?=\/)/;

/** What UQPAY says of a payment that it does not have. Before a first send the proxy asks for its currency. */
export const NO_PAYMENT: Act = {
  status: 400,
  json: { type: 'not_found', code: 'payment_intent_not_found', message: 'no such payment intent' },
};

function unscripted({ method, path }: ProviderCall): Act | undefined {
  return method === 'GET' && /^\/v2\/payment_intents\/[^/]+$/.test(path) ? NO_PAYMENT : undefined;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  calls: ProviderCall[],
  scripts: ReadonlyMap<string, Script>,
): Promise<void> {
  const { pathname: fullPath, searchParams } = new URL(request.url ?? '/', 'http://provider.test');
  const pathname = fullPath.replace(BASES, '');
  const { method = '', headers } = request;
  const gone = once(response, 'close');
  const call = { method, path: pathname, query: searchParams, headers, body: await text(request), gone };
  calls.push(call);
  const script = scripts.get(`${method} ${pathname}`);
  const act = script
    ? await script(call)
    : (unscripted(call) ?? { status: 404, text: `no script for ${method} ${pathname}` });
  if (act === 'hang') return;
  if (act === 'drop') {
    request.socket.destroy();
    return;
  }
  if (act === 'truncate') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"payment_refund_id":', () => request.socket.destroy());
    return;
  }
  const isJson = 'json' in act;
  response.writeHead(act.status, { 'content-type': isJson ? 'application/json' : 'text/html', ...act.headers });
  response.end(isJson ? JSON.stringify(act.json) : act.text);
}
