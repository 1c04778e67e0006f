import { toDecimal } from '../../../../contract/money.ts';
import {
  uqpayCancelIntent,
  uqpayCaptureIntent,
  uqpayConfirmIntent,
  uqpayCreateIntent,
  uqpayUpdateIntent,
} from '../../../../contract/uqpay/payment-writes.ts';
import { beginExecution, note, refuseExecuted } from '../../engine/context.ts';
import { minorOf } from '../../engine/indexes.ts';
import type { Context } from '../../engine/provider.ts';
import { toRfc3339 } from '../../engine/time.ts';
import { explainIssues } from '../../engine/validation.ts';
import { ok, type Reply } from '../../engine/wire.ts';
import {
  findIntent,
  freshId,
  latestAttempt,
  pay,
  positive,
  refuseAmount,
  refuseStep,
  unknownIntent,
} from './intent-steps.ts';
import { canStep, UQPAY_INTENT_LIFETIME } from './lifecycle.ts';
import { storeOf } from './model.ts';
import { asSent } from './own.ts';
import { applyOutcome } from './paying.ts';
import { announceCancel, announceIntentCreated } from './payment-events.ts';
import { intentObject } from './payments.ts';
import { planExpiry } from './plans.ts';
import { invalidFields, invalidParameter, uqpayRefusal } from './replies.ts';
import type { UqpayAttemptRow, UqpayIntentRow } from './rows.ts';

/** `POST /v2/payment_intents/create` */
export function createIntent(context: Context): Reply {
  const { state, now } = context;
  const parsed = uqpayCreateIntent.safeParse(context.json);
  if (!parsed.success) return invalidFields(explainIssues(parsed.error.issues, context.json));
  const { payment_method: method, ...body } = parsed.data;
  const minor = positive(body.amount, body.currency);
  if (minor === undefined) return refuseAmount('amount', body.amount, body.currency);

  const outcome = beginExecution(context);
  const id = freshId(state, 'PI', storeOf(state).intents);
  const time = toRfc3339(now);
  const row: UqpayIntentRow = {
    id,
    account: context.account,
    amount: asSent(body.amount, minor, body.currency),
    currency: body.currency,
    captured_amount: toDecimal(0n, body.currency),
    intent_status: 'REQUIRES_PAYMENT_METHOD',
    merchant_order_id: body.merchant_order_id,
    description: body.description,
    metadata: body.metadata ?? {},
    return_url: body.return_url,
    payment_method: '',
    latest_attempt: null,
    client_secret: `${id}_secret_${state.paymentIds.base62(24)}`,
    create_time: time,
    update_time: time,
    complete_time: null,
    cancel_time: null,
    cancellation_reason: null,
  };
  storeOf(state).addIntent(row);
  context.payment = row.id;
  announceIntentCreated(state, row, now);
  planExpiry(state, row.id, now + UQPAY_INTENT_LIFETIME);
  note(context, 'uqpay.intent-expiry', 'uqpay.amounts');
  if (method) pay(context, row, method, outcome);
  return ok(intentObject(context, row));
}

/** `POST /v2/payment_intents/{id}` */
export function updateIntent(context: Context): Reply {
  const row = findIntent(context);
  if (!row) return unknownIntent(context);
  const parsed = uqpayUpdateIntent.safeParse(context.json);
  if (!parsed.success) return invalidFields(explainIssues(parsed.error.issues, context.json));
  const { amount, currency = row.currency, merchant_order_id: order, return_url, description, metadata } = parsed.data;
  const text = amount ?? row.amount;
  const minor = positive(text, currency);
  if (minor === undefined) return refuseAmount('amount', text, currency);

  const refusal = refuseStep(context, row, 'update');
  if (refusal) return refuseExecuted(context, refusal);
  beginExecution(context);
  if (order !== undefined) storeOf(context.state).changeMerchantOrder(row, order);
  Object.assign(row, {
    amount: asSent(text, minor, currency),
    currency,
    captured_amount: toDecimal(0n, currency),
    ...(return_url !== undefined && { return_url }),
    ...(description !== undefined && { description }),
    ...(metadata && { metadata }),
    update_time: toRfc3339(context.now),
  });
  return ok(intentObject(context, row));
}

