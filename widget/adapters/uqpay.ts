import { parseDecimal, toDecimal } from '../../contract/money/decimal.ts';
import { countsAgainstRefundable, isFinal } from '../../contract/standing.ts';
import { uqpayAnyError, uqpayPage } from '../../contract/uqpay/envelope.ts';
import { uqpayIntent } from '../../contract/uqpay/intent.ts';
import { uqpayRefund, uqpayStanding, type UqpayCreateRefund, type UqpayRefund } from '../../contract/uqpay/refund.ts';
import type { Adapter, Read } from '../adapter.ts';
import type { Refund } from '../model.ts';

const REFUNDS = '/v2/payment/refunds';
const refundPage = /* @__PURE__ */ uqpayPage(uqpayRefund);

/** UQPAY; every fact is from `uqpay.md`. */
export const uqpay: Adapter = {
  name: 'UQPAY',
  capabilities: {
    canCancel: false,
    vendors: false,
    idempotentUpstream: 24 * 60 * 60 * 1000,
    reasonLimit: 100,
    reasonRequired: true,
  },
  duration: () => 'takesCard',
  create({ paymentId, attemptId, amount, currency, reason, reference }) {
    const body: UqpayCreateRefund = {
      payment_intent_id: paymentId,
      amount: toDecimal(amount, currency),
      reason,
      ...(attemptId && { payment_attempt_id: attemptId }),
      ...(reference && { metadata: { reference } }),
    };
    return { path: REFUNDS, body };
  },
  readCreated(body) {
    const { data } = uqpayRefund.safeParse(body);
    return data && { kind: 'refund', refund: toRefund(data) };
  },
  readRefusal(status, body) {
    const { data } = uqpayAnyError.safeParse(body);
    if (!data) return undefined;
    const words = String('message' in data ? data.message : data.error);
    if (typeof data.code === 'number') return /processing/i.test(words) ? 'running' : undefined;
    // An `api_error` is the provider's own failure, whatever status it comes with: it says nothing about the money.
    if (status < 400 || status >= 500 || data.type === 'api_error') return undefined;
    return { code: String(data.code ?? status), words, proxy: false };
  },
  statusPath: ({ id }) => `${REFUNDS}/${encodeURIComponent(id)}`,
  readStatus(body) {
    const { data } = uqpayRefund.safeParse(body);
    return data && toRefund(data);
  },
  async readPayment(read, paymentId) {
    const [intentBody, refunds] = await Promise.all([
      read(`/v2/payment_intents/${encodeURIComponent(paymentId)}`),
      readRefunds(read, paymentId),
    ]);
    const intent = uqpayIntent.safeParse(intentBody).data;
    if (!intent || !refunds) return undefined;
    const { currency } = intent;
    const minor = (text: string | null | undefined) => {
      const amount = parseDecimal(text ?? '0', currency);
      return amount.ok ? amount.minor : 0n;
    };
    const sum = (rows: readonly UqpayRefund[]) => rows.reduce((total, { amount }) => total + minor(amount), 0n);
    const counted = refunds.filter(({ refund_status }) => countsAgainstRefundable(uqpayStanding(refund_status)));
    const pending = sum(counted.filter(({ refund_status }) => !isFinal(uqpayStanding(refund_status))));
    const attempt = intent.latest_payment_attempt;
    // The list reaches back one month, the attempt's own figure further.
    const listed = sum(counted);
    const older = minor(attempt?.refunded_amount);
    const total = listed > older ? listed : older;
    const captured = minor(intent.captured_amount ?? attempt?.captured_amount);
    const paid = intent.intent_status === 'SUCCEEDED';
    return {
      paymentId,
      currency,
      captured,
      refunded: total - pending,
      pending,
      refundable: paid && captured > total ? captured - total : 0n,
      notRefundable: paid ? undefined : intent.intent_status,
      attemptId: attempt?.attempt_id,
      method: attempt?.payment_method?.type,
    };
  },
  countRefunds: async (read, paymentId) => (await readRefunds(read, paymentId))?.length,
};

async function readRefunds(read: Read, paymentId: string): Promise<UqpayRefund[] | undefined> {
  const rows: UqpayRefund[] = [];
  for (let page = 1, pages = 1; page <= pages; page++) {
    const query = `page_size=100&page_number=${page}&payment_intent_id=${encodeURIComponent(paymentId)}`;
    const { data } = refundPage.safeParse(await read(`${REFUNDS}?${query}`));
    if (!data) return undefined;
    rows.push(...data.data);
    pages = data.total_pages;
  }
  return rows;
}

function toRefund(data: UqpayRefund): Refund {
  const { payment_refund_id: id, amount, currency, refund_status: words } = data;
  const standing = uqpayStanding(words);
  return {
    id,
    amount,
    currency,
    standing,
    words,
    progress: isFinal(standing) ? 4 : words === 'INITIATED' ? 2 : 3,
    references: { payment_refund_id: id },
  };
}
