import { IDEMPOTENCY_KEY, isUuid, PROBLEMS, type ProblemCode } from '../../contract/index.ts';
import type { ProxyContext } from '../context.ts';
import { checkOrigin, corsHeaders, STOPPING } from './guards.ts';
import { LedgerUnavailableError } from '../ledger/errors.ts';
import { errorFields } from '../telemetry/log.ts';
import { isOfTheRequest, ledgerUnavailable, ProblemError, problemResponse } from './problem.ts';
import { REQUEST_ID } from '../telemetry/ids.ts';
import type { Span } from '../telemetry/spans.ts';
import { traced } from '../telemetry/watched.ts';
import { approvalOf, NOBODY } from '../refunds/copies.ts';
import { withEffectOfIntent, withEffectOfKey } from '../refunds/write.ts';
import type { App } from './app.ts';
import { answerWebhook, belowBase, dispatch, type Trace } from './dispatch.ts';

const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'OPTIONS', 'HEAD', 'PUT', 'PATCH', 'DELETE']);

/** Answers one request, logs and counts it. Never rejects. */
export async function answer(app: App, request: Request): Promise<Response> {
  const { context, requestId, span } = traced(app.context, 'refund proxy request', { api: app.api, request });
  return span.run(() => answerTraced({ ...app, context }, request, { requestId, span }));
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
    const below = belowBase(context, request);
    const isWebhook = below === app.webhookPath;
    if (!isWebhook) origin = checkOrigin(request, allowedOrigins, app.publicOrigin);
    if (app.isStopping) throw new ProblemError('stopping', STOPPING);
    response = isWebhook
      ? await answerWebhook(app, request, trace)
      : await dispatch(app, request, { below, origin, trace });
  } catch (error) {
    const problem = toProblem(context, await withKey(app, request, error));
    code = problem.code;
    response = problemResponse(problem, requestId);
  }
  response.headers.set(REQUEST_ID, requestId);
  if (!response.headers.has('cache-control')) response.headers.set('cache-control', 'no-store');
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
  const template = trace.template === undefined ? undefined : context.basePath + trace.template;
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

/** Refusals that come before the key of a request is looked up. */
const BEFORE_THE_KEY: ReadonlySet<ProblemCode> = new Set([
  'stopping',
  'path_not_allowed',
  'method_not_allowed',
  'origin_not_allowed',
  'refund_form_header_required',
  'unsupported_media_type',
]);

/** An earlier request with this key, or an earlier approval of the same request, may have moved money. */
async function withKey(app: App, request: Request, error: unknown): Promise<unknown> {
  const { copies } = app.sender;
  const isEarly = error instanceof ProblemError && BEFORE_THE_KEY.has(error.code);
  if (!isEarly) return error;
  const approved = /\/intents\/([^/]+)\/approve$/.exec(new URL(request.url).pathname)?.[1];
  if (approved) {
    const who = isOfTheRequest(error) ? NOBODY : undefined;
    return copies.refuse(approvalOf(approved), () => withEffectOfIntent(app, approved, error), who);
  }
  const key = request.headers.get(IDEMPOTENCY_KEY);
  if (key === null || !isUuid(key)) return error;
  const sent = key.toLowerCase();
  return copies.refuse(sent, () => withEffectOfKey(app, sent, error));
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
