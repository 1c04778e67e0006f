import type { RefundRefusal } from '../payment.ts';
import { uqpayAuthError, uqpayError, uqpayLegacyError } from './envelope.ts';

/** UQPAY's code and message in an answer that is not a success; `undefined` when it has none. */
export function readUqpayRefusal(status: number, body: unknown): RefundRefusal | undefined {
  const error = uqpayError.safeParse(body).data;
  if (error) return { code: error.code, words: error.message };
  // The number in the legacy envelope means nothing.
  const words = uqpayLegacyError.safeParse(body).data?.message ?? uqpayAuthError.safeParse(body).data?.error;
  return words === undefined ? undefined : { code: String(status), words };
}
