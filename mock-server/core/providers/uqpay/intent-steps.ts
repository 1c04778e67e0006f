import { fromJsonAmount } from '../../../../contract/upayments.ts';
import { parseDecimal, toDecimal } from '../../../../contract/money.ts';
import type { UqpayPaymentMethod } from '../../../../contract/uqpay/payment-writes.ts';
import { positiveIn } from '../../engine/amounts.ts';
import { note } from '../../engine/context.ts';
import type { Context, State } from '../../engine/provider.ts';
import type { ScenarioName } from '../../engine/scenarios/catalogue.ts';
import { parseScenarios, type Chosen } from '../../engine/scenarios/parse.ts';
import { parseDuration, toRfc3339, type Millis } from '../../engine/time.ts';
import { describe, quote } from '../../engine/validation.ts';
import type { Reply } from '../../engine/wire.ts';
import { canStep, UQPAY_INTENT_STEPS, type UqpayIntentStep, type UqpayPaymentOutcome } from './lifecycle.ts';
import { storeOf } from './model.ts';
import { ownIntent } from './own.ts';
import { applyOutcome } from './paying.ts';
import { announceAttemptCreated } from './payment-events.ts';
import { plan, planCustomer } from './plans.ts';
import { invalidParameter, notFound, uqpayRefusal } from './replies.ts';
import type { UqpayAttemptRow, UqpayIntentRow } from './rows.ts';
import { SCENARIO_MEMBER, type PaymentScenario } from './scenarios.ts';

export function findIntent(context: Context): UqpayIntentRow | undefined {
  const row = ownIntent(context, context.params['id'] ?? '');
  if (row) context.payment = row.id;
  return row;
}

export function unknownIntent(context: Context): Reply {
  return notFound(context, 'payment_intent_not_found', `no payment intent ${quote(context.params['id'] ?? '')}`);
}

export function latestAttempt({ state }: Context, row: UqpayIntentRow): UqpayAttemptRow | undefined {
  return row.latest_attempt === null ? undefined : storeOf(state).attempts.get(row.latest_attempt);
}

/** A decimal string, or the JSON number that three libraries send for a capture, above 0; in minor units. */
export function positive(amount: string | number, currency: string): bigint | undefined {
  const parsed = typeof amount === 'number' ? fromJsonAmount(amount, currency) : parseDecimal(amount, currency);
  return parsed.ok && parsed.minor > 0n ? parsed.minor : undefined;
}

export function refuseAmount(field: string, amount: string | number, currency: string): Reply {
  const example = toDecimal(1001n, currency);
  return invalidParameter(
    `${field}: expected a decimal string ${positiveIn(currency)}, such as "${example}", received ${describe(amount)}`,
  );
}

export function refuseStep(context: Context, row: UqpayIntentRow, step: UqpayIntentStep): Reply | undefined {
  note(context, 'uqpay.intent-steps');
  if (canStep(row.intent_status, step)) return undefined;
  note(context, 'uqpay.error-codes');
  const expected = UQPAY_INTENT_STEPS[step].join(' or ');
  return uqpayRefusal(
    'payment_error',
    'payment_intent_status_invalid',
    `${row.id}: cannot ${step} it, it is ${row.intent_status}: expected ${expected}`,
  );
}

