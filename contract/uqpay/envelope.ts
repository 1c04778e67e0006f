import * as z from 'zod/mini';

import { number, string } from '../leaves.ts';

/** Error `type`s and the HTTP status each comes with; `docs/providers/uqpay.md#errors`. `not_found` really is 400. */
export const UQPAY_ERROR_STATUS = {
  invalid_request_error: 400,
  idempotency_error: 400,
  payment_error: 400,
  refund_error: 400,
  account_error: 400,
  product_error: 400,
  customer_error: 400,
  payout_error: 400,
  not_found: 400,
  unauthorized_error: 401,
  api_error: 500,
} as const;
export type UqpayErrorType = keyof typeof UQPAY_ERROR_STATUS;

/** The usual error body. */
export const uqpayError = z.looseObject({ type: string, code: string, message: string });
export type UqpayError = z.infer<typeof uqpayError>;

/** What the authentication middleware answers, with 401 only. */
export const uqpayAuthError = z.looseObject({ error: string });

/** Legacy envelope, for an idempotency key whose request is still running. The number says nothing: trust the HTTP status. */
export const uqpayLegacyError = z.looseObject({ code: number, message: string });

export const uqpayAnyError = z.union([uqpayError, uqpayLegacyError, uqpayAuthError]);

/** `POST /v1/connect/token`: `expired_at` in unix seconds, the token lives 30 minutes. */
export const uqpayToken = z.looseObject({ auth_token: string, expired_at: number });
export type UqpayToken = z.infer<typeof uqpayToken>;

/** A list answer: `total_items` counts the rows that match, `total_pages` the pages of the size asked for. */
export function uqpayPage<Row extends z.ZodMiniType>(row: Row) {
  return z.looseObject({ total_pages: number, total_items: number, data: z.array(row) });
}
