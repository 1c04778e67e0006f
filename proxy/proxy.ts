import type { ProxyDescription } from '../contract/index.ts';
import { IDEMPOTENCY_KEY, PROBLEMS } from '../contract/index.ts';
import { Announcer } from './announce.ts';
import { approveIntent, declineIntent } from './approvals.ts';
import { checkOptions } from './check-options.ts';
import { readableOrder, type ProxyContext } from './context.ts';
import { EventStreams } from './events.ts';
import type { ProviderIo } from './exchange.ts';
import { checkOrigin, corsHeaders, preflight } from './guards.ts';
import { listIntents, resolveIntent, showIntent } from './intents.ts';
import { LedgerUnavailableError } from './ledger/errors.ts';
import { allowlistLog, errorFields } from './log.ts';
import { NO_METRICS, type ProxyFigures } from './metrics.ts';
import type { RefundProxyOptions } from './options.ts';
import { matchRoute, readSegment } from './paths.ts';
import { jsonResponse, ledgerUnavailable, outsideOf, ProblemError, problemResponse } from './problem.ts';
import { RateLimiter } from './rate-limit.ts';
import { handleRead } from './read.ts';
import { reconcile, type Reconciled } from './reconcile.ts';
import { Sender } from './send.ts';
import { summarise } from './summary.ts';
import { httpRoute } from './telemetry/http-route.ts';
import { REQUEST_ID } from './telemetry/ids.ts';
import type { OpenTelemetryApi, Span } from './telemetry/spans.ts';
import { traced } from './telemetry/watched.ts';
import { handleWebhook } from './webhooks.ts';
import { handleWrite, withEffectOfIntent, withEffectOfKey } from './write.ts';

export interface RefundProxy {
  readonly basePath: string;
  readonly provider: string;
  /** Answers one request below `basePath`. Never rejects. */
  fetch(request: Request): Promise<Response>;
  /**
   * Call it once before the first request: the outcome of what an earlier process was sending is unknown. Returns how
   * many there were.
   */
  recover(): Promise<number>;
  /**
   * Reads from the provider every refund that is due and not final. Call it every few seconds. `signal` ends the round
   * early.
   */
  reconcile(signal?: AbortSignal): Promise<Reconciled>;
  /**
   * Delivers due changes to `onChange`. Call it every second or so, even while an earlier call runs: it delivers for at
   * most 20 payments at once. `signal` ends the round early. Returns how many changes were accepted.
   */
  announce(signal?: AbortSignal): Promise<number>;
  /** Whether it accepts refunds now: it is not closing, and its ledger can be read and written. */
  ready(): Promise<boolean>;
  /**
   * How many intents have an unknown outcome, as a whole or for one vendor, for monitoring. 1,000 means that many or
   * more.
   */
  unknownIntents(): Promise<number>;
  /** What is pending, for monitoring. It is read at each scrape, and bounded however large the ledger is. */
  figures(): Promise<ProxyFigures>;
  /** Refuses new requests, ends every stream, and resolves when nothing is running. The ledger stays open. */
  close(): Promise<void>;
}

/**
 * The thin proxy for one provider, as a fetch handler for any server. It adds the credentials, and makes sure that one
 * intent becomes one refund, whatever breaks.
 *
 * @throws TypeError that names every option that is missing or wrong.
 */
