import { toDecimal } from '../../../contract/money.ts';
import { UQPAY_PAYMENT_OUTCOMES, type CustomerResult, type UqpayPaymentOutcome } from '../lifecycle.ts';
import type { UqpayAttemptRow, UqpayIntentRow } from '../rows.ts';
import type { SandboxState } from '../state.ts';
import { minorOf } from '../store.ts';
import { toRfc3339, type Millis } from '../time.ts';

const FINAL: ReadonlySet<UqpayPaymentOutcome> = new Set(['captured', 'declined', 'cancelled']);

/**
 * Brings an intent and its attempt to an outcome; what was captured is available to pay refunds from.
 * @param captured minor units, all of the attempt by default; what is authorised beyond it is released
 */
export function reach(
  state: SandboxState,
  intent: UqpayIntentRow,
  attempt: UqpayAttemptRow | undefined,
  outcome: UqpayPaymentOutcome,
  at: Millis,
  captured?: bigint,
): void {
  const time = toRfc3339(at);
  const statuses = UQPAY_PAYMENT_OUTCOMES[outcome];
  const final = FINAL.has(outcome);
  intent.intent_status = statuses.intent;
  intent.update_time = time;
  if (outcome === 'cancelled') intent.cancel_time = time;
  else if (final) intent.complete_time = time;
  if (!attempt) return;
  attempt.attempt_status = statuses.attempt;
  attempt.update_time = time;
  if (final) attempt.complete_time = time;
  if (outcome === 'declined') attempt.failure_code = 'card_declined';
  if (outcome === 'captured' || outcome === 'authorised') attempt.auth_code ??= attempt.id.slice(-6);
  if (outcome !== 'captured') return;
  const minor = captured ?? minorOf(attempt.amount, attempt.currency);
  const amount = toDecimal(minor, intent.currency);
  intent.captured_amount = amount;
  attempt.captured_amount = amount;
  state.store.moveAvailable(intent.currency, minor);
}

/** The customer is back from wherever the intent sent them. The caller has checked that it waits for them. */
export function completeIntent(state: SandboxState, intent: UqpayIntentRow, result: CustomerResult, at: Millis): void {
  const attempt = intent.latest_attempt === null ? undefined : state.store.attempts.get(intent.latest_attempt);
  const paid = attempt?.auto_capture === false ? 'authorised' : 'captured';
  const outcome = { paid, failed: 'declined', cancelled: 'cancelled' } as const;
  reach(state, intent, attempt, outcome[result], at);
}
