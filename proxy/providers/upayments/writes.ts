import * as z from 'zod/mini';

import {
  isSuccess,
  fromJsonAmount,
  judgeUpayments,
  maskIban,
  matchVendorOutcomes,
  mayRetryUpayments,
  toJsonAmount,
  upaymentsCreateRefund,
  upaymentsCreateRefundAnswer,
  upaymentsDeleteRefund,
  upaymentsDeleteVendorsRefund,
  upaymentsEnvelope,
  upaymentsRefund,
  upaymentsVendorsOpened,
  upaymentsVendorsRefund,
  upaymentsVendorsRefundAnswer,
  type UpaymentsVendorsRefund,
} from '../../../contract/index.ts';
import { type ProviderAnswer } from '../exchange.ts';
import type { JsonObject } from '../../http/json.ts';
import type { RequestedPart } from '../../ledger/rules/admission.ts';
import type { RefundFact } from '../../ledger/facts.ts';
import { assertNever } from '../../assert-never.ts';
import { amountFault, fieldErrors } from '../fields.ts';
import type { FieldError, Outcome, VendorAccount, WriteRoute } from '../provider.ts';
import { classifyRefusal, type RefusalRules } from '../refusal.ts';

/** Step one: refunds an ordinary order. For an order that was charged with several vendors it only opens step two. */
export function createRefund(notifyUrl: string | undefined): WriteRoute {
  return {
    kind: 'refund',
    method: 'POST',
    path: '/create-refund',
    read(body) {
      const parsed = z.safeParse(upaymentsCreateRefund, body);
      if (!parsed.success) return { errors: fieldErrors(parsed.error) };
      const refund = parsed.data;
      return {
        subject: { payment: refund.orderId },
        claims: claimsOf(refund),
        parts(currency) {
          const { amount, error } = parseJsonAmount(refund.totalPrice, currency, '/totalPrice');
          if (error) return { errors: [error] };
          if (amount === 0n) return { errors: [{ pointer: '/totalPrice', detail: amountFault('zero', currency) }] };
          const reason = refund.refundReason ?? undefined;
          return { parts: [{ amount, ...(reason !== undefined && { reason }) }] };
        },
        forward: () => withNotifyUrl(known(refund, REFUND_MEMBERS), notifyUrl),
      };
    },
    classify(answer, { intent, again }): Outcome {
      const parsed = z.safeParse(upaymentsCreateRefundAnswer, answer.json);
      if (!isSuccess(answer.status) || !parsed.success) return classifyRefusal(RULES, answer, again);
      const { data } = parsed.data;
      const opened = z.safeParse(upaymentsVendorsOpened, data);
      if (opened.success) {
        // A cache may return the answer to another request; this request may have moved money.
        if (opened.data.orderId !== intent.paymentId)
          return { kind: 'unknown', why: 'the answer is about another order' };
        const vendors = opened.data.refundPayload.map(({ refundRequestId, remainingLimit }) => {
          const remaining = fromJsonAmount(remainingLimit, intent.currency);
          // A limit that is not an exact amount allows nothing: a guess could exceed it.
          return { vendor: refundRequestId, remaining: remaining.ok ? remaining.minor : 0n };
        });
        return { kind: 'opened', vendors };
      }
      const refund = z.safeParse(upaymentsRefund, data);
      // Vendors' rows that cannot be read are not a refund.
      if (!refund.success || refund.data['isMultivendorRefund'])
        return { kind: 'unknown', why: `unreadable ${answer.status}` };
      return { kind: 'refunded', refunds: [initiated(refund.data)] };
    },
  };
}

/** The account of each vendor's row in an answer to step one. */
export function readVendors(body: unknown): ReadonlyMap<string, VendorAccount> {
  const opened = z.safeParse(upaymentsVendorsOpened, z.safeParse(upaymentsEnvelope, body).data?.data);
  const rows = opened.success ? opened.data.refundPayload : [];
  return new Map(
    rows.map(({ refundRequestId, ibanNumber: account }) => [refundRequestId, { account, label: maskIban(account) }]),
  );
}

/** Step two: one request, with one outcome for each vendor. */
export function createVendorsRefund(notifyUrl: string | undefined): WriteRoute {
  return {
    kind: 'vendor_refund',
    method: 'POST',
    path: '/create-multivendor-refund',
    read(body) {
      const parsed = z.safeParse(upaymentsVendorsRefund, body);
      if (!parsed.success) return { errors: fieldErrors(parsed.error) };
      const refund = parsed.data;
      const repeated = repeatedVendor(refund);
      if (repeated) return { errors: [repeated] };
      return {
        subject: { payment: refund.orderId },
        claims: claimsOf(refund),
        parts(currency) {
          const parts: RequestedPart[] = [];
          const errors: FieldError[] = [];
          for (const [index, row] of refund.refundPayload.entries()) {
            const { amount, error } = parseJsonAmount(
              row.amountToRefund,
              currency,
              `/refundPayload/${index}/amountToRefund`,
            );
            if (error) errors.push(error);
            else if (amount > 0n) {
              parts.push({ amount, vendor: row.refundRequestId, account: row.ibanNumber });
            }
          }
          if (errors.length > 0) return { errors };
          if (parts.length === 0)
            return { errors: [{ pointer: '/refundPayload', detail: 'refunds nothing to any vendor' }] };
          return { parts };
        },
        forward: () => {
          const refundPayload = refund.refundPayload.map((row) => known(row, VENDOR_MEMBERS));
          return withNotifyUrl({ ...known(refund, VENDORS_MEMBERS), refundPayload }, notifyUrl);
        },
      };
    },
    classify(answer, { body, intent, again }): Outcome {
      const sent = z.safeParse(upaymentsVendorsRefund, body);
      const parsed = z.safeParse(upaymentsVendorsRefundAnswer, answer.json);
      if (!isSuccess(answer.status) || !parsed.success || !sent.success) return classifyRefusal(RULES, answer, again);
      const rows = sent.data.refundPayload;
      const outcomes = matchVendorOutcomes(rows, parsed.data, intent.currency);
      const refunds = outcomes.flatMap((outcome, index): RefundFact[] => {
        // A row of zero has no reservation.
        if (rows[index]?.amountToRefund === 0) return [];
        switch (outcome.kind) {
          case 'generated':
            return [initiated(outcome.generated, outcome.generated.generatedInvoiceId)];
          case 'unknown':
            return [{ standing: 'unknown', status: '' }];
          case 'dataTempered':
          case 'refundIssue':
          case 'insufficientBalance':
            return [{ standing: 'failed', status: outcome.kind }];
          default:
            return assertNever(outcome);
        }
      });
      return { kind: 'refunded', refunds };
    },
  };
}

