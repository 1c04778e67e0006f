import {
  PROBLEM_CONTENT_TYPE,
  PROBLEMS,
  type Problem,
  type ProblemCode,
  type ProblemEffect,
} from '../../contract/index.ts';
import type { FieldError } from '../providers/provider.ts';

export interface ProblemExtras {
  readonly detail?: string | undefined;
  readonly errors?: readonly FieldError[];
  /** The amounts of the refusal under their wire names: decimal strings in units of `currency`. */
  readonly figures?: Pick<Problem, 'currency' | 'refundable' | 'expected' | 'asked' | 'listed' | 'known'>;
  /** Path of the intent that the problem is about. RFC 9457 section 3.1.5 */
  readonly instance?: string;
  /** Who reads a payment that cannot be read now. */
  readonly user?: string;
  /** Seconds or an HTTP date, as a provider gave it. */
  readonly retryAfter?: string | undefined;
  /** For `rate_limited`: which limit was exceeded. */
  readonly limit?: string;
  /** Set when it differs from the effect of the code: an earlier request with the same key may have moved money. */
  readonly effect?: ProblemEffect;
}

/** A refusal of the proxy itself. It may be thrown anywhere, and one place turns it into an answer. */
export class ProblemError extends Error {
  override name = 'ProblemError' as const;
  readonly code: ProblemCode;
  readonly extras: ProblemExtras;

  constructor(code: ProblemCode, extras: ProblemExtras = {}) {
    super(extras.detail ?? PROBLEMS[code].title);
    this.code = code;
    this.extras = extras;
  }
}

/** What it says of the refund that was asked for. */
export function effectOf({ code, extras }: ProblemError): Problem['effect'] {
  return extras.effect ?? PROBLEMS[code].effect;
}

/** Whether the request itself is wrong, and not what the proxy needs to answer it. */
export function isOfTheRequest({ code }: ProblemError): boolean {
  return PROBLEMS[code].status < 500;
}

/** The faults in the fields of a request. */
export function invalid(errors: readonly FieldError[]): ProblemError {
  const detail = errors.map((error) => `${error.pointer || '/'}: ${error.detail}`).join('; ');
  return new ProblemError('invalid_request', { detail, errors });
}

/** Thrown before a send only: later, every failure is an outcome. */
export function ledgerUnavailable(cause: unknown): ProblemError {
  const problem = new ProblemError('ledger_unavailable', { detail: 'Try again later, a refund with the same key' });
  problem.cause = cause;
  return problem;
}

/** The path is not below any of these mounts. */
export function outsideOf(basePaths: readonly string[]): ProblemError {
  const below = basePaths.map((basePath) => basePath || '/').join(' or ');
  return new ProblemError('path_not_allowed', {
    detail: `Expected a path below ${below}: is the proxy mounted at another path than its basePath?`,
  });
}

/** RFC 9457. */
export function problemResponse(error: ProblemError, requestId?: string): Response {
  const body = { ...problemBody(error), ...(requestId !== undefined && { request_id: requestId }) };
  const { retryAfter } = error.extras;
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: { 'content-type': PROBLEM_CONTENT_TYPE, ...(retryAfter !== undefined && { 'retry-after': retryAfter }) },
  });
}

export function problemBody(problem: ProblemError): Problem {
  const { code, extras } = problem;
  const { status, title } = PROBLEMS[code];
  const { detail, errors, figures, instance, user } = extras;
  return {
    type: 'about:blank',
    title,
    status,
    code,
    effect: effectOf(problem),
    ...(detail !== undefined && { detail }),
    ...(errors && { errors: errors.map(({ pointer, detail: words }) => ({ pointer, detail: words })) }),
    ...figures,
    ...(instance !== undefined && { instance }),
    ...(user !== undefined && { user }),
  };
}

export function jsonResponse(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json' } });
}
