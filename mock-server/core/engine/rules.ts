import {
  amountFault,
  balanceKey,
  cloneCollections,
  COLLECTION_NAMES,
  ROW_SCHEMAS,
  type CollectionName,
  type Collections,
} from '../providers/uqpay/rows.ts';
import { minorOf, Store } from '../providers/uqpay/store.ts';
import { explainIssues } from './validation.ts';

/** Why one row does not fit its collection, as a sentence; `undefined` when it does. */
export function rowFault(name: CollectionName, row: unknown): string | undefined {
  const faults = rowFaults(name, row);
  return faults.length === 0 ? undefined : faults.join('; ');
}

function rowFaults(name: CollectionName, row: unknown): string[] {
  const parsed = ROW_SCHEMAS[name].safeParse(row);
  if (!parsed.success) {
    return explainIssues(parsed.error.issues, row).map(({ field, message }) => `${field}: ${message}`);
  }
  const fault = amountFault(parsed.data);
  return fault === undefined ? [] : [fault];
}

const FAULTS_SHOWN = 10;

/**
 * Why these rows cannot be the whole data of a namespace, with the path of each member that does not fit; `undefined`
 * when they can.
 * @param at what stands before the name of a collection in a path
 */
export function rowsFault(rows: Readonly<Record<string, readonly unknown[]>>, at = ''): string | undefined {
  const unknown = Object.keys(rows).find((name) => !(COLLECTION_NAMES as string[]).includes(name));
  if (unknown !== undefined) return `${at}${unknown}: no such collection, expected ${COLLECTION_NAMES.join(', ')}`;
  const faults: string[] = [];
  for (const name of COLLECTION_NAMES) {
    for (const [index, row] of (rows[name] ?? []).entries()) {
      faults.push(...rowFaults(name, row).map((fault) => `${at}${name}.${index}.${fault}`));
      if (faults.length >= FAULTS_SHOWN) return faults.slice(0, FAULTS_SHOWN).join('; ');
    }
  }
  return faults.length > 0 ? faults.join('; ') : rulesFault(cloneCollections(rows));
}

/**
 * Why these rows, each of them valid, cannot stand together; `undefined` when they can. The rules that a seed, an edit
 * and a restored snapshot have to keep: ids are unique, references lead somewhere, no payment is refunded beyond what
 * was captured.
 */
export function rulesFault(collections: Collections): string | undefined {
  for (const name of COLLECTION_NAMES) {
    const seen = new Set<string>();
    for (const { id } of collections[name]) {
      if (seen.has(id)) return `${name}: the id "${id}" is there twice`;
      seen.add(id);
    }
  }
  // A copy, because a store writes the sums it finds into the rows, and these may yet be refused.
  const store = new Store(cloneCollections(collections));
  return danglingFault(store) ?? overRefundFault(store);
}

function danglingFault(store: Store): string | undefined {
  const { collections } = store;
  for (const row of collections.uqpay_attempts) {
    if (!store.intents.has(row.payment_intent)) return missing('uqpay_attempts', row.id, row.payment_intent);
  }
  for (const row of collections.uqpay_refunds) {
    const attempt = store.attempts.get(row.payment_attempt);
    if (!store.intents.has(row.payment_intent)) return missing('uqpay_refunds', row.id, row.payment_intent);
    if (attempt?.payment_intent !== row.payment_intent) return missing('uqpay_refunds', row.id, row.payment_attempt);
    if (store.intents.get(row.payment_intent)?.currency !== row.currency) return otherCurrency(row.id);
  }
  for (const row of collections.uqpay_intents) {
    if (row.account !== null && !store.connected.has(row.account)) {
      return missing('uqpay_intents', row.id, row.account);
    }
  }
  for (const row of collections.uqpay_balances) {
    const key = balanceKey(row.account, row.currency);
    if (row.id !== key) return `uqpay_balances "${row.id}": expected the id ${key}, of its account and its currency`;
    if (row.account !== null && !store.connected.has(row.account)) {
      return missing('uqpay_balances', row.id, row.account);
    }
  }
  for (const row of collections.uqpay_disputes) {
    const intent = store.intents.get(row.payment_intent);
    if (!intent) return missing('uqpay_disputes', row.id, row.payment_intent);
    if (intent.currency !== row.currency) return `dispute "${row.id}" is in another currency than its payment`;
  }
  for (const row of collections.upayments_payments) {
    if (!store.orders.has(row.order)) return missing('upayments_payments', row.id, row.order);
  }
  for (const row of collections.upayments_vendors) {
    if (!store.orders.has(row.order)) return missing('upayments_vendors', row.id, row.order);
    const account = store.accounts.get(row.account);
    if (!account) return missing('upayments_vendors', row.id, row.account);
    if (account.currency !== row.currency || store.orders.get(row.order)?.currency !== row.currency) {
      return `vendor "${row.id}" is in another currency than its order or its account`;
    }
  }
  for (const row of collections.upayments_refunds) {
    if (!store.orders.has(row.order)) return missing('upayments_refunds', row.id, row.order);
    if (row.vendor !== null && !store.vendors.has(row.vendor)) return missing('upayments_refunds', row.id, row.vendor);
    if (!store.accounts.has(row.account)) return missing('upayments_refunds', row.id, row.account);
    if (store.orders.get(row.order)?.currency !== row.currency) return otherCurrency(row.id);
  }
  return undefined;
}

const missing = (name: string, id: string, reference: string) =>
  `${name} "${id}" refers to "${reference}", which is not there`;
const otherCurrency = (id: string) => `refund "${id}" is in another currency than its payment`;

function overRefundFault(store: Store): string | undefined {
  for (const intent of store.collections.uqpay_intents) {
    const captured = minorOf(intent.captured_amount, intent.currency);
    if (captured > minorOf(intent.amount, intent.currency)) return `"${intent.id}" has captured more than its amount`;
    if (store.refundsOfIntent(intent.id).held > captured) return overRefund(intent.id);
  }
  for (const order of store.collections.upayments_orders) {
    if (store.refundsOfOrder(order.id).held > minorOf(order.total_price, order.currency)) return overRefund(order.id);
  }
  for (const vendor of store.collections.upayments_vendors) {
    if (store.sumsOfVendor(vendor.id).held > minorOf(vendor.total_paid, vendor.currency)) return overRefund(vendor.id);
  }
  return undefined;
}

const overRefund = (id: string) => `the refunds of "${id}" would add up to more than was captured`;
