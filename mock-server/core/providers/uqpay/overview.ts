import { minorOf } from '../../engine/indexes.ts';
import { instantOf, newest, type RefundOverview, type RefundStep } from '../../engine/overview.ts';
import type { ProviderOverview } from '../../engine/provider.ts';
import { UQPAY_WEIGHTS, uqpaySteps } from './lifecycle.ts';
import { storeOf } from './model.ts';
import type { UqpayRefundRow } from './rows.ts';

export const UQPAY_OVERVIEW: ProviderOverview = {
  recent: (state, limit) => {
    const { uqpay_intents: intents, uqpay_refunds: refunds } = storeOf(state).collections;
    return [
      ...newest(intents, limit).map((row) => ({ payment: row.id, time: row.create_time })),
      ...newest(refunds, limit).map((row) => ({ payment: row.payment_intent, time: row.update_time })),
    ];
  },
  payment: (state, id) => {
    const store = storeOf(state);
    const intent = store.intents.get(id);
    if (!intent) return undefined;
    const { rows, ...sums } = store.refundsOfIntent(id);
    return {
      status: intent.intent_status,
      currency: intent.currency,
      captured: minorOf(intent.captured_amount, intent.currency),
      sums,
      refundable: intent.intent_status === 'SUCCEEDED',
      created: intent.create_time,
      refunds: rows.map(showRefund),
    };
  },
};

const showRefund = (row: UqpayRefundRow): RefundOverview => ({
  id: row.id,
  amount: row.amount,
  status: row.refund_status,
  created: row.create_time,
  steps: stepsOf(row),
});

function stepsOf(row: UqpayRefundRow): RefundStep[] {
  const created = instantOf(row.create_time);
  const updated = instantOf(row.update_time);
  const steps = uqpaySteps(row).map(({ status, after }) => ({
    status,
    at: created + after,
    weight: UQPAY_WEIGHTS[status],
  }));
  const current = steps.findIndex(({ status }) => status === row.refund_status);
  const now: RefundStep = {
    status: row.refund_status,
    at: updated,
    reached: true,
    weight: UQPAY_WEIGHTS[row.refund_status],
  };
  // An edit can lead past steps of the lifecycle, or out of it: those steps were never reached.
  const before = (current < 0 ? steps.slice(0, 1) : steps.slice(0, current)).filter(({ at }) => at <= updated);
  const after = current < 0 ? [] : steps.slice(current + 1);
  return [
    ...before.map((step) => ({ ...step, reached: true })),
    now,
    ...after.map((step) => ({ ...step, reached: false })),
  ];
}
