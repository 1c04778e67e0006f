import { minorOf } from '../../engine/indexes.ts';
import { missingReference, otherCurrency, overRefund } from '../../engine/rules.ts';
import { currencyNamed, type UpaymentsPaymentRow } from './rows.ts';
import type { UpaymentsStore } from './store.ts';

/** A rule that the rows break together: a reference leads nowhere, or an order is refunded beyond its total. */
export function upaymentsRulesFault(store: UpaymentsStore): string | undefined {
  return referenceFault(store) ?? captureFault(store) ?? refundFault(store);
}

/**
 * A captured order can be refunded, so nobody may read that it was not paid. The other way round is taken: a person edits
 * one row after the other. A result that the sandbox does not know may be a capture.
 */
function captureFault({ collections, orders }: UpaymentsStore): string | undefined {
  const isPaid = ({ result, unknown_result: unknown }: UpaymentsPaymentRow) =>
    result === 'CAPTURED' || unknown !== undefined;
  const paid = new Set(collections.upayments_payments.filter(isPaid).map(({ order }) => order));
  const unpaid = collections.upayments_payments.find(({ order }) => !paid.has(order) && orders.get(order)?.captured);
  return (
    unpaid &&
    `upayments_orders "${unpaid.order}" is captured, and its payment "${unpaid.id}" is ${unpaid.result}: ` +
      'expected a payment that is CAPTURED, or an order that is not captured'
  );
}

function referenceFault(store: UpaymentsStore): string | undefined {
  const { collections } = store;
  // Refunds find it by its id, and are paid in the currency of their order.
  const foreign = collections.upayments_accounts.find(
    ({ id, currency }) => (currencyNamed(id) ?? currency) !== currency,
  );
  if (foreign) return `upayments_accounts "${foreign.id}" is in ${foreign.currency}: its id names another currency`;
  for (const row of collections.upayments_payments) {
    if (!store.orders.has(row.order)) return missingReference('upayments_payments', row.id, row.order);
  }
  for (const row of collections.upayments_vendors) {
    if (!store.orders.has(row.order)) return missingReference('upayments_vendors', row.id, row.order);
    const account = store.accounts.get(row.account);
    if (!account) return missingReference('upayments_vendors', row.id, row.account);
    if (account.currency !== row.currency || store.orders.get(row.order)?.currency !== row.currency) {
      return `vendor "${row.id}" is in another currency than its order or its account`;
    }
  }
  for (const row of collections.upayments_refunds) {
    if (!store.orders.has(row.order)) return missingReference('upayments_refunds', row.id, row.order);
    const vendor = row.vendor === null ? undefined : store.vendors.get(row.vendor);
    if (row.vendor !== null && !vendor) return missingReference('upayments_refunds', row.id, row.vendor);
    if (vendor && vendor.order !== row.order) {
      return `upayments_refunds "${row.id}" refers to "${vendor.id}", which is no vendor of "${row.order}"`;
    }
    const account = store.accounts.get(row.account);
    if (!account) return missingReference('upayments_refunds', row.id, row.account);
    if (account.currency !== row.currency) return `refund "${row.id}" is in another currency than its account`;
    if (store.orders.get(row.order)?.currency !== row.currency) return otherCurrency(row.id);
  }
  return undefined;
}

function refundFault(store: UpaymentsStore): string | undefined {
  for (const order of store.collections.upayments_orders) {
    const total = minorOf(order.total_price, order.currency);
    const { held } = store.refundsOfOrder(order.id);
    if (held > total) return overRefund(order.id);
    if (held > 0n && !order.captured) return `"${order.id}" has refunds: expected an order that was captured`;
    const vendors = store.vendorsByOrder.get(order.id) ?? [];
    // Each vendor can be refunded in full.
    if (vendors.reduce((sum, { total_paid: paid }) => sum + minorOf(paid, order.currency), 0n) > total) {
      return `the vendors of "${order.id}" would have been paid more than its total_price`;
    }
  }
  for (const vendor of store.collections.upayments_vendors) {
    if (store.sumsOfVendor(vendor.id).held > minorOf(vendor.total_paid, vendor.currency)) return overRefund(vendor.id);
  }
  return undefined;
}
