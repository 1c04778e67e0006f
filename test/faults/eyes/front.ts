import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { serve, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';

import { makeCertificate } from '../../certificate.ts';
import { hostPage } from './host-page.ts';
import { Streams } from './streams.ts';

/** Faults on the wire. One applies to the requests of a screen until it is removed. */
export const WIRE_FAULTS = [
  /** The connection breaks before the request is carried out. */
  'lost_before',
  /** The request is carried out, then the connection breaks. */
  'lost_after',
  /** The request is carried out, and half of the answer arrives. */
  'half',
  /** The request waits and is carried out when it is released. */
  'slow_before',
  /** The request is carried out, and its answer waits until it is released. */
  'slow_after',
  /** A gateway before the proxy answers "too many requests", as a page or as a problem. */
  'busy_page',
  'busy_problem',
  /** A gateway before the proxy cannot reach it. */
  'bad_gateway',
  /** The request is carried out, and the answer leaves out one of the vendors. */
  'row_lost',
  /** The request is carried out, and the answer has a status that is new at the provider. */
  'new_status',
] as const;
export type WireFault = (typeof WIRE_FAULTS)[number];

/** A request of a screen and its result. */
export interface Call {
  readonly screen: string;
  readonly user: string;
  readonly method: string;
  /** Path below `/refunds/`. */
  readonly path: string;
  readonly key: string | undefined;
  readonly expected: string | undefined;
  readonly body: string;
  readonly fault: WireFault | undefined;
  readonly step: number;
  /** Answer of the proxy or of a gateway, even if it did not arrive. */
  status?: number;
  text?: string;
  /** Whether the network got the whole answer. */
  isDelivered: boolean;
}

/** A reserved name (RFC 2606). */
export const HOST = 'console.example';

/** The servers behind the origin during this schedule. */
export interface Backend {
  refunds(request: Request): Promise<Response>;
  payment(query: URLSearchParams): Promise<unknown>;
}

const TYPES = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' };
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; " +
  "require-trusted-types-for 'script'; trusted-types lit-html";
const PAGE = `<!doctype html><html lang="en"><title>Console</title><main>
<p>Before</p><div class="slot"><p>First</p></div><div class="slot"><p>Second</p></div></main>
<script type="module" src="/refund-form.js"></script><script type="module" src="/host.js"></script></html>`;
const HOST_SCRIPT = `import { registerLocale } from '/refund-form.js';
await (${hostPage.toString()})(registerLocale);`;
const LOGIN = '<!doctype html><title>Sign in</title><form><input name="user"></form>';

/**
 * The merchant's single origin, as a browser sees it: the page of the console, the built form, the proxy below
 * `/refunds/`, and all faults between a page and its server.
 */
export class Front {
  readonly calls: Call[] = [];
  readonly streams = new Streams();
  readonly #faults = new Map<string, WireFault>();
  readonly #signedOut = new Map<string, 'json' | 'redirect'>();
  readonly #heldRequests: { readonly screen: string; readonly release: () => void }[] = [];
  #active = 0;
  #server: ReturnType<typeof serve> | undefined;
  #widget = '';
  #step = 0;
  backend: Backend | undefined;
  /** Unix milliseconds by the clock of the servers. */
  readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  /** The origin has a host name of its own, because an offline browser can still reach localhost. */
  get url(): string {
    return `https://${HOST}:${(this.#server!.address() as AddressInfo).port}`;
  }

  get step(): number {
    return this.#step;
  }

  set step(step: number) {
    this.#step = step;
    this.streams.step = step;
  }

  /** Requests in progress, without those that wait to be released. */
  get active(): number {
    return this.#active - this.#heldRequests.length;
  }

  /** Over TLS, because tabs share locks only on a secure origin. */
  async open(widget: string): Promise<void> {
    this.#widget = await readFile(widget, 'utf8');
    const folder = await mkdtemp(path.join(tmpdir(), 'refund-form-eyes-'));
    const files = makeCertificate(folder, HOST);
    const [key, cert] = await Promise.all([readFile(files.key), readFile(files.certificate)]);
    await rm(folder, { recursive: true });
    const server = serve({
      fetch: (request: Request, env: unknown) => this.#answer(request, (env as HttpBindings).outgoing),
      port: 0,
      hostname: '127.0.0.1',
      createServer,
      serverOptions: { key, cert },
    });
    this.#server = server;
    if (!server.listening) await once(server, 'listening');
  }

  async close(): Promise<void> {
    this.reset();
    const server = this.#server!;
    const closed = once(server, 'close');
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
    await closed;
  }

  reset(): void {
    this.release();
    this.#faults.clear();
    this.#signedOut.clear();
    this.streams.end();
    this.calls.length = 0;
    this.step = 0;
  }

  /** Applies the fault to every request of this screen that may move money, until it is removed. */
  break(screen: string, fault: WireFault | undefined): void {
    if (fault) this.#faults.set(screen, fault);
    else this.#faults.delete(screen);
  }

  heldCount(screen: string): number {
    return this.#heldRequests.filter((one) => one.screen === screen).length;
  }

  release(): void {
    for (const { release: letGo } of this.#heldRequests.splice(0)) letGo();
  }

  signOut(user: string, how: 'json' | 'redirect'): void {
    this.#signedOut.set(user, how);
  }

  signIn(user: string): void {
    this.#signedOut.delete(user);
  }

  isSignedOut(user: string): boolean {
    return this.#signedOut.has(user);
  }

  async #answer(request: Request, outgoing: HttpBindings['outgoing']): Promise<Response> {
    const url = new URL(request.url);
    const js = { 'content-type': 'text/javascript; charset=utf-8' };
    if (url.pathname === '/') return new Response(PAGE, { headers: { ...TYPES, 'content-security-policy': POLICY } });
    if (url.pathname === '/refund-form.js') return new Response(this.#widget, { headers: js });
    if (url.pathname === '/host.js') return new Response(HOST_SCRIPT, { headers: js });
    if (url.pathname === '/empty') return new Response('<!doctype html>', { headers: TYPES });
    if (url.pathname === '/login') return new Response(LOGIN, { headers: TYPES });
    if (url.pathname === '/host/payment') return Response.json(await this.backend?.payment(url.searchParams));
    if (!url.pathname.startsWith('/refunds/') || !this.backend) return new Response('Not here', { status: 404 });
    this.#active += 1;
    try {
      return await this.#refunds(request, this.backend, outgoing);
    } finally {
      this.#active -= 1;
    }
  }

  async #refunds(request: Request, backend: Backend, outgoing: ServerResponse): Promise<Response> {
    const screen = new URL(request.headers.get('referer') ?? request.url).searchParams.get('screen') ?? '';
    const user = /user=(\w+)/.exec(request.headers.get('cookie') ?? '')?.[1] ?? '';
    const { method, headers } = request;
    const isWrite = method === 'POST';
    const fault = isWrite ? this.#faults.get(screen) : undefined;
    const body = isWrite ? await request.text() : '';
    const { pathname, search } = new URL(request.url);
    const call: Call = {
      screen,
      user,
      method,
      path: pathname.slice('/refunds/'.length) + search,
      key: headers.get('idempotency-key') ?? undefined,
      expected: headers.get('x-expected-refundable') ?? undefined,
      body,
      fault,
      step: this.step,
      isDelivered: false,
    };
    this.calls.push(call);
    if (this.#signedOut.get(user) === 'redirect') {
      Object.assign(call, { status: 302, isDelivered: true });
      return Response.redirect(new URL('/login', request.url), 302);
    }
    const callBackend = () => backend.refunds(isWrite ? new Request(request.url, { method, headers, body }) : request);
    if (fault === 'slow_before') await this.#hold(screen);
    if (fault === 'lost_before') return closeConnection(outgoing);
    if (fault && fault in GATEWAY) {
      const answer = GATEWAY[fault as keyof typeof GATEWAY].clone();
      Object.assign(call, { status: answer.status, text: await answer.clone().text(), isDelivered: true });
      return answer;
    }
    const response = await callBackend();
    if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
      return this.streams.open(response, { screen, user, path: call.path });
    }
    call.status = response.status;
    call.text = await response.text();
    if (fault === 'slow_after') await this.#hold(screen);
    if (fault === 'lost_after') return closeConnection(outgoing);
    if (fault === 'half') return sendHalf(outgoing, response, call.text);
    // The page may have been left meanwhile, or its browser may have gone offline.
    call.isDelivered = !outgoing.destroyed;
    const change = fault && ANSWER_CHANGES[fault];
    // The merchant's server goes by the same time as the provider, and the browsers learn it.
    const answered = new Headers(response.headers);
    answered.set('date', new Date(this.now()).toUTCString());
    return new Response(change ? change(call.text) : call.text, { status: response.status, headers: answered });
  }

  #hold(screen: string): Promise<void> {
    return new Promise((resolve) => {
      this.#heldRequests.push({ screen, release: resolve });
    });
  }
}