export function createRefundProxy(options: RefundProxyOptions): RefundProxy {
  checkOptions(options);
  const { provider, basePath, ledger, merchant = 'default', timeoutMs = 20_000, fetch: send = fetch } = options;
  const now = options.now ?? Date.now;
  const log = allowlistLog(options.logger);
  const io: ProviderIo = {
    // On Workers, `fetch` throws "Illegal invocation" when it is called as a method of another object.
    fetch: (input, init) => send(input, init),
    now,
    timeoutMs,
    replaceShared: (name, replace) => ledger.replaceShared(name, replace),
  };
  const context: ProxyContext = {
    provider,
    session: provider.connect(io),
    io,
    scope: { merchant, provider: provider.name },
    basePath,
    ledger,
    orders: async (paymentId, about) => options.orders(paymentId, about),
    authorize: async (request, about) => options.authorize(request, about),
    authenticate: options.authenticate && (async (request, about) => options.authenticate?.(request, about)),
    limiter: new RateLimiter(options.rateLimit, { ledger, name: `writes of ${merchant} ${provider.name}` }),
    hints: new RateLimiter(
      { writes: HINTS_A_MINUTE, perMs: 60_000 },
      { ledger, name: `hints of ${merchant} ${provider.name}`, limit: 'hints' },
    ),
    metrics: options.metrics ?? NO_METRICS,
    approvalMs: options.approvalMs ?? 86_400_000,
    hookMs: timeoutMs,
    now,
    timeoutMs,
    newId: options.newId ?? (() => crypto.randomUUID()),
    maxBodyBytes: options.maxBodyBytes ?? 65_536,
    log,
  };
  const announcer =
    options.onChange && new Announcer(context, async (change, about) => options.onChange?.(change, about));
  if (announcer) ledger.keepChanges(context.scope);
  ledger.onContradiction(({ merchant: whose, provider: of, intentId }, by) => {
    if (whose !== merchant || of !== provider.name) return;
    log.warn('a provider contradicts what is known', { ...by, provider: of, intent: intentId });
    context.metrics.contradicted?.(of);
  });
  const sender = new Sender(context);
  const app: App = {
    context,
    sender,
    streams: new EventStreams(context, options.events),
    allowedOrigins: new Set(options.allowedOrigins),
    publicOrigin: options.publicOrigin,
    webhookPath: options.webhookPath ?? '/webhooks',
    api: options.openTelemetry,
    running: new Set(),
    isStopping: false,
    told: { ofBase: false },
  };
  const unknown = (limit: number) =>
    ledger.intents(context.scope, { states: ['unknown'], withUnknownParts: true, limit });
  return {
    basePath,
    provider: provider.name,
    fetch(request) {
      const work = answer(app, request);
      app.running.add(work);
      void work.finally(() => app.running.delete(work));
      return work;
    },
    async recover() {
      const lost = await ledger.recover(context.scope, now());
      if (await ledger.restored()) log.warn(RESTORED_WORDS, { provider: provider.name });
      return lost;
    },
    reconcile: (signal) => sender.afterUnrecorded(() => reconcileTraced(app, signal)),
    announce: async (signal) => announcer?.round(signal) ?? 0,
    async ready() {
      if (app.isStopping) return false;
      try {
        await unknown(1);
        await ledger.tryWriting(now());
        return !app.isStopping;
      } catch (error) {
        if (!(error instanceof LedgerUnavailableError)) throw error;
        return false;
      }
    },
    unknownIntents: async () => (await unknown(MAX_COUNTED)).length,
    async figures() {
      const found = await ledger.figures(context.scope, { follows: provider.reverses });
      const age = (since: number | undefined) => Math.max(0, now() - (since ?? now())) / 1000;
      return {
        unknown: found.unknown,
        oldestUnknownSeconds: age(found.unknownSince),
        contradicted: found.contradicted,
        awaitingApproval: found.awaitingApproval,
        oldestApprovalSeconds: age(found.awaitingApprovalSince),
        untold: found.untold,
        oldestUntoldSeconds: age(found.untoldSince),
        restored: (await ledger.restored()) ? 1 : 0,
        reconcileLagSeconds: age(found.nextCheckAt),
      };
    },
    async close() {
      app.isStopping = true;
      app.streams.close();
      // First the running requests, then those that were refused meanwhile: this ends however many more come.
      await Promise.allSettled(app.running);
      await sender.drain();
      await Promise.allSettled(app.running);
    },
  };
}

const RESTORED_WORDS =
  'the ledger was restored from a backup: nothing is sent of a payment before it was compared with the provider';
const HINTS_A_MINUTE = 6;
const MAX_COUNTED = 1_000;

interface App {
  readonly context: ProxyContext;
  readonly sender: Sender;
  readonly streams: EventStreams;
  readonly allowedOrigins: ReadonlySet<string>;
  readonly publicOrigin: string | undefined;
  readonly webhookPath: string;
  readonly api: OpenTelemetryApi | undefined;
  /** Requests in progress. */
  readonly running: Set<Promise<Response>>;
  isStopping: boolean;
  /** Shared by all requests. */
  readonly told: { ofBase: boolean };
}

