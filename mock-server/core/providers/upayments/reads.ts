import { note } from '../../engine/context.ts';
import type { Context } from '../../engine/provider.ts';
import { quote } from '../../engine/validation.ts';
import type { Reply } from '../../engine/wire.ts';
import { storeOf } from './model.ts';
import { notFound, received } from './replies.ts';
import type { UpaymentsRefundRow } from './rows.ts';

/** A hint for a client that sent the wrong id of a payment; `docs/providers/upayments.md#payments`. K P */
export function otherId(context: Context, id: string): string {
  if (!storeOf(context.state).ordersByOrderId.has(id)) return '';
  note(context, 'upayments.order-id');
  return ': it is the order_id of get-payment-status, send its refund_order_id';
}

const standing = (row: UpaymentsRefundRow) => ({
  is_refunded: row.refund_status === 'refunded',
  refunded_date: row.refunded_date,
});

/** `GET /api/v1/check-refund/{order_id}`: an order's refunds, or one refund by its own id. P */
export function checkRefund(context: Context): Reply {
  const id = context.params['id'] ?? '';
  const store = storeOf(context.state);
  note(context, 'upayments.check-refund', 'upayments.local-time');
  let rows: readonly UpaymentsRefundRow[];
  if (store.orders.has(id)) {
    context.payment = id;
    ({ rows } = store.refundsOfOrder(id));
  } else {
    const row = store.refunds.get(id);
    if (!row) return notFound(context, `no order and no refund ${quote(id)}${otherId(context, id)}`);
    context.payment = row.order;
    context.refund = row.id;
    rows = [row];
  }
  const refund = rows
    .filter((row) => row.refund_status !== 'deleted')
    .map((row) => Object.assign({ order_id: row.id }, standing(row)));
  return received(context, { refund });
}

/** `GET /api/v1/check-refund-status/{order_id}`: one refund by its own id. P */
export function checkRefundStatus(context: Context): Reply {
  const id = context.params['id'] ?? '';
  const row = storeOf(context.state).refunds.get(id);
  if (!row || row.refund_status === 'deleted') {
    return notFound(context, `no refund ${quote(id)}${otherId(context, id)}`);
  }
  context.payment = row.order;
  context.refund = row.id;
  note(context, 'upayments.check-refund', 'upayments.local-time', 'upayments.get-status');
  return received(context, standing(row));
}
