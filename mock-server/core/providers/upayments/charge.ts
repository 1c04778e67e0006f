import { fromJsonAmount } from '../../../../contract/upayments.ts';
import { isCurrency, parseDecimal, toDecimal } from '../../../../contract/money.ts';
import { upaymentsCharge, type UpaymentsCharge } from '../../../../contract/upayments/payment.ts';
import { positiveIn } from '../../engine/amounts.ts';
import { payLink } from '../../engine/checkout.ts';
import { beginExecution, note } from '../../engine/context.ts';
import type { Context } from '../../engine/provider.ts';
import type { Chosen } from '../../engine/scenarios/parse.ts';
import { parseDuration, toRfc3339 } from '../../engine/time.ts';
import { describe, explainIssues } from '../../engine/validation.ts';
import type { Reply } from '../../engine/wire.ts';
import type { UpaymentsPaymentType } from './lifecycle.ts';
import { storeOf } from './model.ts';
import { completePayment } from './paying.ts';
import { plan, planCustomer } from './plans.ts';
import { created, invalidFields, unprocessable } from './replies.ts';
import type { UpaymentsOrderRow, UpaymentsPaymentRow, UpaymentsVendorRow } from './rows.ts';
import { toStamp } from './time.ts';

/** `POST /api/v1/charge`: an order, and where the customer pays it. 201. K */
export function charge(context: Context): Reply {
  const { state } = context;
  const parsed = upaymentsCharge.safeParse(context.json);
  if (!parsed.success) return invalidFields(context, explainIssues(parsed.error.issues, context.json));
  const body = parsed.data;
  const currency = body.order.currency ?? 'KWD';
  if (!isCurrency(currency)) {
    const message = `order.currency: expected an ISO 4217 code in capitals, such as KWD, received ${describe(currency)}`;
    return unprocessable(context, { 'order.currency': [message] });
  }
  const total = positive(body.order.amount, currency);
  if (total === undefined) return refuseAmount(context, 'order.amount', body.order.amount, currency);
  const parts: bigint[] = [];
  for (const [index, { amount }] of (body.extraMerchantData ?? []).entries()) {
    const part = positive(amount, currency);
    if (part === undefined) return refuseAmount(context, `extraMerchantData.${index}.amount`, amount, currency);
    parts.push(part);
  }
  if (parts.reduce((sum, part) => sum + part, 0n) > total) {
    note(context, 'upayments.charge-vendors');
    const message = `extraMerchantData: the amounts add up to more than the ${toDecimal(total, currency)} ${currency} of the order`;
    return unprocessable(context, { extraMerchantData: [message] });
  }

  const outcome = beginExecution(context);
  const order = orderRow(context, body, total, currency);
  const payment = paymentRow(context, body, order);
  storeOf(state).addOrder(order, payment, vendorRows(context, body, order, parts));
  context.payment = order.id;
  note(context, 'upayments.charge', 'upayments.order-id', 'upayments.payment-callback');
  if (order.multivendor) note(context, 'upayments.charge-vendors');
  carryOut(context, payment, outcome);
  return created('Link generated successfully', {
    link: payLink(context.base, 'upayments', payment.id),
    trackId: payment.id,
    sessionId: payment.session_id,
    invoiceId: payment.invoice_id,
  });
}

function carryOut({ state, now }: Context, payment: UpaymentsPaymentRow, chosen: Chosen | undefined): void {
  const outcome = chosen?.name;
  const later = chosen?.params['after'];
  const after = typeof later === 'string' ? parseDuration(later) : undefined;
  if (outcome === 'fast_success') completePayment(state, payment, 'paid', now);
  else if (outcome === 'payment_declined' && after !== undefined) {
    plan(state, 'upayments_declined', { at: now + after, id: payment.id });
  } else if (outcome === 'payment_declined') completePayment(state, payment, 'failed', now);
  else if (outcome !== 'stay_processing') planCustomer(state, payment.id, now);
}

