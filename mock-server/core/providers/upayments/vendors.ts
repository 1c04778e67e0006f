import {
  fromJsonAmount,
  toJsonAmount,
  upaymentsVendorsRefund,
  type UpaymentsRefusal,
  type UpaymentsVendorRow as WireRow,
} from '../../../../contract/upayments.ts';
import { toDecimal } from '../../../../contract/money.ts';
import { positiveIn } from '../../engine/amounts.ts';
import { beginExecution, member, note } from '../../engine/context.ts';
import { minorOf } from '../../engine/indexes.ts';
import { magicScenario } from '../../engine/magic.ts';
import type { Context } from '../../engine/provider.ts';
import type { ScenarioName } from '../../engine/scenarios/catalogue.ts';
import { explainIssues, quote } from '../../engine/validation.ts';
import type { Reply } from '../../engine/wire.ts';
import { initiate } from './initiate.ts';
import { storeOf } from './model.ts';
import { otherId } from './reads.ts';
import { created, invalidFields, unprocessable } from './replies.ts';
import type { OfferedRow, UpaymentsOrderRow, UpaymentsVendorRow } from './rows.ts';
import type { UpaymentsStore } from './store.ts';

/** Step 1: one row for each vendor, and the address of step 2. No money moves. P */
export function offerVendors(context: Context, order: UpaymentsOrderRow): Reply {
  const rows = (storeOf(context.state).vendorsByOrder.get(order.id) ?? []).map((vendor) =>
    offer(context, order, vendor),
  );
  order.offered = rows;
  note(context, 'upayments.step-one');
  return created('success', {
    orderId: order.id,
    isMultivendorRefund: true,
    refundPayload: rows,
    multivendor_refund_end_point: `${context.base}/upayments/api/v1/create-multivendor-refund`,
  });
}

function offer({ state }: Context, order: UpaymentsOrderRow, vendor: UpaymentsVendorRow): OfferedRow {
  const { currency } = vendor;
  const store = storeOf(state);
  const paidMinor = minorOf(vendor.total_paid, currency);
  const { held } = store.sumsOfVendor(vendor.id);
  return {
    refundRequestId: vendor.id,
    ibanNumber: vendor.iban_number,
    totalPaid: toDecimal(paidMinor, currency),
    refundedAmount: toJsonAmount(held, currency),
    remainingLimit: toJsonAmount(remainingOf(store, order, vendor), currency),
    amountToRefund: 0,
    merchantType: vendor.merchant_type,
  };
}

