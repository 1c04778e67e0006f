import { fractionDigits } from '../../../contract/money.ts';

/**
 * Amounts that ask for a scenario, in hundredths of a unit: 601 is 6.01 USD, 6.010 KWD and 601 JPY. None is a
 * multiple of five, so that an ordinary price is never magic. Written as `x-sandbox-scenario` is.
 */
export const MAGIC_AMOUNTS: Readonly<Record<number, string>> = {
  601: 'fail',
  602: 'fast_fail',
  603: 'stay_initiated',
  604: 'stay_processing',
  606: 'fast_success',
  607: 'reversal',
  608: 'reversal_from_initiated',
  609: 'reversal_stays_initiated',
  611: 'reversal_stays_processing',
  612: 'insufficient_balance',
  613: 'over_refund',
  614: 'not_refundable',
  616: 'delete_too_late',
  617: 'vendor_tampered',
  618: 'vendor_over_limit',
  619: 'vendor_short',
  621: 'latency',
  622: 'rate_limited',
  623: 'server_error',
  624: 'server_error; after_commit=1',
  626: 'forbidden',
  627: 'status_false',
  628: 'malformed_json',
  629: 'truncated_json',
  631: 'wrong_content_type',
  632: 'drop_before_commit',
  633: 'drop_after_commit',
  634: 'drop_at_byte',
  636: 'slow_body',
  637: 'webhook_duplicate',
  638: 'webhook_delay',
  639: 'webhook_reorder',
  641: 'webhook_drop',
  642: 'webhook_before_answer',
  643: 'webhook_forged',
  644: 'webhook_stale',
  646: 'dispute_open',
  647: 'succeed',
};

/** An amount that a request asks to refund, in minor units. */
export interface RefundAmount {
  readonly minor: bigint;
  readonly currency: string;
}

/** The scenario that an amount asks for; `undefined` for nearly all of them. */
export function magicScenario({ minor, currency }: RefundAmount): string | undefined {
  return MAGIC_AMOUNTS[Number(hundredths(minor, fractionDigits(currency)))];
}

/** Zero decimals: the whole number itself. */
function hundredths(minor: bigint, exponent: number): bigint {
  if (exponent <= 2) return minor;
  const unit = 10n ** BigInt(exponent - 2);
  return minor % unit === 0n ? minor / unit : -1n;
}

/** The magic amount as a request writes it. */
export function writeMagic(amount: number, currency: string): string {
  const exponent = fractionDigits(currency);
  const text = String(amount);
  if (exponent === 0) return text;
  return `${text.slice(0, -2)}.${text.slice(-2)}${'0'.repeat(exponent - 2)}`;
}
