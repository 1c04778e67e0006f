import { toDecimal } from '../../../../contract/money.ts';
import { payLink } from '../../engine/checkout.ts';
import { Random } from '../../engine/random.ts';
import { canStep, UQPAY_PAYMENT_METHODS } from './lifecycle.ts';
import type { UqpayAttemptRow, UqpayBalanceRow, UqpayIntentRow, UqpayRefundRow } from './rows.ts';
import { writeAmount, type AmountStyle } from './settings.ts';

/** Refund object as on the Create Refund page. S */
export function formatRefund(row: UqpayRefundRow, style: AmountStyle) {
  return {
    payment_refund_id: row.id,
    payment_attempt_id: row.payment_attempt,
    amount: writeAmount(row.amount, style),
    currency: row.currency,
    refund_status: row.unknown_status ?? row.refund_status,
    create_time: row.create_time,
    update_time: row.update_time,
    reason: row.reason,
    metadata: row.metadata ?? {},
  };
}

/** Missing texts are empty, and no member names the intent; `docs/providers/uqpay.md#payment-attempts`. D K */
export function formatAttempt(row: UqpayAttemptRow, style: AmountStyle) {
  const { card } = row;
  return {
    attempt_id: row.id,
    amount: writeAmount(row.amount, style),
    currency: row.currency,
    captured_amount: writeAmount(row.captured_amount, style),
    refunded_amount: writeAmount(row.refunded_amount, style),
    attempt_status: row.unknown_status ?? row.attempt_status,
    create_time: row.create_time,
    update_time: row.update_time,
    complete_time: row.complete_time,
    auth_code: row.auth_code,
    arn: row.arn,
    rrn: row.rrn,
    failure_code: row.failure_code ?? '',
    cancellation_reason: row.cancellation_reason ?? '',
    advice_code: '',
    authentication_data: card ? { three_ds_action: card.three_ds_action } : null,
    payment_method: card
      ? { type: row.payment_method, card: { network: card.network, authorization_type: card.authorization_type } }
      : { type: row.payment_method },
  };
}

/** Only available and pending amounts change. The other members are for clients that read them. K P */
export function formatBalance(row: UqpayBalanceRow, style: AmountStyle) {
  const zero = toDecimal(0n, row.currency);
  return {
    balance_id: balanceId(row.id),
    currency: row.currency,
    available_balance: writeAmount(row.available_balance, style),
    pending_balance: writeAmount(row.pending_balance, style),
    payable_balance: writeAmount(row.available_balance, style),
    reserved_balance: writeAmount(row.reserved_balance ?? zero, style),
    margin_balance: writeAmount(row.margin_balance ?? zero, style),
    frozen_balance: writeAmount(row.frozen_balance ?? zero, style),
  };
}

/** The same id for the same balance, whatever ids were drawn before. */
function balanceId(key: string): string {
  return new Random(0, `balance ${key}`).uuid();
}

/** @param base origin and namespace of the payment page; `undefined` in an event */
export function formatIntent(
  row: UqpayIntentRow,
  latest: UqpayAttemptRow | undefined,
  { base, style }: { base: string | undefined; style: AmountStyle },
) {
  return {
    payment_intent_id: row.id,
    amount: writeAmount(row.amount, style),
    currency: row.currency,
    intent_status: row.unknown_status ?? row.intent_status,
    captured_amount: writeAmount(row.captured_amount, style),
    merchant_order_id: row.merchant_order_id,
    description: row.description,
    metadata: row.metadata,
    return_url: row.return_url,
    create_time: row.create_time,
    update_time: row.update_time,
    complete_time: row.complete_time,
    cancel_time: row.cancel_time,
    cancellation_reason: row.cancellation_reason,
    client_secret: row.client_secret,
    available_payment_method_types: row.payment_method === '' ? UQPAY_PAYMENT_METHODS : [row.payment_method],
    next_action:
      base !== undefined && canStep(row.intent_status, 'complete')
        ? { type: 'redirect', redirect_to_url: { url: payLink(base, 'uqpay', row.id), return_url: row.return_url } }
        : null,
    latest_payment_attempt: latest ? formatAttempt(latest, style) : null,
  };
}
