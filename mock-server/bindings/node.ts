import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

import { JSON_TYPE, type Call } from '../core/engine/wire.ts';
import { EXISTING_HEADER, type Namespaces } from '../core/namespaces.ts';
import { controlFault, type GuardOptions } from './control-guard.ts';
import { preflightHeaders } from './cors.ts';
import { serveDb } from './db.ts';
import { inspectorPart, serveInspector } from './inspector.ts';
import { listen } from './listen.ts';
import { send, sendFaulty } from './node-answer.ts';
import { callerOf, callOf, pathOf, readBody, takeAbsolute, type Body } from './node-request.ts';
import type { StateFile } from './state-file/state-file.ts';
import { WebhookSender, type SenderOptions } from './webhook-sender.ts';
import { fromYaml, isYaml } from './yaml-body.ts';

/** One answered call, for a log line. It holds no body and no header. */
export interface CallLine {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Kind of the wire fault; `undefined` when the answer was sent as it is. */
  readonly wire: string | undefined;
  readonly ms: number;
}

export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly onCall?: ((line: CallLine) => void) | undefined;
  readonly sender: Omit<SenderOptions, 'fetch'>;
  /** Stores the namespaces on disk. When it is set, it owns them. */
  readonly durable?: StateFile | undefined;
  /** Who may use the control API. Without it, only pages and programs of this machine may. */
  readonly control?: GuardOptions | undefined;
}

interface Served {
  readonly namespaces: Namespaces;
  readonly sender: WebhookSender;
  readonly durable: StateFile | undefined;
  readonly onCall: ServeOptions['onCall'];
  readonly stopping: AbortSignal;
}

export interface RunningServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/**
 * How long a connection without a call stays open. Milliseconds. A call that meets a connection while it closes fails
 * in a client that was not told of any fault. Clients that keep connections give them up after less.
 */
export const IDLE_MS = 75_000;

/** Binds the route table to a Node HTTP server. Wire faults are carried out on the socket itself. */
export async function serveSandbox(namespaces: Namespaces, options: ServeOptions): Promise<RunningServer> {
  const { durable, control = { guard: true, hosts: [] } } = options;
  const stopping = new AbortController();
  const sender = new WebhookSender(namespaces, { fetch, ...options.sender });
  sender.pump();
  const mayBeControl = controlCheck(namespaces);
  const served = { namespaces, sender, durable, onCall: options.onCall, stopping: stopping.signal };
  const respond = (incoming: IncomingMessage, outgoing: ServerResponse) =>
    readBody(incoming, (body) => void answerCall(served, incoming, outgoing, body).catch(failed(outgoing)));
  const server = createServer({ keepAliveTimeout: IDLE_MS }, (incoming, outgoing) => {
    if (incoming.method === 'OPTIONS') {
      outgoing.writeHead(204, preflightHeaders(incoming.headers));
      outgoing.end();
      return;
    }
    takeAbsolute(incoming);
    const path = pathOf(incoming);
    const isControl = mayBeControl(path);
    const fault = isControl ? controlFault(callerOf(incoming, path), control) : undefined;
    const part = isControl ? inspectorPart(incoming, path) : undefined;
    if (fault !== undefined) forbid(incoming, outgoing, fault);
    else if (part) void serveInspector(part, incoming, outgoing).catch(failed(outgoing));
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

/** Whether a path may be one of the control API. The calls of a provider need no check of their caller. */
function controlCheck({ registry }: Namespaces): (path: string) => boolean {
  const roots = registry.providers.map(({ prefix }) => `/${prefix.split('/')[1]}/`);
  return (path) => !roots.some((root) => path.startsWith(root));
}

/** Answers 403 without reading the body. */
function forbid(incoming: IncomingMessage, outgoing: ServerResponse, error: string): void {
  incoming.resume();
  outgoing.writeHead(403, { 'content-type': JSON_TYPE });
  outgoing.end(JSON.stringify({ error }));
}

/**
 * The path of the request is not known, so the body has the members of every provider's refusals and of the control
 * API's.
 */
const anyShape = (type: string, code: string, message: string) =>
  JSON.stringify({ type, code, status: false, data: null, message, error: message });

/** Handles a request that is not valid HTTP, or whose head is larger than Node's limit of 16 KiB. */
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

/** An error of the sandbox itself: stderr gets the stack, the client gets a sentence. */
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

/** A read of the inspector's page, which reads once a second: the log lines of a backend would drown in them. */
const isWatching = ({ method, headers }: Call): boolean => method === 'GET' && headers[EXISTING_HEADER] !== undefined;

async function answerCall(
  { namespaces, sender, durable, onCall, stopping }: Served,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  body: Body,
): Promise<void> {
  const start = onCall ? performance.now() : 0;
  const incomingCall = callOf(incoming, body);
  const call = isYaml(incomingCall) ? await fromYaml(incomingCall) : incomingCall;
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
  if (isWatching(call)) return;
  onCall?.({
    method: call.method,
    path: call.path,
    status: answer.status,
    wire: answer.fault?.kind,
    ms: performance.now() - start,
  });
}