/** `POST /api/v1/create-multivendor-refund`, step 2: each row by itself, in the order sent. */
export function createVendorsRefund(context: Context): Reply {
  const { json, sentRows } = readAmounts(context);
  const parsed = upaymentsVendorsRefund.safeParse(json);
  if (!parsed.success) return invalidFields(context, explainIssues(parsed.error.issues, context.json));
  const body = parsed.data;
  const order = storeOf(context.state).orders.get(body.orderId);
  if (!order?.multivendor) {
    note(context, 'upayments.not-found');
    return unprocessable(context, {
      orderId: [`orderId: no multivendor order ${quote(body.orderId)}${otherId(context, body.orderId)}`],
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
  const refundRequestIds = new Set<string>();
  const chosenRow = scenarioRow(body.refundPayload, order.currency);
  for (const [index, row] of body.refundPayload.entries()) {
    const scenario = index === chosenRow ? outcome : undefined;
    const verdict = judge(context, { order, row, repeated: refundRequestIds.has(row.refundRequestId), scenario });
    refundRequestIds.add(row.refundRequestId);
    if (!verdict.ok) {
      lists[verdict.list].push({ ...sentRows[index], message: verdict.message });
      continue;
    }
    const refund = initiate(context, {
      order,
      minor: verdict.minor,
      vendor: verdict.vendor,
      reference: body.reference ?? undefined,
      notifyUrl: body.notifyUrl ?? undefined,
      chosen,
    });
    lists.generated.push({
      generatedInvoiceId: refund.generated_invoice_id,
      amount: toJsonAmount(verdict.minor, order.currency),
      orderId: refund.id,
      refundOrderId: refund.refund_order_id,
      refundArn: refund.refund_arn,
    });
  }
  return created('success', { responseData: lists });
}

const DECIMAL = /^\d{1,15}(?:\.\d{1,6})?$/;

/** Reads a plain decimal text as its number: the provider's iOS sample sends text. `docs/providers/upayments.md#several-vendors`. K P */
export function numberOf(amount: unknown): unknown {
  return typeof amount === 'string' && DECIMAL.test(amount) ? Number(amount) : amount;
}

/** The body with every `amountToRefund` as a number, and the rows as they came. */
function readAmounts(context: Context): { readonly json: unknown; readonly sentRows: readonly object[] } {
  const { json } = context;
  const rows = member(json, 'refundPayload');
  if (!Array.isArray(rows)) return { json, sentRows: [] };
  const parsedRows = rows.map((row: unknown) => {
    const amount = member(row, 'amountToRefund');
    const number = numberOf(amount);
    if (number === amount || typeof row !== 'object') return row;
    note(context, 'upayments.amount-text');
    return { ...row, amountToRefund: number };
  });
  return { json: { ...(json as object), refundPayload: parsedRows }, sentRows: rows as object[] };
}

/** Index of the row that a scenario of one vendor is for: the row with a magic amount, else the first. */
function scenarioRow(rows: readonly WireRow[], currency: string): number {
  const magic = rows.findIndex(({ amountToRefund }) => {
    const amount = fromJsonAmount(amountToRefund, currency);
    return amount.ok && magicScenario({ minor: amount.minor, currency }) !== undefined;
  });
  return Math.max(magic, 0);
}

type Verdict =
  | { readonly ok: true; readonly minor: bigint; readonly vendor: UpaymentsVendorRow }
  | { readonly ok: false; readonly list: UpaymentsRefusal; readonly message: string };

interface VendorRefund {
  readonly order: UpaymentsOrderRow;
  readonly row: WireRow;
  readonly repeated: boolean;
  readonly scenario: ScenarioName | undefined;
}

const OFFERED_MEMBERS = ['ibanNumber', 'totalPaid', 'refundedAmount', 'remainingLimit', 'merchantType'] as const;

/** The order may have refunds that no vendor paid: a seed or an edit can bring them. */
function remainingOf(store: UpaymentsStore, order: UpaymentsOrderRow, vendor: UpaymentsVendorRow): bigint {
  const ofVendor = minorOf(vendor.total_paid, order.currency) - store.sumsOfVendor(vendor.id).held;
  const ofOrder = minorOf(order.total_price, order.currency) - store.refundsOfOrder(order.id).held;
  return ofVendor < ofOrder ? ofVendor : ofOrder;
}

/** The list that the row belongs in; `docs/providers/upayments.md#several-vendors`. P */
function judge({ state }: Context, { order, row, repeated, scenario }: VendorRefund): Verdict {
  const issue = (message: string): Verdict => ({ ok: false, list: 'refundIssue', message });
  const vendor = storeOf(state).vendors.get(row.refundRequestId);
  const offered = order.offered?.find(({ refundRequestId }) => refundRequestId === row.refundRequestId);
  if (!vendor || vendor.order !== order.id || !offered) return issue('unknown refundRequestId for this order');
  if (repeated) return issue('the refundRequestId is in the payload twice');
  const tampered = scenario === 'vendor_tampered' ? 'ibanNumber' : undefined;
  const changedMember = tampered ?? OFFERED_MEMBERS.find((name) => row[name] !== offered[name]);
  if (changedMember !== undefined) {
    return { ok: false, list: 'dataTempered', message: `${changedMember} differs from what create-refund returned` };
  }
  const amount = fromJsonAmount(row.amountToRefund, order.currency);
  if (!amount.ok || amount.minor === 0n) return issue(`amountToRefund must be a number ${positiveIn(order.currency)}`);
  const remaining = scenario === 'vendor_over_limit' ? 0n : remainingOf(storeOf(state), order, vendor);
  if (amount.minor > remaining) {
    return issue(
      `amountToRefund is above the remaining limit of ${toDecimal(remaining, order.currency)} ${order.currency}`,
    );
  }
  const account = storeOf(state).accounts.get(vendor.account);
  const balance = account ? minorOf(account.balance, order.currency) : 0n;
  const short = scenario === 'vendor_short' || scenario === 'insufficient_balance';
  if (short || balance < amount.minor) {
    return {
      ok: false,
      list: 'insufficientBalance',
      message: "insufficient balance in the vendor's account; top it up",
    };
  }
  return { ok: true, minor: amount.minor, vendor };
}
