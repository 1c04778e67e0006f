import { fromJsonAmount, upaymentsCreateRefund, type UpaymentsCreateRefund } from '../../../../contract/upayments.ts';
import { toDecimal } from '../../../../contract/money.ts';
import { positiveIn } from '../../engine/amounts.ts';
import { beginExecution, note } from '../../engine/context.ts';
import { minorOf } from '../../engine/indexes.ts';
import type { Context } from '../../engine/provider.ts';
import { describe, explainIssues, quote } from '../../engine/validation.ts';
import type { Reply } from '../../engine/wire.ts';
import { merchantAccount } from './accounts.ts';
import { initiate } from './initiate.ts';
import { storeOf } from './model.ts';
import { otherId } from './reads.ts';
import { created, invalidFields, unprocessable } from './replies.ts';
import type { UpaymentsOrderRow } from './rows.ts';
import { offerVendors } from './vendors.ts';

/** `POST /api/v1/create-refund`: an ordinary refund, or step 1 of a multivendor one. No duplicate protection at all. */
export function createRefund(context: Context): Reply {
  const store = storeOf(context.state);
  const parsed = upaymentsCreateRefund.safeParse(context.json);
  if (!parsed.success) return invalidFields(context, explainIssues(parsed.error.issues, context.json));
  const body = parsed.data;
  if (body.requireApproval === true && !body.refundReason) {
    return unprocessable(context, { refundReason: ['refundReason: is required when requireApproval is true'] });
  }
  const order = store.orders.get(body.orderId);
  if (!order) {
    note(context, 'upayments.not-found');
    return unprocessable(context, {
      orderId: [`orderId: no order ${quote(body.orderId)}${otherId(context, body.orderId)}`],
    });
  }
  const amount = fromJsonAmount(body.totalPrice, order.currency);
  if (!amount.ok || amount.minor === 0n) {
    return unprocessable(context, {
      totalPrice: [
        `totalPrice: expected a number ${positiveIn(order.currency)}, received ${describe(body.totalPrice)}`,
      ],
    });
  }
  noteLimits(context, body, amount.minor);
  const refusal = refuse(context, order, amount.minor);
  if (refusal) return refusal;
  if (order.multivendor) return offerVendors(context, order);
  return createOrdinary(context, order, body, amount.minor);
}

function createOrdinary(context: Context, order: UpaymentsOrderRow, body: UpaymentsCreateRefund, minor: bigint): Reply {
  const chosen = beginExecution(context);
  const outcome = chosen?.name;
  if (outcome === 'not_refundable') return refuseOrder(context, order, 'it cannot be refunded');
  if (outcome === 'over_refund') return refuseAmount(context, order, minor, 0n);
  const { currency } = order;
  const account = storeOf(context.state).accounts.get(merchantAccount(context.state, currency));
  const balance = account ? minorOf(account.balance, currency) : 0n;
  if (outcome === 'insufficient_balance' || balance < minor) {
    note(context, 'upayments.insufficient-balance');
    return unprocessable(context, {
      totalPrice: ['totalPrice: insufficient balance in your UPayments account; top up to process the refund'],
    });
  }
  const row = initiate(context, {
    order,
    minor,
    vendor: undefined,
    reference: body.reference ?? undefined,
    notifyUrl: body.notifyUrl ?? undefined,
    chosen,
  });
  return created('Refund invoice generated successfully', {
    orderId: row.id,
    refundOrderId: row.refund_order_id,
    refundArn: row.refund_arn,
  });
}

function refuse(context: Context, order: UpaymentsOrderRow, minor: bigint): Reply | undefined {
  if (!order.captured) return refuseOrder(context, order, 'it was not captured');
  const { currency } = order;
  const refundable = minorOf(order.total_price, currency) - storeOf(context.state).refundsOfOrder(order.id).held;
  return minor <= refundable ? undefined : refuseAmount(context, order, minor, refundable);
}

function refuseAmount(context: Context, { currency }: UpaymentsOrderRow, minor: bigint, refundable: bigint): Reply {
  note(context, 'upayments.refundable', 'upayments.over-refund');
  const requested = toDecimal(minor, currency);
  const remaining = toDecimal(refundable, currency);
  return unprocessable(context, {
    totalPrice: [
      `totalPrice: ${requested} ${currency} is above the ${remaining} ${currency} that can still be refunded`,
    ],
  });
}

function refuseOrder(context: Context, order: UpaymentsOrderRow, why: string): Reply {
  note(context, 'upayments.not-refundable');
  return unprocessable(context, { orderId: [`orderId: order ${order.id} is not refundable: ${why}`] });
}

function noteLimits(context: Context, body: UpaymentsCreateRefund, minor: bigint): void {
  if ((body.customerMobileNumber?.length ?? 0) > 10) note(context, 'upayments.mobile-number');
  if (minor % 10n !== 0n) note(context, 'upayments.amount-decimals');
}
