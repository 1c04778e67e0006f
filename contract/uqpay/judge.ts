import { isRefusal, isTurnedAway, type Answered, type Judge } from '../judge.ts';
import { uqpayError, uqpayLegacyError } from './envelope.ts';

/**
 * Errors that speak of the refund itself. Only these settle a request sent again: had the first send been carried out,
 * its answer would have been replayed. Any other error may be about the second send only: `idempotency_error` about its
 * body, `not_found`, `account_error` and `product_error` about the account that it was sent for.
 */
const OF_THE_REFUND = ['invalid_request_error', 'payment_error', 'refund_error'];

/** `uqpay.md`, Errors. `api_error` and any 5xx say nothing about the money. */
export const judgeUqpay: Judge = ({ status, body, resent }) => {
  const legacy = uqpayLegacyError.safeParse(body).data;
  if (legacy && /processing/i.test(legacy.message)) return 'running';
  if (mayRetryUqpay({ status, body })) return resent ? 'unknown' : 'nothing';
  const type = uqpayError.safeParse(body).data?.type;
  if (type === undefined || type === 'api_error' || !isRefusal(status)) return 'unknown';
  return !resent || OF_THE_REFUND.includes(type) ? 'nothing' : 'unknown';
};

/** Whether a refusal is about this send only: the same key may be sent again, and would be refused no more. */
export function mayRetryUqpay({ status, body }: Omit<Answered, 'resent'>): boolean {
  const code = uqpayError.safeParse(body).data?.code;
  return isTurnedAway(status) || (isRefusal(status) && code === 'velocity_limit_exceeded');
}
