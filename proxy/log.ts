import { LedgerOwnedError } from './ledger/store.ts';

/** The two or three calls of a pino logger that the proxy uses. */
export interface Logger {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/**
 * The only fields that are ever logged. An allowlist, not a redaction list: a new field is silent until somebody has
 * thought about it. No body, no header, no query, no name, no address.
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

/** A log that lets nothing but the allowlist through, whatever it is handed at run time. */
export function allowlistLog(logger: Logger | undefined): Log {
  const at =
    (level: keyof Logger) =>
    (message: string, fields: LogFields = {}) => {
      if (logger) logger[level](allowed(fields), message);
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/** The same log, with these fields in every line. */
export function logWith(log: Log, fields: LogFields): Log {
  return {
    info: (message, more) => log.info(message, { ...fields, ...more }),
    warn: (message, more) => log.warn(message, { ...fields, ...more }),
    error: (message, more) => log.error(message, { ...fields, ...more }),
  };
}

/** An error of the proxy's own words: its message quotes nothing that came from outside, so it may be logged. */
export class PlainError extends Error {
  override name = 'PlainError' as const;
}

/** An error by its class and code: its message may quote a body. */
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
