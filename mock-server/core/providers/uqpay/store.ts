import { parseDecimal, toDecimal } from '../../../../contract/money.ts';
import { UPAYMENTS_WEIGHTS, UQPAY_WEIGHTS, type UpaymentsRefundStatus, type Weight } from './lifecycle.ts';
import {
  balanceKey,
  type CollectionName,
  type Collections,
  type UpaymentsAccountRow,
  type UpaymentsOrderRow,
  type UpaymentsPaymentRow,
  type UpaymentsRefundRow,
  type UpaymentsVendorRow,
  type UqpayAccountRow,
  type UqpayAttemptRow,
  type UqpayBalanceRow,
  type UqpayDisputeRow,
  type UqpayIntentRow,
  type UqpayRefundRow,
} from './rows.ts';

/** What is kept of a payment so that no call ever adds up its refunds. Minor units. */
export interface Sums {
  /** Counts against the refundable amount. */
  held: bigint;
  /** Given back. */
  refunded: bigint;
}

/** A payment's refunds, oldest first, and their sums. */
export interface RefundsOf<Row> extends Sums {
  readonly rows: Row[];
}

/** @throws RangeError on a text that is no amount: rows are validated before they get here. */
export function minorOf(amount: string, currency: string): bigint {
  const parsed = parseDecimal(amount, currency);
  if (!parsed.ok) throw new RangeError(`"${amount}" is not an amount in ${currency}`);
  return parsed.minor;
}

/** Reads each text once: the amounts of many refunds are few prices. */
function amountReader(): typeof minorOf {
  const known = new Map<string, Map<string, bigint>>();
  return (amount, currency) => {
    const ofCurrency = getOrMake(known, currency, () => new Map<string, bigint>());
    return getOrMake(ofCurrency, amount, () => minorOf(amount, currency));
  };
}

/** Rows come almost always in order of time; one that does not (a clock set back, an edit) is put where it belongs. */
export function insertByTime<Row extends { readonly create_time: string }>(rows: Row[], row: Row): void {
  const last = rows.at(-1);
  if (!last || last.create_time <= row.create_time) rows.push(row);
  else rows.splice(firstAfter(rows, row.create_time), 0, row);
}

type Timed = { readonly create_time: string };

/** Index of the first row created later than `time`. */
export function firstAfter(rows: readonly Timed[], time: string): number {
  return bisect(rows, (row) => row.create_time <= time);
}

/** Index of the first row created at `time` or later. */
export function firstNotBefore(rows: readonly Timed[], time: string): number {
  return bisect(rows, (row) => row.create_time < time);
}

