import { isUtf8 } from 'node:buffer';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import type { Namespaces } from '../core/namespaces.ts';
import { JSON_TYPE, type Answer, type BodyFault, type Call } from '../core/engine/wire.ts';
import { bodyLimit } from './body-limit.ts';
import { controlFault, type Caller, type GuardOptions } from './control-guard.ts';
import { corsHeaders, preflightHeaders } from './cors.ts';
import { serveDb } from './db.ts';
import type { StateFile } from './state-file/state-file.ts';
import { fromYaml, isYaml } from './yaml-body.ts';
import { WebhookSender, type SenderOptions } from './webhook-sender.ts';

/** One answered call, for a log line. Nothing of its bodies or headers. */
export interface CallLine {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** What became of the answer on the wire, when it did not simply arrive. */
  readonly wire: string | undefined;
  readonly ms: number;
}

export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly onCall?: ((line: CallLine) => void) | undefined;
  readonly sender: Omit<SenderOptions, 'fetch'>;
  /** Keeps the namespaces on disk; it owns them then. */
  readonly durable?: StateFile | undefined;
  /** Who may use the control API: pages and programs of this machine without it. */
  readonly control?: GuardOptions | undefined;
}

interface Served {
  readonly namespaces: Namespaces;
  readonly sender: WebhookSender;
  readonly durable: StateFile | undefined;
  readonly onCall: ServeOptions['onCall'];
  readonly stopping: AbortSignal;
}

const SLOW_PIECES = 8;

export class PortTakenError extends Error {
  override name = 'PortTakenError' as const;

  constructor(port: number, host: string) {
    super(`Port ${port} on ${host} is taken: stop what runs there, or choose another with --port`);
  }
}

export interface RunningServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Binds the route table to a Node HTTP server. Wire faults are carried out on the socket itself. */
export async function serveSandbox(namespaces: Namespaces, options: ServeOptions): Promise<RunningServer> {
  const { durable, control = { guard: true, hosts: [] } } = options;
  const stopping = new AbortController();
  const sender = new WebhookSender(namespaces, { fetch, ...options.sender });
  sender.pump();
  const served = { namespaces, sender, durable, onCall: options.onCall, stopping: stopping.signal };
  const respond = (incoming: IncomingMessage, outgoing: ServerResponse) =>
    readBody(incoming, (body) => void answerCall(served, incoming, outgoing, body).catch(failed(outgoing)));
  const server = createServer((incoming, outgoing) => {
    if (incoming.method === 'OPTIONS') {
      outgoing.writeHead(204, preflightHeaders(incoming.headers));
      outgoing.end();
      return;
    }
    takeAbsolute(incoming);
    const path = pathOf(incoming);
    const fault = mayBeControl(path) ? controlFault(callerOf(incoming, path), control) : undefined;
    if (fault !== undefined) forbid(incoming, outgoing, fault);
    else if (path.includes('/_sandbox/db')) {
      const pump = () => sender.pump();
      void serveDb({ namespaces, durable, pump }, incoming, outgoing).catch(failed(outgoing));
    } else respond(incoming, outgoing);
  });
  server.on('clientError', refuseConnection);
  const port = await listen(server, options);
  return {
    port,
    close: async () => {
      stopping.abort();
      await sender.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** Every other call goes on without a look at where it comes from. */
const mayBeControl = (path: string): boolean => !path.startsWith('/uqpay/') && !path.startsWith('/upayments/');

const ABSOLUTE = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i;

/** A request target in absolute form, as clients behind a proxy send it; its host wins. RFC 9112, 3.2.2 */
function takeAbsolute(incoming: IncomingMessage): void {
  const found = ABSOLUTE.exec(incoming.url ?? '');
  if (!found) return;
  const rest = (incoming.url ?? '').slice(found[0].length);
  incoming.url = rest.startsWith('/') ? rest : `/${rest}`;
  incoming.headers.host = found[1]?.replace(/^.*@/, '') ?? '';
}

function callerOf({ method = 'GET', headers }: IncomingMessage, path: string): Caller {
  const header = (name: string) => [headers[name]].flat().join(', ') || undefined;
  return {
    method,
    path,
    host: headers.host,
    origin: headers.origin,
    site: header('sec-fetch-site'),
    mode: header('sec-fetch-mode'),
  };
}

/** Nothing of the body is read, and nothing was done. */
function forbid(incoming: IncomingMessage, outgoing: ServerResponse, error: string): void {
  incoming.resume();
  outgoing.writeHead(403, { 'content-type': JSON_TYPE });
  outgoing.end(JSON.stringify({ error }));
}

/** In the shape of both providers and of the control API: whose path it was to be is not known. */
const anyShape = (type: string, code: string, message: string) =>
  JSON.stringify({ type, code, status: false, data: null, message, error: message });

/** What came is no request that Node can read, or its head is beyond Node's 16 KiB. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, message] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', 'the head of the request is too large: send fewer or shorter headers']
      : ['400 Bad Request', 'this is no HTTP request that can be read: expected HTTP/1.1'];
  const body = anyShape('invalid_request_error', 'bad_request', message);
  const length = Buffer.byteLength(body);
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: ${JSON_TYPE}\r\nContent-Length: ${length}\r\n\r\n${body}`,
  );
}

/** A fault of the sandbox's own: told on stderr with its stack, and to the client without. */
function failed(outgoing: ServerResponse): (error: unknown) => void {
  return (error) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    if (outgoing.headersSent) {
      outgoing.destroy();
      return;
    }
    const message = 'the sandbox itself failed: see its stderr';
    outgoing.writeHead(500, { 'content-type': JSON_TYPE });
    outgoing.end(anyShape('api_error', 'internal_error', message));
  };
}

function listen(server: Server, { port, host }: ServeOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortTakenError(port, host) : error);
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

async function answerCall(
  { namespaces, sender, durable, onCall, stopping }: Served,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  body: Body,
): Promise<void> {
  const start = onCall ? performance.now() : 0;
  const read = callOf(incoming, body);
  const call = isYaml(read) ? await fromYaml(read) : read;
  let answer = durable ? await durable.handle(call) : namespaces.handle(call);
  if (answer.afterWebhooks) {
    await sender.settled(call.path);
    answer = answer.afterWebhooks();
  }
  if (answer.delay || answer.fault) {
    sender.pump();
    await sendFaulty(answer, incoming, outgoing, stopping);
  } else {
    send(answer, incoming, outgoing);
    answer.finish?.();
    sender.pump();
  }
  onCall?.({
    method: call.method,
    path: call.path,
    status: answer.status,
    wire: answer.fault?.kind,
    ms: performance.now() - start,
  });
}

interface Body {
  readonly text: string;
  readonly fault?: BodyFault;
}

const NO_BODY: Body = { text: '' };

function callOf(incoming: IncomingMessage, body: Body): Call {
  const url = incoming.url ?? '/';
  const mark = url.indexOf('?');
  return {
    method: incoming.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: mark < 0 ? '' : url.slice(mark + 1),
    // Only set-cookie comes as an array, and nothing reads it.
    headers: incoming.headers as Call['headers'],
    body: body.text,
    bodyFault: body.fault,
    origin: `http://${incoming.headers.host ?? 'localhost'}`,
  };
}

const pathOf = ({ url = '/' }: IncomingMessage) => url.split('?', 1)[0] ?? '/';

/**
 * Calls back once the body is complete: a promise for each call would be felt. Never when the client went away before
 * that: there is nobody to answer.
 */
function readBody(incoming: IncomingMessage, then: (body: Body) => void): void {
  if (incoming.method === 'GET' || incoming.method === 'HEAD') {
    then(NO_BODY);
    return;
  }
  const limit = bodyLimit(pathOf(incoming));
  let chunks: Buffer[] = [];
  let size = 0;
  incoming.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else chunks = [];
  });
  incoming.on('end', () => {
    if (size > limit) {
      then({ text: '', fault: 'too_large' });
      return;
    }
    const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    then(isUtf8(bytes) ? { text: bytes.toString('utf8') } : { text: '', fault: 'not_utf8' });
  });
  // A request that is cut off ends with an error, and that is all there is to it.
  incoming.on('error', () => undefined);
}

