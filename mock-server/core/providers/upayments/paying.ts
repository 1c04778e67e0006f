import type { CustomerResult } from '../../engine/checkout.ts';
import { minorOf } from '../../engine/indexes.ts';
import type { State } from '../../engine/provider.ts';
import { toRfc3339, type Millis } from '../../engine/time.ts';
import { merchantAccount } from './accounts.ts';
import { announcePaid } from './events.ts';
import type { UpaymentsPaymentResult } from './lifecycle.ts';
import { storeOf } from './model.ts';
import type { UpaymentsOrderRow, UpaymentsPaymentRow } from './rows.ts';
import { toPlainDateTime } from './time.ts';

const RESULTS: Readonly<Record<CustomerResult, UpaymentsPaymentResult>> = {
  paid: 'CAPTURED',
  failed: 'NOT CAPTURED',
  cancelled: 'CANCELED',
};

/** The customer has paid or failed. The caller has checked that the payment is pending. */
export function completePayment(state: State, payment: UpaymentsPaymentRow, result: CustomerResult, at: Millis): void {
  payment.result = RESULTS[result];
  payment.payment_id = state.paymentIds.digits(20);
  payment.transaction_date = toPlainDateTime(at);
  payment.update_time = toRfc3339(at);
  const order = storeOf(state).orders.get(payment.order);
  if (result === 'paid' && order) {
    order.captured = true;
    credit(state, order);
  }
  announcePaid(state, payment, at);
}

/** Pays each vendor's part to the vendor and the rest to the merchant. Refunds are paid from these accounts. */
function credit(state: State, { id, currency, total_price }: UpaymentsOrderRow): void {
  const store = storeOf(state);
  let rest = minorOf(total_price, currency);
  for (const vendor of store.vendorsByOrder.get(id) ?? []) {
    const part = minorOf(vendor.total_paid, currency);
    store.payInto(vendor.account, part, currency);
    rest -= part;
  }
  if (rest > 0n) store.payInto(merchantAccount(state, currency), rest, currency);
}
