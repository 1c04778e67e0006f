import type { ProxyContext } from '../context.ts';
import type { CallMade, Exchange, ProviderIo, WatchedCall } from '../providers/exchange.ts';
import { LedgerUnavailableError } from '../ledger/errors.ts';
import type { LedgerWatch } from '../ledger/watch.ts';
import { logWith } from './log.ts';
import { newSpanId, newTraceIds, readTraceIds, REQUEST_ID, traceparent, TRACEPARENT, type TraceIds } from './ids.ts';
import { KIND, startSpan, type OpenTelemetryApi, type Span } from './spans.ts';

/** One unit of work: a request, a webhook or a reconciliation. */
export interface Traced {
  /** Its log lines, provider calls and transactions carry these ids. */
  readonly context: ProxyContext;
  readonly requestId: string;
  readonly span: Span;
}

/** `request`: undefined for work that no request caused. */
export function traced(
  context: ProxyContext,
  name: string,
  { api, request }: { readonly api: OpenTelemetryApi | undefined; readonly request?: Request },
): Traced {
  const given = request ? readTraceIds(request.headers, context.newId) : newTraceIds(context.newId);
  const span = startSpan(api, given, name, request ? KIND.server : KIND.internal);
  const ids: TraceIds = span.ids ? { ...given, ...span.ids } : given;
  const fields = { request_id: ids.requestId, trace_id: ids.traceId };
  const log = logWith(context.log, fields);
  const io: ProviderIo = {
    ...context.io,
    watch: (call) => watchCall({ ...context, log }, ids, span, call),
    refused(reason) {
      log.error('the provider refused the credentials', { provider: context.provider.name, reason });
      context.metrics.credentialsRefused?.(context.provider.name);
    },
  };
  const own: ProxyContext = {
    ...context,
    log,
    session: context.session.over?.(io) ?? context.session,
    ledger: context.ledger.watchedBy(ledgerWatch(context, fields, span)),
  };
  return { context: own, requestId: ids.requestId, span };
}

function watchCall(
  { provider, now, log, metrics, newId }: ProxyContext,
  ids: TraceIds,
  span: Span,
  call: CallMade,
): WatchedCall {
  const { method, route, url } = call;
  const { hostname, port, protocol } = new URL(url);
  // `url.full` and `url.path` are left out: they contain payment ids.
  const below = span.child(`${method} ${route}`, KIND.client, {
    'http.request.method': method,
    'url.template': route,
    'server.address': hostname,
    'server.port': Number(port) || (protocol === 'http:' ? 80 : 443),
  });
  const parent = below.ids ?? { traceId: ids.traceId, flags: ids.flags, spanId: newSpanId(newId) };
  const startedAt = now();
  return {
    headers: { [REQUEST_ID]: ids.requestId, [TRACEPARENT]: traceparent(parent, parent.spanId) },
    ended(result) {
      const ms = now() - startedAt;
      const outcome = outcomeOf(result);
      const status = result.kind === 'answer' ? result.answer.status : undefined;
      log.info('called the provider', { provider: provider.name, route, method, status, outcome, duration_ms: ms });
      metrics.called?.({ provider: provider.name, route, outcome, ms });
      const isError = status === undefined || status >= 400;
      below.end(
        status === undefined ? {} : { 'http.response.status_code': status },
        isError ? String(status ?? outcome) : undefined,
      );
    },
  };
}

/** One of few values, because it is a label. */
function outcomeOf(result: Exchange): string {
  return result.kind === 'answer' ? `${Math.floor(result.answer.status / 100)}xx` : result.kind;
}

function ledgerWatch({ provider, now, metrics }: ProxyContext, fields: LedgerWatch['fields'], span: Span): LedgerWatch {
  return {
    fields,
    transaction(mode) {
      const below = span.child(`ledger ${mode}`, KIND.internal);
      const startedAt = now();
      let begunAt: number | undefined;
      return {
        began() {
          begunAt ??= now();
        },
        ended(error) {
          const endedAt = now();
          const outcome = ledgerOutcome(error);
          const ms = endedAt - startedAt;
          const waitMs = (begunAt ?? endedAt) - startedAt;
          metrics.ledger?.({ provider: provider.name, mode, outcome, waitMs, ms });
          below.end({ 'refund_proxy.ledger.wait_ms': waitMs }, outcome === 'ok' ? undefined : outcome);
        },
      };
    },
  };
}

function ledgerOutcome(error: unknown): 'ok' | 'unavailable' | 'failed' {
  if (error === undefined) return 'ok';
  return error instanceof LedgerUnavailableError ? 'unavailable' : 'failed';
}