function positive(amount: number | string, currency: string): bigint | undefined {
  const parsed = typeof amount === 'number' ? fromJsonAmount(amount, currency) : parseDecimal(amount, currency);
  return parsed.ok && parsed.minor > 0n ? parsed.minor : undefined;
}

function refuseAmount(context: Context, field: string, amount: number | string, currency: string): Reply {
  const message = `${field}: expected a number ${positiveIn(currency)}, received ${describe(amount)}`;
  return unprocessable(context, { [field]: [message] });
}

function orderRow(context: Context, body: UpaymentsCharge, total: bigint, currency: string): UpaymentsOrderRow {
  return {
    id: freshOrderId(context),
    order_id: shownOrderId(context),
    total_price: toDecimal(total, currency),
    currency,
    payment_type: paymentType(body.paymentGateway?.src),
    captured: false,
    multivendor: (body.extraMerchantData?.length ?? 0) > 0,
    reference: textOf(body.reference?.id ?? body.order.reference),
    offered: null,
    create_time: toRfc3339(context.now),
  };
}

/** A refund treats a wallet as a card. When the customer may choose the method, the sandbox takes KNET. P */
function paymentType(source: string | null | undefined): UpaymentsPaymentType {
  return source === undefined || source === null || source === 'knet' || source === 'create-invoice' ? 'knet' : 'cc';
}

const textOf = (value: string | number | null | undefined): string | null =>
  value === undefined || value === null ? null : String(value);

function paymentRow({ state, now }: Context, body: UpaymentsCharge, order: UpaymentsOrderRow): UpaymentsPaymentRow {
  const { paymentIds: random } = state;
  const { payments } = storeOf(state);
  let id = `${toStamp(now)}${random.digits(6)}`;
  while (payments.has(id)) id = `${toStamp(now)}${random.digits(6)}`;
  return {
    id,
    order: order.id,
    merchant_order_id: textOf(body.order.id),
    session_id: random.base62(32),
    invoice_id: random.digits(12),
    payment_id: null,
    result: 'PENDING',
    reference: textOf(body.order.reference ?? body.reference?.id),
    customer_unique_id: textOf(body.customer?.uniqueId),
    return_url: body.returnUrl ?? null,
    cancel_url: body.cancelUrl ?? null,
    notify_url: body.notificationUrl,
    transaction_date: null,
    create_time: order.create_time,
    update_time: order.create_time,
  };
}

function vendorRows(
  { state }: Context,
  body: UpaymentsCharge,
  order: UpaymentsOrderRow,
  parts: readonly bigint[],
): UpaymentsVendorRow[] {
  const { currency } = order;
  const newIds = new Set<string>();
  return (body.extraMerchantData ?? []).map(({ ibanNumber }, index) => {
    let id = btoa(state.paymentIds.base62(10));
    while (storeOf(state).vendors.has(id) || newIds.has(id)) id = btoa(state.paymentIds.base62(10));
    newIds.add(id);
    return {
      id,
      order: order.id,
      iban_number: ibanNumber,
      total_paid: toDecimal(parts[index]!, currency),
      currency,
      merchant_type: 'vendor',
      account: `${ibanNumber.slice(0, 200)}-${currency}`,
    };
  });
}

/** 64 characters with the time of day in them, as on the provider's page. S */
function freshOrderId({ state, now }: Context): string {
  const { paymentIds: random } = state;
  const { orders } = storeOf(state);
  for (;;) {
    const id = `${random.base62(10)}${toStamp(now)}${random.digits(31)}${random.hex(9)}`;
    if (!orders.has(id)) return id;
  }
}

/** `order_id` of get-payment-status. Its form differs from the id that a refund request uses. P */
function shownOrderId({ state }: Context): string {
  for (;;) {
    const id = state.paymentIds.hex(40);
    if (!storeOf(state).ordersByOrderId.has(id)) return id;
  }
}
