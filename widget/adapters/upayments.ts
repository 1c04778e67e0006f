import { toDecimal } from '../../contract/money/decimal.ts';
import { fromJsonAmount, toJsonAmount } from '../../contract/upayments/amount.ts';
import {
  upaymentsCheckRefund,
  upaymentsCheckRefundStatus,
  upaymentsCreateRefundAnswer,
  upaymentsEnvelope,
  upaymentsError,
  upaymentsRefund,
  upaymentsVendorsOpened,
  type UpaymentsCreateRefund,
  type UpaymentsVendorRow,
} from '../../contract/upayments/refund.ts';
import { matchVendorOutcomes, upaymentsVendorsRefundAnswer } from '../../contract/upayments/vendors.ts';
import type { Adapter } from '../adapter.ts';
import { maskIban } from '../mask.ts';
import type { Refund } from '../model.ts';

/** UPayments; every fact is from `upayments.md`. */
export const upayments: Adapter = {
  name: 'UPayments',
  capabilities: {
    canCancel: true,
    vendors: true,
    idempotentUpstream: 0,
    reasonLimit: 255,
    reasonRequired: false,
    // `totalPrice` is documented as "10,2" while KWD has three decimals.
    safeDecimals: 2,
  },
  duration: (method) => (method?.toLowerCase() === 'knet' ? 'takesKnet' : 'takesSlow'),
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
    const answer = upaymentsCreateRefundAnswer.safeParse(body).data;
    if (!answer) return undefined;
    const opened = upaymentsVendorsOpened.safeParse(answer.data).data;
    if (!opened) {
      const { orderId, refundOrderId, refundArn } = upaymentsRefund.parse(answer.data);
      const refund = initiated(orderId, toDecimal(amount, currency), currency, answer.message, { refundOrderId, refundArn }, {
        orderId,
        refundOrderId,
      });
      return { kind: 'refund', refund };
    }
    const rows = opened.refundPayload;
    const limits = rows.map(({ remainingLimit }) => fromJsonAmount(remainingLimit, currency));
    return {
      kind: 'vendors',
      // A limit that is no exact amount allows nothing: a guess could be above it.
      opened: { orderId: opened.orderId, rows, limits: limits.map((limit) => (limit.ok ? limit.minor : 0n)) },
    };
  },
  readRefusal(status, body) {
    const { data } = upaymentsError.safeParse(body);
    // `status: false` can come with a 2xx.
    if (!data || status >= 500) return undefined;
    return {
      code: String(status),
      words: data.message,
      fields: Object.entries(data.errors ?? {}).map(([field, texts]) => `${field}: ${texts.join(' ')}`),
      proxy: false,
    };
  },
  statusPath: ({ id }) => `/check-refund-status/${encodeURIComponent(id)}`,
  readStatus(body, refund) {
    const status = upaymentsCheckRefundStatus.safeParse(body).data?.data;
    if (!status) return undefined;
    if (!status.is_refunded) return { ...refund, words: 'is_refunded: false' };
    const words = `is_refunded: true, refunded_date: ${status.refunded_date}`;
    return { ...refund, standing: 'succeeded', progress: 4, words };
  },
  async countRefunds(read, paymentId) {
    const body = await read(`/check-refund/${encodeURIComponent(paymentId)}`);
    return upaymentsCheckRefund.safeParse(body).data?.data.refund.length;
  },
  cancel: {
    call: ({ cancel = {} }) => ({
      path: 'generatedInvoiceId' in cancel ? '/delete-multivendor-refund' : '/delete-refund',
      body: cancel,
    }),
    readDone(body) {
      const { data } = upaymentsEnvelope.safeParse(body);
      return data?.status ? data.message : undefined;
    },
  },
  vendors: {
    call({ currency, reference }, { orderId, rows }, amounts) {
      const refundPayload = rows
        .map((row, index) => ({ ...row, amountToRefund: toJsonAmount(amounts[index] ?? 0n, currency) }))
        .filter(({ amountToRefund }) => amountToRefund > 0);
      return { path: '/create-multivendor-refund', body: { orderId, refundPayload, ...(reference && { reference }) } };
    },
    read(body, call, { currency }) {
      const answer = upaymentsVendorsRefundAnswer.safeParse(body).data;
      if (!answer) return undefined;
      const rows = call.body['refundPayload'] as readonly UpaymentsVendorRow[];
      return matchVendorOutcomes(rows, answer, currency).map((outcome, index) => {
        const row = rows[index]!;
        const asked = fromJsonAmount(row.amountToRefund, currency);
        const amount = asked.ok ? toDecimal(asked.minor, currency) : String(row.amountToRefund);
        const line = { label: maskIban(row.ibanNumber), amount };
        if (outcome.kind !== 'generated') {
          return { ...line, refused: outcome.kind, words: 'message' in outcome ? outcome.message : undefined };
        }
        const { generatedInvoiceId, orderId, refundOrderId, refundArn } = outcome.generated;
        const cancel = { generatedInvoiceId, orderId, refundOrderId, refundArn };
        const references = { refundOrderId, refundArn };
        return { ...line, tracked: { refund: initiated(orderId, amount, currency, answer.message, references, cancel) } };
      });
    },
  },
};

function initiated(
  id: string,
  amount: string,
  currency: string,
  words: string,
  references: Record<string, string>,
  cancel: Record<string, string | number>,
): Refund {
  return { id, amount, currency, standing: 'pending', words, progress: 2, references, cancel };
}
