import { note } from '../../engine/context.ts';
import { firstAfter, firstNotBefore, insertByTime } from '../../engine/indexes.ts';
import type { Context } from '../../engine/provider.ts';
import { quote } from '../../engine/validation.ts';
import { ok, type Reply } from '../../engine/wire.ts';
import { formatRefund } from './format.ts';
import { pageOf, parsePage, parseRange } from './lists.ts';
import { storeOf } from './model.ts';
import { ownIntent, ownRefund } from './own.ts';
import { notFound } from './replies.ts';
import type { UqpayRefundRow } from './rows.ts';
import { amountStyle } from './settings.ts';

/** `GET /v2/payment/refunds/{id}` */
export function retrieveRefund(context: Context): Reply {
  const id = context.params['id'] ?? '';
  const row = ownRefund(context, id);
  if (!row) return notFound(context, 'refund_not_found', `no refund ${quote(id)}`);
  context.refund = row.id;
  context.payment = row.payment_intent;
  return ok(formatRefund(row, amountStyle(context.state)));
}

/** `GET /v2/payment/refunds`, in pages, newest first. */
export function listRefunds(context: Context): Reply {
  const query = new URLSearchParams(context.call.query);
  const page = parsePage(query);
  if (!page.ok) return page.reply;
  note(context, 'uqpay.list-order', 'uqpay.list-filters');
  const format = (row: UqpayRefundRow) => formatRefund(row, amountStyle(context.state));
  const intent = query.get('payment_intent_id');
  const order = query.get('merchant_order_id');
  const rows = refundsOf(context, intent, order);
  const everything = rows !== undefined && !query.has('start_time') && !query.has('end_time');
  if (everything) {
    note(context, 'uqpay.list-range');
    return pageOf(rows, 0, rows.length, page.value, format);
  }
  const range = parseRange(context, query, { start: 'start_time', end: 'end_time' });
  if (!range.ok) return range.reply;
  const all = rows ?? storeOf(context.state).refundsOfAccount(context.account);
  const to = firstAfter(all, range.value.to);
  return pageOf(all, firstNotBefore(all, range.value.from), to, page.value, format);
}

/** Refunds of one payment, or of all payments with this merchant order id; `undefined` without either filter. */
function refundsOf(
  context: Context,
  intent: string | null,
  order: string | null,
): readonly UqpayRefundRow[] | undefined {
  const store = storeOf(context.state);
  if (intent) {
    context.payment = intent;
    const row = ownIntent(context, intent);
    if (!row || (order && row.merchant_order_id !== order)) return [];
    return store.refundsOfIntent(intent).rows;
  }
  if (!order) return undefined;
  const intents = (store.intentsByMerchantOrder.get(order) ?? []).filter(({ account }) => account === context.account);
  const lists = intents.map(({ id }) => store.refundsOfIntent(id).rows);
  if (lists.length <= 1) return lists[0] ?? [];
  const merged: UqpayRefundRow[] = [];
  for (const row of lists.flat()) insertByTime(merged, row);
  return merged;
}
