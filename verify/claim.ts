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

/** What an answer says about the money. */
export type Claim = 'refunded' | 'nothing' | 'running' | 'unknown';

/**
 * Reads an answer as the refund form does: first it looks for a refund, then it asks the provider's judge. The form is
 * sometimes more careful than the answer. Here a problem of the proxy is taken literally, also on a repeated request.
 * @param isMade whether a body says that what was asked for is done; of a refund without it
 */
export function claimOf({ resent, answer }: Exchange, profile: Profile, isMade = namesRefund(profile)): Claim {
  const { status, json, headers, lost } = answer;
  if (lost !== undefined) return 'unknown';
  if (isSuccess(status) && isMade(json)) return 'refunded';
  const replayed = headers[IDEMPOTENT_REPLAYED.toLowerCase()] === 'true';
  const { effect, problem } = judgeAnswer(profile.judge, { status, body: json, resent, replayed });
  if (problem) return problemEffect({ ...problem, status });
  // A client other than our form believes a plain 4xx that is not an error of the provider.
  const isBelieved = isRefusal(status) && !isTurnedAway(status) && !profile.isError(json);
  return effect === 'unknown' && isBelieved ? 'nothing' : effect;
}

const namesRefund = (profile: Profile) => (json: unknown) => profile.refundId(json) !== undefined;
