import * as z from 'zod/mini';

import { problem, problemEffect } from '../contract/index.ts';
import type { Answer } from './drive.ts';
import type { Profile } from './profile.ts';

/** What an answer tells whoever reads it about the money. */
export type Claim = 'refunded' | 'nothing' | 'running' | 'unknown';

/** Reads an answer as the refund form does: a proxy's problem, a provider's refusal, a refund, or nothing that can be relied on. */
export function claimOf({ status, json, lost }: Answer, profile: Profile): Claim {
  if (lost !== undefined) return 'unknown';
  const isSuccess = status >= 200 && status <= 299;
  const own = isSuccess ? undefined : z.safeParse(problem, json).data;
  if (own) return problemEffect(own);
  const refusal = profile.refusal(status, json);
  if (refusal !== undefined) return refusal;
  if (isSuccess) return profile.refundId(json) === undefined ? 'unknown' : 'refunded';
  // Another client than ours takes a plain 4xx at its word.
  return status >= 400 && status <= 499 && status !== 408 && status !== 409 ? 'nothing' : 'unknown';
}
