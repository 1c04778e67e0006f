import type { UqpayAttemptStatus } from '../../../../contract/uqpay.ts';
import type { UqpayAttemptRow, UqpayDisputeRow, UqpayIntentRow } from './rows.ts';
import { writtenAmount } from '../../engine/settings.ts';
import type { SandboxState } from '../../engine/state.ts';
import type { Millis } from '../../engine/time.ts';
import { formatAttempt, formatIntent } from './format.ts';
import { uqpayEvent } from './events.ts';

/**
 * What UQPAY tells of besides refunds; the names are the provider's (`uqpay.md`, Added 2026-11, D K). That their data is the
 * object as its retrieve call answers it, and which status has an event, is ours. P
 */
interface Told {
  readonly type: string;
  /** Id of what it is about, `source_id` on the wire. */
  readonly source: string;
  readonly payment: string;
  readonly data: () => Readonly<Record<string, unknown>>;
}

function tell(state: SandboxState, { type, source, payment, data }: Told, at: Millis): void {
  if (!state.webhooks.isHeard('uqpay', null)) return;
  state.webhooks.announce(
    {
      provider: 'uqpay',
      type,
      refund: null,
      payment,
      identified: true,
      body: (event) => uqpayEvent({ type, event, source, data: data() }),
      url: null,
      policies: ['uqpay.payment-events', 'uqpay.webhook-retries'],
    },
    at,
  );
}

function intentEvent(state: SandboxState, row: UqpayIntentRow, type: string): Told {
  const latest = row.latest_attempt === null ? undefined : state.store.attempts.get(row.latest_attempt);
  const data = () => formatIntent(row, latest, { base: undefined, style: state.settings.amounts });
  return { type, source: row.id, payment: row.id, data };
}

export function announceIntentCreated(state: SandboxState, row: UqpayIntentRow, at: Millis): void {
  tell(state, intentEvent(state, row, 'payment_intent.created'), at);
}

/** @param row with the status that it has reached: `payment_intent.requires_capture`, `.succeeded` and so on */
export function announceIntent(state: SandboxState, row: UqpayIntentRow, at: Millis): void {
  tell(state, intentEvent(state, row, `payment_intent.${row.intent_status.toLowerCase()}`), at);
}

/** What came of a call that cancels: it is told of the intent that was to be cancelled. */
export function announceCancel(
  state: SandboxState,
  row: UqpayIntentRow,
  outcome: 'succeeded' | 'failed',
  at: Millis,
): void {
  tell(state, intentEvent(state, row, `cancel.${outcome}`), at);
}

/** The provider names four events of an attempt; a status without one is not told of. */
const EVENT_OF: Partial<Readonly<Record<UqpayAttemptStatus, string>>> = {
  CAPTURE_REQUESTED: 'payment_attempt.capture_requested',
  CANCELLED: 'payment_attempt.cancelled',
  FAILED: 'payment_attempt.failed',
};

function attemptEvent(state: SandboxState, row: UqpayAttemptRow, type: string): Told {
  const data = () => formatAttempt(row, state.settings.amounts);
  return { type, source: row.id, payment: row.payment_intent, data };
}

export function announceAttemptCreated(state: SandboxState, row: UqpayAttemptRow, at: Millis): void {
  tell(state, attemptEvent(state, row, 'payment_attempt.created'), at);
}

/** @param row with the status that it has reached */
export function announceAttempt(state: SandboxState, row: UqpayAttemptRow, at: Millis): void {
  const type = EVENT_OF[row.attempt_status];
  if (type !== undefined) tell(state, attemptEvent(state, row, type), at);
}

/** `acquiring.chargeback.alert.created`, with the data that a client decodes. K */
export function announceDispute(state: SandboxState, row: UqpayDisputeRow, at: Millis): void {
  const type = 'acquiring.chargeback.alert.created';
  const data = () => ({
    chargeback_id: row.id,
    payment_intent_id: row.payment_intent,
    amount: writtenAmount(row.amount, state.settings.amounts),
    currency: row.currency,
    reason: row.reason,
    create_time: row.create_time,
  });
  tell(state, { type, source: row.id, payment: row.payment_intent, data }, at);
}
