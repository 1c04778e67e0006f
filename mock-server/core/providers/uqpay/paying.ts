import type { CustomerResult } from '../../engine/checkout.ts';
import { minorOf } from '../../engine/indexes.ts';
import type { State } from '../../engine/provider.ts';
import { toRfc3339, type Millis } from '../../engine/time.ts';
import { UQPAY_ATTEMPT_STEPS, UQPAY_PAYMENT_OUTCOMES, type UqpayPaymentOutcome } from './lifecycle.ts';
import { storeOf } from './model.ts';
import { announceAttempt, announceIntent } from './payment-events.ts';
import { planAttempt } from './plans.ts';
import type { UqpayAttemptRow, UqpayIntentRow } from './rows.ts';

const FINAL: ReadonlySet<UqpayPaymentOutcome> = new Set(['captured', 'declined', 'cancelled', 'expired']);
/** These outcomes set a time of cancellation and no time of completion. */
const ENDED: ReadonlySet<UqpayPaymentOutcome> = new Set(['cancelled', 'expired']);

interface Captured {
  readonly minor: bigint;
  readonly text: string;
}

interface PaymentResult {
  readonly outcome: UqpayPaymentOutcome;
  readonly at: Millis;
  /** Amount of a capture; the whole attempt by default. The rest of the authorisation is released. */
  readonly captured?: Captured;
}

/** Sets the statuses of an intent and its attempt, announces both, and makes a captured amount available for refunds. */
export function applyOutcome(
  state: State,
  intent: UqpayIntentRow,
  attempt: UqpayAttemptRow | undefined,
  { outcome, at, captured }: PaymentResult,
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
    // A captured attempt is complete once it is settled.
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
  state: State,
  intent: UqpayIntentRow,
  attempt: UqpayAttemptRow,
  at: Millis,
  captured: Captured | undefined,
): void {
  const minor = captured?.minor ?? minorOf(attempt.amount, attempt.currency);
  const amount = captured?.text ?? attempt.amount;
  intent.captured_amount = amount;
  attempt.captured_amount = amount;
  storeOf(state).moveAvailable(intent.account, intent.currency, minor);
  planAttempt(state, attempt, 1, at);
}

/** Takes the next step of a captured attempt. */
export function settleAttempt(state: State, row: UqpayAttemptRow, step: number, at: Millis): void {
  const next = UQPAY_ATTEMPT_STEPS[step];
  if (!next || UQPAY_ATTEMPT_STEPS[step - 1]?.status !== row.attempt_status) return;
  const time = toRfc3339(at);
  row.attempt_status = next.status;
  row.update_time = time;
  if (step === UQPAY_ATTEMPT_STEPS.length - 1) row.complete_time = time;
  announceAttempt(state, row, at);
  planAttempt(state, row, step + 1, at - next.after);
}

/** The customer has used the payment page. The caller has checked that the intent waits for them. */
export function completeIntent(state: State, intent: UqpayIntentRow, result: CustomerResult, at: Millis): void {
  const attempt = attemptOf(state, intent);
  const paid = attempt?.auto_capture === false ? 'authorised' : 'captured';
  const outcome = { paid, failed: 'declined', cancelled: 'cancelled' } as const;
  applyOutcome(state, intent, attempt, { outcome: outcome[result], at });
}

/** Nobody has paid in time; `docs/providers/uqpay.md#payment-intents`. D. That the intent is then cancelled as abandoned is ours. P */
export function expireIntent(state: State, intent: UqpayIntentRow, at: Millis): void {
  intent.cancellation_reason = 'abandoned';
  applyOutcome(state, intent, attemptOf(state, intent), { outcome: 'expired', at });
}

function attemptOf(state: State, { latest_attempt: id }: UqpayIntentRow): UqpayAttemptRow | undefined {
  return id === null ? undefined : storeOf(state).attempts.get(id);
}
