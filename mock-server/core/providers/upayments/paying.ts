import type { CustomerResult, UpaymentsPaymentResult } from '../uqpay/lifecycle.ts';
import type { UpaymentsOrderRow, UpaymentsPaymentRow } from '../uqpay/rows.ts';
import type { SandboxState } from '../../engine/state.ts';
import { minorOf } from '../uqpay/store.ts';
import { toPlainDateTime, toRfc3339, type Millis } from '../../engine/time.ts';
import { announcePaid } from '../uqpay/events.ts';
import { merchantAccount } from './accounts.ts';

const RESULTS: Readonly<Record<CustomerResult, UpaymentsPaymentResult>> = {
  paid: 'CAPTURED',
  failed: 'NOT CAPTURED',
  cancelled: 'CANCELED',
};

/** The customer is through. The caller has checked that the payment is pending. */
export function completePayment(
  state: SandboxState,
  payment: UpaymentsPaymentRow,
  result: CustomerResult,
  at: Millis,
): void {
  payment.result = RESULTS[result];
  payment.payment_id = state.paymentIds.digits(20);
  payment.transaction_date = toPlainDateTime(at);
  payment.update_time = toRfc3339(at);
  const order = state.store.orders.get(payment.order);
  if (result === 'paid' && order) {
    order.captured = true;
    credit(state, order);
  }
  announcePaid(state, payment, at);
}

/** Each vendor's part goes to the vendor, the rest to the merchant: refunds are paid from there. */
function credit(state: SandboxState, { id, currency, total_price }: UpaymentsOrderRow): void {
  const { store } = state;
  let rest = minorOf(total_price, currency);
  for (const vendor of store.vendorsByOrder.get(id) ?? []) {
    const part = minorOf(vendor.total_paid, currency);
    store.payInto(vendor.account, part, currency);
    rest -= part;
  }
  if (rest > 0n) store.payInto(merchantAccount(state, currency), rest, currency);
}
