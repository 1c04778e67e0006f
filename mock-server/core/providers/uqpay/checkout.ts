import { withQuery } from '../../engine/checkout.ts';
import type { Checkout, State } from '../../engine/provider.ts';
import { canStep } from './lifecycle.ts';
import { storeOf } from './model.ts';
import { completeIntent } from './paying.ts';

/** @param id the payment intent's */
export function uqpayCheckout(state: State, id: string): Checkout | undefined {
  const row = storeOf(state).intents.get(id);
  if (!row) return undefined;
  return {
    title: `UQPAY payment intent ${row.id}`,
    amount: `${row.currency} ${row.amount}`,
    status: () => row.intent_status,
    isOpen: () => canStep(row.intent_status, 'complete'),
    complete: (result, at) => completeIntent(state, row, result, at),
    returnUrl: () => withQuery(row.return_url, { payment_intent_id: row.id }),
  };
}
