/** The ids that connect the log lines and provider calls of one request, webhook or reconciliation. */
export interface TraceIds {
  readonly requestId: string;
  /** W3C Trace Context: 32 hexadecimal digits. */
  readonly traceId: string;
  /** The caller's span, if the request names one: 16 hexadecimal digits. */
  readonly parentId: string | undefined;
  /** W3C Trace Context: two hexadecimal digits. */
  readonly flags: string;
}

export const REQUEST_ID = 'X-Request-Id';
export const TRACEPARENT = 'traceparent';

/**
 * A UUID, 32 hexadecimal digits or a ULID, as front ends create them. Anything else could be a name or a card number
 * that a caller wants in the log.
 */
const WELL_FORMED = /^(?:[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|[\da-f]{32}|[0-7][\dA-HJKMNP-TV-Z]{25})$/i;
/** Later versions may add parts at the end; version `ff` is forbidden. W3C Trace Context section 3.2 */
const PARENT = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/;

/** The well-formed ids of the request, and new ones in place of the others. */
export function readTraceIds(headers: Headers, newId: () => string): TraceIds {
  const given = headers.get(REQUEST_ID);
  const requestId = given !== null && WELL_FORMED.test(given) ? given : newId();
  const [, version, traceId, parentId, flags, more] = PARENT.exec(headers.get(TRACEPARENT) ?? '') ?? [];
  if (traceId === undefined || flags === undefined || (version === '00' && more !== undefined))
    return own(requestId, newId);
  return { requestId, traceId, parentId, flags };
}

/** New ids, for work that no request caused. */
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