function writeHead(answer: Answer, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { origin } = incoming.headers;
  const cors = origin === undefined ? undefined : corsHeaders(origin);
  outgoing.writeHead(answer.status, {
    ...answer.headers,
    ...cors,
    'content-length': Buffer.byteLength(answer.body),
  });
}

function send(answer: Answer, incoming: IncomingMessage, outgoing: ServerResponse): void {
  writeHead(answer, incoming, outgoing);
  outgoing.end(answer.body);
}

async function sendFaulty(
  answer: Answer,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  stopping: AbortSignal,
): Promise<void> {
  try {
    if (answer.delay) await delay(answer.delay, undefined, { signal: stopping });
    await misbehave(answer, incoming, outgoing, stopping);
  } catch (error) {
    if (!stopping.aborted) throw error;
    incoming.socket.destroy();
  } finally {
    answer.finish?.();
  }
}

async function misbehave(
  answer: Answer,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  stopping: AbortSignal,
): Promise<void> {
  const { fault } = answer;
  const bytes = Buffer.from(answer.body);
  switch (fault?.kind) {
    case undefined:
      send(answer, incoming, outgoing);
      return;
    case 'drop':
      incoming.socket.destroy();
      return;
    case 'drop_at_byte':
      writeHead(answer, incoming, outgoing);
      await new Promise((resolve) => outgoing.write(bytes.subarray(0, fault.byte), resolve));
      incoming.socket.destroy();
      return;
    case 'slow_body': {
      writeHead(answer, incoming, outgoing);
      const size = Math.max(1, Math.ceil(bytes.length / SLOW_PIECES));
      for (let sent = 0; sent < bytes.length; sent += size) {
        if (sent > 0) await delay(fault.ms, undefined, { signal: stopping });
        outgoing.write(bytes.subarray(sent, sent + size));
      }
      outgoing.end();
    }
  }
}
