import { isRefusal, isTurnedAway, type Answered, type Judge } from '../judge.ts';
import { uqpayError, uqpayLegacyError, type UqpayError } from './envelope.ts';

/**
 * Errors that speak of the refund itself. Only these settle a request sent again: had the first send been carried out,
 * its answer would have been replayed. Any other error may be about the second send only: `not_found`, `account_error`
 * and `product_error` about the account that it was sent for.
 */
const OF_THE_REFUND = /^(?:invalid_request|payment|refund)_error$/;

/**
 * These say nothing about the money. After `idempotency_error` UQPAY knows the key from another body: an earlier send of
 * it, which a lost ledger does not know.
 */
const OF_NOTHING = /^(?:api|idempotency)_error$/;

/** `docs/providers/uqpay.md#errors`. Any 5xx says nothing about the money. */
export const judgeUqpay: Judge = ({ status, body, resent }) => {
  const legacy = uqpayLegacyError.safeParse(body).data;
  // Its number says nothing.
  if (legacy && /processing/i.test(legacy.message)) return 'running';
  const error = uqpayError.safeParse(body).data;
  const type = error?.type ?? 'api_error';
  const isNothing = isOfTheSend(status, error)
    ? !resent
    : isRefusal(status) && (resent ? OF_THE_REFUND.test(type) : !OF_NOTHING.test(type));
  return isNothing ? 'nothing' : 'unknown';
};

/** Whether a refusal is about this send only: the same key may be sent again, and would be refused no more. */
export function mayRetryUqpay({ status, body }: Omit<Answered, 'resent'>): boolean {
  return isOfTheSend(status, uqpayError.safeParse(body).data);
}

function isOfTheSend(status: number, error: UqpayError | undefined): boolean {
  return isTurnedAway(status) || (isRefusal(status) && error?.code === 'velocity_limit_exceeded');
}
