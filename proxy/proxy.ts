import type { ProxyDescription } from '../contract/index.ts';
import { PROBLEMS } from '../contract/index.ts';
import { authorize, readOrder, type ProxyContext } from './context.ts';
import { checkOrigin, corsHeaders, preflight } from './guards.ts';
import { listIntents, resolveIntent, showIntent } from './intents.ts';
import { LedgerUnavailableError } from './ledger/store.ts';
import { allowlistLog, errorFields } from './log.ts';
import type { RefundProxyOptions } from './options.ts';
import { matchRoute, readSegment } from './paths.ts';
import { jsonResponse, ledgerUnavailable, ProblemError, problemResponse } from './problem.ts';
import { RateLimiter } from './rate-limit.ts';
import { handleRead } from './read.ts';
import { reconcile, type Reconciled } from './reconcile.ts';
import { Sender } from './send.ts';
import { summarise } from './summary.ts';
import { handleWrite } from './write.ts';

export interface RefundProxy {
  readonly basePath: string;
  readonly provider: string;
  /** Answers one request below `basePath`. Never rejects. */
  fetch(request: Request): Promise<Response>;
  /** Call once before the first request: what an earlier process was sending has no known outcome. Returns how many. */
  recover(): Promise<number>;
  /** Reads at the provider what is not final and due. Call it every few seconds. */
  reconcile(): Promise<Reconciled>;
  /** Resolves when nothing is on its way any more. The ledger stays open. */
  close(): Promise<void>;
}

/**
 * The thin proxy of one provider, as a fetch handler for any server. It adds the credentials, and sees to it that one
 * intent becomes one refund whatever breaks.
 */
export function createRefundProxy(options: RefundProxyOptions): RefundProxy {
  const { provider, basePath, ledger, merchant = 'default', timeoutMs = 20_000 } = options;
  const now = options.now ?? Date.now;
  const log = allowlistLog(options.logger);
  const context: ProxyContext = {
    provider,
    session: provider.connect({
      fetch: options.fetch ?? fetch,
      now,
      timeoutMs,
      replaceShared: (name, replace) => ledger.replaceShared(name, replace),
    }),
    scope: { merchant, provider: provider.name },
    basePath,
    ledger,
    orders: async (paymentId) => options.orders(paymentId),
    authorize: async (request, about) => options.authorize(request, about),
    limiter: new RateLimiter(options.rateLimit),
    now,
    newId: options.newId ?? (() => crypto.randomUUID()),
    maxBodyBytes: options.maxBodyBytes ?? 65_536,
    log,
  };
  const sender = new Sender(context);
  const allowedOrigins = new Set(options.allowedOrigins);
  return {
    basePath,
    provider: provider.name,
    fetch: (request) => answer(context, sender, allowedOrigins, request),
    recover: () => ledger.recover(context.scope, now()),
    reconcile: () => sender.afterUnrecorded(() => reconcile(context)),
    close: () => sender.drain(),
  };
}

async function answer(
  context: ProxyContext,
  sender: Sender,
  allowedOrigins: ReadonlySet<string>,
  request: Request,
): Promise<Response> {
  const startedAt = context.now();
  let origin: string | undefined;
  let response: Response;
  let code: string | undefined;
  try {
    origin = checkOrigin(request, allowedOrigins);
    response = await dispatch(context, sender, request, origin);
  } catch (error) {
    const problem = toProblem(context, error);
    code = problem.code;
    response = problemResponse(problem);
  }
  response.headers.set('cache-control', 'no-store');
  response.headers.set('x-content-type-options', 'nosniff');
  response.headers.append('vary', 'Origin');
  if (origin !== undefined) {
    for (const [name, value] of Object.entries(corsHeaders(origin))) response.headers.set(name, value);
  }
  context.log.info('answered', {
    provider: context.provider.name,
    method: request.method,
    status: response.status,
    code,
    replayed: response.headers.has('idempotent-replayed'),
    duration_ms: context.now() - startedAt,
  });
  return response;
}

async function dispatch(
  context: ProxyContext,
  sender: Sender,
  request: Request,
  origin: string | undefined,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  const { basePath, provider } = context;
  if (pathname !== basePath && !pathname.startsWith(`${basePath}/`)) throw new ProblemError('path_not_allowed');
  if (request.method === 'OPTIONS') {
    if (origin !== undefined && request.headers.has('access-control-request-method')) return preflight(origin);
    throw new ProblemError('method_not_allowed', { detail: 'Expected GET or POST' });
  }
  const below = pathname.slice(basePath.length);
  const [room, id, action, ...rest] = below.split('/').slice(1);
  if (below === '' || below === '/') {
    expectMethod(request, 'GET');
    return jsonResponse(describe(context));
  }
  if (room === 'payments' && id !== undefined && action === undefined) {
    expectMethod(request, 'GET');
    const order = await readOrder(context, readSegment(id));
    await authorize(context, request, { order, action: 'read' });
    return jsonResponse(await summarise(context, order));
  }
  if (room === 'intents' && rest.length === 0) {
    if (id !== undefined && action === 'resolve') {
      expectMethod(request, 'POST');
      return resolveIntent(context, request, readSegment(id));
    }
    if (action === undefined) {
      expectMethod(request, 'GET');
      return id === undefined ? listIntents(context, request) : showIntent(context, request, readSegment(id));
    }
  }
  const match = matchRoute(provider.routes, request.method, below);
  const { route } = match;
  return route.kind === 'read'
    ? handleRead(context, request, route, match)
    : handleWrite(context, sender, request, route, match);
}

function describe({ provider, maxBodyBytes }: ProxyContext): ProxyDescription {
  return { name: 'refund-form-proxy', provider: provider.name, deduplicates: true, max_body_bytes: maxBodyBytes };
}

function expectMethod(request: Request, method: 'GET' | 'POST'): void {
  if (request.method !== method) throw new ProblemError('method_not_allowed', { detail: `Expected ${method}` });
}

/** Whatever went wrong, as an answer that claims no more than is known. */
function toProblem({ log }: ProxyContext, error: unknown): ProblemError {
  if (error instanceof ProblemError) {
    if (PROBLEMS[error.code].status >= 500)
      log.warn('refused', { ...(error.cause instanceof Error && errorFields(error.cause.cause)), code: error.code });
    return error;
  }
  if (error instanceof LedgerUnavailableError) {
    log.error('the ledger is unavailable', errorFields(error.cause ?? error));
    return ledgerUnavailable(error);
  }
  log.error('the proxy failed', errorFields(error));
  return new ProblemError('internal_error', { detail: 'Check the status before anything is repeated' });
}
