import type { Timer } from '../../engine/provider.ts';
import { toRfc3339 } from '../../engine/time.ts';
import { announceChanged } from './events.ts';
import { canStep, uqpaySteps } from './lifecycle.ts';
import { storeOf } from './model.ts';
import { applyOutcome, completeIntent, expireIntent, settleAttempt } from './paying.ts';
import { planRefund, type UqpayEvent } from './plans.ts';

/** The handlers of planned events, by the kind of the event. */
export const UQPAY_TIMERS: Readonly<Record<UqpayEvent, Timer>> = {
  uqpay_refund: (state, { id, at, step }) => {
    const store = storeOf(state);
    const row = store.refunds.get(id);
    if (!row) return;
    const steps = uqpaySteps(row);
    const next = steps[step];
    if (!next || steps[step - 1]?.status !== row.refund_status) return;
    store.changeRefund(row, next.status, toRfc3339(at));
    announceChanged(state, row, at);
    planRefund(state, row, step + 1, at - next.after);
  },
  uqpay_attempt: (state, { id, at, step }) => {
    const row = storeOf(state).attempts.get(id);
    if (row) settleAttempt(state, row, step, at);
  },
  uqpay_expiry: (state, { id, at }) => {
    const row = storeOf(state).intents.get(id);
    if (row && canStep(row.intent_status, 'expire')) expireIntent(state, row, at);
  },
  uqpay_declined: (state, { id, at }) => {
    const store = storeOf(state);
    const attempt = store.attempts.get(id);
    const row = attempt && store.intents.get(attempt.payment_intent);
    if (row?.intent_status === 'PENDING') applyOutcome(state, row, attempt, { outcome: 'declined', at });
  },
  uqpay_customer: (state, { id, at }) => {
    const row = storeOf(state).intents.get(id);
    if (row && canStep(row.intent_status, 'complete')) completeIntent(state, row, 'paid', at);
  },
};
