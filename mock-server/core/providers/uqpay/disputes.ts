import type { State } from '../../engine/provider.ts';
import { toRfc3339, type Millis } from '../../engine/time.ts';
import { storeOf } from './model.ts';
import { announceDispute } from './payment-events.ts';
import type { UqpayDisputeRow, UqpayIntentRow } from './rows.ts';

/** Opens a dispute and announces it. It stays open until its row is edited. P */
export function openDispute(state: State, intent: UqpayIntentRow, at: Millis): void {
  const store = storeOf(state);
  if (store.disputesByIntent.get(intent.id)?.some(({ status }) => status === 'open')) return;
  const row: UqpayDisputeRow = {
    id: freshId(state),
    payment_intent: intent.id,
    amount: intent.captured_amount,
    currency: intent.currency,
    reason: 'goods_not_received',
    status: 'open',
    create_time: toRfc3339(at),
  };
  store.addDispute(row);
  announceDispute(state, row, at);
}

function freshId(state: State): string {
  const { uqpay_disputes: disputes } = storeOf(state).collections;
  for (;;) {
    const id = `CB${state.paymentIds.digits(19)}`;
    if (!disputes.some((row) => row.id === id)) return id;
  }
}