export const deleteRefund: WriteRoute = {
  kind: 'cancel',
  method: 'POST',
  path: '/delete-refund',
  read: (body) => readCancel(z.safeParse(upaymentsDeleteRefund, body), ['orderId', 'refundOrderId']),
  classify: classifyCancel,
};

export const deleteVendorsRefund: WriteRoute = {
  kind: 'cancel',
  method: 'POST',
  path: '/delete-multivendor-refund',
  read: (body) =>
    readCancel(z.safeParse(upaymentsDeleteVendorsRefund, body), [
      'generatedInvoiceId',
      'orderId',
      'refundOrderId',
      'refundArn',
    ]),
  classify: classifyCancel,
};

type CancelBody = { readonly refundOrderId: string } & JsonObject;

function readCancel<Body extends CancelBody>(
  parsed: z.core.util.SafeParseResult<Body>,
  names: readonly (keyof Body & string)[],
): ReturnType<WriteRoute['read']> {
  if (!parsed.success) return { errors: fieldErrors(parsed.error) };
  const named = names.map((name) => [name, parsed.data[name]] as const);
  return {
    subject: { refund: parsed.data.refundOrderId },
    claims: {},
    parts: () => ({ parts: [] }),
    forward: () => Object.fromEntries(named),
    references: Object.fromEntries(named.map(([name, id]) => [name, String(id)])),
  };
}

function classifyCancel(answer: ProviderAnswer, { again }: { readonly again: boolean }): Outcome {
  const parsed = z.safeParse(upaymentsEnvelope, answer.json);
  if (isSuccess(answer.status) && parsed.success && parsed.data.status) return { kind: 'cancelled' };
  return classifyRefusal(RULES, answer, again);
}

const RULES: RefusalRules = { judge: judgeUpayments, mayRetry: mayRetryUpayments };

/** There is no status in a create answer: a refund is initiated, refunded or deleted (`docs/providers/upayments.md#refund-rules`). */
function initiated(
  { orderId, refundOrderId, refundArn }: { orderId: string; refundOrderId: string; refundArn: string },
  generatedInvoiceId?: string | number,
): RefundFact {
  const invoice = generatedInvoiceId === undefined ? {} : { generatedInvoiceId: String(generatedInvoiceId) };
  return {
    standing: 'pending',
    status: 'initiated',
    refundId: orderId,
    references: { ...invoice, orderId, refundOrderId, refundArn },
  };
}

/** Reads a JSON number as minor units, and proves that the same amount will be sent. */
function parseJsonAmount(
  number: number,
  currency: string,
  pointer: string,
):
  | { readonly amount: bigint; readonly error?: undefined }
  | { readonly amount?: undefined; readonly error: FieldError } {
  const parsed = fromJsonAmount(number, currency);
  if (!parsed.ok) return { error: { pointer, detail: amountFault(parsed.fault, currency) } };
  if (toJsonAmount(parsed.minor, currency) !== number) {
    return { error: { pointer, detail: amountFault('too_long', currency) } };
  }
  return { amount: parsed.minor };
}

function repeatedVendor({ refundPayload }: UpaymentsVendorsRefund): FieldError | undefined {
  const seen = new Set<string>();
  for (const [index, { refundRequestId }] of refundPayload.entries()) {
    if (seen.has(refundRequestId)) {
      return { pointer: `/refundPayload/${index}/refundRequestId`, detail: 'names a vendor row a second time' };
    }
    seen.add(refundRequestId);
  }
  return undefined;
}

const CUSTOMER_MEMBERS = ['customerFirstName', 'customerEmail', 'customerMobileNumber', 'reference'];
const REFUND_MEMBERS = ['orderId', 'totalPrice', ...CUSTOMER_MEMBERS, 'requireApproval', 'refundReason'];
const VENDORS_MEMBERS = ['orderId', 'refundPayload', 'receiptId', ...CUSTOMER_MEMBERS];
const VENDOR_MEMBERS = [
  'refundRequestId',
  'ibanNumber',
  'totalPaid',
  'refundedAmount',
  'remainingLimit',
  'amountToRefund',
  'merchantType',
];

/**
 * Only members that the contract names leave the proxy: the provider may understand members that the proxy does not.
 */
function known(body: JsonObject, members: readonly string[]): JsonObject {
  return Object.fromEntries(members.filter((name) => Object.hasOwn(body, name)).map((name) => [name, body[name]]));
}

function claimsOf({ currency }: JsonObject): { currency?: string } {
  return typeof currency === 'string' ? { currency } : {};
}

function withNotifyUrl(body: JsonObject & { notifyUrl?: unknown }, notifyUrl: string | undefined): JsonObject {
  const { notifyUrl: _fromBrowser, ...rest } = body;
  return notifyUrl === undefined ? rest : { ...rest, notifyUrl };
}
