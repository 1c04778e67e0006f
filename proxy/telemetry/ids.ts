/** The ids that tie together what one request, webhook or round of reconciling logs and calls. */
export interface TraceIds {
  readonly requestId: string;
  /** W3C Trace Context: 32 hexadecimal digits. */
  readonly traceId: string;
  /** The span of whoever called, where it named one: 16 hexadecimal digits. */
  readonly parentId: string | undefined;
  /** W3C Trace Context: two hexadecimal digits. */
  readonly flags: string;
}

export const REQUEST_ID = 'X-Request-Id';
export const TRACEPARENT = 'traceparent';

/**
 * A UUID, 32 hexadecimal digits or a ULID: what front ends make. Anything else may be a name or a card number that a caller
 * wants in the log.
 */
const WELL_FORMED = /^(?:[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|[\da-f]{32}|[0-7][\dA-HJKMNP-TV-Z]{25})$/i;
/** Later versions may add parts at the end; version `ff` is forbidden. W3C Trace Context section 3.2 */
const PARENT = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/;

/** The ids that the request brings, each where it is well-formed, and else new ones. */
export function readTraceIds(headers: Headers, newId: () => string): TraceIds {
  const given = headers.get(REQUEST_ID);
  const requestId = given !== null && WELL_FORMED.test(given) ? given : newId();
  const [, version, traceId, parentId, flags, more] = PARENT.exec(headers.get(TRACEPARENT) ?? '') ?? [];
  if (traceId === undefined || flags === undefined || (version === '00' && more !== undefined))
    return own(requestId, newId);
  return { requestId, traceId, parentId, flags };
}

/** Of work that nobody asked for. */
export function newTraceIds(newId: () => string): TraceIds {
  return own(newId(), newId);
}

function own(requestId: string, newId: () => string): TraceIds {
  return { requestId, traceId: newId().replaceAll('-', ''), parentId: undefined, flags: '00' };
}

/** 16 hexadecimal digits. The end of a UUID: its variant is among them, so they are never all zero. */
export function newSpanId(newId: () => string): string {
  return newId().replaceAll('-', '').slice(16);
}

export function traceparent({ traceId, flags }: Pick<TraceIds, 'traceId' | 'flags'>, spanId: string): string {
  return `00-${traceId}-${spanId}-${flags}`;
}
