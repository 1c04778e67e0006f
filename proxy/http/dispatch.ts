import { preflight } from './guards.ts';
import type { ProxyContext } from '../context.ts';
import { matchRoute } from './paths.ts';
import { outsideOf, ProblemError } from './problem.ts';
import { handleRead } from './read.ts';
import { handleWebhook } from '../refunds/webhooks.ts';
import { handleWrite } from '../refunds/write.ts';
import type { App } from './app.ts';
import { findOwnRoute } from './routes.ts';

/** What a request is, for logs, metrics and spans: never a path with ids. */
export interface Trace {
  route: string;
  /** The path below the mount with names in place of ids, if it is a route's. */
  template?: string;
}

/** Webhooks do not come from browsers: `webhooks.ts` has their guards. */
export async function answerWebhook(
  { context, sender, webhookPath }: App,
  request: Request,
  trace: Trace,
): Promise<Response> {
  trace.route = 'webhook';
  trace.template = webhookPath;
  expectMethod(request, 'POST');
  return handleWebhook(context, sender, request);
}

interface Arrived {
  /** The path below the mount; `undefined` when it is not below it. */
  readonly below: string | undefined;
  /** Of a page of another site that may use the proxy. */
  readonly origin: string | undefined;
  readonly trace: Trace;
}

export async function dispatch(app: App, request: Request, { below, origin, trace }: Arrived): Promise<Response> {
  const { context, sender } = app;
  if (below === undefined) throw outsideBase(app);
  if (request.method === 'OPTIONS') {
    trace.route = 'preflight';
    if (origin !== undefined && request.headers.has('access-control-request-method')) return preflight(origin);
    throw new ProblemError('method_not_allowed', { detail: 'Expected GET or POST' });
  }
  const own = findOwnRoute(below);
  if (own) {
    trace.route = own.route.name;
    trace.template = own.route.path;
    expectMethod(request, own.route.method);
    return own.route.answer(app, request, own.id);
  }
  const match = matchRoute(context.provider.routes, request.method, below);
  const { route } = match;
  trace.route = `${route.method} ${route.path}`;
  trace.template = route.path;
  return route.kind === 'read'
    ? handleRead(context, request, route, match)
    : handleWrite(context, sender, request, route, match);
}

/** The path below the mount; `undefined` when it is not below it. */
export function belowBase({ basePath }: ProxyContext, request: Request): string | undefined {
  const { pathname } = new URL(request.url);
  if (pathname !== basePath && !pathname.startsWith(`${basePath}/`)) return undefined;
  return pathname.slice(basePath.length);
}

/** Logged once: a wrong mount is visible, and requests of strangers do not fill the log. */
function outsideBase(app: App): ProblemError {
  const { basePath, log } = app.context;
  if (!app.logged.ofBase)
    log.warn('a request came for a path outside basePath: is the proxy mounted at another path?', {
      base_path: basePath,
    });
  app.logged.ofBase = true;
  return outsideOf([basePath]);
}

function expectMethod(request: Request, method: 'GET' | 'POST'): void {
  if (request.method !== method) throw new ProblemError('method_not_allowed', { detail: `Expected ${method}` });
}