const GATEWAY = {
  busy_page: new Response('<h1>Too Many Requests</h1>', {
    status: 429,
    headers: { 'content-type': 'text/html', 'retry-after': '5' },
  }),
  busy_problem: Response.json(
    { title: 'Too many requests', status: 429, code: 'rate_limited' },
    { status: 429, headers: { 'content-type': 'application/problem+json', 'retry-after': '5' } },
  ),
  bad_gateway: new Response('<h1>Bad Gateway</h1>', { status: 502, headers: { 'content-type': 'text/html' } }),
};

/** Changes to an answer before it arrives. */
const ANSWER_CHANGES: Readonly<Partial<Record<WireFault, (text: string) => string>>> = {
  row_lost: (text) => text.replace(/"generated":\[\{[^}]*\},?/, '"generated":['),
  new_status: (text) => text.replace(/"refund_status":"[A-Z_]+"/, '"refund_status":"ON_HOLD"'),
};

function closeConnection(outgoing: ServerResponse): Response {
  outgoing.destroy();
  return RESPONSE_ALREADY_SENT;
}

function sendHalf(outgoing: ServerResponse, { status }: Response, text: string): Response {
  outgoing.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) + 40 });
  outgoing.write(text.slice(0, text.length / 2), () => outgoing.destroy());
  return RESPONSE_ALREADY_SENT;
}
