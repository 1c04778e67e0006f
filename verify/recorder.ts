import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';

import { flat, parse, read, reason } from './drive.ts';

/** One call of the provider by the proxy: exactly what the provider receives, and what it answers. */
export interface ProviderCall {
  readonly method: string;
  /** The path as received: encoded, without the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly json: unknown;
  /** `undefined` before the answer. It stays `undefined` when the connection is dropped. */
  answer: Reply | undefined;
}

/** Changes the next call with this method and path, or its answer. Of a call for an order it gives the answer alone. */
export interface Rewrite {
  readonly method: string;
  readonly path: string | RegExp;
  /** Only a call whose body has this text: without it requests that run at the same time would take each other's rule. */
  readonly about?: string;
  /** It changes every such call until `clear`, and not only the next one. */
  readonly isKept?: boolean;
  /** Take the place of the proxy's own on the way to the sandbox. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly change?: (text: string) => string;
  /** Answers in the provider's place: the call never reaches the provider. */
  readonly instead?: Reply;
  /** Ends the connection in the middle of the body. Its Content-Length tells that the rest is missing. */
  readonly isCut?: boolean;
}

/** An answer that the provider might give. */
export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where answers wait: `isWrite` says whether the call has moved money. */
interface Holding {
  /** Whether a read waits on its way to the provider: then its answer tells what was written meanwhile. */
  readonly delaysReads?: boolean;
  hold(isWrite: boolean): Promise<void>;
}

export interface RecorderOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** The address of the sandbox with the namespace, without a trailing slash. */
  readonly target: string;
  /** Prefixes of paths that are passed on to the sandbox. Any other path gets a 404, and is recorded too. */
  readonly prefixes: readonly string[];
  /** What `GET /orders/<id>` answers: the merchant's order for a payment. */
  readonly order: (id: string) => object | undefined;
  /** Paths whose answers never wait at the gate. */
  readonly ungated: readonly string[];
}

export interface Recorder {
  /** The address that the proxy must call instead of the provider's. */
  readonly url: string;
  readonly calls: readonly ProviderCall[];
  rewrite(rule: Rewrite): void;
  /** From now on a call whose headers hold the old text reaches the provider with the new one in its place. */
  replace(old: string, text: string): void;
  /** From now on every answer waits at this gate. Without a gate no answer waits. */
  hold(gate: Holding | undefined): void;
  /** Forgets all rewrites that are kept or that no call has used. */
  clear(): void;
  close(): Promise<void>;
}

const ORDERS = '/orders/';
/** The pauses between two checks must not close a connection that the proxy keeps: its next call could meet that. */
const IDLE_MS = 75_000;
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
 * Takes the provider's place, records every call and passes it on to the sandbox. The sandbox's own journal shows no
 * headers and hides personal data. Only this recorder can show whether the proxy passed on a secret or a browser's header.
 * @throws the listen error, `EADDRINUSE` when the port is taken
 */
export async function record(options: RecorderOptions): Promise<Recorder> {
  const calls: ProviderCall[] = [];
  const rewrites: Rewrite[] = [];
  const replaced = new Map<string, string>();
  let gate: Holding | undefined;
  const server = createServer({ keepAliveTimeout: IDLE_MS }, (incoming, outgoing) => {
    void pass(incoming, outgoing).catch(() => outgoing.destroy());
  });

  function inPlace(headers: ProviderCall['headers']): ProviderCall['headers'] {
    const texts = [...replaced];
    const inText = (value: string) => texts.reduce((text, [old, instead]) => text.replaceAll(old, instead), value);
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, inText(value)]));
  }

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = incoming;
    const [path = '/'] = url.split('?');
    const text = await read(incoming);
    if (method === 'GET' && path.startsWith(ORDERS)) {
      const order = options.order(decodeURIComponent(path.slice(ORDERS.length)));
      await gate?.hold(false);
      const instead = rewrites.find((rule) => fits(rule.path, path))?.instead;
      if (instead) return void outgoing.writeHead(instead.status, instead.headers).end(instead.text);
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
    const at = rewrites.findIndex(
      (rule) => rule.method === method && fits(rule.path, path) && text.includes(rule.about ?? ''),
    );
    // A token call never waits: it is no refund yet, and other requests may need the token.
    const holding = options.ungated.includes(path) ? undefined : gate;
    const isDelayed = method === 'GET' && holding?.delaysReads === true;
    if (isDelayed) await holding.hold(false);
    const rule = rewrites[at];
    if (rule && !rule.isKept) rewrites.splice(at, 1);
    const reply =
      rule?.instead ??
      (await forward(`${options.target}${url}`, { ...call, headers: { ...inPlace(call.headers), ...rule?.headers } }));
    if (!isDelayed) await holding?.hold(method !== 'GET');
    if (!reply) {
      // The sandbox dropped the connection, so the proxy gets no answer either.
      incoming.socket.destroy();
      return;
    }
    const body = rule?.change?.(reply.text) ?? reply.text;
    const headers = Object.fromEntries(Object.entries(reply.headers).filter(([name]) => !HOP_BY_HOP.has(name)));
    if (rule?.isCut) return cut(outgoing, { ...reply, headers });
    call.answer = { status: reply.status, text: body, headers };
    outgoing.writeHead(reply.status, { ...headers, 'content-length': Buffer.byteLength(body) });
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
    replace: (old, text) => void replaced.set(old, text),
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

const fits = (pattern: string | RegExp, path: string): boolean =>
  typeof pattern === 'string' ? pattern === path : pattern.test(path);

/** `undefined` when the sandbox dropped the connection, which some scenarios do. */
function forward(url: string, { method, headers, text }: ProviderCall): Promise<Reply | undefined> {
  const target = new URL(url);
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
  const passedHeaders = Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
  return new Promise((resolve, reject) => {
    const outgoing = send(
      {
        host: target.hostname.replace(/^\[|\]$/g, ''),
        port: target.port,
        method,
        // Not `target.pathname`: a URL object would resolve the dots, and the sandbox must see them.
        path: url.slice(target.origin.length),
        headers: { ...passedHeaders, ...(text !== '' && { 'content-length': Buffer.byteLength(text) }) },
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

/** Sends half of the body, and closes the connection once that has left. */
function cut(outgoing: ServerResponse, { status, headers, text }: Reply): void {
  const bytes = Buffer.from(text);
  outgoing.writeHead(status, { ...headers, 'content-length': bytes.byteLength });
  outgoing.write(bytes.subarray(0, Math.ceil(bytes.byteLength / 2)), () => outgoing.socket?.end());
}

function answerJson(outgoing: ServerResponse, status: number, body: object): void {
  outgoing.writeHead(status, { 'content-type': 'application/json' });
  outgoing.end(JSON.stringify(body));
}
