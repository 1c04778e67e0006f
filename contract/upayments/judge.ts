import { isRefusal, isTurnedAway, type Answered, type Judge } from '../judge.ts';
import { upaymentsEnvelope } from './refund.ts';

/**
 * `docs/providers/upayments.md#errors`. No refusal of a request sent again settles it: there are no keys, so the first may have been
 * carried out, and then a second is refused because of that ("already refunded", "above the limit"), with the same 422
 * as any other.
 */
export const judgeUpayments: Judge = ({ status, body, resent }) => {
  if (resent) return 'unknown';
  if (isTurnedAway(status)) return 'nothing';
  const answer = upaymentsEnvelope.safeParse(body).data;
  if (!answer || answer.status) return 'unknown';
  // `status: false` can come with a 2xx. A refusal has no data: with data in it, vendors may have been refunded.
  const isEmpty = Object.keys(Object(answer.data)).length === 0;
  const isRefused = status < 300 ? isEmpty : isRefusal(status) && !hasMade(answer.data);
  return isRefused ? 'nothing' : 'unknown';
};

/** A second step that is refused may show the rows that it refuses. A row that it has made is a refund. */
function hasMade(data: unknown): boolean {
  return /generated\\*":[[{][^\]}]/.test(JSON.stringify(data));
}

/** Whether a refusal is about this send only: the same request may be sent again, and would be refused no more. */
export function mayRetryUpayments({ status }: Pick<Answered, 'status'>): boolean {
  return isTurnedAway(status);
}
