import * as z from 'zod/mini';

const text = z.optional(z.nullable(z.string()));

/** `GET /v2/payment/balances` and `/{currency}`: decimal strings in units of `currency`; `docs/providers/uqpay.md#balances`. */
export const uqpayBalance = z.looseObject({
  balance_id: text,
  currency: z.string(),
  available_balance: z.string(),
  pending_balance: z.string(),
  payable_balance: text,
  reserved_balance: text,
  margin_balance: text,
  frozen_balance: text,
});
