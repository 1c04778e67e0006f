import * as z from 'zod/mini';

import { nullishString, string } from '../leaves.ts';

/** `GET /v2/payment/balances` and `/{currency}`: decimal strings in units of `currency`; `docs/providers/uqpay.md#balances`. */
export const uqpayBalance = z.looseObject({
  balance_id: nullishString,
  currency: string,
  available_balance: string,
  pending_balance: string,
  payable_balance: nullishString,
  reserved_balance: nullishString,
  margin_balance: nullishString,
  frozen_balance: nullishString,
});
