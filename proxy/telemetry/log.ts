import { LedgerOwnedError } from '../ledger/errors.ts';

/** The two or three calls of a pino logger that the proxy uses. */
export interface Logger {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/**
 * The only fields that are logged. This is an allowlist: a new field is not logged until somebody has thought about it.
 * No body, header, query, name or address is among them. `error_message` and `error_stack` are of the host's own hooks.
 */
const FIELDS = [
  'request_id',
  'trace_id',
  'provider',
  'route',
  'method',
  'status',
  'code',
  'intent',
  'state',
  'kind',
  'replayed',
  'source',
  'outcome',
  'limit',
  'signed_by',
  'duration_ms',
  'error_name',
  'error_code',
  'error_message',
  'error_stack',
  'count',
  'port',
  'host',
  'base_path',
  'field',
  'received',
  'expected',
  'reason',
] as const;

export type LogFields = Partial<Record<(typeof FIELDS)[number], string | number | boolean | undefined>>;

export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** A log that drops every field outside the allowlist, also at run time. */
export function allowlistLog(logger: Logger | undefined): Log {
  const at =
    (level: keyof Logger) =>
    (message: string, fields: LogFields = {}) => {
      if (logger) logger[level](allowed(fields), message);
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/** The same log with these fields added to every line. */
export function logWith(log: Log, fields: LogFields): Log {
  return {
    info: (message, more) => log.info(message, { ...fields, ...more }),
    warn: (message, more) => log.warn(message, { ...fields, ...more }),
    error: (message, more) => log.error(message, { ...fields, ...more }),
  };
}

/** An error that the proxy worded itself: its message quotes nothing from outside, so it may be logged. */
export class PlainError extends Error {
  override name = 'PlainError' as const;
}

/** The class and code of an error. Its message may quote a body, so it is left out. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error_name: typeof error };
  const code = 'code' in error ? error.code : undefined;
  return {
    error_name: error.name,
    ...(typeof code === 'string' && { error_code: code }),
    ...((error instanceof PlainError || error instanceof LedgerOwnedError) && { reason: error.message }),
  };
}

/** A stack of the usual ten lines fits. */
const MAX_HOST_TEXT = 4_000;

/**
 * What a hook of the host threw, in the host's own words: without them nobody finds the fault. The proxy's own errors are
 * logged without their words, because they may quote a body.
 */
export function hookErrorFields(error: unknown): LogFields {
  const fields = errorFields(error);
  if (typeof error === 'string') return { ...fields, error_message: error.slice(0, MAX_HOST_TEXT) };
  if (!(error instanceof Error) || fields.reason !== undefined) return fields;
  const messages: string[] = [];
  // The message of `fetch` is "fetch failed", and only its cause says why.
  for (let cause: unknown = error; cause instanceof Error && messages.length < MAX_CAUSES; { cause } = cause) {
    messages.push(cause.message);
  }
  return {
    ...fields,
    error_message: messages.join(': ').slice(0, MAX_HOST_TEXT),
    ...(typeof error.stack === 'string' && { error_stack: error.stack.slice(0, MAX_HOST_TEXT) }),
  };
}

const MAX_CAUSES = 5;

function allowed(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    FIELDS.flatMap((name) => {
      const value = fields[name];
      return ['string', 'number', 'boolean'].includes(typeof value) ? [[name, value]] : [];
    }),
  );
}
