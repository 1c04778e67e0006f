import { minorOf } from '../../engine/indexes.ts';
import { missingReference, otherCurrency, overRefund } from '../../engine/rules.ts';
import type { UpaymentsStore } from './store.ts';

/** A rule that the rows break together: a reference leads nowhere, or an order is refunded beyond its total. */
export function upaymentsRulesFault(store: UpaymentsStore): string | undefined {
  return referenceFault(store) ?? refundFault(store);
}

function referenceFault(store: UpaymentsStore): string | undefined {
  const { collections } = store;
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
    if (row.vendor !== null && !store.vendors.has(row.vendor))
      return missingReference('upayments_refunds', row.id, row.vendor);
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
    if (store.refundsOfOrder(order.id).held > total) return overRefund(order.id);
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
