import { toDecimal } from '../../../../contract/money.ts';
import type { Context } from '../../engine/context.ts';
import type { UqpayAttemptRow, UqpayIntentRow, UqpayRefundRow } from './rows.ts';

/** The rows of the account that the call is for; another account's are not there. `uqpay.md`, Added 2026-11. D */
export function ownIntent({ state, account }: Context, id: string): UqpayIntentRow | undefined {
  const row = state.store.intents.get(id);
  return row?.account === account ? row : undefined;
}

export function ownAttempt(context: Context, id: string): UqpayAttemptRow | undefined {
  const row = context.state.store.attempts.get(id);
  return row && ownIntent(context, row.payment_intent) && row;
}

export function ownRefund(context: Context, id: string): UqpayRefundRow | undefined {
  const row = context.state.store.refunds.get(id);
  return row && ownIntent(context, row.payment_intent) && row;
}

const PLAIN = /^(?:0|[1-9]\d{0,17})(?:\.\d{1,4})?$/;

/** An amount as it came, where that is a plain decimal; else with all decimals of its currency. */
export function asSent(text: string | number, minor: bigint, currency: string): string {
  const usual = toDecimal(minor, currency);
  return text === usual || typeof text === 'number' || !PLAIN.test(text) ? usual : text;
}
