import { toDecimal } from '../../../contract/money.ts';
import { note, type Context } from '../context.ts';
import { UPAYMENTS_SETTLES_AFTER } from '../lifecycle.ts';
import type { UpaymentsOrderRow, UpaymentsRefundRow, UpaymentsVendorRow } from '../rows.ts';
import type { ScenarioName } from '../scenarios.ts';
import { planOrderRefund, settleOrderRefund } from '../settle.ts';
import type { SandboxState } from '../state.ts';
import { toRfc3339 } from '../time.ts';
import { freshIds } from './ids.ts';

export interface NewRefund {
  readonly order: UpaymentsOrderRow;
  readonly minor: bigint;
  /** Who pays it, in a multivendor refund. */
  readonly vendor: UpaymentsVendorRow | undefined;
  readonly reference: string | undefined;
  readonly notifyUrl: string | undefined;
  readonly outcome: ScenarioName | undefined;
}

/** The merchant's own account, which pays every refund that no vendor pays: one a currency. */
export function merchantAccount({ store }: SandboxState, currency: string): string {
  const account = store.accounts.get('merchant');
  return account && account.currency !== currency ? `merchant-${currency}` : 'merchant';
}

/** Writes a checked refund down and plans its settlement. */
export function initiate(context: Context, refund: NewRefund): UpaymentsRefundRow {
  const { state, now } = context;
  const { order, vendor, outcome } = refund;
  const ids = freshIds(context);
  const time = toRfc3339(now);
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
    refunded_date: null,
    reference: refund.reference ?? null,
    notify_url: refund.notifyUrl ?? null,
    create_time: time,
    update_time: time,
  };
  state.store.addOrderRefund(row);
  if (outcome === 'fast_success') settleOrderRefund(state, row, now);
  else if (outcome !== 'stay_processing')
    planOrderRefund(state, row, now + UPAYMENTS_SETTLES_AFTER[order.payment_type]);
  note(context, 'upayments.settling-time', 'upayments.refundable');
  context.refund = row.id;
  return row;
}
