import { toDecimal } from '../../../../contract/money.ts';
import {
  addWeight,
  byId,
  getOrMake,
  groupBy,
  insertByTime,
  minorOf,
  type RefundsOf,
  type Sums,
} from '../../engine/indexes.ts';
import { UPAYMENTS_WEIGHTS, type UpaymentsRefundStatus } from './lifecycle.ts';
import type {
  UpaymentsAccountRow,
  UpaymentsCollections,
  UpaymentsOrderRow,
  UpaymentsPaymentRow,
  UpaymentsRefundRow,
  UpaymentsVendorRow,
} from './rows.ts';

/** Indexes of the rows of UPayments. Every change of a row that an index depends on goes through a method here. */
export class UpaymentsStore {
  readonly collections: UpaymentsCollections;
  readonly orders;
  /** By `track_id`. */
  readonly payments;
  readonly vendors;
  readonly accounts;
  readonly refunds;
  readonly vendorsByOrder;
  /** By `order_id`, which no refund request uses. */
  readonly ordersByOrderId;
  readonly paymentsBySession;
  readonly paymentsByInvoice;
  readonly #byOrder = new Map<string, RefundsOf<UpaymentsRefundRow>>();
  readonly #byVendor = new Map<string, Sums>();

  constructor(rows: UpaymentsCollections) {
    this.collections = rows;
    this.orders = byId(rows.upayments_orders);
    this.payments = byId(rows.upayments_payments);
    this.vendors = byId(rows.upayments_vendors);
    this.accounts = byId(rows.upayments_accounts);
    this.refunds = byId(rows.upayments_refunds);
    this.vendorsByOrder = groupBy(rows.upayments_vendors, (row) => row.order);
    this.ordersByOrderId = new Map(rows.upayments_orders.map((row) => [row.order_id, row]));
    this.paymentsBySession = new Map(rows.upayments_payments.map((row) => [row.session_id, row]));
    this.paymentsByInvoice = new Map(rows.upayments_payments.map((row) => [row.invoice_id, row]));
    for (const row of rows.upayments_refunds) this.#indexRefund(row);
  }

  addOrder(order: UpaymentsOrderRow, payment: UpaymentsPaymentRow, vendors: readonly UpaymentsVendorRow[]): void {
    this.collections.upayments_orders.push(order);
    this.orders.set(order.id, order);
    this.ordersByOrderId.set(order.order_id, order);
    this.collections.upayments_payments.push(payment);
    this.payments.set(payment.id, payment);
    this.paymentsBySession.set(payment.session_id, payment);
    this.paymentsByInvoice.set(payment.invoice_id, payment);
    for (const vendor of vendors) {
      this.collections.upayments_vendors.push(vendor);
      this.vendors.set(vendor.id, vendor);
      getOrMake(this.vendorsByOrder, vendor.order, () => []).push(vendor);
      this.payInto(vendor.account, 0n, vendor.currency);
    }
  }

  /** Pays into an account and opens it where there is none. */
  payInto(account: string, minor: bigint, currency: string): void {
    if (this.accounts.has(account)) {
      this.#moveBalance(account, minor);
      return;
    }
    const row: UpaymentsAccountRow = { id: account, balance: toDecimal(minor, currency), currency };
    this.collections.upayments_accounts.push(row);
    this.accounts.set(account, row);
  }

  refundsOfOrder(order: string): RefundsOf<UpaymentsRefundRow> {
    return getOrMake(this.#byOrder, order, () => ({ rows: [], held: 0n, refunded: 0n }));
  }

  sumsOfVendor(vendor: string): Sums {
    return getOrMake(this.#byVendor, vendor, () => ({ held: 0n, refunded: 0n }));
  }

  addRefund(row: UpaymentsRefundRow): void {
    this.collections.upayments_refunds.push(row);
    this.refunds.set(row.id, row);
    this.#indexRefund(row);
    this.#moveBalance(row.account, -minorOf(row.amount, row.currency));
  }

  /** A deleted refund gives its amount back to the account that was to pay it. */
  changeRefund(row: UpaymentsRefundRow, status: UpaymentsRefundStatus, time: string): void {
    const minor = minorOf(row.amount, row.currency);
    const parts: Sums[] = [this.refundsOfOrder(row.order)];
    if (row.vendor !== null) parts.push(this.sumsOfVendor(row.vendor));
    for (const sums of parts) {
      addWeight(sums, minor, UPAYMENTS_WEIGHTS[row.refund_status], -1n);
      addWeight(sums, minor, UPAYMENTS_WEIGHTS[status], 1n);
    }
    if (status === 'deleted') this.#moveBalance(row.account, minor);
    row.refund_status = status;
    row.update_time = time;
  }

  #indexRefund(row: UpaymentsRefundRow): void {
    const minor = minorOf(row.amount, row.currency);
    const sums = this.refundsOfOrder(row.order);
    insertByTime(sums.rows, row);
    addWeight(sums, minor, UPAYMENTS_WEIGHTS[row.refund_status], 1n);
    if (row.vendor !== null) addWeight(this.sumsOfVendor(row.vendor), minor, UPAYMENTS_WEIGHTS[row.refund_status], 1n);
  }

  #moveBalance(account: string, by: bigint): void {
    const row = this.accounts.get(account);
    if (row) row.balance = toDecimal(minorOf(row.balance, row.currency) + by, row.currency);
  }
}
