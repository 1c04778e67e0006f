import * as z from 'zod/mini';

import { upaymentsPaymentStatus } from '../../../../contract/upayments/payment.ts';
import { fromJsonAmount } from '../../../../contract/upayments.ts';
import { parseDecimal, toDecimal } from '../../../../contract/money.ts';
import { textMember } from '../../engine/context.ts';
import type { LooseRow } from '../../engine/data-model.ts';
import { parseInstant, toRfc3339, type Millis } from '../../engine/time.ts';
import { UPAYMENTS_PAYMENT_RESULTS, UPAYMENTS_SETTLES_AFTER } from './lifecycle.ts';

type Transaction = z.infer<typeof upaymentsPaymentStatus>['data']['transaction'];

/** The provider's local time, `2026-11-01 04:00:00`. */
function instantOf(text: string | undefined, at: Millis): string {
  const parsed = text === undefined ? undefined : parseInstant(`${text.replace(' ', 'T')}+03:00`);
  return toRfc3339(parsed ?? at);
}

const orNull = (text: string | undefined): string | null => (text === undefined || text === '' ? null : text);

/** A payment type that this sandbox does not know is answered as it came, and takes as long as a card. */
const typeOf = (type: string) =>
  Object.hasOwn(UPAYMENTS_SETTLES_AFTER, type)
    ? { payment_type: type }
    : { payment_type: 'cc', unknown_payment_type: type };

export function orderRow(transaction: Transaction, multivendor: boolean, at: Millis): LooseRow {
  return {
    id: transaction.refund_order_id,
    order_id: transaction.order_id,
    total_price: transaction.total_price,
    currency: transaction.currency_type,
    ...typeOf(transaction.payment_type),
    captured: transaction.result === 'CAPTURED',
    multivendor,
    reference: orNull(textMember(transaction, 'reference')),
    create_time: instantOf(textMember(transaction, 'created_at'), at),
  };
}

/** A result that this sandbox does not know is answered as it came, and is pending: nothing of it can be refunded. */
const resultOf = (result: string) =>
  (UPAYMENTS_PAYMENT_RESULTS as readonly string[]).includes(result)
    ? { result }
    : { result: 'PENDING', unknown_result: result };

export function paymentRow(transaction: Transaction, at: Millis): LooseRow {
  const text = (name: string) => textMember(transaction, name);
  const created = instantOf(text('created_at'), at);
  return {
    id: transaction.track_id,
    order: transaction.refund_order_id,
    merchant_order_id: orNull(text('merchant_requested_order_id')),
    ...(orNull(text('session_id')) !== null && { session_id: text('session_id') }),
    ...(orNull(text('invoice_id')) !== null && { invoice_id: text('invoice_id') }),
    payment_id: orNull(transaction.payment_id),
    ...resultOf(transaction.result),
    reference: orNull(text('reference')),
    transaction_date: orNull(text('transaction_date')),
    create_time: created,
    update_time: created,
  };
}

/** An amount as the wire had it, in the currency of its order; `undefined` for one that the currency cannot have. */
export function decimalOf(amount: string | number, currency: string): string | undefined {
  const parsed = typeof amount === 'number' ? fromJsonAmount(amount, currency) : parseDecimal(amount, currency);
  return parsed.ok ? toDecimal(parsed.minor, currency) : undefined;
}
