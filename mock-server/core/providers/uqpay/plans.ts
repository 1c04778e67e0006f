import { CUSTOMER_PAYS_AFTER } from '../../engine/checkout.ts';
import type { SeedData } from '../../engine/data-model.ts';
import type { DueEvent } from '../../engine/due.ts';
import type { State } from '../../engine/provider.ts';
import { parseInstant, type Millis } from '../../engine/time.ts';
import { canStep, UQPAY_ATTEMPT_STEPS, UQPAY_INTENT_LIFETIME, uqpaySteps } from './lifecycle.ts';
import type { UqpayAttemptRow, UqpayCollections, UqpayIntentRow, UqpayRefundRow } from './rows.ts';

/** Kinds of planned events; `timers.ts` carries them out. */
export type UqpayEvent = 'uqpay_refund' | 'uqpay_attempt' | 'uqpay_expiry' | 'uqpay_declined' | 'uqpay_customer';

export function plan({ due }: State, kind: UqpayEvent, event: Omit<DueEvent, 'kind'>): void {
  due.plan({ kind, at: event.at, id: event.id, step: event.step });
}

/** @param created creation time of the refund, which the times of its lifecycle count from */
export function planRefund(state: State, row: UqpayRefundRow, step: number, created: Millis): void {
  const next = uqpaySteps(row)[step];
  if (next) plan(state, 'uqpay_refund', { at: created + next.after, id: row.id, step });
}

/** @param captured time of the capture, which the times of the later steps count from */
export function planAttempt(state: State, { id }: UqpayAttemptRow, step: number, captured: Millis): void {
  const next = UQPAY_ATTEMPT_STEPS[step];
  if (next) plan(state, 'uqpay_attempt', { at: captured + next.after, id, step });
}

/** An intent that nobody pays expires. */
export function planExpiry(state: State, id: string, at: Millis): void {
  plan(state, 'uqpay_expiry', { at, id, step: 0 });
}

/** Plans the customer's payment, which happens unless somebody uses the payment page before. P */
export function planCustomer(state: State, id: string, now: Millis): void {
  plan(state, 'uqpay_customer', { at: now + CUSTOMER_PAYS_AFTER, id, step: 0 });
}

/** A refund from a seed or an edit continues from its status, like a refund from a call. */
export function planRefundRow(state: State, row: UqpayRefundRow): void {
  const steps = uqpaySteps(row);
  const step = steps.findIndex(({ status }) => status === row.refund_status);
  if (step < 0 || step === steps.length - 1) return;
  const created = parseInstant(row.create_time);
  if (created !== undefined) planRefund(state, row, step + 1, created);
}

export function planAttemptRow(state: State, row: UqpayAttemptRow): void {
  const step = UQPAY_ATTEMPT_STEPS.findIndex(({ status }) => status === row.attempt_status);
  const reached = parseInstant(row.update_time);
  if (step >= 0 && reached !== undefined) planAttempt(state, row, step + 1, reached - UQPAY_ATTEMPT_STEPS[step]!.after);
}

export function planIntentRow(state: State, row: UqpayIntentRow): void {
  const created = parseInstant(row.create_time);
  if (canStep(row.intent_status, 'expire') && created !== undefined) {
    planExpiry(state, row.id, created + UQPAY_INTENT_LIFETIME);
  }
}

export function planSeed(state: State, data: SeedData): void {
  const rows = data as Partial<UqpayCollections>;
  for (const row of rows.uqpay_intents ?? []) planIntentRow(state, row);
  for (const row of rows.uqpay_attempts ?? []) planAttemptRow(state, row);
  for (const row of rows.uqpay_refunds ?? []) planRefundRow(state, row);
}
