import { toDecimal } from '../../../../contract/money.ts';
import type { Context } from '../../engine/provider.ts';
import { storeOf } from './model.ts';
import type { UqpayAttemptRow, UqpayIntentRow, UqpayRefundRow } from './rows.ts';

/** Rows of the call's account only. Another account's row counts as missing. `docs/providers/uqpay.md#connected-accounts`. D */
export function ownIntent({ state, account }: Context, id: string): UqpayIntentRow | undefined {
  const row = storeOf(state).intents.get(id);
  return row?.account === account ? row : undefined;
}

export function ownAttempt(context: Context, id: string): UqpayAttemptRow | undefined {
  const row = storeOf(context.state).attempts.get(id);
  return row && ownIntent(context, row.payment_intent) && row;
}

export function ownRefund(context: Context, id: string): UqpayRefundRow | undefined {
  const row = storeOf(context.state).refunds.get(id);
  return row && ownIntent(context, row.payment_intent) && row;
}

const PLAIN = /^(?:0|[1-9]\d{0,17})(?:\.\d{1,4})?$/;

/** The amount as it was sent, if it is a plain decimal; otherwise with all decimals of its currency. */
export function asSent(text: string | number, minor: bigint, currency: string): string {
  const usual = toDecimal(minor, currency);
  return text === usual || typeof text === 'number' || !PLAIN.test(text) ? usual : text;
}
