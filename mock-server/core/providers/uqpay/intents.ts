import { toDecimal } from '../../../../contract/money.ts';
import {
  uqpayCancelIntent,
  uqpayCaptureIntent,
  uqpayConfirmIntent,
  uqpayCreateIntent,
  uqpayUpdateIntent,
} from '../../../../contract/uqpay/payment-writes.ts';
import { beginExecution, note, type Context } from '../../engine/context.ts';
import { canStep, UQPAY_INTENT_LIFETIME } from './lifecycle.ts';
import type { UqpayIntentRow } from './rows.ts';
import { minorOf } from './store.ts';
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
import { planExpiry } from '../../engine/settle.ts';
import { announceCancel, announceIntentCreated } from './payment-events.ts';
import { asSent } from './own.ts';
import { reach } from './paying.ts';
import { shownIntent } from './payments.ts';
import { invalidFields, invalidParameter, uqpayRefusal } from './replies.ts';

/** `POST /v2/payment_intents/create` */
export function createIntent(context: Context): Reply {
  const { state, now } = context;
  const parsed = uqpayCreateIntent.safeParse(context.json);
  if (!parsed.success) return invalidFields(explainIssues(parsed.error.issues, context.json));
  const { payment_method: method, ...body } = parsed.data;
  const minor = positive(body.amount, body.currency);
  if (minor === undefined) return refuseAmount('amount', body.amount, body.currency);

  const outcome = beginExecution(context);
  const id = freshId(state, 'PI', state.store.intents);
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
  state.store.addIntent(row);
  context.payment = row.id;
  announceIntentCreated(state, row, now);
  planExpiry(state, row.id, now + UQPAY_INTENT_LIFETIME);
  note(context, 'uqpay.intent-expiry', 'uqpay.amounts');
  if (method) pay(context, row, method, outcome);
  return ok(shownIntent(context, row));
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

  beginExecution(context);
  const refused = refuseStep(context, row, 'update');
  if (refused) return refused;
  if (order !== undefined) context.state.store.changeMerchantOrder(row, order);
  Object.assign(row, {
    amount: asSent(text, minor, currency),
    currency,
    captured_amount: toDecimal(0n, currency),
    ...(return_url !== undefined && { return_url }),
    ...(description !== undefined && { description }),
    ...(metadata && { metadata }),
    update_time: toRfc3339(context.now),
  });
  return ok(shownIntent(context, row));
}

/** `POST /v2/payment_intents/{id}/confirm` */
export function confirmIntent(context: Context): Reply {
  const row = findIntent(context);
  if (!row) return unknownIntent(context);
  const parsed = uqpayConfirmIntent.safeParse(context.json);
  if (!parsed.success) return invalidFields(explainIssues(parsed.error.issues, context.json));
  const { payment_method: method, return_url } = parsed.data;
  // A second confirm is told where the intent stands, whatever it brings along.
  if (!method && canStep(row.intent_status, 'confirm')) {
    return invalidParameter('payment_method: is required: the intent has none yet');
  }
  const outcome = beginExecution(context);
  const refused = refuseStep(context, row, 'confirm');
  if (refused || !method) return refused ?? unknownIntent(context);
  if (return_url) row.return_url = return_url;
  pay(context, row, method, outcome);
  return ok(shownIntent(context, row));
}

/** `POST /v2/payment_intents/{id}/capture` */
export function captureIntent(context: Context): Reply {
  const { state, now } = context;
  const row = findIntent(context);
  if (!row) return unknownIntent(context);
  const parsed = uqpayCaptureIntent.safeParse(context.json);
  if (!parsed.success) return invalidFields(explainIssues(parsed.error.issues, context.json));
  const asked = parsed.data.amount_to_capture ?? row.amount;
  const minor = positive(asked, row.currency);
  if (minor === undefined) return refuseAmount('amount_to_capture', asked, row.currency);

  beginExecution(context);
  const refused = refuseStep(context, row, 'capture');
  if (refused) return refused;
  note(context, 'uqpay.capture-once');
  const attempt = latestAttempt(context, row);
  const authorised = minorOf(row.amount, row.currency);
  if (!attempt || minor > authorised) {
    note(context, 'uqpay.error-codes');
    const [much, most] = [minor, authorised].map((sum) => toDecimal(sum, row.currency));
    return uqpayRefusal(
      'payment_error',
      'amount_exceeds_authorised',
      `amount_to_capture: ${much} ${row.currency} is above the ${most} ${row.currency} that was authorised`,
    );
  }
  reach(state, row, attempt, 'captured', now, { minor, text: asSent(asked, minor, row.currency) });
  note(context, 'uqpay.attempt-steps');
  return ok(shownIntent(context, row));
}

/** `POST /v2/payment_intents/{id}/cancel` */
export function cancelIntent(context: Context): Reply {
  const row = findIntent(context);
  if (!row) return unknownIntent(context);
  const parsed = uqpayCancelIntent.safeParse(context.json);
  if (!parsed.success) return invalidFields(explainIssues(parsed.error.issues, context.json));
  const outcome = beginExecution(context)?.name;
  const refused = refuseStep(context, row, 'cancel');
  if (refused) return refused;
  const { state, now } = context;
  note(context, 'uqpay.payment-events');
  if (outcome === 'cancel_fails') {
    announceCancel(state, row, 'failed', now);
    return ok(shownIntent(context, row));
  }
  row.cancellation_reason = parsed.data.cancellation_reason ?? null;
  reach(state, row, latestAttempt(context, row), 'cancelled', now);
  announceCancel(state, row, 'succeeded', now);
  return ok(shownIntent(context, row));
}
