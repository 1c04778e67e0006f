import { isRefusal, isTurnedAway, type Answered, type Judge } from '../judge.ts';
import { uqpayError, uqpayLegacyError, type UqpayError } from './envelope.ts';

/**
 * Errors that speak of the refund itself. Only these settle a request sent again: had the first send been carried out,
 * its answer would have been replayed. Any other error may be about the second send only: `idempotency_error` about its
 * body, `not_found`, `account_error` and `product_error` about the account that it was sent for.
 */
const OF_THE_REFUND = /^(?:invalid_request|payment|refund)_error$/;

/** `docs/providers/uqpay.md#errors`. `api_error` and any 5xx say nothing about the money. */
export const judgeUqpay: Judge = ({ status, body, resent }) => {
  const legacy = uqpayLegacyError.safeParse(body).data;
  // Its number says nothing.
  if (legacy && /processing/i.test(legacy.message)) return 'running';
  const error = uqpayError.safeParse(body).data;
  const type = error?.type ?? 'api_error';
  const isNothing = isOfTheSend(status, error)
    ? !resent
    : isRefusal(status) && (resent ? OF_THE_REFUND.test(type) : type !== 'api_error');
  return isNothing ? 'nothing' : 'unknown';
};

/**
 * The same for a proxy that keeps a ledger. It sends a key with one body only: if UQPAY knows the key from another one,
 * the ledger has lost an earlier send, which may have been carried out.
 */
export const judgeUqpayOfLedger: Judge = (answer) =>
  uqpayError.safeParse(answer.body).data?.type === 'idempotency_error' ? 'unknown' : judgeUqpay(answer);

/** Whether a refusal is about this send only: the same key may be sent again, and would be refused no more. */
export function mayRetryUqpay({ status, body }: Omit<Answered, 'resent'>): boolean {
  return isOfTheSend(status, uqpayError.safeParse(body).data);
}

function isOfTheSend(status: number, error: UqpayError | undefined): boolean {
  return isTurnedAway(status) || (isRefusal(status) && error?.code === 'velocity_limit_exceeded');
}
