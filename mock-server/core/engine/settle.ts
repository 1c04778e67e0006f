import {
  canStep,
  CUSTOMER_PAYS_AFTER,
  UPAYMENTS_LIFECYCLES,
  UPAYMENTS_SETTLES_AFTER,
  UQPAY_ATTEMPT_STEPS,
  UQPAY_INTENT_LIFETIME,
  uqpaySteps,
  type UpaymentsPaymentType,
} from '../providers/uqpay/lifecycle.ts';
import type { DueEvent } from './due.ts';
import type { ProviderName } from './scenarios/scenarios.ts';
import type { SandboxState } from './state.ts';
import { parseDuration, parseInstant, toPlainDateTime, toRfc3339, type Millis } from './time.ts';
import type {
  SeedData,
  UpaymentsRefundRow,
  UqpayAttemptRow,
  UqpayIntentRow,
  UqpayRefundRow,
} from '../providers/uqpay/rows.ts';
import { completePayment } from '../providers/upayments/paying.ts';
import { completeIntent, expireIntent, planAttempt, reach, settleAttempt } from '../providers/uqpay/paying.ts';
import { announceChanged, announceSettled } from '../providers/uqpay/events.ts';

type Settle = (state: SandboxState, event: DueEvent) => void;

/** What happens by itself, by kind of event. An event whose row has changed in the meantime is void. */
const SETTLE: Readonly<Record<string, Settle>> = {
  uqpay_refund: (state, { id, at, step }) => {
    const row = state.store.refunds.get(id);
    if (!row) return;
    const steps = uqpaySteps(row);
    const next = steps[step];
    if (!next || steps[step - 1]?.status !== row.refund_status) return;
    state.store.changeRefund(row, next.status, toRfc3339(at));
    announceChanged(state, row, at);
    planUqpayRefund(state, row, step + 1, at - next.after);
  },
  uqpay_attempt: (state, { id, at, step }) => {
    const row = state.store.attempts.get(id);
    if (row) settleAttempt(state, row, step, at);
  },
  uqpay_expiry: (state, { id, at }) => {
    const row = state.store.intents.get(id);
    if (row && canStep(row.intent_status, 'expire')) expireIntent(state, row, at);
  },
  uqpay_declined: (state, { id, at }) => {
    const attempt = state.store.attempts.get(id);
    const row = attempt && state.store.intents.get(attempt.payment_intent);
    if (row?.intent_status === 'PENDING') reach(state, row, attempt, 'declined', at);
  },
  upayments_declined: (state, { id, at }) => {
    const row = state.store.payments.get(id);
    if (row?.result === 'PENDING') completePayment(state, row, 'failed', at);
  },
  upayments_refund: (state, { id, at }) => {
    const row = state.store.orderRefunds.get(id);
    if (row?.refund_status !== 'initiated') return;
    settleOrderRefund(state, row, at);
  },
  uqpay_customer: (state, { id, at }) => {
    const row = state.store.intents.get(id);
    if (row && canStep(row.intent_status, 'complete')) completeIntent(state, row, 'paid', at);
  },
  upayments_customer: (state, { id, at }) => {
    const row = state.store.payments.get(id);
    if (row?.result === 'PENDING') completePayment(state, row, 'paid', at);
  },
  webhook: (state, { id, step, at }) => state.webhooks.begin(id, step, at),
};

/** Brings the state to the present: everything due, each at its own time. Called before every call. */
export function settleDue(state: SandboxState): Millis {
  const now = state.clock.now();
  for (let event = state.due.take(now); event; event = state.due.take(now)) SETTLE[event.kind]?.(state, event);
  return now;
}

/** @param created when the refund was created, which the lifecycle's times count from */
export function planUqpayRefund(state: SandboxState, row: UqpayRefundRow, step: number, created: Millis): void {
  const next = uqpaySteps(row)[step];
  if (next) state.due.plan({ at: created + next.after, kind: 'uqpay_refund', id: row.id, step });
}

/** An intent that nobody pays comes to its end. */
export function planExpiry(state: SandboxState, id: string, at: Millis): void {
  state.due.plan({ at, kind: 'uqpay_expiry', id, step: 0 });
}

/** The customer pays by and by, unless the page they were sent to is told something else first. P */
export function planCustomerStep(state: SandboxState, provider: ProviderName, id: string, now: Millis): void {
  state.due.plan({ at: now + CUSTOMER_PAYS_AFTER, kind: `${provider}_customer`, id, step: 0 });
}

/** A refund that was put there, by a seed or an edit, goes on from where it stands like one that a call made. */
export function planUqpayRow(state: SandboxState, row: UqpayRefundRow): void {
  const steps = uqpaySteps(row);
  const step = steps.findIndex(({ status }) => status === row.refund_status);
  if (step < 0 || step === steps.length - 1) return;
  const created = parseInstant(row.create_time);
  if (created !== undefined) planUqpayRefund(state, row, step + 1, created);
}

export function planAttemptRow(state: SandboxState, row: UqpayAttemptRow): void {
  const step = UQPAY_ATTEMPT_STEPS.findIndex(({ status }) => status === row.attempt_status);
  const reached = parseInstant(row.update_time);
  if (step >= 0 && reached !== undefined) planAttempt(state, row, step + 1, reached - UQPAY_ATTEMPT_STEPS[step]!.after);
}

export function planIntentRow(state: SandboxState, row: UqpayIntentRow): void {
  const created = parseInstant(row.create_time);
  if (canStep(row.intent_status, 'expire') && created !== undefined) {
    planExpiry(state, row.id, created + UQPAY_INTENT_LIFETIME);
  }
}

export function planOrderRow(
  state: SandboxState,
  row: UpaymentsRefundRow,
  type: UpaymentsPaymentType | undefined,
): void {
  if (row.refund_status !== 'initiated' || UPAYMENTS_LIFECYCLES[row.lifecycle ?? 'default'] !== 'settles') return;
  const created = parseInstant(row.create_time);
  if (type && created !== undefined) planOrderRefund(state, row, type, created);
}

export function planSeed(state: SandboxState, data: SeedData): void {
  for (const row of data.uqpay_intents ?? []) planIntentRow(state, row);
  for (const row of data.uqpay_attempts ?? []) planAttemptRow(state, row);
  for (const row of data.uqpay_refunds ?? []) planUqpayRow(state, row);
  const types = new Map(data.upayments_orders?.map(({ id, payment_type }) => [id, payment_type]));
  for (const row of data.upayments_refunds ?? []) planOrderRow(state, row, types.get(row.order));
}

export function planOrderRefund(
  state: SandboxState,
  row: UpaymentsRefundRow,
  type: UpaymentsPaymentType,
  created: Millis,
): void {
  const asked = row.outcome_after === undefined ? undefined : parseDuration(row.outcome_after);
  const at = created + (asked ?? UPAYMENTS_SETTLES_AFTER[type]);
  state.due.plan({ at, kind: 'upayments_refund', id: row.id, step: 0 });
}

export function settleOrderRefund(state: SandboxState, row: UpaymentsRefundRow, at: Millis): void {
  state.store.changeOrderRefund(row, 'refunded', toRfc3339(at));
  row.refunded_date = toPlainDateTime(at);
  announceSettled(state, row, at);
}
