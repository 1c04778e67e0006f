import * as z from 'zod/mini';

/** `GET /v2/payment/balances` and `/{currency}`: decimal strings in units of `currency`; `uqpay.md`, Endpoints. K */
export const uqpayBalance = z.looseObject({
  currency: z.string(),
  available_balance: z.string(),
  pending_balance: z.string(),
});
export type UqpayBalance = z.infer<typeof uqpayBalance>;
