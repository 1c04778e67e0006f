import type { TraceIds } from './ids.ts';

type Attributes = Record<string, string | number | boolean>;

interface SpanContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly isRemote?: boolean;
}

interface ApiSpan {
  spanContext(): SpanContext;
  setAttributes(attributes: Attributes): unknown;
  setStatus(status: { code: number }): unknown;
  updateName(name: string): unknown;
  end(): void;
}

/**
 * The part of `@opentelemetry/api` that the proxy uses. The module is passed in, so that a runtime without it loads
 * nothing.
 */
export interface OpenTelemetryApi {
  readonly trace: {
    getTracer(name: string): {
      startSpan(name: string, options: { kind: number; attributes: Attributes }, context: unknown): ApiSpan;
    };
    getActiveSpan(): ApiSpan | undefined;
    setSpan(context: unknown, span: unknown): unknown;
    setSpanContext(context: unknown, spanContext: SpanContext): unknown;
  };
  readonly context: {
    active(): unknown;
    with<T>(context: unknown, work: () => T): T;
  };
}

/** The values of `SpanKind` and `SpanStatusCode`, which a type import cannot provide. */
export const KIND = { internal: 0, server: 1, client: 2 } as const;
const ERROR = 2;
const SAMPLED = 1;

/** One span; does nothing without tracing. */
export interface Span {
  /** The span's context for outgoing calls; `undefined` without tracing. */
  readonly ids: { readonly traceId: string; readonly spanId: string; readonly flags: string } | undefined;
  child(name: string, kind: number, attributes?: Attributes): Span;
  /** Runs `work` with this span as the current one, so that spans of the merchant's hooks are its children. */
  run<T>(work: () => T): T;
  rename(name: string): void;
  /** `error`: one of few error classes, for `error.type`. */
  end(attributes?: Attributes, error?: string): void;
}

const NOTHING: Span = {
  ids: undefined,
  child: () => NOTHING,
  run: (work) => work(),
  rename: () => undefined,
  end: () => undefined,
};

/** Starts the span of a request, as a child of the current span, or else of the span that the request names. */
export function startSpan(
  api: OpenTelemetryApi | undefined,
  { traceId, parentId, flags }: TraceIds,
  name: string,
  kind: number,
): Span {
  if (!api) return NOTHING;
  const active = api.context.active();
  const isBelow = api.trace.getActiveSpan() !== undefined || parentId === undefined;
  const traceFlags = Number.parseInt(flags, 16) & SAMPLED;
  const remote = () =>
    api.trace.setSpanContext(active, { traceId, spanId: parentId ?? '', traceFlags, isRemote: true });
  return spanIn(api, isBelow ? active : remote(), name, kind);
}

function spanIn(api: OpenTelemetryApi, parent: unknown, name: string, kind: number, attributes: Attributes = {}): Span {
  const span = api.trace.getTracer('refund-form-proxy').startSpan(name, { kind, attributes }, parent);
  const context = api.trace.setSpan(parent, span);
  const { traceId, spanId, traceFlags } = span.spanContext();
  // Without an SDK the API returns spans with the ids of the parent, or zeros.
  const isReal = !/^0+$/.test(spanId) && span.spanContext().isRemote !== true;
  return {
    ids: isReal ? { traceId, spanId, flags: traceFlags.toString(16).padStart(2, '0') } : undefined,
    child: (below, kindBelow, given) => spanIn(api, context, below, kindBelow, given),
    run: (work) => api.context.with(context, work),
    rename: (to) => void span.updateName(to),
    end(given = {}, error) {
      span.setAttributes({ ...given, ...(error !== undefined && { 'error.type': error }) });
      if (error !== undefined) span.setStatus({ code: ERROR });
      span.end();
    },
  };
}
