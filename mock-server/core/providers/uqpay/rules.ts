import type { UqpayIntentStatus } from '../../../../contract/uqpay.ts';
import { minorOf } from '../../engine/indexes.ts';
import { missingReference, otherCurrency, overRefund } from '../../engine/rules.ts';
import { canStep } from './lifecycle.ts';
import { balanceKey, type UqpayIntentRow } from './rows.ts';
import type { UqpayStore } from './store.ts';

/** A rule that the rows break together: a reference leads nowhere, or a payment is refunded beyond its capture. */
export function uqpayRulesFault(store: UqpayStore): string | undefined {
  return referenceFault(store) ?? refundFault(store);
}

function referenceFault(store: UqpayStore): string | undefined {
  const { collections } = store;
  for (const row of collections.uqpay_attempts) {
    if (!store.intents.has(row.payment_intent)) return missingReference('uqpay_attempts', row.id, row.payment_intent);
    if (minorOf(row.captured_amount, row.currency) > minorOf(row.amount, row.currency)) {
      return `attempt "${row.id}" has captured more than its amount`;
    }
  }
  for (const row of collections.uqpay_refunds) {
    if (!store.intents.has(row.payment_intent)) return missingReference('uqpay_refunds', row.id, row.payment_intent);
    const fault = attemptFault(store, `uqpay_refunds "${row.id}"`, row.payment_attempt, row.payment_intent);
    if (fault !== undefined) return fault;
    if (store.intents.get(row.payment_intent)?.currency !== row.currency) return otherCurrency(row.id);
    if (store.attempts.get(row.payment_attempt)?.currency !== row.currency) {
      return `refund "${row.id}" is in another currency than its attempt`;
    }
  }
  for (const row of collections.uqpay_intents) {
    if (row.account !== null && !store.connected.has(row.account)) {
      return missingReference('uqpay_intents', row.id, row.account);
    }
    const fault = latestAttemptFault(store, row);
    if (fault !== undefined) return fault;
  }
  for (const row of collections.uqpay_balances) {
    const key = balanceKey(row.account, row.currency);
    if (row.id !== key) return `uqpay_balances "${row.id}": expected the id ${key}, of its account and its currency`;
    if (row.account !== null && !store.connected.has(row.account)) {
      return missingReference('uqpay_balances', row.id, row.account);
    }
  }
  for (const row of collections.uqpay_disputes) {
    const intent = store.intents.get(row.payment_intent);
    if (!intent) return missingReference('uqpay_disputes', row.id, row.payment_intent);
    if (intent.currency !== row.currency) return `dispute "${row.id}" is in another currency than its payment`;
  }
  return undefined;
}

/** @param row that names the attempt of this intent, with its collection */
function attemptFault({ attempts }: UqpayStore, row: string, id: string, intent: string): string | undefined {
  const attempt = attempts.get(id);
  if (!attempt) return `${row} refers to "${id}", which is not there`;
  return attempt.payment_intent === intent ? undefined : `${row} refers to "${id}", which is no attempt of "${intent}"`;
}

/**
 * Statuses in which the latest attempt is captured or refunded. In the others it may be of an earlier currency: an unpaid
 * payment can change its own.
 */
const MOVES_MONEY: ReadonlySet<UqpayIntentStatus> = new Set([
  'REQUIRES_CUSTOMER_ACTION',
  'REQUIRES_CAPTURE',
  'PENDING',
  'SUCCEEDED',
]);

/**
 * The next refund is a refund of this attempt, and a customer who pays captures its amount for the intent. It may be
 * missing: each row refers to the other, and a person adds one after the other. Until it is there, nothing is refunded.
 */
function latestAttemptFault(store: UqpayStore, row: UqpayIntentRow): string | undefined {
  const { id, latest_attempt: latest, amount, currency, intent_status: status } = row;
  const attempt = latest === null ? undefined : store.attempts.get(latest);
  if (latest === null || !attempt) return undefined;
  const fault = attemptFault(store, `uqpay_intents "${id}"`, latest, id);
  if (fault !== undefined) return fault;
  if (attempt.currency !== currency && MOVES_MONEY.has(status)) {
    return `attempt "${latest}" is in another currency than its payment`;
  }
  if (!canStep(status, 'complete')) return undefined;
  return minorOf(attempt.amount, currency) > minorOf(amount, currency)
    ? `attempt "${latest}" has a higher amount than its payment`
    : undefined;
}

/** A capture sets what was captured, and an update sets it to nothing, whatever was refunded before. */
const isBeforeCapture = ({ intent_status: status }: UqpayIntentRow): boolean =>
  canStep(status, 'update') || canStep(status, 'complete') || canStep(status, 'capture');

function refundFault(store: UqpayStore): string | undefined {
  for (const intent of store.collections.uqpay_intents) {
    const captured = minorOf(intent.captured_amount, intent.currency);
    if (captured > minorOf(intent.amount, intent.currency)) return `"${intent.id}" has captured more than its amount`;
    const { held } = store.refundsOfIntent(intent.id);
    if (held > captured) return overRefund(intent.id);
    if (held > 0n && isBeforeCapture(intent)) {
      return `"${intent.id}" has refunds and is ${intent.intent_status}: expected a payment that was captured`;
    }
  }
  return undefined;
}
