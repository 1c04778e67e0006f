import {
  UQPAY_ATTEMPT_STATUSES,
  UQPAY_INTENT_STATUSES,
  UQPAY_REFUND_STATUSES,
  type UqpayAttempt,
  type UqpayIntent,
  type UqpayRefund,
  type UqpayRefundStatus,
} from '../../../../contract/uqpay.ts';
import { member, textMember } from '../../engine/context.ts';
import type { LooseRow } from '../../engine/data-model.ts';
import { parseInstant, toRfc3339, type Millis } from '../../engine/time.ts';
import { UQPAY_STAYS } from './lifecycle.ts';

/** A time of the provider as rows have it, or `null`. */
function instantOf(text: string | null | undefined): string | null {
  const at = typeof text === 'string' ? parseInstant(text) : undefined;
  return at === undefined ? null : toRfc3339(at);
}

/** The times that every row has; the time of the answer where the provider gives none. */
function times(
  given: { create_time?: string | null | undefined; update_time?: string | null | undefined },
  at: Millis,
) {
  const created = instantOf(given.create_time) ?? toRfc3339(at);
  return { create_time: created, update_time: instantOf(given.update_time) ?? created };
}

/**
 * A status that this sandbox does not know is answered as it came. Beside it the row has a status that moves no money, so
 * that nothing is ever refunded because of a word that nobody understood.
 */
function statusOf<Status extends string>(known: readonly Status[], name: string, status: string, instead: Status) {
  return known.includes(status as Status) ? { [name]: status } : { [name]: instead, unknown_status: status };
}

export function intentRow(intent: UqpayIntent, account: string | null, at: Millis): LooseRow {
  const methods = intent.available_payment_method_types ?? [];
  return {
    id: intent.payment_intent_id,
    account,
    amount: intent.amount,
    currency: intent.currency,
    ...(typeof intent.captured_amount === 'string' && { captured_amount: intent.captured_amount }),
    ...statusOf(UQPAY_INTENT_STATUSES, 'intent_status', intent.intent_status, 'PENDING'),
    merchant_order_id: intent.merchant_order_id ?? '',
    metadata: intent.metadata ?? {},
    payment_method: methods.length === 1 ? methods[0] : '',
    latest_attempt: intent.latest_payment_attempt?.attempt_id ?? null,
    ...times(intent, at),
    complete_time: instantOf(intent.complete_time),
    cancel_time: instantOf(intent.cancel_time),
    cancellation_reason: intent.cancellation_reason ?? null,
  };
}

export function attemptRow(attempt: UqpayAttempt, intent: string | undefined, at: Millis): LooseRow {
  const card = cardOf(attempt);
  return {
    id: attempt.attempt_id,
    payment_intent: intent,
    amount: attempt.amount,
    currency: attempt.currency,
    captured_amount: attempt.captured_amount,
    refunded_amount: attempt.refunded_amount,
    ...statusOf(UQPAY_ATTEMPT_STATUSES, 'attempt_status', attempt.attempt_status, 'PENDING_AUTHORIZATION'),
    payment_method: attempt.payment_method?.type ?? '',
    ...(card && { card }),
    auth_code: attempt.auth_code ?? null,
    arn: attempt.arn ?? null,
    rrn: attempt.rrn ?? null,
    failure_code: attempt.failure_code === '' ? null : (attempt.failure_code ?? null),
    ...times(attempt, at),
    complete_time: instantOf(attempt.complete_time),
  };
}

/** How the card was used. Nothing else of it is kept. */
function cardOf({ payment_method: method, authentication_data: authentication }: UqpayAttempt): object | undefined {
  const card = member(method, 'card');
  const [network, authorization_type] = [textMember(card, 'network'), textMember(card, 'authorization_type')];
  const three_ds_action = textMember(authentication, 'three_ds_action');
  if (network === undefined || authorization_type === undefined || three_ds_action === undefined) return undefined;
  return { network, authorization_type, three_ds_action };
}

export function refundRow(refund: UqpayRefund, at: Millis): LooseRow {
  const status = statusOf(UQPAY_REFUND_STATUSES, 'refund_status', refund.refund_status, 'PROCESSING');
  const row = times(refund, at);
  const isFinal = refund.refund_status === 'SUCCEEDED' || refund.refund_status === 'FAILED';
  return {
    id: refund.payment_refund_id,
    payment_attempt: refund.payment_attempt_id ?? undefined,
    amount: refund.amount,
    currency: refund.currency,
    ...status,
    // It stays in the status that was recorded.
    lifecycle: UQPAY_STAYS[refund.refund_status as UqpayRefundStatus] ?? 'stay_processing',
    reason: refund.reason ?? '',
    metadata: refund.metadata ?? null,
    ...row,
    complete_time: isFinal ? row.update_time : null,
  };
}
