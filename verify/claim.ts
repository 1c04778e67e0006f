import {
  IDEMPOTENT_REPLAYED,
  isRefusal,
  isSuccess,
  isTurnedAway,
  judgeAnswer,
  problemEffect,
} from '../contract/index.ts';
import type { Exchange } from './drive.ts';
import type { Profile } from './profile.ts';

/** What an answer tells its reader about the money. */
export type Claim = 'refunded' | 'nothing' | 'running' | 'unknown';

/**
 * Reads an answer as the refund form does: a refund first, then what the judge says of anything else. Where the form is
 * more careful than the words, the words count: a proxy's own problem is taken literally, whichever send it answers.
 */
export function claimOf({ resent, answer }: Exchange, profile: Profile): Claim {
  const { status, json, headers, lost } = answer;
  if (lost !== undefined) return 'unknown';
  if (isSuccess(status) && profile.refundId(json) !== undefined) return 'refunded';
  const replayed = headers[IDEMPOTENT_REPLAYED.toLowerCase()] === 'true';
  const { effect, problem } = judgeAnswer(profile.judge, { status, body: json, resent, replayed });
  if (problem) return problemEffect({ ...problem, status });
  // Another client than ours takes a plain 4xx at its word where it is no error of the provider.
  const isBelieved = isRefusal(status) && !isTurnedAway(status) && !profile.isError(json);
  return effect === 'unknown' && isBelieved ? 'nothing' : effect;
}
