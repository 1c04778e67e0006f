import { toDecimal } from '../../../../contract/money.ts';
import { note, type Context } from '../../engine/context.ts';
import { UPAYMENTS_LIFECYCLES, type UpaymentsLifecycle } from '../uqpay/lifecycle.ts';
import type { UpaymentsOrderRow, UpaymentsRefundRow, UpaymentsVendorRow } from '../uqpay/rows.ts';
import type { Chosen } from '../../engine/scenarios/scenarios.ts';
import { planOrderRefund, settleOrderRefund } from '../../engine/settle.ts';
import { toRfc3339 } from '../../engine/time.ts';
import { merchantAccount } from './accounts.ts';
import { freshIds } from './ids.ts';

export interface NewRefund {
  readonly order: UpaymentsOrderRow;
  readonly minor: bigint;
  /** Who pays it, in a multivendor refund. */
  readonly vendor: UpaymentsVendorRow | undefined;
  readonly reference: string | undefined;
  readonly notifyUrl: string | undefined;
  readonly chosen: Chosen | undefined;
}

/** Writes a checked refund down and plans its settlement. */
export function initiate(context: Context, refund: NewRefund): UpaymentsRefundRow {
  const { state, now } = context;
  const { order, vendor, chosen } = refund;
  const outcome = chosen?.name;
  const after = chosen?.params['after'];
  const ids = freshIds(context);
  const time = toRfc3339(now);
  const lifecycle: UpaymentsLifecycle =
    outcome !== undefined && Object.hasOwn(UPAYMENTS_LIFECYCLES, outcome) ? (outcome as UpaymentsLifecycle) : 'default';
  const row: UpaymentsRefundRow = {
    id: ids.id,
    refund_order_id: ids.refundOrderId,
    refund_arn: ids.refundArn,
    order: order.id,
    vendor: vendor?.id ?? null,
    generated_invoice_id: vendor ? state.refundIds.digits(10) : null,
    account: vendor?.account ?? merchantAccount(state, order.currency),
    amount: toDecimal(refund.minor, order.currency),
    currency: order.currency,
    refund_status: 'initiated',
    lifecycle,
    ...(typeof after === 'string' && { outcome_after: after }),
    refunded_date: null,
    reference: refund.reference ?? null,
    notify_url: refund.notifyUrl ?? null,
    create_time: time,
    update_time: time,
  };
  state.store.addOrderRefund(row);
  state.webhooks.setManners(row.id, context.manners);
  const way = UPAYMENTS_LIFECYCLES[lifecycle];
  if (way === 'at_once') settleOrderRefund(state, row, now);
  else if (way === 'settles') planOrderRefund(state, row, order.payment_type, now);
  if (refund.notifyUrl !== undefined) note(context, 'upayments.callback');
  note(context, 'upayments.settling-time', 'upayments.refundable');
  context.refund = row.id;
  return row;
}