/** Makes an attempt to pay and applies the outcome of the method or of a scenario. P */
export function pay(
  context: Context,
  intent: UqpayIntentRow,
  method: UqpayPaymentMethod,
  requested: Chosen | undefined,
): void {
  const { state, now } = context;
  const time = toRfc3339(now);
  const chosen = requested ?? storedScenario(context, intent);
  const after = declineDelay(chosen);
  const outcome = after === undefined ? outcomeOf(method, chosen?.name) : 'pending';
  const { card } = method;
  const attempt: UqpayAttemptRow = {
    id: freshId(state, 'PA', storeOf(state).attempts),
    payment_intent: intent.id,
    amount: intent.amount,
    currency: intent.currency,
    captured_amount: toDecimal(0n, intent.currency),
    refunded_amount: toDecimal(0n, intent.currency),
    attempt_status: 'INITIATED',
    payment_method: method.type,
    auto_capture: capturesAtOnce(method),
    card: card
      ? {
          network: card.network,
          authorization_type: card.authorization_type,
          three_ds_action: card.three_ds_action,
        }
      : null,
    auth_code: null,
    arn: null,
    rrn: null,
    failure_code: null,
    create_time: time,
    update_time: time,
    complete_time: null,
  };
  storeOf(state).addAttempt(attempt);
  announceAttemptCreated(state, attempt, now);
  intent.payment_method = method.type;
  intent.latest_attempt = attempt.id;
  applyOutcome(state, intent, attempt, { outcome, at: now });
  note(context, 'uqpay.payment-outcomes', 'uqpay.attempt-steps', 'uqpay.attempt-members');
  if (after !== undefined) {
    plan(state, 'uqpay_declined', { at: now + after, id: attempt.id, step: 0 });
    return;
  }
  if (outcome !== 'action') return;
  note(context, 'uqpay.customer-action');
  planCustomer(state, intent.id, now);
}

/** Card numbers with this end are declined, as in the test data of other providers. P */
const DECLINED_CARD = /0002$/;

const BY_SCENARIO: Readonly<Record<PaymentScenario | 'stay_processing', UqpayPaymentOutcome>> = {
  payment_declined: 'declined',
  requires_action: 'action',
  stay_processing: 'pending',
};
const isPaymentScenario = (name: string): name is keyof typeof BY_SCENARIO => Object.hasOwn(BY_SCENARIO, name);

/** `pre_authorization` waits for a capture, as `auto_capture: false` does; `docs/providers/uqpay.md#payment-intents`. D K */
function capturesAtOnce({ card }: Pick<UqpayPaymentMethod, 'card'>): boolean {
  return card?.auto_capture !== false && card?.authorization_type.toLowerCase() !== 'pre_authorization';
}

/** Time until a payment is declined, where a scenario sets it. */
function declineDelay(chosen: Chosen | undefined): Millis | undefined {
  const after = chosen?.name === 'payment_declined' ? chosen.params['after'] : undefined;
  return typeof after === 'string' ? parseDuration(after) : undefined;
}

function outcomeOf({ type, card }: UqpayPaymentMethod, scenario: ScenarioName | undefined): UqpayPaymentOutcome {
  if (scenario && isPaymentScenario(scenario)) return BY_SCENARIO[scenario];
  const paid = capturesAtOnce({ card }) ? 'captured' : 'authorised';
  // With `fast_success` no method sends the customer elsewhere.
  if (scenario === 'fast_success') return paid;
  if (!type.startsWith('card')) return 'action';
  if (DECLINED_CARD.test(card?.card_number?.replaceAll(' ', '') ?? '')) return 'declined';
  return card?.three_ds_action === 'enforce_3ds' ? 'action' : paid;
}

/** The scenario in the metadata of the intent. */
function storedScenario({ provider }: Context, { metadata }: UqpayIntentRow): Chosen | undefined {
  const text = Object.hasOwn(metadata, SCENARIO_MEMBER) ? metadata[SCENARIO_MEMBER] : undefined;
  const parsed = text === undefined ? undefined : parseScenarios(text, provider);
  return parsed?.ok ? parsed.chosen.outcome[0] : undefined;
}

/** The prefix and 19 digits; `docs/providers/uqpay.md#payment-intents`. K */
export function freshId({ paymentIds }: State, prefix: 'PI' | 'PA', taken: ReadonlyMap<string, unknown>): string {
  for (;;) {
    const id = `${prefix}${paymentIds.digits(19)}`;
    if (!taken.has(id)) return id;
  }
}
