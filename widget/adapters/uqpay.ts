import { readDecimal, toDecimal } from '../../contract/money/decimal.ts';
import type { PaymentRefundStanding } from '../../contract/payment.ts';
import { figuresOf, type KnownRefund } from '../../contract/refundable.ts';
import { isFinal } from '../../contract/standing.ts';
import { uqpayPage } from '../../contract/uqpay/envelope.ts';
import { uqpayIntentFigures } from '../../contract/uqpay/intent.ts';
import { judgeUqpay } from '../../contract/uqpay/judge.ts';
import { uqpayRefund, uqpayStanding, type UqpayCreateRefund, type UqpayRefund } from '../../contract/uqpay/refund.ts';
import { readUqpayRefusal } from '../../contract/uqpay/refusal.ts';
import type { Adapter } from './adapter.ts';
import type { Refund, RefundedItems } from '../model.ts';

const REFUNDS = '/v2/payment/refunds';

/** UQPAY. The facts are in `docs/providers/uqpay.md`. */
export const uqpay: Adapter = {
  name: 'UQPAY',
  capabilities: { idempotentUpstream: 24 * 60 * 60 * 1000, reasonLimit: 100, reasonRequired: true },
  duration: () => 'takes_card',
  create({ paymentId, attemptId, amount, currency, reason, reference, picked }) {
    const metadata = { ...(reference && { reference }), ...(picked && itemsMetadata(picked)) };
    const body: UqpayCreateRefund = {
      payment_intent_id: paymentId,
      amount: toDecimal(amount, currency),
      reason,
      ...(attemptId && { payment_attempt_id: attemptId }),
      ...(Object.keys(metadata).length > 0 && { metadata }),
    };
    return { path: REFUNDS, body };
  },
  readCreated(body, { amount, currency }) {
    const refund = refundOf(body, amount, currency);
    return refund && { refunds: [refund] };
  },
  judge: judgeUqpay,
  readRefusal(status, body) {
    const refusal = readUqpayRefusal(status, body);
    return refusal && { ...refusal, proxy: false };
  },
  listed: (standing, words, _references, id) => ({
    progress: progressOf(standing, words),
    references: id ? { payment_refund_id: id } : {},
  }),
  statusPath: ({ id }) => `${REFUNDS}/${encodeURIComponent(id)}`,
  readStatus(body, { id, amount, currency }) {
    const refund = refundOf(body, minorOf(amount, currency), currency);
    return refund?.id === id ? refund : undefined;
  },
  async readPayment(read, paymentId) {
    const id = encodeURIComponent(paymentId);
    const intent = uqpayIntentFigures.safeParse(await read(`/v2/payment_intents/${id}`)).data;
    if (!intent) return undefined;
    const { currency, latest_payment_attempt: attempt } = intent;
    const minor = (text: string | null | undefined) => minorOf(text ?? '', currency);
    const refunds: KnownRefund[] = [];
    for (let page = 1, pages = 1; page <= pages; page++) {
      const body = await read(`${REFUNDS}?page_size=100&page_number=${page}&payment_intent_id=${id}`);
      const { data } = uqpayPage(uqpayRefund).safeParse(body);
      if (!data) return undefined;
      pages = data.total_pages;
      for (const { amount, refund_status } of data.data) {
        refunds.push({ amount: minor(amount), standing: uqpayStanding(refund_status) });
      }
    }
    const captured = minor(intent.captured_amount ?? attempt?.captured_amount);
    // The list covers one month; the figure of the attempt covers everything.
    const figures = figuresOf({ captured, refunds, providerTotal: minor(attempt?.refunded_amount) });
    const paid = intent.intent_status === 'SUCCEEDED';
    return {
      currency,
      captured,
      ...figures,
      refundable: paid ? figures.refundable : 0n,
      notRefundable: paid ? null : intent.intent_status,
      notRefundableBy: 'provider',
      attemptId: attempt?.attempt_id,
      method: attempt?.payment_method?.type,
    };
  },
};

/**
 * UQPAY documents no limit of a value, so this one is ours. A longer list is left out, and the refund is sent without it:
 * a provider that refuses the list would refuse the refund.
 */
const METADATA_LIMIT = 500;

/** `items`: whole units by the line's id, as JSON. `shipping`: a decimal string. Neither, if the list is too long. */
function itemsMetadata({ items, shipping }: RefundedItems): Record<string, string> {
  const text = JSON.stringify(Object.fromEntries(items.map(({ id, quantity }) => [id, quantity])));
  return text.length > METADATA_LIMIT ? {} : { items: text, ...(shipping && { shipping }) };
}

function minorOf(text: string, currency: string): bigint {
  return readDecimal(text, currency) ?? 0n;
}

/** A proxy may have mixed up two answers: `undefined` for the refund of another amount. `asked`: minor units. */
function refundOf(body: unknown, asked: bigint, wanted: string): Refund | undefined {
  const data: UqpayRefund | undefined = uqpayRefund.safeParse(body).data;
  if (!data || data.currency !== wanted || minorOf(data.amount, wanted) !== asked) return undefined;
  const { payment_refund_id: id, amount, currency, refund_status: words } = data;
  const standing = uqpayStanding(words);
  const progress = progressOf(standing, words);
  return { id, amount, currency, standing, words, progress, references: { payment_refund_id: id } };
}

function progressOf(standing: PaymentRefundStanding, words: string): number {
  if (standing !== 'unknown' && isFinal(standing)) return 4;
  return words === 'INITIATED' ? 2 : 3;
}
