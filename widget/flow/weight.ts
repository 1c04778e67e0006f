import type { PaymentRefundStanding } from '../../contract/payment.ts';

/** How advanced a standing is. An answer that overtook a later one never takes it back. */
export const WEIGHT: Readonly<Record<PaymentRefundStanding, number>> = {
  unknown: 0,
  unrecognised: 0,
  pending: 0,
  succeeded: 1,
  failed: 1,
  cancelled: 1,
  reversing: 2,
  reversed: 3,
};

export function isStanding(word: string): word is PaymentRefundStanding {
  return Object.hasOwn(WEIGHT, word);
}

/** Whether this standing says less than what is displayed. */
export function isBehind(shown: PaymentRefundStanding, standing: PaymentRefundStanding): boolean {
  return WEIGHT[standing] < WEIGHT[shown];
}
