import { bypass, http, HttpResponse, type HttpHandler } from 'msw';
import * as z from 'zod/mini';

import { bodyLimit } from './body-limit.ts';
import { Namespaces } from '../core/namespaces.ts';
import { ownHeaderFault } from '../core/engine/own-headers.ts';
import { settleDue } from '../core/engine/settle.ts';
import { JSON_TYPE, type Answer, type BodyFault, type Call } from '../core/engine/wire.ts';
import { readRows } from './db-read.ts';
import { functionOption } from '../options-check.ts';
import { senderOptions, stateOptions, type SandboxOptions } from '../options.ts';
import { WebhookSender } from './webhook-sender.ts';

export interface HandlersOptions extends SandboxOptions {
  /** Origin of the sandbox, such as `https://sandbox.test`; empty for the page's own origin. */
  readonly baseUrl: string;
  /** Delivers a webhook; by default the runtime's own `fetch` does, and not these handlers. */
  readonly sendWebhook?: (request: Request) => Promise<Response>;
}

const SLOW_PIECES = 8;
const CONTROL_PATHS = ['/_sandbox', '/_sandbox/*', '/ns', '/ns/*'];

/** Handlers match the address of a call as a browser writes it: with anything else in it they would match nothing. */
function isAddress(value: unknown): boolean {
  const url = typeof value === 'string' ? URL.parse(value) : undefined;
  if (value === '' || !url) return value === '';
  const { protocol, href, username, password } = url;
  const isWhole = [href, href.replace(/\/$/, '')].includes(String(value)) && !href.endsWith('//');
  return isWhole && /^https?:$/.test(protocol) && username + password === '' && !/[?#]/.test(href);
}

const OWN_OPTIONS = {
  baseUrl: z.custom<string>(
    isAddress,
    'an address such as https://sandbox.test, as a browser writes it and without a query, or an empty text for the own page',
  ),
  sendWebhook: functionOption,
};

/**
 * The sandbox as MSW handlers, for `msw/node` and for a service worker. Only the Node server answers CORS preflights and
 * edits rows; here the rows can be read under `/_sandbox/db`.
 * @throws SandboxOptionsError when an option is misspelt or has a value that is not taken
 */
export function createSandboxHandlers(given = {} as HandlersOptions): HttpHandler[] {
  const state = stateOptions(given, OWN_OPTIONS);
  const {
    baseUrl,
    // A webhook goes to the receiver and not through the handlers.
    sendWebhook = (request: Request) => fetch(bypass(request)),
    ...options
  } = given;
  const namespaces = new Namespaces(state);
  const base = baseUrl.replace(/\/$/, '');
  const prefix = base === '' ? '' : new URL(base).pathname.replace(/\/$/, '');
  const sender = new WebhookSender(namespaces, {
    fetch: (url, init) => sendWebhook(new Request(url, init)),
    ...senderOptions(options),
  });
  const { providers, rootPaths } = namespaces.registry;
  const prefixes = providers.map(({ prefix }) => `${prefix}/*`);
  // On the page's own origin, paths such as `/api` and `/orders` belong to the page.
  const roots = base === '' ? [] : [...rootPaths, '/orders'].map((path) => `${path}/*`);
  return [...prefixes, ...CONTROL_PATHS, ...roots].map((path) =>
    http.all(`${base}${path}`, async ({ request }) => {
      const call = await callOf(request, prefix);
      let answer = filteredRows(namespaces, call) ?? namespaces.handle(call);
      if (answer.afterWebhooks) {
        await sender.settled(call.path);
        answer = answer.afterWebhooks();
      }
      sender.pump();
      return respond(request.method === 'HEAD' ? { ...answer, body: '' } : answer);
    }),
  );
}

const ROWS = /^\/_sandbox\/db(?=\/|$)/;

/** A read of rows with a filter, as the Node server answers it without json-server; `undefined` for every other call. */
function filteredRows(namespaces: Namespaces, call: Call): Answer | undefined {
  const isRead = call.method === 'GET' || call.method === 'HEAD';
  if (!isRead || call.query === '' || !ROWS.test(call.path.replace(/^\/ns\/[^/]*/, ''))) return undefined;
  const located = namespaces.locate(call.path, call.headers);
  if (!located.ok || ownHeaderFault(call) !== undefined) return undefined;
  settleDue(located.state);
  const read = readRows(located.state, located.path.replace(ROWS, '') || '/db', new URLSearchParams(call.query));
  const { status, body, total } = read ?? {
    status: 501,
    body: { error: 'the handlers neither sort nor compare rows: read them, or use the Node server' },
  };
  const headers = { 'content-type': JSON_TYPE, ...(total !== undefined && { 'x-total-count': String(total) }) };
  return { status, headers, body: JSON.stringify(body) };
}

async function callOf(request: Request, prefix: string): Promise<Call> {
  const url = new URL(request.url);
  const headers: Record<string, string> = {};
  for (const [name, value] of request.headers) headers[name] = value;
  return {
    method: request.method,
    path: url.pathname.slice(prefix.length),
    query: url.search.slice(1),
    headers,
    origin: url.origin + prefix,
    ...(await bodyOf(request)),
  };
}

async function bodyOf(request: Request): Promise<{ body: string; bodyFault: BodyFault | undefined }> {
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength > bodyLimit(new URL(request.url).pathname)) return { body: '', bodyFault: 'too_large' };
  try {
    return { body: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), bodyFault: undefined };
  } catch (error) {
    if (error instanceof TypeError) return { body: '', bodyFault: 'not_utf8' };
    throw error;
  }
}

const wait = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

async function respond(answer: Answer): Promise<Response> {
  if (answer.delay) await wait(answer.delay);
  answer.finish?.();
  const { fault } = answer;
  if (fault?.kind === 'drop') return HttpResponse.error();
  return new HttpResponse(bodyOnWire(answer.body, fault), { status: answer.status, headers: answer.headers });
}

function bodyOnWire(body: string, fault: Exclude<Answer['fault'], { kind: 'drop' }>): string | ReadableStream {
  if (!fault) return body;
  return fault.kind === 'slow_body' ? slowStream(body, fault.ms) : brokenStream(body, fault.byte);
}

function brokenStream(body: string, byte: number): ReadableStream {
  const bytes = new TextEncoder().encode(body).slice(0, byte);
  let isSent = false;
  return new ReadableStream({
    pull(controller) {
      if (isSent || bytes.length === 0) controller.error(new TypeError('connection dropped (sandbox scenario)'));
      else controller.enqueue(bytes);
      isSent = true;
    },
  });
}

function slowStream(body: string, ms: number): ReadableStream {
  const bytes = new TextEncoder().encode(body);
  const size = Math.max(1, Math.ceil(bytes.length / SLOW_PIECES));
  let start = 0;
  return new ReadableStream({
    async pull(controller) {
      if (start > 0) await wait(ms);
      controller.enqueue(bytes.slice(start, start + size));
      start += size;
      if (start >= bytes.length) controller.close();
    },
  });
}
