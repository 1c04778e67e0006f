import * as z from 'zod/mini';

import {
  isSuccess,
  judgeUqpayOfLedger,
  mayRetryUqpay,
  parseDecimal,
  uqpayCreateRefund,
  uqpayPage,
  uqpayRefund,
  type UqpayRefund,
} from '../../../contract/index.ts';
import type { Intent } from '../../ledger/entities.ts';
import { amountFault, fieldErrors } from '../fields.ts';
import type { Outcome, Route, WriteRoute } from '../provider.ts';
import { classifyRefusal, type RefusalRules } from '../refusal.ts';
import { observeRefund, toObservation, UQPAY_INTENT_METADATA, UQPAY_KEY_METADATA } from './records.ts';

export const createRefund: WriteRoute = {
  kind: 'refund',
  method: 'POST',
  path: '/v2/payment/refunds',
  read(body) {
    const parsed = z.safeParse(uqpayCreateRefund, body);
    if (!parsed.success) return { errors: fieldErrors(parsed.error) };
    const refund = parsed.data;
    const { currency } = refund;
    return {
      subject: { payment: refund.payment_intent_id },
      claims: {
        payment_attempt_id: refund.payment_attempt_id,
        ...(typeof currency === 'string' && { currency }),
      },
      parts(currency) {
        const amount = parseDecimal(refund.amount, currency);
        const fault = amount.ok ? (amount.minor === 0n ? ('zero' as const) : undefined) : amount.fault;
        if (!amount.ok || fault) {
          return { errors: [{ pointer: '/amount', detail: amountFault(fault ?? 'not_a_number', currency) }] };
        }
        return { parts: [{ amount: amount.minor, reason: refund.reason }] };
      },
      forward: ({ id, key }) => ({
        payment_intent_id: refund.payment_intent_id,
        ...(refund.payment_attempt_id !== undefined && { payment_attempt_id: refund.payment_attempt_id }),
        amount: refund.amount,
        reason: refund.reason,
        metadata: { ...refund.metadata, [UQPAY_INTENT_METADATA]: id, [UQPAY_KEY_METADATA]: key },
      }),
    };
  },
  classify(answer, { body, intent, reservations, again }): Outcome {
    if (isSuccess(answer.status)) {
      const refund = z.safeParse(uqpayRefund, answer.json);
      if (!refund.success) return { kind: 'unknown', why: `unreadable ${answer.status}` };
      const seen = toObservation(refund.data);
      const reservation = reservations[0];
      if (!reservation || seen?.currency !== intent.currency || seen.amount !== reservation.amount) {
        // With our mark it is this refund all the same, so the amount that it took is held.
        const isMarked = seen?.intentId === intent.id;
        return { kind: 'unknown', why: 'the answer is about another amount', ...(isMarked && { refunds: [seen] }) };
      }
      const other = otherThan(refund.data, intent, body);
      if (other !== undefined) return { kind: 'unknown', why: `the answer is about another ${other}` };
      return { kind: 'refunded', refunds: [seen] };
    }
    return classifyRefusal(RULES, answer, again);
  },
};

/** What in the answer differs from the request: a cache, or the provider, may return the answer to another request. */
function otherThan(refund: UqpayRefund, { id, paymentId }: Intent, body: unknown): string | undefined {
  const mark = refund.metadata?.[UQPAY_INTENT_METADATA];
  if (mark !== undefined && mark !== id) return 'request';
  const payment = refund['payment_intent_id'];
  if (typeof payment === 'string' && payment !== paymentId) return 'payment';
  const requested = z.safeParse(uqpayCreateRefund, body).data?.payment_attempt_id;
  const attempt = refund.payment_attempt_id ?? undefined;
  return requested !== undefined && attempt !== undefined && attempt !== requested ? 'payment attempt' : undefined;
}

const RULES: RefusalRules = { judge: judgeUqpayOfLedger, mayRetry: mayRetryUqpay };

export const listRefunds: Route = {
  kind: 'read',
  method: 'GET',
  path: '/v2/payment/refunds',
  query: ['page_size', 'page_number', 'start_time', 'end_time', 'payment_intent_id'],
  subject: (_params, query) => {
    const payment = query.get('payment_intent_id');
    return payment ? { payment } : undefined;
  },
  observe: (answer) => {
    const page = z.safeParse(refundPage, answer.json);
    return page.success ? page.data.data.flatMap((row) => toObservation(row) ?? []) : [];
  },
};

export const retrieveRefund: Route = {
  kind: 'read',
  method: 'GET',
  path: '/v2/payment/refunds/:refund',
  subject: ({ refund }) => (refund === undefined ? undefined : { refund }),
  observe: (answer) => observeRefund(answer),
};

export const refundPage = uqpayPage(uqpayRefund);
