import { uqpayCreateRefund } from '../../../../contract/uqpay.ts';
import { parseDecimal, toDecimal } from '../../../../contract/money.ts';
import { positiveIn } from '../../engine/amounts.ts';
import { beginExecution, note, refuseExecuted } from '../../engine/context.ts';
import { minorOf } from '../../engine/indexes.ts';
import type { Context } from '../../engine/provider.ts';
import { toRfc3339 } from '../../engine/time.ts';
import { describe, explainIssues, quote } from '../../engine/validation.ts';
import { ok, type Reply } from '../../engine/wire.ts';
import { openDispute } from './disputes.ts';
import { announceCreated } from './events.ts';
import { formatRefund } from './format.ts';
import { UQPAY_LIFECYCLES, UQPAY_WEIGHTS, uqpaySteps, type UqpayLifecycle } from './lifecycle.ts';
import { storeOf } from './model.ts';
import { asSent, ownIntent } from './own.ts';
import { planRefund } from './plans.ts';
import { invalidFields, invalidParameter, notFound, uqpayRefusal } from './replies.ts';
import type { UqpayAttemptRow, UqpayIntentRow, UqpayRefundRow } from './rows.ts';
import { amountStyle } from './settings.ts';

/** `POST /v2/payment/refunds`. Refusals before `beginExecution` are validation and are not kept for the idempotency key. */
export function createRefund(context: Context): Reply {
  const { state, now } = context;
  const store = storeOf(state);
  const parsed = uqpayCreateRefund.safeParse(context.json);
  if (!parsed.success) return invalidFields(explainIssues(parsed.error.issues, context.json));
  const body = parsed.data;

  const intent = ownIntent(context, body.payment_intent_id);
  if (!intent) {
    return notFound(context, 'payment_intent_not_found', `no payment intent ${quote(body.payment_intent_id)}`);
  }
  const attempt = attemptOf(context, intent, body.payment_attempt_id);
  const isPaid = intent.intent_status === 'SUCCEEDED';
  // A payment that nobody has paid may have no attempt. Then it is refused for its status.
  if (!attempt && (isPaid || body.payment_attempt_id !== undefined)) {
    const which = body.payment_attempt_id === undefined ? '' : ` ${quote(body.payment_attempt_id)}`;
    return notFound(context, 'payment_attempt_not_found', `${intent.id} has no payment attempt${which}`);
  }
  const amount = parseDecimal(body.amount, intent.currency);
  if (!amount.ok || amount.minor === 0n) {
    return invalidParameter(
      `amount: expected a decimal string ${positiveIn(intent.currency)}, such as ` +
        `"${toDecimal(1001n, intent.currency)}", received ${describe(body.amount)}`,
    );
  }

  const asked = { intent, attempt, minor: amount.minor };
  const refusal = refuse(context, asked, undefined);
  if (refusal || !attempt) return refuseExecuted(context, refusal ?? refuseStatus(context, intent));
  const chosen = beginExecution(context);
  const outcome = chosen?.name;
  const refusalOfOutcome = outcome && refuse(context, asked, outcome);
  if (refusalOfOutcome) return refusalOfOutcome;

  const lifecycle: UqpayLifecycle =
    outcome !== undefined && Object.hasOwn(UQPAY_LIFECYCLES, outcome) ? (outcome as UqpayLifecycle) : 'default';
  if (lifecycle.startsWith('reversal')) note(context, 'uqpay.reversal');
  const after = chosen?.params['after'];
  const course = { lifecycle, ...(typeof after === 'string' && { outcome_after: after }) };
  const status = uqpaySteps(course)[0]!.status;
  const time = toRfc3339(now);
  const row: UqpayRefundRow = {
    id: freshId(context),
    payment_intent: intent.id,
    payment_attempt: attempt.id,
    amount: asSent(body.amount, amount.minor, intent.currency),
    currency: intent.currency,
    refund_status: status,
    ...course,
    reason: body.reason,
    metadata: body.metadata ?? null,
    create_time: time,
    update_time: time,
    complete_time: status === 'SUCCEEDED' || status === 'FAILED' ? time : null,
  };
  store.addRefund(row, amount.minor);
  planRefund(state, row, 1, now);
  state.webhooks.setFaults(row.id, context.webhookFaults);
  announceCreated(state, row, now);
  context.refund = row.id;
  note(context, 'uqpay.lifecycle-times', 'uqpay.amounts');
  return ok(formatRefund(row, amountStyle(state)));
}

