import { maskIban } from '../../contract/iban.ts';
import { readDecimal, toDecimal } from '../../contract/money/decimal.ts';
import { toJsonAmount } from '../../contract/upayments/amount.ts';
import { judgeUpayments } from '../../contract/upayments/judge.ts';
import {
  upaymentsCheckRefundStatus,
  upaymentsEnvelope,
  upaymentsRefund,
  upaymentsVendorsOpened,
  type UpaymentsCreateRefund,
  type UpaymentsVendorRow,
} from '../../contract/upayments/refund.ts';
import { readUpaymentsRefusal } from '../../contract/upayments/refusal.ts';
import {
  matchVendorOutcomes,
  UPAYMENTS_REFUSALS,
  upaymentsVendorsRefundAnswer,
} from '../../contract/upayments/vendors.ts';
import type { Adapter } from './adapter.ts';
import type { Refund } from '../model.ts';

/** UPayments. The facts are in `docs/providers/upayments.md`. */
export const upayments: Adapter = {
  name: 'UPayments',
  // `totalPrice` is documented as "10,2" while KWD has three decimals.
  capabilities: { idempotentUpstream: 0, reasonLimit: 255, reasonRequired: false, safeDecimals: 2 },
  duration: (method) => (!method ? 'takes_varies' : /knet/i.test(method) ? 'takes_knet' : 'takes_slow'),
  create({ paymentId, amount, currency, reason, reference }) {
    const body: UpaymentsCreateRefund = {
      orderId: paymentId,
      totalPrice: toJsonAmount(amount, currency),
      ...(reference && { reference }),
      ...(reason && { refundReason: reason }),
    };
    return { path: '/create-refund', body };
  },
  readCreated(body, { amount, currency }) {
    const answer = upaymentsEnvelope.safeParse(body).data;
    if (!answer?.status) return undefined;
    const { data, message } = answer;
    const opened = upaymentsVendorsOpened.safeParse(data).data;
    if (!opened) {
      const refundRecord = upaymentsRefund.safeParse(data).data;
      // Vendors' rows that cannot be read are not a refund.
      if (!refundRecord || refundRecord['isMultivendorRefund']) return undefined;
      const { orderId, refundOrderId } = refundRecord;
      const refund = { amount: toDecimal(amount, currency), currency };
      return { refunds: [{ ...refund, ...initiated(refundRecord, message, { orderId, refundOrderId }) }] };
    }
    const { orderId, refundPayload: rows } = opened;
    // A limit that is not an exact amount allows nothing: a guess could exceed it.
    const limits = rows.map(({ remainingLimit }) => minorOf(remainingLimit, currency));
    return { opened: { orderId, rows, limits } };
  },
  refundId: 'orderId',
  judge: judgeUpayments,
  readRefusal(status, body) {
    const refusal = readUpaymentsRefusal(status, body);
    return refusal && { ...refusal, proxy: false };
  },
  listed(standing, words, references, id) {
    const { generatedInvoiceId, orderId = '', refundOrderId = '', refundArn = '' } = references;
    const cancel = generatedInvoiceId
      ? { generatedInvoiceId: invoiceOf(generatedInvoiceId), orderId, refundOrderId, refundArn }
      : { orderId, refundOrderId };
    const why = UPAYMENTS_REFUSALS.find((name) => name === words);
    return {
      progress: standing === 'pending' ? 2 : 4,
      // The name of a list of the answer: the form has its own words for each.
      ...(why && { why, words: undefined }),
      // A person who settled it knows one number only.
      references: refundOrderId || refundArn || !id ? { refundOrderId, refundArn } : { orderId: id },
      ...(refundOrderId && { cancel }),
    };
  },
  statusPath: ({ id }) => `/check-refund-status/${encodeURIComponent(id)}`,
  readStatus(body) {
    const status = upaymentsCheckRefundStatus.safeParse(body).data?.data;
    if (!status) return undefined;
    // "Not yet refunded" says nothing new: the status from the create answer stays.
    return status.is_refunded ? { standing: 'succeeded', progress: 4, words: undefined } : { standing: 'pending' };
  },
  cancel: {
    call: ({ cancel = {}, vendor }) => ({
      path: vendor ? '/delete-multivendor-refund' : '/delete-refund',
      body: cancel,
    }),
    read(body) {
      const { data } = upaymentsEnvelope.safeParse(body);
      return data?.status ? data.message : undefined;
    },
  },
  vendors: {
    labels: ({ rows }) =>
      rows.map(({ refundRequestId, ibanNumber }) => ({ row: refundRequestId, label: maskIban(ibanNumber) })),
    call({ currency, reference }, { orderId, rows }, amounts) {
      const refundPayload = rows
        .map((row, index) => ({ ...row, amountToRefund: toJsonAmount(amounts[index]!, currency) }))
        .filter(({ amountToRefund }) => amountToRefund > 0);
      return { path: '/create-multivendor-refund', body: { orderId, refundPayload, ...(reference && { reference }) } };
    },
    read(body, call, { currency }) {
      const answer = upaymentsVendorsRefundAnswer.safeParse(body).data;
      if (!answer?.status) return undefined;
      const rows = call.body['refundPayload'] as readonly UpaymentsVendorRow[];
      const refunds = matchVendorOutcomes(rows, answer, currency).map((outcome, index): Refund => {
        const { ibanNumber, amountToRefund, refundRequestId: row } = rows[index]!;
        const amount = toDecimal(minorOf(amountToRefund, currency), currency);
        const part = { id: '', vendor: maskIban(ibanNumber), row, amount, currency };
        if (outcome.kind === 'unknown') return { ...part, standing: 'unknown' };
        if (outcome.kind !== 'generated') {
          return { ...part, standing: 'failed', why: outcome.kind, words: outcome.message };
        }
        const { generatedInvoiceId, orderId, refundOrderId, refundArn } = outcome.generated;
        const cancel = { generatedInvoiceId: invoiceOf(generatedInvoiceId), orderId, refundOrderId, refundArn };
        return { ...part, ...initiated(outcome.generated, answer.message, cancel) };
      });
      return { refunds };
    },
  },
};

interface Made {
  readonly orderId: string;
  readonly refundOrderId: string;
  readonly refundArn: string;
}

function initiated({ orderId, refundOrderId, refundArn }: Made, words: string, cancel: NonNullable<Refund['cancel']>) {
  const references = { refundOrderId, refundArn };
  return { id: orderId, standing: 'pending' as const, words, progress: 2, references, cancel };
}

/** The provider gives a number, the proxy lists it as text, and one key must always carry the same body. */
function invoiceOf(id: number | string): number | string {
  const number = Number(id);
  return String(number) === id ? number : id;
}

function minorOf(amount: number, currency: string): bigint {
  return readDecimal(`${amount}`, currency) ?? 0n;
}