/** Index of the first row that is not `early`; the early ones stand first. */
function bisect(rows: readonly Timed[], early: (row: Timed) => boolean): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (early(rows[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function weigh(sums: Sums, minor: bigint, weight: Weight, sign: 1n | -1n): void {
  if (weight.held) sums.held += sign * minor;
  if (weight.refunded) sums.refunded += sign * minor;
}

function byId<Row extends { readonly id: string }>(rows: readonly Row[]): Map<string, Row> {
  const found = new Map<string, Row>();
  for (const row of rows) found.set(row.id, row);
  return found;
}

/**
 * The rows and the indexes beside them. Every change of a row that an index depends on goes through a method here;
 * json-server changes rows by itself and calls `rebuild` afterwards.
 */
export class Store {
  readonly collections: Collections;
  /** Connected accounts of UQPAY. */
  connected = new Map<string, UqpayAccountRow>();
  intents = new Map<string, UqpayIntentRow>();
  attempts = new Map<string, UqpayAttemptRow>();
  refunds = new Map<string, UqpayRefundRow>();
  /** By `balanceKey`. */
  balances = new Map<string, UqpayBalanceRow>();
  orders = new Map<string, UpaymentsOrderRow>();
  /** By `track_id`. */
  payments = new Map<string, UpaymentsPaymentRow>();
  vendors = new Map<string, UpaymentsVendorRow>();
  accounts = new Map<string, UpaymentsAccountRow>();
  orderRefunds = new Map<string, UpaymentsRefundRow>();
  /** UQPAY refunds of each account, oldest first. */
  #refundsByTime = new Map<string | null, UqpayRefundRow[]>();
  /** UQPAY disputes by payment intent. */
  disputesByIntent = new Map<string, UqpayDisputeRow[]>();
  /** Orders by the `order_id` that no refund goes by. */
  ordersByOrderId = new Map<string, UpaymentsOrderRow>();
  paymentsBySession = new Map<string, UpaymentsPaymentRow>();
  paymentsByInvoice = new Map<string, UpaymentsPaymentRow>();
  attemptsByIntent = new Map<string, UqpayAttemptRow[]>();
  intentsByMerchantOrder = new Map<string, UqpayIntentRow[]>();
  vendorsByOrder = new Map<string, UpaymentsVendorRow[]>();
  #byIntent = new Map<string, RefundsOf<UqpayRefundRow>>();
  #byOrder = new Map<string, RefundsOf<UpaymentsRefundRow>>();
  #byVendor = new Map<string, Sums>();
  /** The balances as they were last read or written, by `balanceKey`. */
  readonly #read = new Map<string, { readonly text: string; readonly minor: bigint }>();

  constructor(collections: Collections) {
    this.collections = collections;
    this.rebuild();
  }

  rebuild(): void {
    const rows = this.collections;
    this.connected = byId(rows.uqpay_accounts);
    this.intents = byId(rows.uqpay_intents);
    this.attempts = byId(rows.uqpay_attempts);
    this.refunds = byId(rows.uqpay_refunds);
    this.balances = byId(rows.uqpay_balances);
    this.orders = byId(rows.upayments_orders);
    this.payments = byId(rows.upayments_payments);
    this.vendors = byId(rows.upayments_vendors);
    this.accounts = byId(rows.upayments_accounts);
    this.orderRefunds = byId(rows.upayments_refunds);
    this.attemptsByIntent = groupBy(rows.uqpay_attempts, (row) => row.payment_intent);
    this.intentsByMerchantOrder = groupBy(rows.uqpay_intents, (row) => row.merchant_order_id);
    this.vendorsByOrder = groupBy(rows.upayments_vendors, (row) => row.order);
    this.disputesByIntent = groupBy(rows.uqpay_disputes, (row) => row.payment_intent);
    this.ordersByOrderId = new Map(rows.upayments_orders.map((row) => [row.order_id, row]));
    this.paymentsBySession = new Map(rows.upayments_payments.map((row) => [row.session_id, row]));
    this.paymentsByInvoice = new Map(rows.upayments_payments.map((row) => [row.invoice_id, row]));
    this.#refundsByTime = new Map();
    this.#byIntent = new Map();
    this.#byOrder = new Map();
    this.#byVendor = new Map();
    const refunded = new Map<string, bigint>();
    const read = amountReader();
    for (const row of rows.uqpay_refunds) {
      const minor = read(row.amount, row.currency);
      const { payment_attempt: attempt } = row;
      if (this.#indexRefund(row, minor).refunded) refunded.set(attempt, (refunded.get(attempt) ?? 0n) + minor);
    }
    for (const row of rows.uqpay_attempts) row.refunded_amount = toDecimal(refunded.get(row.id) ?? 0n, row.currency);
    for (const row of rows.upayments_refunds) this.#indexOrderRefund(row);
    this.#openBalances();
  }

  /** A currency whose balance the rows do not name has what was captured and not refunded, so that no refund lacks cover. */
  #openBalances(): void {
    const opened = new Map<string, { account: string | null; currency: string; left: bigint }>();
    for (const { id, account, currency, captured_amount } of this.collections.uqpay_intents) {
      const key = balanceKey(account, currency);
      if (this.balances.has(key)) continue;
      const entry = getOrMake(opened, key, () => ({ account, currency, left: 0n }));
      entry.left += minorOf(captured_amount, currency) - (this.#byIntent.get(id)?.held ?? 0n);
    }
    for (const { account, currency, left } of opened.values()) {
      if (left > 0n) this.#openBalance(account, currency, left);
    }
  }

  #openBalance(account: string | null, currency: string, available: bigint): void {
    const row: UqpayBalanceRow = {
      id: balanceKey(account, currency),
      account,
      currency,
      available_balance: toDecimal(available, currency),
      pending_balance: toDecimal(0n, currency),
    };
    this.collections.uqpay_balances.push(row);
    this.balances.set(row.id, row);
  }

  addDispute(row: UqpayDisputeRow): void {
    this.collections.uqpay_disputes.push(row);
    getOrMake(this.disputesByIntent, row.payment_intent, () => []).push(row);
  }

  /** Refunds of one account, `null` for the master account, oldest first. */
  refundsOfAccount(account: string | null): readonly UqpayRefundRow[] {
    return this.#refundsByTime.get(account) ?? [];
  }

  addIntent(row: UqpayIntentRow): void {
    this.collections.uqpay_intents.push(row);
    this.intents.set(row.id, row);
    getOrMake(this.intentsByMerchantOrder, row.merchant_order_id, () => []).push(row);
  }

  changeMerchantOrder(row: UqpayIntentRow, merchantOrder: string): void {
    const old = this.intentsByMerchantOrder.get(row.merchant_order_id) ?? [];
    old.splice(old.indexOf(row), 1);
    row.merchant_order_id = merchantOrder;
    getOrMake(this.intentsByMerchantOrder, merchantOrder, () => []).push(row);
  }

  addAttempt(row: UqpayAttemptRow): void {
    this.collections.uqpay_attempts.push(row);
    this.attempts.set(row.id, row);
    getOrMake(this.attemptsByIntent, row.payment_intent, () => []).push(row);
  }

  /** What an account can pay refunds from, in minor units. */
  available(account: string | null, currency: string): bigint {
    const row = this.balances.get(balanceKey(account, currency));
    if (!row) return 0n;
    // Every refund asks, and a balance is long: it is read again only when someone else has written it.
    const read = this.#read.get(row.id);
    return read?.text === row.available_balance ? read.minor : minorOf(row.available_balance, currency);
  }

  /** A capture puts money in, a refund takes it out, a failed refund puts it back. */
  moveAvailable(account: string | null, currency: string, by: bigint): void {
    const row = this.balances.get(balanceKey(account, currency));
    if (!row) {
      this.#openBalance(account, currency, by);
      return;
    }
    const minor = this.available(account, currency) + by;
    row.available_balance = toDecimal(minor, currency);
    this.#read.set(row.id, { text: row.available_balance, minor });
  }

  #accountOf(refund: UqpayRefundRow): string | null {
    return this.intents.get(refund.payment_intent)?.account ?? null;
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

  /** Puts money into an account of UPayments, and opens it where there is none. */
  payInto(account: string, minor: bigint, currency: string): void {
    if (this.accounts.has(account)) {
      this.#moveBalance(account, minor);
      return;
    }
    const row: UpaymentsAccountRow = { id: account, balance: toDecimal(minor, currency), currency };
    this.collections.upayments_accounts.push(row);
    this.accounts.set(account, row);
  }

  /** Puts a row in the place of the one with its id, adds it, or takes that one out. */
  edit(name: CollectionName, id: string, row: { readonly id: string } | undefined): void {
    const rows: { readonly id: string }[] = this.collections[name];
    const index = rows.findIndex((found) => found.id === id);
    if (row === undefined) rows.splice(index, index < 0 ? 0 : 1);
    else rows.splice(index < 0 ? rows.length : index, 1, row);
    this.rebuild();
  }

  refundsOfIntent(intent: string): RefundsOf<UqpayRefundRow> {
    return getOrMake(this.#byIntent, intent, () => ({ rows: [], held: 0n, refunded: 0n }));
  }

  refundsOfOrder(order: string): RefundsOf<UpaymentsRefundRow> {
    return getOrMake(this.#byOrder, order, () => ({ rows: [], held: 0n, refunded: 0n }));
  }

  sumsOfVendor(vendor: string): Sums {
    return getOrMake(this.#byVendor, vendor, () => ({ held: 0n, refunded: 0n }));
  }

  /** @param minor the row's amount, which the caller has parsed already */
  addRefund(row: UqpayRefundRow, minor: bigint): void {
    this.collections.uqpay_refunds.push(row);
    this.refunds.set(row.id, row);
    const { held, refunded } = this.#indexRefund(row, minor);
    if (refunded) this.#showRefunded(row, minor);
    if (held) this.moveAvailable(this.#accountOf(row), row.currency, -minor);
  }

  changeRefund(row: UqpayRefundRow, status: UqpayRefundRow['refund_status'], time: string): void {
    const from = UQPAY_WEIGHTS[row.refund_status];
    const to = UQPAY_WEIGHTS[status];
    if (from.held !== to.held || from.refunded !== to.refunded) {
      const sums = this.refundsOfIntent(row.payment_intent);
      const minor = minorOf(row.amount, row.currency);
      weigh(sums, minor, from, -1n);
      weigh(sums, minor, to, 1n);
      if (from.refunded !== to.refunded) this.#showRefunded(row, to.refunded ? minor : -minor);
      if (from.held !== to.held) this.moveAvailable(this.#accountOf(row), row.currency, to.held ? -minor : minor);
    }
    row.refund_status = status;
    row.update_time = time;
    if (status === 'SUCCEEDED' || status === 'FAILED' || status === 'REVERSAL_SUCCEEDED') row.complete_time = time;
  }

  addOrderRefund(row: UpaymentsRefundRow): void {
    this.collections.upayments_refunds.push(row);
    this.orderRefunds.set(row.id, row);
    this.#indexOrderRefund(row);
    this.#moveBalance(row.account, -minorOf(row.amount, row.currency));
  }

  /** A deleted refund gives its amount back to the account that was to pay it. */
  changeOrderRefund(row: UpaymentsRefundRow, status: UpaymentsRefundStatus, time: string): void {
    const minor = minorOf(row.amount, row.currency);
    const parts: Sums[] = [this.refundsOfOrder(row.order)];
    if (row.vendor !== null) parts.push(this.sumsOfVendor(row.vendor));
    for (const sums of parts) {
      weigh(sums, minor, UPAYMENTS_WEIGHTS[row.refund_status], -1n);
      weigh(sums, minor, UPAYMENTS_WEIGHTS[status], 1n);
    }
    if (status === 'deleted') this.#moveBalance(row.account, minor);
    row.refund_status = status;
    row.update_time = time;
  }

  #indexRefund(row: UqpayRefundRow, minor: bigint): Weight {
    const sums = this.refundsOfIntent(row.payment_intent);
    insertByTime(sums.rows, row);
    insertByTime(
      getOrMake(this.#refundsByTime, this.#accountOf(row), () => []),
      row,
    );
    const weight = UQPAY_WEIGHTS[row.refund_status];
    weigh(sums, minor, weight, 1n);
    return weight;
  }

  #indexOrderRefund(row: UpaymentsRefundRow): void {
    const minor = minorOf(row.amount, row.currency);
    const sums = this.refundsOfOrder(row.order);
    insertByTime(sums.rows, row);
    weigh(sums, minor, UPAYMENTS_WEIGHTS[row.refund_status], 1n);
    if (row.vendor !== null) weigh(this.sumsOfVendor(row.vendor), minor, UPAYMENTS_WEIGHTS[row.refund_status], 1n);
  }

  #showRefunded(refund: UqpayRefundRow, by: bigint): void {
    const row = this.attempts.get(refund.payment_attempt);
    if (row) row.refunded_amount = toDecimal(minorOf(row.refunded_amount, row.currency) + by, row.currency);
  }

  #moveBalance(account: string, by: bigint): void {
    const row = this.accounts.get(account);
    if (row) row.balance = toDecimal(minorOf(row.balance, row.currency) + by, row.currency);
  }
}

function groupBy<Row>(rows: readonly Row[], key: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) getOrMake(groups, key(row), () => []).push(row);
  return groups;
}

function getOrMake<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
