import * as z from 'zod/mini';

import {
  isSuccess,
  isCurrency,
  parseDecimal,
  uqpayRefund,
  uqpayStanding,
  type UqpayRefund,
} from '../../../contract/index.ts';
import { type ProviderAnswer } from '../exchange.ts';
import type { Observation } from '../../ledger/facts.ts';

/** The member of a refund's `metadata` that holds the ledger's intent: a lost answer is found by it. */
export const UQPAY_INTENT_METADATA = 'refund_form_id';
/**
 * The member of `metadata` that holds the idempotency key: it tells a restored ledger that this key was carried out.
 */
export const UQPAY_KEY_METADATA = 'refund_form_key';

export function observeRefund(answer: ProviderAnswer): Observation[] {
  const refund = isSuccess(answer.status) ? z.safeParse(uqpayRefund, answer.json) : undefined;
  const seen = refund?.success ? toObservation(refund.data) : undefined;
  return seen ? [seen] : [];
}

/** Returns `undefined` when the amount is not exact in its currency. */
export function toObservation(refund: UqpayRefund) {
  const amount = readAmount(refund.amount, refund.currency);
  if (amount === undefined) return undefined;
  const created = refund.create_time ? Date.parse(refund.create_time) : Number.NaN;
  return {
    refundId: refund.payment_refund_id,
    status: refund.refund_status,
    standing: uqpayStanding(refund.refund_status),
    amount,
    currency: refund.currency,
    intentId: refund.metadata?.[UQPAY_INTENT_METADATA],
    intentKey: refund.metadata?.[UQPAY_KEY_METADATA],
    reason: refund.reason ?? undefined,
    createdAt: Number.isNaN(created) ? undefined : created,
    answer: {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: new TextEncoder().encode(JSON.stringify(refund)),
    },
  } satisfies Observation;
}

export function readAmount(text: string, currency: string): bigint | undefined {
  if (!isCurrency(currency)) return undefined;
  const parsed = parseDecimal(text, currency);
  return parsed.ok ? parsed.minor : undefined;
}
