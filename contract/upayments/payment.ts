import * as z from 'zod/mini';

import { boolean, number, optionalString, string } from '../leaves.ts';

/**
 * What leads up to a refund: `docs/providers/upayments.md#payments`. Apart from the other schemas, and not in the index: no
 * browser sends or reads these.
 */
const text = (limit = 255) => z.optional(z.nullable(z.string().check(z.maxLength(limit))));
const scalar = z.optional(z.nullable(z.union([z.string().check(z.maxLength(255)), number])));
/** No source says number or text: both are taken. */
const amount = z.union([number, z.string().check(z.minLength(1), z.maxLength(40))]);

const upaymentsChargeVendor = z.looseObject({
  amount,
  ibanNumber: z.string().check(z.minLength(1), z.maxLength(255)),
  knetCharge: scalar,
  knetChargeType: text(),
  ccCharge: scalar,
  ccChargeType: text(),
});

export const upaymentsCharge = z.looseObject({
  order: z.looseObject({
    amount,
    id: scalar,
    reference: scalar,
    description: text(1_000),
    /** KWD without one. */
    currency: text(3),
  }),
  reference: z.optional(z.nullable(z.looseObject({ id: scalar }))),
  language: text(),
  paymentGateway: z.optional(z.nullable(z.looseObject({ src: text() }))),
  returnUrl: text(),
  cancelUrl: text(),
  /** Mandatory, and called once the customer is through; `docs/providers/upayments.md#payments`. */
  notificationUrl: z.string().check(z.minLength(1), z.maxLength(255)),
  customer: z.optional(z.nullable(z.looseObject({ uniqueId: scalar }))),
  products: z.optional(z.nullable(z.array(z.unknown()))),
  customerExtraData: text(1_000),
  /** Each vendor's part of the order; any of it makes the order a multivendor one. */
  extraMerchantData: z.optional(z.nullable(z.array(upaymentsChargeVendor).check(z.maxLength(100)))),
});
export type UpaymentsCharge = z.infer<typeof upaymentsCharge>;

/** 201. `link` is where the customer pays; the ids are ours, so that a test needs no browser to learn them. */
export const upaymentsChargeAnswer = z.looseObject({
  status: z.literal(true),
  message: string,
  data: z.looseObject({
    link: string,
    trackId: optionalString,
    sessionId: optionalString,
    invoiceId: optionalString,
  }),
});

/**
 * `GET /get-payment-status/{track_id}`, or `?session_id=`, or `?invoice_id=`. Amounts are strings here. The `orderId` of a
 * refund is `refund_order_id`, never `order_id`; `docs/providers/upayments.md#payments`.
 */
export const upaymentsPaymentStatus = z.looseObject({
  status: z.literal(true),
  message: string,
  data: z.looseObject({
    transaction: z.looseObject({
      order_id: string,
      refund_order_id: string,
      payment_id: string,
      result: string,
      payment_type: string,
      track_id: string,
      total_price: string,
      currency_type: string,
      status: string,
    }),
  }),
});

/** `GET /check-payment-button-status`. */
export const upaymentsPayButtons = z.looseObject({
  status: z.literal(true),
  message: string,
  data: z.looseObject({ isWhiteLabel: boolean, payButtons: z.record(string, boolean) }),
});
