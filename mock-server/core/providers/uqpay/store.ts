import { toDecimal } from '../../../../contract/money.ts';
import {
  addWeight,
  amountReader,
  byId,
  getOrMake,
  groupBy,
  insertByTime,
  minorOf,
  type RefundsOf,
  type Weight,
} from '../../engine/indexes.ts';
import { UQPAY_WEIGHTS } from './lifecycle.ts';
import {
  balanceKey,
  type UqpayAttemptRow,
  type UqpayBalanceRow,
  type UqpayCollections,
  type UqpayDisputeRow,
  type UqpayIntentRow,
  type UqpayRefundRow,
} from './rows.ts';

/** Indexes of the rows of UQPAY. Every change of a row that an index depends on goes through a method here. */
export class UqpayStore {
  readonly collections: UqpayCollections;
  /** Connected accounts. */
  readonly connected;
  readonly intents;
  readonly attempts;
  readonly refunds;
  /** By `balanceKey`. */
  readonly balances;
  readonly attemptsByIntent;
  readonly intentsByMerchantOrder;
  readonly disputesByIntent;
  /** Refunds of each account, oldest first. */
  readonly #refundsByTime = new Map<string | null, UqpayRefundRow[]>();
  readonly #byIntent = new Map<string, RefundsOf<UqpayRefundRow>>();
  /** The balances as they were last parsed or written, by `balanceKey`. */
  readonly #read = new Map<string, { readonly text: string; readonly minor: bigint }>();

  constructor(rows: UqpayCollections) {
    this.collections = rows;
    this.connected = byId(rows.uqpay_accounts);
    this.intents = byId(rows.uqpay_intents);
    this.attempts = byId(rows.uqpay_attempts);
    this.refunds = byId(rows.uqpay_refunds);
    this.balances = byId(rows.uqpay_balances);
    this.attemptsByIntent = groupBy(rows.uqpay_attempts, (row) => row.payment_intent);
    this.intentsByMerchantOrder = groupBy(rows.uqpay_intents, (row) => row.merchant_order_id);
    this.disputesByIntent = groupBy(rows.uqpay_disputes, (row) => row.payment_intent);
    const refundedAmounts = new Map<string, bigint>();
    const readAmount = amountReader();
    for (const row of rows.uqpay_refunds) {
      const minor = readAmount(row.amount, row.currency);
      const { payment_attempt: attempt } = row;
      if (this.#indexRefund(row, minor).refunded)
        refundedAmounts.set(attempt, (refundedAmounts.get(attempt) ?? 0n) + minor);
    }
    for (const row of rows.uqpay_attempts)
      row.refunded_amount = toDecimal(refundedAmounts.get(row.id) ?? 0n, row.currency);
    this.#openBalances();
  }

  /** Opens the balances that the rows do not name, with what was captured and not refunded, so that refunds are covered. */
  #openBalances(): void {
    const newBalances = new Map<string, { account: string | null; currency: string; left: bigint }>();
    for (const { id, account, currency, captured_amount } of this.collections.uqpay_intents) {
      const key = balanceKey(account, currency);
      if (this.balances.has(key)) continue;
      const entry = getOrMake(newBalances, key, () => ({ account, currency, left: 0n }));
      entry.left += minorOf(captured_amount, currency) - (this.#byIntent.get(id)?.held ?? 0n);
    }
    for (const { account, currency, left } of newBalances.values()) {
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
    // Every refund asks for it: the text is parsed again only when an edit has changed it.
    const cached = this.#read.get(row.id);
    return cached?.text === row.available_balance ? cached.minor : minorOf(row.available_balance, currency);
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

  refundsOfIntent(intent: string): RefundsOf<UqpayRefundRow> {
    return getOrMake(this.#byIntent, intent, () => ({ rows: [], held: 0n, refunded: 0n }));
  }

  /** @param minor the row's amount, which the caller has parsed already */
  addRefund(row: UqpayRefundRow, minor: bigint): void {
    this.collections.uqpay_refunds.push(row);
    this.refunds.set(row.id, row);
    const { held, refunded } = this.#indexRefund(row, minor);
    if (refunded) this.#addRefunded(row, minor);
    if (held) this.moveAvailable(this.#accountOf(row), row.currency, -minor);
  }

  changeRefund(row: UqpayRefundRow, status: UqpayRefundRow['refund_status'], time: string): void {
    const from = UQPAY_WEIGHTS[row.refund_status];
    const to = UQPAY_WEIGHTS[status];
    if (from.held !== to.held || from.refunded !== to.refunded) {
      const sums = this.refundsOfIntent(row.payment_intent);
      const minor = minorOf(row.amount, row.currency);
      addWeight(sums, minor, from, -1n);
      addWeight(sums, minor, to, 1n);
      if (from.refunded !== to.refunded) this.#addRefunded(row, to.refunded ? minor : -minor);
      if (from.held !== to.held) this.moveAvailable(this.#accountOf(row), row.currency, to.held ? -minor : minor);
    }
    row.refund_status = status;
    row.update_time = time;
    if (status === 'SUCCEEDED' || status === 'FAILED' || status === 'REVERSAL_SUCCEEDED') row.complete_time = time;
  }

  #indexRefund(row: UqpayRefundRow, minor: bigint): Weight {
    const sums = this.refundsOfIntent(row.payment_intent);
    insertByTime(sums.rows, row);
    insertByTime(
      getOrMake(this.#refundsByTime, this.#accountOf(row), () => []),
      row,
    );
    const weight = UQPAY_WEIGHTS[row.refund_status];
    addWeight(sums, minor, weight, 1n);
    return weight;
  }

  #addRefunded(refund: UqpayRefundRow, by: bigint): void {
    const row = this.attempts.get(refund.payment_attempt);
    if (row) row.refunded_amount = toDecimal(minorOf(row.refunded_amount, row.currency) + by, row.currency);
  }
}
