import { upaymentsDeleteRefund, upaymentsDeleteVendorsRefund } from '../../../../contract/upayments.ts';
import { beginExecution, note } from '../../engine/context.ts';
import type { Context } from '../../engine/provider.ts';
import { toRfc3339 } from '../../engine/time.ts';
import { explainIssues, quote } from '../../engine/validation.ts';
import type { Reply } from '../../engine/wire.ts';
import { UPAYMENTS_TRANSITIONS } from './lifecycle.ts';
import { storeOf } from './model.ts';
import { created, invalidFields, unprocessable } from './replies.ts';
import type { UpaymentsRefundRow } from './rows.ts';
import { settleRefund } from './settling.ts';

/** `POST /api/v1/delete-refund`, both ids from the create answer. K */
export function deleteRefund(context: Context): Reply {
  const parsed = upaymentsDeleteRefund.safeParse(context.json);
  if (!parsed.success) return invalidFields(context, explainIssues(parsed.error.issues, context.json));
  const { orderId, refundOrderId } = parsed.data;
  const row = storeOf(context.state).refunds.get(orderId);
  if (!row || row.vendor !== null || row.refund_order_id !== refundOrderId) return unknownRefund(context, orderId);
  return deleteRow(context, row);
}

/** `POST /api/v1/delete-multivendor-refund`, all four members from `generated[]`. K */
export function deleteVendorsRefund(context: Context): Reply {
  const parsed = upaymentsDeleteVendorsRefund.safeParse(context.json);
  if (!parsed.success) return invalidFields(context, explainIssues(parsed.error.issues, context.json));
  const { generatedInvoiceId, orderId, refundOrderId, refundArn } = parsed.data;
  const row = storeOf(context.state).refunds.get(orderId);
  const same =
    row?.generated_invoice_id === String(generatedInvoiceId) &&
    row.refund_order_id === refundOrderId &&
    row.refund_arn === refundArn;
  if (!row || !same) return unknownRefund(context, orderId);
  return deleteRow(context, row);
}

function unknownRefund(context: Context, orderId: string): Reply {
  note(context, 'upayments.not-found');
  return unprocessable(context, {
    orderId: [`orderId: no refund ${quote(orderId)} with these ids; send them as the create answer gave them`],
  });
}

const canDelete = ({ refund_status: status }: UpaymentsRefundRow): boolean =>
  UPAYMENTS_TRANSITIONS[status].includes('deleted');

const refuseDelete = (context: Context, { refund_status: status }: UpaymentsRefundRow): Reply =>
  unprocessable(context, { orderId: [`orderId: the refund is ${status} already and cannot be deleted`] });

function deleteRow(context: Context, row: UpaymentsRefundRow): Reply {
  context.payment = row.order;
  context.refund = row.id;
  note(context, 'upayments.delete');
  if (!canDelete(row)) return refuseDelete(context, row);
  const tooLate = beginExecution(context)?.name === 'delete_too_late' || row.lifecycle === 'delete_too_late';
  if (tooLate) settleRefund(context.state, row, context.now);
  if (!canDelete(row)) return refuseDelete(context, row);
  storeOf(context.state).changeRefund(row, 'deleted', toRfc3339(context.now));
  // The provider's own Android SDK reads the second pair and nothing else. K
  return created('Refund deleted successfully', {
    orderId: row.id,
    refundOrderId: row.refund_order_id,
    order_id: row.id,
    refund_order_id: row.refund_order_id,
  });
}
