import { LedgerOwnedError } from '../ledger/errors.ts';

/** The two or three calls of a pino logger that the proxy uses. */
export interface Logger {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/**
 * The only fields that are logged. This is an allowlist: a new field is not logged until somebody has thought about it.
 * No body, header, query, name or address is among them.
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

function allowed(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    FIELDS.flatMap((name) => {
      const value = fields[name];
      return ['string', 'number', 'boolean'].includes(typeof value) ? [[name, value]] : [];
    }),
  );
}
