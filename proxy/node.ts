import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { getRequestListener, serve } from '@hono/node-server';

import { BodyGoneError } from './guards.ts';
import { LedgerUnavailableError } from './ledger/store.ts';
import type { ProxyFigures } from './metrics.ts';
import { jsonResponse, outsideOf, problemResponse } from './problem.ts';
import type { PrometheusMetrics } from './prometheus.ts';
import type { RefundProxy } from './proxy.ts';
import { kindOf } from './received.ts';

export interface ServeOptions {
  readonly proxies: readonly RefundProxy[];
  /** 0 takes any free port. */
  readonly port: number;
  readonly host: string;
  /** Milliseconds between two rounds of reconciling; 0 switches them off. */
  readonly reconcileEveryMs?: number;
  /** Milliseconds between two rounds of telling `onChange`, 1,000; 0 switches them off. */
  readonly announceEveryMs?: number;
  /** Served at `GET /metrics`: keep that from the public. Give the same to every proxy. */
  readonly metrics?: PrometheusMetrics;
  /** Told of a round that failed. */
  readonly onError?: (error: unknown) => void;
}

export interface ServedProxies {
  readonly url: string;
  readonly port: number;
  /** Stops taking requests and resolves when every refund on its way has its outcome in the ledger. */
  close(): Promise<void>;
}

/** How long answers may take to be written once every refund has its outcome. Milliseconds. */
const LAST_ANSWERS_MS = 2_000;

/** How long one request may take to come in whole, so that a slow sender holds nothing open. Milliseconds. */
const REQUEST_MS = 30_000;

/**
 * Recovers, then serves proxies side by side on one port, with `GET /health` (the process runs) and `GET /ready` (it
 * takes refunds now).
 *
 * @throws the listen error when the port is taken.
 */
export async function serveProxies(options: ServeOptions): Promise<ServedProxies> {
  const {
    proxies,
    port,
    host,
    reconcileEveryMs = 0,
    announceEveryMs = 1_000,
    metrics,
    onError = () => undefined,
  } = options;
  checkProxies('serveProxies', proxies);
  for (const proxy of proxies) await proxy.recover();
  const server = await new Promise<ReturnType<typeof serve>>((resolve, reject) => {
    const starting = serve(
      {
        fetch: (request: Request) => route(proxies, request, metrics, async () => refuseOutside(proxies)),
        port,
        hostname: host,
        serverOptions: { requestTimeout: REQUEST_MS },
      },
      () => {
        starting.off('error', reject);
        resolve(starting);
      },
    );
    starting.once('error', reject);
  });
  // Each for itself: a provider that does not answer holds up no other.
  const stopReconciling = proxies.map((proxy) =>
    repeat(reconcileEveryMs, async (signal) => {
      await proxy.reconcile(signal).catch(onError);
    }),
  );
  // A payment whose change is not answered holds up no other: the next round begins all the same.
  const stopAnnouncing = proxies.map((proxy) =>
    repeat(
      announceEveryMs,
      async (signal) => {
        await proxy.announce(signal).catch(onError);
      },
      { maxAtOnce: Number.POSITIVE_INFINITY },
    ),
  );
  const address = server.address() as AddressInfo;
  const shownHost = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `http://${shownHost}:${address.port}`,
    port: address.port,
    async close() {
      // The proxies first: they refuse from this moment on, and `/ready` says so while the rest ends.
      const closing = proxies.map((proxy) => proxy.close());
      await Promise.all([...closing, ...[...stopReconciling, ...stopAnnouncing].map((stop) => stop())]);
      const closed = new Promise((resolve) => {
        server.close(resolve);
      });
      await closeConnections(server as Server, closed);
    },
  };
}

/**
 * Proxies as a handler for `node:http`, Express, Connect or Fastify's raw pair. Mount it before any body parser: a
 * webhook is signed over the bytes as they came. Whoever uses it calls `recover()`, `reconcile()` and `close()` himself.
 */
export function nodeHandler(...proxies: RefundProxy[]) {
  checkProxies('nodeHandler', proxies);
  const [first] = proxies;
  // A single proxy also logs it.
  const outside = async (request: Request) =>
    first && proxies.length === 1 ? first.fetch(request) : refuseOutside(proxies);
  const listener = getRequestListener((request, { incoming }: { readonly incoming: object }) =>
    route(proxies, isGone(incoming) ? withBodyGone(request) : request, undefined, outside),
  );
  return (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    // Express and Connect take the path of the mount off `url`.
    if ('originalUrl' in incoming && typeof incoming.originalUrl === 'string') incoming.url = incoming.originalUrl;
    void listener(incoming, outgoing);
  };
}

function refuseOutside(proxies: readonly RefundProxy[]): Response {
  return problemResponse(outsideOf(proxies.map(({ basePath }) => basePath)));
}