/** The name of a request for logs and metrics: never a path. */
interface Trace {
  route: string;
}

async function answer(app: App, request: Request): Promise<Response> {
  const { context, requestId, span } = traced(app.context, 'refund proxy request', { api: app.api, request });
  return span.run(() => answerTraced({ ...app, context }, request, { requestId, span }));
}

async function reconcileTraced(app: App, signal: AbortSignal | undefined): Promise<Reconciled> {
  const { context, span } = traced(app.context, 'reconcile', { api: app.api });
  try {
    const reconciled = await span.run(() => reconcile(context, signal));
    span.end();
    return reconciled;
  } catch (error) {
    span.end({}, String(errorFields(error).error_name));
    throw error;
  }
}

async function answerTraced(
  app: App,
  request: Request,
  { requestId, span }: { readonly requestId: string; readonly span: Span },
): Promise<Response> {
  const { context, allowedOrigins } = app;
  const trace: Trace = { route: 'none' };
  const startedAt = context.now();
  let origin: string | undefined;
  let response: Response;
  let code: string | undefined;
  try {
    const isWebhook = belowBase(context, request) === app.webhookPath;
    if (!isWebhook) origin = checkOrigin(request, allowedOrigins, app.publicOrigin);
    if (app.isStopping) throw await stopping(context, request);
    response = isWebhook ? await answerWebhook(app, request, trace) : await dispatch(app, request, origin, trace);
  } catch (error) {
    const problem = toProblem(context, error);
    code = problem.code;
    response = problemResponse(problem, requestId);
  }
  response.headers.set(REQUEST_ID, requestId);
  response.headers.set('cache-control', 'no-store');
  response.headers.set('x-content-type-options', 'nosniff');
  response.headers.append('vary', 'Origin');
  if (origin !== undefined) {
    for (const [name, value] of Object.entries(corsHeaders(origin))) response.headers.set(name, value);
  }
  const ms = context.now() - startedAt;
  const { route } = trace;
  const { status } = response;
  const provider = context.provider.name;
  const method = METHODS.has(request.method) ? request.method : '_OTHER';
  context.log.info('answered', {
    provider,
    route,
    method,
    status,
    code,
    replayed: response.headers.has('idempotent-replayed'),
    duration_ms: ms,
  });
  context.metrics.answered({ provider, route, status, code, ms });
  const template = httpRoute(route, { basePath: context.basePath, webhookPath: app.webhookPath });
  span.rename(template === undefined ? method : `${method} ${template}`);
  span.end(
    {
      'http.request.method': method,
      ...(template !== undefined && { 'http.route': template }),
      'http.response.status_code': status,
    },
    status >= 500 ? (code ?? String(status)) : undefined,
  );
  return response;
}

/** An earlier request with this key may have moved money. */
async function stopping(context: ProxyContext, request: Request): Promise<unknown> {
  const problem = new ProblemError('stopping', { detail: 'Try again with the same key', retryAfter: '1' });
  const key = request.headers.get(IDEMPOTENCY_KEY);
  return key === null ? problem : withEffectOfKey(context, key.toLowerCase(), problem);
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'OPTIONS', 'HEAD', 'PUT', 'PATCH', 'DELETE']);

/** The path below the mount; `undefined` when it is not below it. */
function belowBase({ basePath }: ProxyContext, request: Request): string | undefined {
  const { pathname } = new URL(request.url);
  if (pathname !== basePath && !pathname.startsWith(`${basePath}/`)) return undefined;
  return pathname.slice(basePath.length);
}

/** Webhooks do not come from browsers: `webhooks.ts` has their guards. */
async function answerWebhook({ context, sender }: App, request: Request, trace: Trace): Promise<Response> {
  trace.route = 'webhook';
  expectMethod(request, 'POST');
  return handleWebhook(context, sender, request);
}

