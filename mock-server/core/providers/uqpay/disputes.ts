import type { UqpayDisputeRow, UqpayIntentRow } from './rows.ts';
import type { SandboxState } from '../../engine/state.ts';
import { toRfc3339, type Millis } from '../../engine/time.ts';
import { announceDispute } from './payment-events.ts';

/** The customer's bank takes the payment up: told of at once, and open until the row is edited. P */
export function openDispute(state: SandboxState, intent: UqpayIntentRow, at: Millis): void {
  const { store } = state;
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

function freshId({ paymentIds, store }: SandboxState): string {
  for (;;) {
    const id = `CB${paymentIds.digits(19)}`;
    if (!store.collections.uqpay_disputes.some((row) => row.id === id)) return id;
  }
}
