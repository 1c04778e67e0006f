import { toDecimal } from '../../../../contract/money.ts';
import { note } from '../../engine/context.ts';
import type { Context } from '../../engine/provider.ts';
import type { Chosen } from '../../engine/scenarios/parse.ts';
import { toRfc3339 } from '../../engine/time.ts';
import { merchantAccount } from './accounts.ts';
import { freshIds } from './ids.ts';
import { UPAYMENTS_LIFECYCLES, type UpaymentsLifecycle } from './lifecycle.ts';
import { storeOf } from './model.ts';
import { planRefund } from './plans.ts';
import type { UpaymentsOrderRow, UpaymentsRefundRow, UpaymentsVendorRow } from './rows.ts';
import { settleRefund } from './settling.ts';

export interface NewRefund {
  readonly order: UpaymentsOrderRow;
  readonly minor: bigint;
  /** The vendor that pays it, in a multivendor refund. */
  readonly vendor: UpaymentsVendorRow | undefined;
  readonly reference: string | undefined;
  readonly notifyUrl: string | undefined;
  readonly chosen: Chosen | undefined;
}

/** Stores a checked refund and plans its settlement. */
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
  storeOf(state).addRefund(row);
  state.webhooks.setFaults(row.id, context.webhookFaults);
  const settles = UPAYMENTS_LIFECYCLES[lifecycle];
  if (settles === 'at_once') settleRefund(state, row, now);
  else if (settles === 'settles') planRefund(state, row, order.payment_type, now);
  if (refund.notifyUrl !== undefined) note(context, 'upayments.callback');
  note(context, 'upayments.settling-time', 'upayments.refundable');
  context.refund = row.id;
  return row;
}