async function dispatch(app: App, request: Request, origin: string | undefined, trace: Trace): Promise<Response> {
  const { context, sender, streams } = app;
  const below = belowBase(context, request);
  if (below === undefined) throw outsideBase(app);
  if (request.method === 'OPTIONS') {
    trace.route = 'preflight';
    if (origin !== undefined && request.headers.has('access-control-request-method')) return preflight(origin);
    throw new ProblemError('method_not_allowed', { detail: 'Expected GET or POST' });
  }
  const [room, id, action, ...rest] = below.split('/').slice(1);
  if (below === '' || below === '/') {
    trace.route = 'description';
    expectMethod(request, 'GET');
    return jsonResponse(describe(context, streams));
  }
  if (room === 'payments' && id !== undefined && rest.length === 0 && (action === undefined || action === 'events')) {
    trace.route = action === undefined ? 'payment' : 'events';
    expectMethod(request, 'GET');
    const { order, user } = await readableOrder(context, request, readSegment(id));
    return action === undefined
      ? jsonResponse(await summarise(context, order, request.signal))
      : streams.open(context, request, { order, user });
  }
  if (room === 'events' && id === undefined) {
    trace.route = 'events';
    expectMethod(request, 'GET');
    return streams.openMany(context, request);
  }
  if (room === 'intents' && rest.length === 0 && id !== undefined && action !== undefined) {
    const decide = INTENT_ACTIONS[action];
    if (decide && Object.hasOwn(INTENT_ACTIONS, action)) {
      trace.route = action;
      expectMethod(request, 'POST');
      const intentId = readSegment(id);
      return decide(context, sender, request, intentId).catch(async (error: unknown) => {
        throw await withEffectOfIntent(context, intentId, error);
      });
    }
  }
  if (room === 'intents' && action === undefined) {
    trace.route = id === undefined ? 'intents' : 'intent';
    expectMethod(request, 'GET');
    return id === undefined ? listIntents(context, request) : showIntent(context, request, readSegment(id));
  }
  const match = matchRoute(context.provider.routes, request.method, below);
  const { route } = match;
  trace.route = `${route.method} ${route.path}`;
  return route.kind === 'read'
    ? handleRead(context, request, route, match)
    : handleWrite(context, sender, request, route, match);
}

/** Logged once: a wrong mount is visible, and requests of strangers do not fill the log. */
function outsideBase(app: App): ProblemError {
  const { basePath, log } = app.context;
  if (!app.told.ofBase)
    log.warn('a path outside basePath was asked for: is the proxy mounted at another path?', { base_path: basePath });
  app.told.ofBase = true;
  return outsideOf([basePath]);
}

type IntentAction = (context: ProxyContext, sender: Sender, request: Request, id: string) => Promise<Response>;

/** What a person may do with one intent: `POST {base}/intents/{id}/...`. */
const INTENT_ACTIONS: Readonly<Record<string, IntentAction>> = {
  approve: approveIntent,
  decline: (context, _sender, request, id) => declineIntent(context, request, id),
  resolve: (context, _sender, request, id) => resolveIntent(context, request, id),
};

function describe({ provider, maxBodyBytes }: ProxyContext, { mostPayments }: EventStreams): ProxyDescription {
  return {
    name: 'refund-form-proxy',
    provider: provider.name,
    deduplicates: true,
    max_body_bytes: maxBodyBytes,
    events: true,
    max_event_payments: mostPayments,
  };
}

function expectMethod(request: Request, method: 'GET' | 'POST'): void {
  if (request.method !== method) throw new ProblemError('method_not_allowed', { detail: `Expected ${method}` });
}

/** Turns any error into an answer that claims no more than is known. */
function toProblem({ log, metrics, provider }: ProxyContext, error: unknown): ProblemError {
  if (error instanceof ProblemError) {
    const { limit } = error.extras;
    if (limit !== undefined) {
      log.warn('a limit refused a request', { provider: provider.name, limit });
      metrics.limited?.(provider.name, limit);
    }
    if (error.code === 'body_already_read') {
      log.error('a body parser read the request before the proxy: mount the proxy before express.json() and the like', {
        code: error.code,
      });
    } else if (PROBLEMS[error.code].status >= 500)
      log.warn('refused', {
        ...(error.cause instanceof Error && errorFields(error.cause.cause ?? error.cause)),
        code: error.code,
      });
    return error;
  }
  if (error instanceof LedgerUnavailableError) {
    log.error('the ledger is unavailable', errorFields(error.cause ?? error));
    return ledgerUnavailable(error);
  }
  log.error('the proxy failed', errorFields(error));
  return new ProblemError('internal_error', { detail: 'Check the status before anything is repeated' });
}
