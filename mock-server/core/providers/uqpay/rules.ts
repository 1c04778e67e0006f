import { minorOf } from '../../engine/indexes.ts';
import { missingReference, otherCurrency, overRefund } from '../../engine/rules.ts';
import { balanceKey } from './rows.ts';
import type { UqpayStore } from './store.ts';

/** A rule that the rows break together: a reference leads nowhere, or a payment is refunded beyond its capture. */
export function uqpayRulesFault(store: UqpayStore): string | undefined {
  return referenceFault(store) ?? refundFault(store);
}

function referenceFault(store: UqpayStore): string | undefined {
  const { collections } = store;
  for (const row of collections.uqpay_attempts) {
    if (!store.intents.has(row.payment_intent)) return missingReference('uqpay_attempts', row.id, row.payment_intent);
  }
  for (const row of collections.uqpay_refunds) {
    const attempt = store.attempts.get(row.payment_attempt);
    if (!store.intents.has(row.payment_intent)) return missingReference('uqpay_refunds', row.id, row.payment_intent);
    if (attempt?.payment_intent !== row.payment_intent)
      return missingReference('uqpay_refunds', row.id, row.payment_attempt);
    if (store.intents.get(row.payment_intent)?.currency !== row.currency) return otherCurrency(row.id);
  }
  for (const row of collections.uqpay_intents) {
    if (row.account !== null && !store.connected.has(row.account)) {
      return missingReference('uqpay_intents', row.id, row.account);
    }
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

function refundFault(store: UqpayStore): string | undefined {
  for (const intent of store.collections.uqpay_intents) {
    const captured = minorOf(intent.captured_amount, intent.currency);
    if (captured > minorOf(intent.amount, intent.currency)) return `"${intent.id}" has captured more than its amount`;
    if (store.refundsOfIntent(intent.id).held > captured) return overRefund(intent.id);
  }
  return undefined;
}
