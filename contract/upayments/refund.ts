import * as z from 'zod/mini';

import { boolean, number, optionalBoolean, string } from '../leaves.ts';

/* @__NO_SIDE_EFFECTS__ */
const text = (limit: number) => z.optional(z.nullable(z.string().check(z.maxLength(limit))));
/* @__NO_SIDE_EFFECTS__ */
const id = () => z.string().check(z.minLength(1), z.maxLength(255));

/** The optional members that `create-refund` and `create-multivendor-refund` share. */
const customer = {
  customerFirstName: text(255),
  customerEmail: text(250),
  /** The page says 10 and its own example has 12: up to 16 are taken. */
  customerMobileNumber: text(16),
  reference: text(255),
  notifyUrl: text(255),
};

/** Body of `POST /create-refund`. `totalPrice` is a JSON number in KWD units; a string gets 422. */
export const upaymentsCreateRefund = z.looseObject({
  orderId: id(),
  totalPrice: number,
  ...customer,
  requireApproval: optionalBoolean,
  /** Required only when `requireApproval` is true. */
  refundReason: text(255),
});
export type UpaymentsCreateRefund = z.infer<typeof upaymentsCreateRefund>;

/** Every answer: success is a 2xx **and** `status: true`; `false` can come with a 2xx. */
export const upaymentsEnvelope = z.looseObject({
  status: boolean,
  message: string,
  data: z.optional(z.unknown()),
});

/** 401, 403 and 422. `errors` only with 422. */
export const upaymentsError = z.looseObject({
  status: z.literal(false),
  message: string,
  data: z.optional(z.nullable(z.unknown())),
  errors: z.optional(z.catchall(z.object({}), z.array(string))),
});
export type UpaymentsError = z.infer<typeof upaymentsError>;

/** A row of the second step. `totalPaid` is a decimal string with three decimals, the other amounts are JSON numbers. */
export const upaymentsVendorRow = z.looseObject({
  refundRequestId: string,
  ibanNumber: string,
  totalPaid: string,
  refundedAmount: number,
  remainingLimit: number,
  amountToRefund: number,
  merchantType: string,
});
export type UpaymentsVendorRow = z.infer<typeof upaymentsVendorRow>;

/** `data` of an ordinary `create-refund`. `orderId` here is the refund's own, not the order's; it ends with `refundOrderId`. */
export const upaymentsRefund = z.looseObject({
  orderId: string,
  refundOrderId: string,
  refundArn: string,
});
export type UpaymentsRefund = z.infer<typeof upaymentsRefund>;

/** `data` when the order was charged with several vendors: no money has moved, the second step does it. */
export const upaymentsVendorsOpened = z.looseObject({
  orderId: string,
  isMultivendorRefund: z.literal(true),
  refundPayload: z.array(upaymentsVendorRow),
  multivendor_refund_end_point: string,
});
export type UpaymentsVendorsOpened = z.infer<typeof upaymentsVendorsOpened>;

export const upaymentsCreateRefundAnswer = z.looseObject({
  status: z.literal(true),
  message: string,
  data: z.union([upaymentsVendorsOpened, upaymentsRefund]),
});
export type UpaymentsCreateRefundAnswer = z.infer<typeof upaymentsCreateRefundAnswer>;

/** Body of `POST /delete-refund`, both from the create answer. */
export const upaymentsDeleteRefund = z.looseObject({
  orderId: id(),
  refundOrderId: id(),
});
export type UpaymentsDeleteRefund = z.infer<typeof upaymentsDeleteRefund>;

/** `GET /check-refund/{order_id}`: no amount and no reference in it. */
export const upaymentsCheckRefund = z.looseObject({
  status: z.literal(true),
  message: string,
  data: z.looseObject({
    refund: z.array(
      z.looseObject({ order_id: string, is_refunded: refundedFlag(), refunded_date: z.nullable(string) }),
    ),
  }),
});
export type UpaymentsCheckRefund = z.infer<typeof upaymentsCheckRefund>;

/** `GET /check-refund-status/{order_id}`. */
export const upaymentsCheckRefundStatus = z.looseObject({
  status: z.literal(true),
  message: string,
  data: z.looseObject({ is_refunded: refundedFlag(), refunded_date: z.nullable(string) }),
});
export type UpaymentsCheckRefundStatus = z.infer<typeof upaymentsCheckRefundStatus>;

/** No source names the type of `is_refunded`: a boolean in our sandbox, 0 and 1 are taken as well. */
/* @__NO_SIDE_EFFECTS__ */
function refundedFlag() {
  return z.literal([true, false, 0, 1]);
}
