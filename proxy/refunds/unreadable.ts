import { ProblemError } from '../http/problem.ts';
import type { Read } from '../providers/provider.ts';

/** A read of the provider that failed, as an answer. Nothing was sent. */
export function unreadable({ why, isRefused }: Extract<Read<unknown>, { ok: false }>, what: string): ProblemError {
  if (isRefused) return new ProblemError('credentials_refused', { detail: "Check the proxy's configuration" });
  return new ProblemError('provider_unreachable', { detail: `${what} cannot be read (${why}): try again` });
}