function attemptOf(context: Context, intent: UqpayIntentRow, id: string | undefined): UqpayAttemptRow | undefined {
  const store = storeOf(context.state);
  if (id !== undefined) {
    const attempt = store.attempts.get(id);
    return attempt?.payment_intent === intent.id ? attempt : undefined;
  }
  note(context, 'uqpay.attempt-default');
  return intent.latest_attempt === null ? undefined : store.attempts.get(intent.latest_attempt);
}

interface Asked {
  readonly intent: UqpayIntentRow;
  readonly attempt: UqpayAttemptRow | undefined;
  readonly minor: bigint;
}

function refuseStatus(context: Context, { id, intent_status: status }: UqpayIntentRow): Reply {
  note(context, 'uqpay.error-codes');
  const why = status === 'SUCCEEDED' ? 'it cannot be refunded' : `it is ${status}, and only SUCCEEDED can be refunded`;
  return uqpayRefusal('refund_error', 'payment_not_refundable', `${id}: ${why}`);
}

/** @param outcome of a scenario; without it, what the payment itself does not allow */
function refuse(context: Context, { intent, attempt, minor }: Asked, outcome: string | undefined): Reply | undefined {
  if (intent.intent_status !== 'SUCCEEDED' || outcome === 'not_refundable') return refuseStatus(context, intent);
  const disputed = refuseDisputed(context, intent, outcome);
  if (disputed) return disputed;
  if (outcome === 'insufficient_balance') return refuseBalance(context);
  const { currency } = intent;
  const captured = minorOf(intent.captured_amount, currency);
  const ofIntent = captured - storeOf(context.state).refundsOfIntent(intent.id).held;
  const refundable =
    outcome === 'over_refund' ? 0n : lower(ofIntent, attempt && refundableOf(context, attempt, currency));
  if (minor <= refundable) {
    return minor <= storeOf(context.state).available(intent.account, currency) ? undefined : refuseBalance(context);
  }
  note(context, 'uqpay.refundable', 'uqpay.error-codes');
  return uqpayRefusal(
    'refund_error',
    'amount_exceeds_refundable',
    `amount: ${toDecimal(minor, currency)} ${currency} is above the ${toDecimal(refundable, currency)} ${currency} that can still be refunded`,
  );
}

const lower = (one: bigint, other: bigint | undefined): bigint => (other === undefined || one < other ? one : other);

/**
 * What can be refunded of one attempt, where the payment has others: one that failed has captured nothing, and so has one
 * from before the payment changed its currency.
 */
function refundableOf({ state }: Context, row: UqpayAttemptRow, currency: string): bigint | undefined {
  const { id, payment_intent: intent, ...attempt } = row;
  if (attempt.currency !== currency) return 0n;
  const store = storeOf(state);
  if ((store.attemptsByIntent.get(intent)?.length ?? 0) < 2) return undefined;
  const held = store
    .refundsOfIntent(intent)
    .rows.filter((row) => row.payment_attempt === id && UQPAY_WEIGHTS[row.refund_status].held);
  const sum = held.reduce((total, row) => total + minorOf(row.amount, row.currency), 0n);
  const left = minorOf(attempt.captured_amount, attempt.currency) - sum;
  return left > 0n ? left : 0n;
}

/** No refund while a dispute is open; `docs/providers/uqpay.md#disputes`. D. The scenario opens one. */
function refuseDisputed(context: Context, intent: UqpayIntentRow, outcome: string | undefined): Reply | undefined {
  const store = storeOf(context.state);
  if (outcome === 'dispute_open') openDispute(context.state, intent, context.now);
  const open = store.disputesByIntent.get(intent.id)?.find(({ status }) => status === 'open');
  if (!open) return undefined;
  note(context, 'uqpay.disputes', 'uqpay.error-codes');
  return uqpayRefusal(
    'refund_error',
    'payment_disputed',
    `${intent.id}: dispute ${open.id} is open, and no refund until it is closed`,
  );
}

function refuseBalance(context: Context): Reply {
  note(context, 'uqpay.balances', 'uqpay.error-codes');
  return uqpayRefusal(
    'refund_error',
    'insufficient_balance',
    'the account balance is too low for this refund: top it up',
  );
}

function freshId({ state }: Context): string {
  let id = `RF${state.refundIds.digits(19)}`;
  while (storeOf(state).refunds.has(id)) id = `RF${state.refundIds.digits(19)}`;
  return id;
}