/** `POST /v2/payment_intents/{id}/confirm` */
export function confirmIntent(context: Context): Reply {
  const row = findIntent(context);
  if (!row) return unknownIntent(context);
  const parsed = uqpayConfirmIntent.safeParse(context.json);
  if (!parsed.success) return invalidFields(explainIssues(parsed.error.issues, context.json));
  const { payment_method: method, return_url } = parsed.data;
  // A second confirm is refused by the status of the intent, with or without a method.
  if (!method && canStep(row.intent_status, 'confirm')) {
    return invalidParameter('payment_method: is required: the intent has none yet');
  }
  const refusal = refuseStep(context, row, 'confirm');
  if (refusal || !method) return refuseExecuted(context, refusal ?? unknownIntent(context));
  const outcome = beginExecution(context);
  if (return_url) row.return_url = return_url;
  pay(context, row, method, outcome);
  return ok(intentObject(context, row));
}

/** `POST /v2/payment_intents/{id}/capture` */
export function captureIntent(context: Context): Reply {
  const { state, now } = context;
  const row = findIntent(context);
  if (!row) return unknownIntent(context);
  const parsed = uqpayCaptureIntent.safeParse(context.json);
  if (!parsed.success) return invalidFields(explainIssues(parsed.error.issues, context.json));
  const amount = parsed.data.amount_to_capture ?? row.amount;
  const minor = positive(amount, row.currency);
  if (minor === undefined) return refuseAmount('amount_to_capture', amount, row.currency);

  const refusal = refuseStep(context, row, 'capture');
  if (refusal) return refuseExecuted(context, refusal);
  note(context, 'uqpay.capture-once');
  const attempt = latestAttempt(context, row);
  const authorised = authorisedOf(row, attempt);
  if (!attempt || minor > authorised) {
    note(context, 'uqpay.error-codes');
    const [requested, limit] = [minor, authorised].map((sum) => toDecimal(sum, row.currency));
    const why = `${requested} ${row.currency} is above the ${limit} ${row.currency} that was authorised`;
    const tooMuch = uqpayRefusal('payment_error', 'amount_exceeds_authorised', `amount_to_capture: ${why}`);
    return refuseExecuted(context, tooMuch);
  }
  beginExecution(context);
  const captured = { minor, text: asSent(amount, minor, row.currency) };
  applyOutcome(state, row, attempt, { outcome: 'captured', at: now, captured });
  note(context, 'uqpay.attempt-steps');
  return ok(intentObject(context, row));
}

/** A seed can have an attempt of a part of its payment. */
function authorisedOf({ amount, currency }: UqpayIntentRow, attempt: UqpayAttemptRow | undefined): bigint {
  const [whole, part] = [amount, attempt?.amount ?? amount].map((one) => minorOf(one, currency)) as [bigint, bigint];
  return part < whole ? part : whole;
}

/** `POST /v2/payment_intents/{id}/cancel` */
export function cancelIntent(context: Context): Reply {
  const row = findIntent(context);
  if (!row) return unknownIntent(context);
  const parsed = uqpayCancelIntent.safeParse(context.json);
  if (!parsed.success) return invalidFields(explainIssues(parsed.error.issues, context.json));
  const refusal = refuseStep(context, row, 'cancel');
  if (refusal) return refuseExecuted(context, refusal);
  const outcome = beginExecution(context)?.name;
  const { state, now } = context;
  note(context, 'uqpay.payment-events');
  if (outcome === 'cancel_fails') {
    announceCancel(state, row, 'failed', now);
    return ok(intentObject(context, row));
  }
  row.cancellation_reason = parsed.data.cancellation_reason ?? null;
  applyOutcome(state, row, latestAttempt(context, row), { outcome: 'cancelled', at: now });
  announceCancel(state, row, 'succeeded', now);
  return ok(intentObject(context, row));
}
