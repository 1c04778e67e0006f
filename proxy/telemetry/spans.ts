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
 * What the proxy uses of the module `@opentelemetry/api`. The module itself is given, so that a runtime without it has
 * nothing to load.
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

/** `SpanKind` and `SpanStatusCode` of the API, which a type import cannot give. */
export const KIND = { internal: 0, server: 1, client: 2 } as const;
const ERROR = 2;
const SAMPLED = 1;

/** One span, or nothing where there is no tracing. */
export interface Span {
  /** As others are to be told of it; `undefined` where nothing is traced. */
  readonly ids: { readonly traceId: string; readonly spanId: string; readonly flags: string } | undefined;
  child(name: string, kind: number, attributes?: Attributes): Span;
  /** Does `work` with the span as the current one, so that spans of the merchant's hooks are below it. */
  run<T>(work: () => T): T;
  rename(name: string): void;
  /** `error`: a class of error of few values, as `error.type` has it. */
  end(attributes?: Attributes, error?: string): void;
}

const NOTHING: Span = {
  ids: undefined,
  child: () => NOTHING,
  run: (work) => work(),
  rename: () => undefined,
  end: () => undefined,
};

/** The span of a request, below the one that is current, else below the one that the request names. */
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
  // Without an SDK the API gives spans whose ids are those of the parent, or all zero.
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
