import { parseInstant } from '../../engine/time.ts';
import type { UpaymentsOrderRow, UpaymentsPaymentRow, UpaymentsVendorRow } from './rows.ts';
import { toPlainDateTime } from './time.ts';

/** Members that the provider's SDKs and shop plugins decode, in the types that they expect. K */
export function formatTransaction(
  payment: UpaymentsPaymentRow,
  order: UpaymentsOrderRow,
  { vendors, called }: { vendors: readonly UpaymentsVendorRow[]; called: boolean },
) {
  const knet = order.payment_type === 'knet';
  const captured = payment.result === 'CAPTURED';
  return {
    order_id: order.order_id,
    refund_order_id: order.id,
    payment_id: payment.payment_id ?? '',
    result: payment.unknown_result ?? payment.result,
    payment_type: order.unknown_payment_type ?? order.payment_type,
    track_id: payment.id,
    transaction_date: payment.transaction_date ?? '',
    is_save_card: false,
    from_plugin: false,
    product_details: '[]',
    reference: payment.reference ?? '',
    total_price: order.total_price,
    total_paid_non_kwd: order.currency === 'KWD' ? '' : order.total_price,
    currency_type: order.currency,
    status: payment.result === 'PENDING' ? 'pending' : 'done',
    session_id: payment.session_id,
    invoice_id: payment.invoice_id,
    success_url: payment.return_url ?? '',
    error_url: payment.cancel_url ?? '',
    redirect_url: (captured ? payment.return_url : payment.cancel_url) ?? '',
    notify_url: payment.notify_url ?? '',
    notify_url_called: called,
    notify_url_response: '',
    whitelabled: false,
    customer_id: null,
    customer_unique_id: payment.customer_unique_id ?? '',
    customer_unq_id: payment.customer_unique_id ?? '',
    merchant_requested_order_id: payment.merchant_order_id ?? '',
    extra_merchants_data: JSON.stringify(
      vendors.map((vendor) => ({ amount: vendor.total_paid, ibanNumber: vendor.iban_number })),
    ),
    is_paid_from_knet: captured && knet,
    is_paid_from_cc: captured && !knet,
    is_from_nbk: false,
    customer_extra_data: '',
    created_at: toPlainDateTime(parseInstant(payment.create_time) ?? 0),
  };
}
