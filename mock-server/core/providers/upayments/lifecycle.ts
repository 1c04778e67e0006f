import type { Weight } from '../../engine/indexes.ts';
import type { SupportedOutcome } from '../../engine/scenarios/catalogue.ts';
import { HOUR } from '../../engine/time.ts';
import type { UPAYMENTS_SCENARIOS } from './scenarios.ts';

/** Results that this sandbox uses, of those that clients saw (`docs/providers/upayments.md#payments`, K). P */
export const UPAYMENTS_PAYMENT_RESULTS = ['PENDING', 'CAPTURED', 'NOT CAPTURED', 'CANCELED'] as const;
export type UpaymentsPaymentResult = (typeof UPAYMENTS_PAYMENT_RESULTS)[number];

/** UPayments has no status member; these are its words for the state of a refund. S P */
export const UPAYMENTS_REFUND_STATUSES = ['initiated', 'refunded', 'deleted'] as const;
export type UpaymentsRefundStatus = (typeof UPAYMENTS_REFUND_STATUSES)[number];

/** Outcomes that refuse the call, concern one vendor or concern the payment. Every other one is a lifecycle of a refund. */
type OtherOutcome =
  | 'succeed'
  | 'insufficient_balance'
  | 'over_refund'
  | 'not_refundable'
  | 'vendor_tampered'
  | 'vendor_over_limit'
  | 'vendor_short'
  | 'payment_declined';
type LifecycleName = 'default' | Exclude<SupportedOutcome<typeof UPAYMENTS_SCENARIOS>, OtherOutcome>;

/**
 * How a refund settles: in the time of its payment type, at once, or never. `when_deleted`: a call that wants to delete it
 * finds it refunded.
 */
export const UPAYMENTS_LIFECYCLES = {
  default: 'settles',
  fast_success: 'at_once',
  stay_processing: 'never',
  delete_too_late: 'when_deleted',
} as const satisfies Record<LifecycleName, string>;
export type UpaymentsLifecycle = keyof typeof UPAYMENTS_LIFECYCLES;

/** Time until a refund settles: KNET within 4 hours; cards in 2 to 3 business days, for which we take 48 hours. S P */
export const UPAYMENTS_SETTLES_AFTER = { knet: 4 * HOUR, cc: 48 * HOUR } as const;
export type UpaymentsPaymentType = keyof typeof UPAYMENTS_SETTLES_AFTER;

/** Only an initiated refund can be deleted. S */
export const UPAYMENTS_TRANSITIONS: Readonly<Record<UpaymentsRefundStatus, readonly UpaymentsRefundStatus[]>> = {
  initiated: ['refunded', 'deleted'],
  refunded: [],
  deleted: [],
};

/** Initiated and refunded are counted, deleted is not; `docs/providers/upayments.md#deleting-a-refund`. P */
export const UPAYMENTS_WEIGHTS: Readonly<Record<UpaymentsRefundStatus, Weight>> = {
  initiated: { held: true, refunded: false },
  refunded: { held: true, refunded: true },
  deleted: { held: false, refunded: false },
};
