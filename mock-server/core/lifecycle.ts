import type { UqpayRefundStatus } from '../../contract/uqpay.ts';
import { HOUR, SECOND, type Millis } from './time.ts';

interface Step<Status extends string> {
  readonly status: Status;
  /** Time since the refund was created. */
  readonly after: Millis;
}

/** Every way a UQPAY refund can go; `uqpay.md`, Rules. The times are ours. P */
export const UQPAY_LIFECYCLES = {
  default: [
    { status: 'INITIATED', after: 0 },
    { status: 'PROCESSING', after: 5 * SECOND },
    { status: 'SUCCEEDED', after: 20 * SECOND },
  ],
  fail: [
    { status: 'INITIATED', after: 0 },
    { status: 'PROCESSING', after: 5 * SECOND },
    { status: 'FAILED', after: 20 * SECOND },
  ],
  stay_processing: [
    { status: 'INITIATED', after: 0 },
    { status: 'PROCESSING', after: 5 * SECOND },
  ],
  /** The provider's own example answers a create with SUCCEEDED. S */
  fast_success: [{ status: 'SUCCEEDED', after: 0 }],
  reversal: [
    { status: 'INITIATED', after: 0 },
    { status: 'PROCESSING', after: 5 * SECOND },
    { status: 'SUCCEEDED', after: 20 * SECOND },
    { status: 'REVERSAL_INITIATED', after: 60 * SECOND },
    { status: 'REVERSAL_PROCESSING', after: 65 * SECOND },
    { status: 'REVERSAL_SUCCEEDED', after: 80 * SECOND },
  ],
  reversal_from_initiated: [
    { status: 'INITIATED', after: 0 },
    { status: 'REVERSAL_INITIATED', after: 5 * SECOND },
    { status: 'REVERSAL_PROCESSING', after: 10 * SECOND },
    { status: 'REVERSAL_SUCCEEDED', after: 25 * SECOND },
  ],
} as const satisfies Record<string, readonly Step<UqpayRefundStatus>[]>;
export type UqpayLifecycle = keyof typeof UQPAY_LIFECYCLES;

export function uqpaySteps(lifecycle: UqpayLifecycle): readonly Step<UqpayRefundStatus>[] {
  return UQPAY_LIFECYCLES[lifecycle];
}

/** UPayments names no status; these three are its own words for where a refund stands. S P */
export const UPAYMENTS_REFUND_STATUSES = ['initiated', 'refunded', 'deleted'] as const;
export type UpaymentsRefundStatus = (typeof UPAYMENTS_REFUND_STATUSES)[number];

/** How long a refund stays initiated. KNET within 4 hours; cards in 2-3 business days, of which we take 48 hours. S P */
export const UPAYMENTS_SETTLES_AFTER = { knet: 4 * HOUR, cc: 48 * HOUR } as const;
export type UpaymentsPaymentType = keyof typeof UPAYMENTS_SETTLES_AFTER;

/** Only an initiated refund can be deleted. S */
export const UPAYMENTS_TRANSITIONS: Readonly<Record<UpaymentsRefundStatus, readonly UpaymentsRefundStatus[]>> = {
  initiated: ['refunded', 'deleted'],
  refunded: [],
  deleted: [],
};

/** What a refund's status means for the sums kept of its payment. */
export interface Weight {
  /** Counts against the refundable amount. */
  readonly held: boolean;
  /** Counts as given back. */
  readonly refunded: boolean;
}

/** Everything but FAILED is held (`uqpay.md`, Rules, P); a reversal goes on counting as given back until told otherwise. P */
export const UQPAY_WEIGHTS: Readonly<Record<UqpayRefundStatus, Weight>> = {
  INITIATED: { held: true, refunded: false },
  PROCESSING: { held: true, refunded: false },
  SUCCEEDED: { held: true, refunded: true },
  FAILED: { held: false, refunded: false },
  REVERSAL_INITIATED: { held: true, refunded: true },
  REVERSAL_PROCESSING: { held: true, refunded: true },
  REVERSAL_SUCCEEDED: { held: true, refunded: true },
};

/** Initiated and refunded are counted, deleted is not; `upayments.md`, Reading and deleting. P */
export const UPAYMENTS_WEIGHTS: Readonly<Record<UpaymentsRefundStatus, Weight>> = {
  initiated: { held: true, refunded: false },
  refunded: { held: true, refunded: true },
  deleted: { held: false, refunded: false },
};
