import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';

import { flat, parse, read, reason } from './drive.ts';
import type { Gate } from './gate.ts';

/** One call that the proxy made: exactly what a provider would have seen of it, and what it was told. */
export interface ProviderCall {
  readonly method: string;
  /** As it came, still encoded, without the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly json: unknown;
  /** `undefined` until it was answered, and for good when the connection was dropped. */
  answer:
    | { readonly status: number; readonly text: string; readonly headers: Readonly<Record<string, string>> }
    | undefined;
}

/** Changes the text of the next answer to a call of this method and path, once. */
interface Rewrite {
  readonly method: string;
  readonly path: string;
  readonly change: (text: string) => string;
}

export interface RecorderOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Where the sandbox's paths begin, namespace included, without a trailing slash. */
  readonly target: string;
  /** Paths that are passed on to the sandbox; anything else gets a 404 and is on record all the same. */
  readonly prefixes: readonly string[];
  /** What `GET /orders/<id>` answers: the merchant's own record of a payment. */
  readonly order: (id: string) => object | undefined;
  /** Paths whose answers never wait at a gate. */
  readonly ungated: readonly string[];
}

export interface Recorder {
  /** What the proxy is to call in the sandbox's place. */
  readonly url: string;
  readonly calls: readonly ProviderCall[];
  rewrite(rule: Rewrite): void;
  /** Every answer waits at the gate from now on; at none without it. */
  hold(gate: Gate | undefined): void;
  /** Rewrites that no call came for are forgotten. */
  clear(): void;
  close(): Promise<void>;
}

const ORDERS = '/orders/';
/** They describe one connection, not the message (RFC 9110 section 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'content-length',
]);

/**
 * Stands where the proxy expects the provider, and passes every call on to the sandbox. The sandbox's own journal shows
 * no headers and hides what is personal; whether a secret or a stranger's header was passed on can only be seen here.
 * @throws the listen error, `EADDRINUSE` when the port is taken
 */
export async function record(options: RecorderOptions): Promise<Recorder> {
  const calls: ProviderCall[] = [];
  const rewrites: Rewrite[] = [];
  let gate: Gate | undefined;
  const server = createServer((incoming, outgoing) => {
    void pass(incoming, outgoing).catch(() => outgoing.destroy());
  });

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = incoming;
    const [path = '/'] = url.split('?');
    const text = await read(incoming);
    if (method === 'GET' && path.startsWith(ORDERS)) {
      const order = options.order(decodeURIComponent(path.slice(ORDERS.length)));
      await gate?.hold();
      answerJson(outgoing, order ? 200 : 404, order ?? { error: 'no such order' });
      return;
    }
    const call: ProviderCall = {
      method,
      path,
      headers: flat(incoming.headers),
      text,
      json: parse(text),
      answer: undefined,
    };
    calls.push(call);
    if (!options.prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`))) {
      call.answer = { status: 404, text: '', headers: {} };
      answerJson(outgoing, 404, { error: 'no path of a provider' });
      return;
    }
    const answered = await forward(`${options.target}${url}`, call);
    // Who fetches a token is not yet asking for anything, and others may wait for it.
    if (!options.ungated.includes(path)) await gate?.hold();
    if (!answered) {
      // As the provider would: no answer at all.
      incoming.socket.destroy();
      return;
    }
    const at = rewrites.findIndex((rule) => rule.method === method && rule.path === path);
    const [rule] = at < 0 ? [] : rewrites.splice(at, 1);
    const body = rule ? rule.change(answered.text) : answered.text;
    const headers = Object.fromEntries(Object.entries(answered.headers).filter(([name]) => !HOP_BY_HOP.has(name)));
    call.answer = { status: answered.status, text: body, headers };
    outgoing.writeHead(answered.status, { ...headers, 'content-length': Buffer.byteLength(body) });
    outgoing.end(body);
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`,
    calls,
    rewrite: (rule) => void rewrites.push(rule),
    hold: (next) => {
      gate = next;
    },
    clear: () => void rewrites.splice(0),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** `undefined` when the sandbox dropped the connection, which it does on purpose. */
function forward(
  url: string,
  { method, headers, text }: ProviderCall,
): Promise<{ status: number; text: string; headers: Record<string, string> } | undefined> {
  const target = new URL(url);
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
  return new Promise((resolve, reject) => {
    const outgoing = send(
      {
        host: target.hostname.replace(/^\[|\]$/g, ''),
        port: target.port,
        method,
        // Not `target.pathname`: an URL object would tidy the dots away that are to be seen.
        path: url.slice(target.origin.length),
        headers: { ...kept, ...(text !== '' && { 'content-length': Buffer.byteLength(text) }) },
        agent: false,
      },
      (incoming) => {
        read(incoming).then(
          (body) => resolve({ status: incoming.statusCode ?? 0, text: body, headers: flat(incoming.headers) }),
          () => resolve(undefined),
        );
      },
    );
    outgoing.on('error', (error) => {
      if (reason(error) === 'ECONNRESET') resolve(undefined);
      else reject(error);
    });
    outgoing.end(text === '' ? undefined : text);
  });
}

function answerJson(outgoing: ServerResponse, status: number, body: object): void {
  outgoing.writeHead(status, { 'content-type': 'application/json' });
  outgoing.end(JSON.stringify(body));
}
