import type { UqpayAttemptStatus } from '../../../../contract/uqpay.ts';
import type { State } from '../../engine/provider.ts';
import type { Millis } from '../../engine/time.ts';
import { uqpayEvent } from './events.ts';
import { formatAttempt, formatIntent } from './format.ts';
import { storeOf } from './model.ts';
import type { UqpayPolicyId } from './policies.ts';
import type { UqpayAttemptRow, UqpayDisputeRow, UqpayIntentRow } from './rows.ts';
import { amountStyle, writeAmount } from './settings.ts';

/**
 * An event of a payment. The names are the provider's (`docs/providers/uqpay.md#webhooks`, D K). Which status has an event, and that
 * its data is the answer of the retrieve call, is ours. P
 */
interface PaymentEvent {
  readonly type: string;
  /** Id of what it is about, `source_id` on the wire. */
  readonly source: string;
  readonly payment: string;
  readonly data: () => Readonly<Record<string, unknown>>;
}

function announce(state: State, { type, source, payment, data }: PaymentEvent, at: Millis): void {
  if (!state.webhooks.hasReceiver('uqpay', null)) return;
  state.webhooks.announce(
    {
      provider: 'uqpay',
      type,
      refund: null,
      payment,
      identified: true,
      body: (event) => uqpayEvent({ type, event, source, data: data() }),
      url: null,
      policies: ['uqpay.payment-events', 'uqpay.webhook-retries'] satisfies UqpayPolicyId[],
    },
    at,
  );
}

function intentEvent(state: State, row: UqpayIntentRow, type: string): PaymentEvent {
  const latest = row.latest_attempt === null ? undefined : storeOf(state).attempts.get(row.latest_attempt);
  const data = () => formatIntent(row, latest, { base: undefined, style: amountStyle(state) });
  return { type, source: row.id, payment: row.id, data };
}

export function announceIntentCreated(state: State, row: UqpayIntentRow, at: Millis): void {
  announce(state, intentEvent(state, row, 'payment_intent.created'), at);
}

/** @param row with its new status: `payment_intent.requires_capture`, `.succeeded` and so on */
export function announceIntent(state: State, row: UqpayIntentRow, at: Millis): void {
  announce(state, intentEvent(state, row, `payment_intent.${row.intent_status.toLowerCase()}`), at);
}

/** The result of a call that cancels the intent. */
export function announceCancel(state: State, row: UqpayIntentRow, outcome: 'succeeded' | 'failed', at: Millis): void {
  announce(state, intentEvent(state, row, `cancel.${outcome}`), at);
}

/** The provider names four events of an attempt; a status without one is not announced. */
const EVENT_OF: Partial<Readonly<Record<UqpayAttemptStatus, string>>> = {
  CAPTURE_REQUESTED: 'payment_attempt.capture_requested',
  CANCELLED: 'payment_attempt.cancelled',
  FAILED: 'payment_attempt.failed',
};

function attemptEvent(state: State, row: UqpayAttemptRow, type: string): PaymentEvent {
  const data = () => formatAttempt(row, amountStyle(state));
  return { type, source: row.id, payment: row.payment_intent, data };
}

export function announceAttemptCreated(state: State, row: UqpayAttemptRow, at: Millis): void {
  announce(state, attemptEvent(state, row, 'payment_attempt.created'), at);
}

/** @param row with its new status */
export function announceAttempt(state: State, row: UqpayAttemptRow, at: Millis): void {
  const type = EVENT_OF[row.attempt_status];
  if (type !== undefined) announce(state, attemptEvent(state, row, type), at);
}

/** `acquiring.chargeback.alert.created`, with the data that a client decodes. K */
export function announceDispute(state: State, row: UqpayDisputeRow, at: Millis): void {
  const type = 'acquiring.chargeback.alert.created';
  const data = () => ({
    chargeback_id: row.id,
    payment_intent_id: row.payment_intent,
    amount: writeAmount(row.amount, amountStyle(state)),
    currency: row.currency,
    reason: row.reason,
    create_time: row.create_time,
  });
  announce(state, { type, source: row.id, payment: row.payment_intent, data }, at);
}
