import { toDecimal } from '../../../../contract/money.ts';
import {
  fromJsonAmount,
  toJsonAmount,
  upaymentsVendorsRefund,
  type UpaymentsRefusal,
  type UpaymentsVendorRow as WireRow,
} from '../../../../contract/upayments.ts';
import { beginExecution, member, note, type Context } from '../../engine/context.ts';
import type { OfferedRow, UpaymentsOrderRow, UpaymentsVendorRow } from '../uqpay/rows.ts';
import { magicScenario } from '../../engine/magic.ts';
import type { ScenarioName } from '../../engine/scenarios/scenarios.ts';
import { minorOf } from '../uqpay/store.ts';
import { explainIssues, shown } from '../../engine/validation.ts';
import type { Reply } from '../../engine/wire.ts';
import { initiate } from './initiate.ts';
import { otherId } from './reads.ts';
import { created, invalidFields, unprocessable } from './replies.ts';

/** Step 1: a row a vendor, and where to send them back. No money moves. P */
export function offerVendors(context: Context, order: UpaymentsOrderRow): Reply {
  const rows = (context.state.store.vendorsByOrder.get(order.id) ?? []).map((vendor) => offer(context, vendor));
  order.offered = rows;
  note(context, 'upayments.step-one');
  return created('success', {
    orderId: order.id,
    isMultivendorRefund: true,
    refundPayload: rows,
    multivendor_refund_end_point: `${context.base}/upayments/api/v1/create-multivendor-refund`,
  });
}

function offer({ state }: Context, vendor: UpaymentsVendorRow): OfferedRow {
  const { currency } = vendor;
  const paid = minorOf(vendor.total_paid, currency);
  const { held } = state.store.sumsOfVendor(vendor.id);
  return {
    refundRequestId: vendor.id,
    ibanNumber: vendor.iban_number,
    totalPaid: toDecimal(paid, currency),
    refundedAmount: toJsonAmount(held, currency),
    remainingLimit: toJsonAmount(paid - held, currency),
    amountToRefund: 0,
    merchantType: vendor.merchant_type,
  };
}

/** `POST /api/v1/create-multivendor-refund`, step 2: each row for itself, in the order sent. */
export function createVendorsRefund(context: Context): Reply {
  const { json, sentRows } = readAmounts(context);
  const parsed = upaymentsVendorsRefund.safeParse(json);
  if (!parsed.success) return invalidFields(context, explainIssues(parsed.error.issues, context.json));
  const body = parsed.data;
  const order = context.state.store.orders.get(body.orderId);
  if (!order?.multivendor) {
    return unprocessable(context, {
      orderId: [`orderId: no multivendor order ${shown(body.orderId)}${otherId(context, body.orderId)}`],
    });
  }
  if (!order.offered) {
    return unprocessable(context, { refundPayload: ['refundPayload: call create-refund first; it returns the rows'] });
  }
  const chosen = beginExecution(context);
  const outcome = chosen?.name;
  if (outcome === 'not_refundable') {
    return unprocessable(context, { orderId: [`orderId: order ${order.id} is not refundable`] });
  }
  note(context, 'upayments.lists');

  const lists: Record<UpaymentsRefusal | 'generated', object[]> = {
    generated: [],
    dataTempered: [],
    refundIssue: [],
    insufficientBalance: [],
  };
  const seen = new Set<string>();
  const afflicted = afflictedRow(body.refundPayload, order.currency);
  for (const [index, row] of body.refundPayload.entries()) {
    const affliction = index === afflicted ? outcome : undefined;
    const judged = judge(context, { order, row, repeated: seen.has(row.refundRequestId), affliction });
    seen.add(row.refundRequestId);
    if (!judged.ok) {
      lists[judged.list].push({ ...sentRows[index], message: judged.message });
      continue;
    }
    const refund = initiate(context, {
      order,
      minor: judged.minor,
      vendor: judged.vendor,
      reference: body.reference ?? undefined,
      notifyUrl: body.notifyUrl ?? undefined,
      chosen,
    });
    lists.generated.push({
      generatedInvoiceId: refund.generated_invoice_id,
      amount: toJsonAmount(judged.minor, order.currency),
      orderId: refund.id,
      refundOrderId: refund.refund_order_id,
      refundArn: refund.refund_arn,
    });
  }
  return created('success', { responseData: lists });
}