/** @throws TypeError when one of them is no proxy, or two would answer the same path. */
function checkProxies(where: string, proxies: readonly RefundProxy[]): void {
  if (!Array.isArray(proxies) || proxies.length === 0) {
    throw new TypeError(`${where}: proxies: expected at least one proxy that createRefundProxy returned`);
  }
  const basePaths = new Set<string>();
  for (const [index, proxy] of proxies.entries()) {
    if (typeof (proxy as Partial<RefundProxy> | undefined)?.fetch !== 'function') {
      throw new TypeError(
        `${where}: proxies[${index}]: expected what createRefundProxy returned, received ${kindOf(proxy)}`,
      );
    }
    if (basePaths.has(proxy.basePath)) {
      throw new TypeError(`${where}: proxies[${index}]: the basePath ${proxy.basePath} is another proxy's already`);
    }
    basePaths.add(proxy.basePath);
  }
}

/** Whether a body parser has read the request. Some platforms keep its bytes as `rawBody`: those are read instead. */
function isGone(incoming: object): boolean {
  const wasRead = 'readableDidRead' in incoming && incoming.readableDidRead === true;
  return wasRead && !('rawBody' in incoming && incoming.rawBody instanceof Uint8Array);
}

/** The same request, whose body says that it is gone: an ended stream would look like an empty body. */
function withBodyGone(request: Request): Request {
  const { url, method, headers } = request;
  if (method === 'GET' || method === 'HEAD') return request;
  const body = new ReadableStream({ start: (controller) => controller.error(new BodyGoneError()) });
  const init: RequestInit & { readonly duplex: 'half' } = { method, headers, body, duplex: 'half' };
  return new Request(url, init);
}

/** Answers that are being written reach their reader; a connection that stays open all the same is cut. */
async function closeConnections(server: Server, closed: Promise<unknown>): Promise<void> {
  const idle = setInterval(() => server.closeIdleConnections(), 10);
  const cut = setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
}

async function route(
  proxies: readonly RefundProxy[],
  request: Request,
  metrics: PrometheusMetrics | undefined,
  outside: (request: Request) => Promise<Response>,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  const proxy = proxies.find(({ basePath }) => pathname === basePath || pathname.startsWith(`${basePath}/`));
  if (proxy) return proxy.fetch(request);
  const basePaths = proxies.map(({ basePath }) => basePath);
  switch (`${request.method} ${pathname}`) {
    case 'GET /health':
      return jsonResponse({ status: 'ok', proxies: basePaths });
    case 'GET /ready': {
      const ready = (await Promise.all(proxies.map((each) => each.ready()))).every(Boolean);
      return jsonResponse({ status: ready ? 'ready' : 'not ready' }, ready ? 200 : 503);
    }
    case 'GET /metrics':
      if (metrics) return metricsResponse(proxies, metrics);
  }
  return outside(request);
}

async function metricsResponse(proxies: readonly RefundProxy[], metrics: PrometheusMetrics): Promise<Response> {
  const figures: Record<string, ProxyFigures | undefined> = {};
  for (const proxy of proxies) {
    const { provider } = proxy;
    const found = await proxy.figures().catch(unlessUnavailable);
    figures[provider] = Object.hasOwn(figures, provider) ? together(figures[provider], found) : found;
  }
  return new Response(await metrics.text(figures), { headers: { 'content-type': metrics.contentType } });
}

/** The other numbers are worth having just then. */
function unlessUnavailable(error: unknown): undefined {
  if (error instanceof LedgerUnavailableError) return undefined;
  throw error;
}

/** Two proxies of one provider, such as those of two merchants: how many wait in all, and the longest wait. */
function together(one: ProxyFigures | undefined, other: ProxyFigures | undefined): ProxyFigures | undefined {
  if (!one || !other) return undefined;
  return {
    unknown: one.unknown + other.unknown,
    oldestUnknownSeconds: Math.max(one.oldestUnknownSeconds, other.oldestUnknownSeconds),
    contradicted: one.contradicted + other.contradicted,
    awaitingApproval: one.awaitingApproval + other.awaitingApproval,
    oldestApprovalSeconds: Math.max(one.oldestApprovalSeconds, other.oldestApprovalSeconds),
    untold: one.untold + other.untold,
    oldestUntoldSeconds: Math.max(one.oldestUntoldSeconds, other.oldestUntoldSeconds),
    restored: one.restored || other.restored,
    reconcileLagSeconds: Math.max(one.reconcileLagSeconds, other.reconcileLagSeconds),
  };
}

/** Runs `work` again and again, never twice at once unless told so. Returns how to stop, which ends rounds that are running. */
function repeat(
  everyMs: number,
  work: (signal: AbortSignal) => Promise<void>,
  { maxAtOnce = 1 }: { readonly maxAtOnce?: number } = {},
): () => Promise<void> {
  if (everyMs <= 0) return () => Promise.resolve();
  const stop = new AbortController();
  const running = new Set<Promise<void>>();
  const timer = setInterval(() => {
    if (running.size >= maxAtOnce) return;
    const round = work(stop.signal).finally(() => running.delete(round));
    running.add(round);
  }, everyMs);
  return async () => {
    clearInterval(timer);
    stop.abort();
    await Promise.all(running);
  };
}
