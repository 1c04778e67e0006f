import type { LooseRow, LooseRows } from '../../engine/data-model.ts';
import { groupBy } from '../../engine/indexes.ts';
import { ampleIn, idFor, rowById, textOf, withDecimals } from '../../engine/seed-rows.ts';
import { toRfc3339, type Millis } from '../../engine/time.ts';
import { UPAYMENTS_LIFECYCLES, type UpaymentsLifecycle } from './lifecycle.ts';
import { currencyNamed } from './rows.ts';
import { toPlainDateTime } from './time.ts';

/** Fills in what the rows of a seed leave out: accounts of the vendors, statuses, times. */
export function fillUpaymentsRows(given: LooseRows, now: Millis): Readonly<Record<string, readonly LooseRow[]>> {
  const time = toRfc3339(now);
  const stamped = (row: LooseRow) => ({ create_time: time, update_time: row['create_time'] ?? time, ...row });
  const of = (name: string) => given[name] ?? [];
  const currencies = new Map(of('upayments_orders').map((row) => [row['id'], row['currency']]));
  const vendors: readonly LooseRow[] = of('upayments_vendors').map((row) =>
    vendorOf({ currency: currencies.get(row['order']) ?? 'KWD', ...row }),
  );
  const paymentsByOrder = groupBy(of('upayments_payments'), (row) => textOf(row['order']));
  const isPaid = (row: LooseRow) => (row['result'] ?? 'CAPTURED') === 'CAPTURED';
  const orders: readonly LooseRow[] = of('upayments_orders').map((row) => ({
    currency: 'KWD',
    payment_type: 'knet',
    order_id: idFor('order-', row['id']),
    captured: paymentsByOrder.get(textOf(row['id']))?.some(isPaid) ?? true,
    multivendor: vendors.some((vendor) => vendor['order'] === row['id']),
    reference: null,
    offered: null,
    create_time: time,
    ...row,
  }));
  const accounts = of('upayments_accounts').map((row) =>
    withDecimals({ currency: currencyNamed(textOf(row['id'])) ?? 'KWD', ...row }, 'balance'),
  );
  return {
    upayments_orders: orders,
    upayments_payments: of('upayments_payments').map((row) => paymentOf(stamped(row), orders, now)),
    upayments_vendors: vendors,
    upayments_accounts: accountsOf(accounts, vendors, orders),
    upayments_refunds: of('upayments_refunds').map((row) =>
      orderRefundOf(stamped(row), { orders, vendors, accounts }, now),
    ),
  };
}

const vendorOf = (row: LooseRow): LooseRow => ({
  merchant_type: 'vendor',
  account: idFor('vendor-', row['id']),
  ...row,
});

const paymentOf = (row: LooseRow, orders: readonly LooseRow[], now: Millis): LooseRow => ({
  merchant_order_id: null,
  session_id: idFor('session-', row['id']),
  invoice_id: idFor('invoice-', row['id']),
  payment_id: null,
  result: rowById(orders, row['order'])?.['captured'] === false ? 'NOT CAPTURED' : 'CAPTURED',
  reference: null,
  customer_unique_id: null,
  return_url: null,
  cancel_url: null,
  notify_url: null,
  transaction_date: toPlainDateTime(now),
  ...row,
});

/** Adds the merchant's account of each currency and each vendor's, with an ample balance, unless they are given. */
function accountsOf(
  given: readonly LooseRow[],
  vendors: readonly LooseRow[],
  orders: readonly LooseRow[],
): readonly LooseRow[] {
  const needed = new Map<unknown, unknown>([['merchant', 'KWD']]);
  for (const { currency } of orders) needed.set(merchantOf(given, currency), currency);
  for (const { account, currency } of vendors) if (!needed.has(account)) needed.set(account, currency);
  for (const { id } of given) needed.delete(id);
  return [...given, ...[...needed].map(([id, currency]) => ({ id, currency, balance: ampleIn(currency) }))];
}

/** The merchant's account of a currency, as `merchantAccount` finds it. */
function merchantOf(accounts: readonly LooseRow[], currency: unknown): string {
  const merchant = rowById(accounts, 'merchant')?.['currency'] ?? 'KWD';
  return currency === merchant ? 'merchant' : `merchant-${textOf(currency)}`;
}

/** A refund that has a course of its own is at its beginning. Any other one is done. */
function firstStatus({ lifecycle, outcome_after: after }: LooseRow): string {
  const name = textOf(lifecycle);
  const isDone = Object.hasOwn(UPAYMENTS_LIFECYCLES, name)
    ? UPAYMENTS_LIFECYCLES[name as UpaymentsLifecycle] === 'at_once'
    : after === undefined;
  return isDone ? 'refunded' : 'initiated';
}

interface Filled {
  readonly orders: readonly LooseRow[];
  readonly vendors: readonly LooseRow[];
  readonly accounts: readonly LooseRow[];
}

function orderRefundOf(row: LooseRow, { orders, vendors, accounts }: Filled, now: Millis): LooseRow {
  const order = rowById(orders, row['order']);
  const vendor = rowById(vendors, row['vendor']);
  const status = row['refund_status'] ?? firstStatus(row);
  return withDecimals(
    {
      // The provider's own example: an id ends with its refundOrderId, and the ARN begins with a date.
      refund_order_id: textOf(row['id']).slice(-32),
      refund_arn: toPlainDateTime(now).slice(0, 10).replaceAll('-', '').padEnd(30, '0'),
      vendor: null,
      generated_invoice_id: null,
      account: vendor?.['account'] ?? merchantOf(accounts, order?.['currency'] ?? 'KWD'),
      currency: order?.['currency'] ?? 'KWD',
      refund_status: status,
      refunded_date: status === 'refunded' ? toPlainDateTime(now) : null,
      reference: null,
      notify_url: null,
      ...row,
    },
    'amount',
  );
}
