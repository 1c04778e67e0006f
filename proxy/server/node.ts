import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { getRequestListener, serve } from '@hono/node-server';

import { BodyGoneError } from '../http/guards.ts';
import { LedgerUnavailableError } from '../ledger/errors.ts';
import type { ProxyFigures } from '../telemetry/metrics.ts';
import { jsonResponse, outsideOf, problemResponse } from '../http/problem.ts';
import type { PrometheusMetrics } from '../telemetry/prometheus.ts';
import type { RefundProxy } from '../proxy.ts';
import { kindOf } from '../hooks/received.ts';

export interface ServeOptions {
  readonly proxies: readonly RefundProxy[];
  /** 0 chooses a free port. */
  readonly port: number;
  readonly host: string;
  /** Milliseconds between two reconciliations; 0 turns them off. */
  readonly reconcileEveryMs?: number;
  /** Milliseconds between two deliveries of changes to `onChange`, 1,000; 0 turns them off. */
  readonly announceEveryMs?: number;
  /** Served at `GET /metrics`, which must not be public. Give the same object to every proxy. */
  readonly metrics?: PrometheusMetrics;
  /** Called when a round failed. */
  readonly onError?: (error: unknown) => void;
}

export interface ServedProxies {
  readonly url: string;
  readonly port: number;
  /** Stops accepting requests. Resolves when the outcome of every running refund is in the ledger. */
  close(): Promise<void>;
}

/** How long writing the answers, or the rest of a request, may take once the proxy stops. Milliseconds. */
const LAST_ANSWERS_MS = 2_000;

/** How long receiving one request may take, so that a slow sender cannot hold connections open. Milliseconds. */
const REQUEST_MS = 30_000;

/**
 * How long a connection without a request stays open. Milliseconds. Load balancers keep theirs for a minute: one that
 * the proxy closes first may be closing just when a refund is sent on it, and then nobody knows what became of it.
 */
const IDLE_MS = 75_000;

/**
 * Recovers, then serves the proxies on one port, with `GET /health` (the process runs) and `GET /ready` (it accepts
 * refunds now).
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
        fetch: (request: Request, { incoming }: { readonly incoming: object }) =>
          route({ proxies, metrics, outside: async () => refuseOutside(proxies) }, request, incoming),
        port,
        hostname: host,
        serverOptions: { requestTimeout: REQUEST_MS, keepAliveTimeout: IDLE_MS },
      },
      () => {
        starting.off('error', reject);
        resolve(starting);
      },
    );
    starting.once('error', reject);
  });
  // Each proxy has its own loop: a provider that does not answer delays no other.
  const stopReconciling = proxies.map((proxy) =>
    repeat(reconcileEveryMs, async (signal) => {
      await proxy.reconcile(signal).catch(onError);
    }),
  );
  // A delivery that hangs must not delay other payments, so the next round may start before it ends.
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
      // The proxies close first: they refuse requests from now on, and `/ready` reports that while the rest ends.
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
 * Makes the proxies a handler for `node:http`, Express, Connect or Fastify's raw pair. Mount it before any body parser:
 * a webhook is signed over the exact bytes. Mount it after the middleware that reads the session: `authorize` receives
 * the `IncomingMessage` as `original`, or the third argument: a framework's own request. The caller has to call `recover()`, `reconcile()` and `close()`.
 */
export function nodeHandler(...proxies: RefundProxy[]) {
  checkProxies('nodeHandler', proxies);
  const [first] = proxies;
  // With a single proxy, that proxy logs it, too.
  const outside = async (request: Request) =>
    first && proxies.length === 1 ? first.fetch(request) : refuseOutside(proxies);
  const originals = new WeakMap<object, object>();
  const listener = getRequestListener((request, { incoming }: { readonly incoming: object }) => {
    const readable = isGone(incoming) ? withBodyGone(request) : request;
    return route({ proxies, outside }, readable, originals.get(incoming) ?? incoming);
  });
  return (incoming: IncomingMessage, outgoing: ServerResponse, original?: object): void => {
    // Express and Connect pass their `next`.
    if (typeof original === 'object') originals.set(incoming, original);
    // Express and Connect remove the mount path from `url`.
    if ('originalUrl' in incoming && typeof incoming.originalUrl === 'string') incoming.url = incoming.originalUrl;
    void listener(incoming, outgoing);
  };
}

function refuseOutside(proxies: readonly RefundProxy[]): Response {
  return problemResponse(outsideOf(proxies.map(({ basePath }) => basePath)));
}

/** @throws TypeError when one of them is not a proxy, or two serve the same path. */
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

/** Whether a body parser has read the request. Some platforms keep its bytes as `rawBody`; then those are used. */
function isGone(incoming: object): boolean {
  const wasRead = 'readableDidRead' in incoming && incoming.readableDidRead === true;
  return wasRead && !('rawBody' in incoming && incoming.rawBody instanceof Uint8Array);
}

/** The same request with a body that reports that it was read: an ended stream would look like an empty body. */
function withBodyGone(request: Request): Request {
  const { url, method, headers } = request;
  if (method === 'GET' || method === 'HEAD') return request;
  const body = new ReadableStream({ start: (controller) => controller.error(new BodyGoneError()) });
  const init: RequestInit & { readonly duplex: 'half' } = { method, headers, body, duplex: 'half' };
  return new Request(url, init);
}

/** Lets answers in progress finish. A connection that stays open after that is cut. */
async function closeConnections(server: Server, closed: Promise<unknown>): Promise<void> {
  const idle = setInterval(() => server.closeIdleConnections(), 10);
  const cut = setTimeout(() => server.closeAllConnections(), LAST_ANSWERS_MS);
  await closed;
  clearInterval(idle);
  clearTimeout(cut);
}

interface Served {
  readonly proxies: readonly RefundProxy[];
  readonly metrics?: PrometheusMetrics | undefined;
  /** Answers what is below none of them. */
  readonly outside: (request: Request) => Promise<Response>;
}

async function route({ proxies, metrics, outside }: Served, request: Request, original: object): Promise<Response> {
  const { pathname } = new URL(request.url);
  const proxy = proxies.find(({ basePath }) => pathname === basePath || pathname.startsWith(`${basePath}/`));
  if (proxy) return proxy.fetch(request, original);
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

/** The other metrics matter most when the ledger fails. */
function unlessUnavailable(error: unknown): undefined {
  if (error instanceof LedgerUnavailableError) return undefined;
  throw error;
}

/** Joins two proxies of one provider, such as those of two merchants: the sum of the counts, and the longest wait. */
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

/**
 * Runs `work` repeatedly, and never twice at once unless told to. Returns a function that stops it and aborts running
 * rounds.
 */
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