const DECIMAL = /^\d{1,15}(?:\.\d{1,6})?$/;

/** What a row asks to refund: the provider's own iOS sample sends it as text. `upayments.md`, Added 2026-11. K P */
export function numberOf(amount: unknown): unknown {
  return typeof amount === 'string' && DECIMAL.test(amount) ? Number(amount) : amount;
}

/** The body with every `amountToRefund` as a number, and the rows as they came. */
function readAmounts(context: Context): { readonly json: unknown; readonly sentRows: readonly object[] } {
  const { json } = context;
  const rows = member(json, 'refundPayload');
  if (!Array.isArray(rows)) return { json, sentRows: [] };
  const read = rows.map((row: unknown) => {
    const amount = member(row, 'amountToRefund');
    const number = numberOf(amount);
    if (number === amount || typeof row !== 'object') return row;
    note(context, 'upayments.amount-text');
    return { ...row, amountToRefund: number };
  });
  return { json: { ...(json as object), refundPayload: read }, sentRows: rows as object[] };
}

/** A scenario about one vendor strikes the row with a magic amount, else the first; the rest go on as they are. */
function afflictedRow(rows: readonly WireRow[], currency: string): number {
  const magic = rows.findIndex(({ amountToRefund }) => {
    const amount = fromJsonAmount(amountToRefund, currency);
    return amount.ok && magicScenario({ minor: amount.minor, currency }) !== undefined;
  });
  return Math.max(magic, 0);
}

type Judged =
  | { readonly ok: true; readonly minor: bigint; readonly vendor: UpaymentsVendorRow }
  | { readonly ok: false; readonly list: UpaymentsRefusal; readonly message: string };

interface Judgeable {
  readonly order: UpaymentsOrderRow;
  readonly row: WireRow;
  readonly repeated: boolean;
  readonly affliction: ScenarioName | undefined;
}

const OFFERED_MEMBERS = ['ibanNumber', 'totalPaid', 'refundedAmount', 'remainingLimit', 'merchantType'] as const;

/** Which list the row belongs in; `upayments.md`, create-multivendor-refund. P */
function judge({ state }: Context, { order, row, repeated, affliction }: Judgeable): Judged {
  const issue = (message: string): Judged => ({ ok: false, list: 'refundIssue', message });
  const vendor = state.store.vendors.get(row.refundRequestId);
  const offered = order.offered?.find(({ refundRequestId }) => refundRequestId === row.refundRequestId);
  if (!vendor || vendor.order !== order.id || !offered) return issue('unknown refundRequestId for this order');
  if (repeated) return issue('the refundRequestId is in the payload twice');
  const tampered = affliction === 'vendor_tampered' ? 'ibanNumber' : undefined;
  const changed = tampered ?? OFFERED_MEMBERS.find((name) => row[name] !== offered[name]);
  if (changed !== undefined) {
    return { ok: false, list: 'dataTempered', message: `${changed} differs from what create-refund returned` };
  }
  const amount = fromJsonAmount(row.amountToRefund, order.currency);
  if (!amount.ok || amount.minor === 0n) return issue(`amountToRefund must be a number above 0 in ${order.currency}`);
  const paid = minorOf(vendor.total_paid, order.currency);
  const left = affliction === 'vendor_over_limit' ? 0n : paid - state.store.sumsOfVendor(vendor.id).held;
  if (amount.minor > left) {
    return issue(`amountToRefund is above the remaining limit of ${toDecimal(left, order.currency)} ${order.currency}`);
  }
  const account = state.store.accounts.get(vendor.account);
  const balance = account ? minorOf(account.balance, order.currency) : 0n;
  const short = affliction === 'vendor_short' || affliction === 'insufficient_balance';
  if (short || balance < amount.minor) {
    return {
      ok: false,
      list: 'insufficientBalance',
      message: "insufficient balance in the vendor's account; top it up",
    };
  }
  return { ok: true, minor: amount.minor, vendor };
}
