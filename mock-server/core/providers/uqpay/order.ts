import { minorOf } from '../../engine/indexes.ts';
import type { MerchantOrder } from '../../engine/merchant-order.ts';
import type { State } from '../../engine/provider.ts';
import { storeOf } from './model.ts';

/** UQPAY lists the refunds of a payment with their amounts, so the order says nothing of them. */
export function uqpayOrder(state: State, id: string): MerchantOrder | undefined {
  const intent = storeOf(state).intents.get(id);
  if (!intent) return undefined;
  const { currency, payment_method, latest_attempt, intent_status } = intent;
  const captured = minorOf(intent.captured_amount, currency);
  return {
    currency,
    captured,
    payment_method,
    ...(latest_attempt !== null && { payment_attempt_id: latest_attempt }),
    ...(captured === 0n
      ? { not_refundable: `Nothing is captured: the payment is ${intent_status}.` }
      : intent_status !== 'SUCCEEDED' && {
          not_refundable: `Only a payment that is SUCCEEDED can be refunded: this one is ${intent_status}.`,
        }),
  };
}
