import { UQPAY_INTENT_STATUSES, type UqpayRefundStatus } from '../../../../contract/uqpay.ts';
import type { State } from '../../engine/provider.ts';
import type { Millis } from '../../engine/time.ts';
import type { UqpayPolicyId } from './policies.ts';
import type { UqpayRefundRow } from './rows.ts';
import { amountStyle, writeAmount } from './settings.ts';

/** Every event; `docs/providers/uqpay.md#webhooks`. */
export const UQPAY_EVENT_TYPES: readonly string[] = [
  'acquiring.refund.created',
  'acquiring.refund.succeeded',
  'acquiring.refund.failed',
  'acquiring.chargeback.alert.created',
  'payment_intent.created',
  ...UQPAY_INTENT_STATUSES.map((status) => `payment_intent.${status.toLowerCase()}`),
  'payment_attempt.created',
  'payment_attempt.capture_requested',
  'payment_attempt.cancelled',
  'payment_attempt.failed',
  'cancel.succeeded',
  'cancel.failed',
];

/** Body of a UQPAY webhook; `docs/providers/uqpay.md#webhooks`. D */
interface UqpayEvent {
  readonly type: string;
  readonly event: string | null;
  /** Id of what it is about. */
  readonly source: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export function uqpayEvent({ type, event, source, data }: UqpayEvent): object {
  return { version: 'V1.6.0', event_name: 'ACQUIRING', event_type: type, event_id: event, source_id: source, data };
}

/** The provider names three events. A status without one is not announced. */
const EVENT_OF: Readonly<Record<UqpayRefundStatus, string | undefined>> = {
  INITIATED: undefined,
  PROCESSING: undefined,
  SUCCEEDED: 'acquiring.refund.succeeded',
  FAILED: 'acquiring.refund.failed',
  REVERSAL_INITIATED: undefined,
  REVERSAL_PROCESSING: undefined,
  REVERSAL_SUCCEEDED: undefined,
};

export function announceCreated(state: State, row: UqpayRefundRow, at: Millis): void {
  announce(state, row, { type: 'acquiring.refund.created', at });
  announceChanged(state, row, at);
}

/** @param row with its new status */
export function announceChanged(state: State, row: UqpayRefundRow, at: Millis): void {
  const type = EVENT_OF[row.refund_status];
  if (type !== undefined) announce(state, row, { type, at });
}

function announce(state: State, row: UqpayRefundRow, { type, at }: { type: string; at: Millis }): void {
  if (!state.webhooks.hasReceiver('uqpay', null)) return;
  state.webhooks.announce(
    {
      provider: 'uqpay',
      type,
      refund: row.id,
      payment: row.payment_intent,
      identified: true,
      body: (event) => uqpayEvent({ type, event, source: row.id, data: refundData(row, state) }),
      url: null,
      policies: ['uqpay.webhook-retries'] satisfies UqpayPolicyId[],
    },
    at,
  );
}

function refundData(row: UqpayRefundRow, state: State): UqpayEvent['data'] {
  return {
    payment_refund_id: row.id,
    payment_intent_id: row.payment_intent,
    payment_attempt_id: row.payment_attempt,
    amount: writeAmount(row.amount, amountStyle(state)),
    currency: row.currency,
    refund_status: row.refund_status,
    reason: row.reason,
    metadata: row.metadata ?? {},
    create_time: row.create_time,
    complete_time: row.complete_time,
  };
}
