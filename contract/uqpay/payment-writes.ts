import * as z from 'zod/mini';

import { boolean, nullishString, number, string } from '../leaves.ts';
import { isCurrency } from '../money/currency.ts';

/**
 * Bodies of the calls that lead up to a refund; `docs/providers/uqpay.md#payment-intents`. Apart from the other schemas, and not in the index:
 * no browser sends these. Members that are not named are let through, and so are lengths that no source states.
 */
const text = (limit = 1_000) => z.string().check(z.minLength(1), z.maxLength(limit));
const currency = z.string().check(z.refine(isCurrency, { error: 'an active ISO 4217 code in capitals, such as USD' }));
const metadata = z.record(string, string);

/** The members of a card that the SDKs mark required; `docs/providers/uqpay.md#payment-intents`. No source lists their values, so any text is taken. */
const UQPAY_CARD_MEMBERS = ['billing', 'network', 'authorization_type', 'three_ds_action'] as const;

const uqpayCard = z.looseObject({
  card_number: nullishString,
  billing: z.looseObject({}),
  network: text(40),
  /** `pre_authorization` waits for a capture. */
  authorization_type: text(40),
  /** `enforce_3ds` sends the customer away first. */
  three_ds_action: text(40),
  /** `false`: authorise only, capture later. */
  auto_capture: z.optional(z.nullable(boolean)),
});

/** How the customer pays. Of a card only what decides the outcome is read; its number is not kept. */
const uqpayPaymentMethod = z
  .looseObject({ type: text(40), card: z.optional(z.nullable(uqpayCard)) })
  .check((payload) => {
    if (payload.value.type !== 'card' || payload.value.card) return;
    payload.issues.push({
      code: 'custom',
      input: payload.value.card,
      path: ['card'],
      message: `an object with ${UQPAY_CARD_MEMBERS.join(', ')}`,
    });
  });
export type UqpayPaymentMethod = z.infer<typeof uqpayPaymentMethod>;

/** `docs/providers/uqpay.md#payment-intents`. */
const UQPAY_DESCRIPTION_LENGTH = 32;

const paymentMethod = z.optional(z.nullable(uqpayPaymentMethod));

/** `POST /v2/payment_intents/create`. With a payment method it is confirmed at once. */
export const uqpayCreateIntent = z.looseObject({
  amount: text(),
  currency,
  merchant_order_id: text(255),
  return_url: text(),
  description: text(UQPAY_DESCRIPTION_LENGTH),
  metadata: z.optional(z.nullable(metadata)),
  payment_method: paymentMethod,
});
/** `POST /v2/payment_intents/{id}`: what is not sent stays as it is. */
export const uqpayUpdateIntent = z.looseObject({
  amount: z.optional(text()),
  currency: z.optional(currency),
  merchant_order_id: z.optional(text(255)),
  return_url: z.optional(text()),
  description: z.optional(text(UQPAY_DESCRIPTION_LENGTH)),
  metadata: z.optional(z.nullable(metadata)),
});
export const uqpayConfirmIntent = z.looseObject({
  payment_method: paymentMethod,
  return_url: z.optional(z.nullable(z.string().check(z.maxLength(1_000)))),
});
/** All of it without an amount. A decimal string, or a JSON number: three of the four libraries send that. */
export const uqpayCaptureIntent = z.looseObject({
  amount_to_capture: z.optional(z.nullable(z.union([text(), number]))),
});
const UQPAY_CANCELLATION_REASONS = ['duplicate', 'fraudulent', 'requested_by_customer', 'abandoned'] as const;

export const uqpayCancelIntent = z.looseObject({
  cancellation_reason: z.optional(z.nullable(z.enum(UQPAY_CANCELLATION_REASONS))),
});
