import type { Timer } from '../../engine/provider.ts';
import { storeOf } from './model.ts';
import { completePayment } from './paying.ts';
import type { UpaymentsEvent } from './plans.ts';
import { settleRefund } from './settling.ts';

/** The handlers of planned events, by the kind of the event. */
export const UPAYMENTS_TIMERS: Readonly<Record<UpaymentsEvent, Timer>> = {
  upayments_refund: (state, { id, at }) => {
    const row = storeOf(state).refunds.get(id);
    if (row?.refund_status === 'initiated') settleRefund(state, row, at);
  },
  upayments_declined: (state, { id, at }) => {
    const row = storeOf(state).payments.get(id);
    if (row?.result === 'PENDING') completePayment(state, row, 'failed', at);
  },
  upayments_customer: (state, { id, at }) => {
    const row = storeOf(state).payments.get(id);
    if (row?.result === 'PENDING') completePayment(state, row, 'paid', at);
  },
};
