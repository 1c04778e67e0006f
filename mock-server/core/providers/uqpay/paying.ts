import {
  UQPAY_ATTEMPT_STEPS,
  UQPAY_PAYMENT_OUTCOMES,
  type CustomerResult,
  type UqpayPaymentOutcome,
} from './lifecycle.ts';
import type { UqpayAttemptRow, UqpayIntentRow } from './rows.ts';
import type { SandboxState } from '../../engine/state.ts';
import { minorOf } from './store.ts';
import { toRfc3339, type Millis } from '../../engine/time.ts';
import { announceAttempt, announceIntent } from './payment-events.ts';

const FINAL: ReadonlySet<UqpayPaymentOutcome> = new Set(['captured', 'declined', 'cancelled', 'expired']);
/** A payment that came to nothing has no time of completion. */
const ENDED: ReadonlySet<UqpayPaymentOutcome> = new Set(['cancelled', 'expired']);

interface Captured {
  readonly minor: bigint;
  /** As it is shown. */
  readonly text: string;
}

/**
 * Brings an intent and its attempt to an outcome, and tells of it; what was captured is available to pay refunds from.
 * @param captured all of the attempt by default; what is authorised beyond it is released
 */
export function reach(
  state: SandboxState,
  intent: UqpayIntentRow,
  attempt: UqpayAttemptRow | undefined,
  outcome: UqpayPaymentOutcome,
  at: Millis,
  captured?: Captured,
): void {
  const time = toRfc3339(at);
  const statuses = UQPAY_PAYMENT_OUTCOMES[outcome];
  intent.intent_status = statuses.intent;
  intent.update_time = time;
  if (ENDED.has(outcome)) intent.cancel_time = time;
  else if (FINAL.has(outcome)) intent.complete_time = time;
  if (attempt) {
    attempt.attempt_status = statuses.attempt;
    attempt.update_time = time;
    // A captured attempt goes on until its money is settled.
    if (FINAL.has(outcome) && outcome !== 'captured') attempt.complete_time = time;
    if (ENDED.has(outcome)) attempt.cancellation_reason = intent.cancellation_reason;
    if (outcome === 'declined') attempt.failure_code = 'card_declined';
    if (outcome === 'captured' || outcome === 'authorised') attempt.auth_code ??= attempt.id.slice(-6);
    if (outcome === 'captured') capture(state, intent, attempt, at, captured);
    announceAttempt(state, attempt, at);
  }
  announceIntent(state, intent, at);
}

function capture(
  state: SandboxState,
  intent: UqpayIntentRow,
  attempt: UqpayAttemptRow,
  at: Millis,
  captured: Captured | undefined,
): void {
  const minor = captured?.minor ?? minorOf(attempt.amount, attempt.currency);
  const amount = captured?.text ?? attempt.amount;
  intent.captured_amount = amount;
  attempt.captured_amount = amount;
  state.store.moveAvailable(intent.account, intent.currency, minor);
  planAttempt(state, attempt, 1, at);
}

/** @param captured when it was captured, which the times of the later steps count from */
export function planAttempt(state: SandboxState, { id }: UqpayAttemptRow, step: number, captured: Millis): void {
  const next = UQPAY_ATTEMPT_STEPS[step];
  if (next) state.due.plan({ at: captured + next.after, kind: 'uqpay_attempt', id, step });
}

/** The money of a captured attempt goes on its way. */
export function settleAttempt(state: SandboxState, row: UqpayAttemptRow, step: number, at: Millis): void {
  const next = UQPAY_ATTEMPT_STEPS[step];
  if (!next || UQPAY_ATTEMPT_STEPS[step - 1]?.status !== row.attempt_status) return;
  const time = toRfc3339(at);
  row.attempt_status = next.status;
  row.update_time = time;
  if (step === UQPAY_ATTEMPT_STEPS.length - 1) row.complete_time = time;
  announceAttempt(state, row, at);
  planAttempt(state, row, step + 1, at - next.after);
}

/** The customer is back from wherever the intent sent them. The caller has checked that it waits for them. */
export function completeIntent(state: SandboxState, intent: UqpayIntentRow, result: CustomerResult, at: Millis): void {
  const attempt = attemptOf(state, intent);
  const paid = attempt?.auto_capture === false ? 'authorised' : 'captured';
  const outcome = { paid, failed: 'declined', cancelled: 'cancelled' } as const;
  reach(state, intent, attempt, outcome[result], at);
}

/** Nobody has paid in time; `uqpay.md`, Added 2026-11. D. That it is then cancelled as abandoned is ours. P */
export function expireIntent(state: SandboxState, intent: UqpayIntentRow, at: Millis): void {
  intent.cancellation_reason = 'abandoned';
  reach(state, intent, attemptOf(state, intent), 'expired', at);
}

function attemptOf(state: SandboxState, { latest_attempt: id }: UqpayIntentRow): UqpayAttemptRow | undefined {
  return id === null ? undefined : state.store.attempts.get(id);
}
