import type { UqpayAttemptStatus, UqpayIntentStatus, UqpayRefundStatus } from '../../../../contract/uqpay.ts';
import { HOUR, MINUTE, parseDuration, SECOND, type Millis } from '../../engine/time.ts';

export interface Step<Status extends string> {
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
  fast_fail: [{ status: 'FAILED', after: 0 }],
  stay_initiated: [{ status: 'INITIATED', after: 0 }],
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
  reversal_stays_initiated: [
    { status: 'INITIATED', after: 0 },
    { status: 'PROCESSING', after: 5 * SECOND },
    { status: 'SUCCEEDED', after: 20 * SECOND },
    { status: 'REVERSAL_INITIATED', after: 60 * SECOND },
  ],
  reversal_stays_processing: [
    { status: 'INITIATED', after: 0 },
    { status: 'PROCESSING', after: 5 * SECOND },
    { status: 'SUCCEEDED', after: 20 * SECOND },
    { status: 'REVERSAL_INITIATED', after: 60 * SECOND },
    { status: 'REVERSAL_PROCESSING', after: 65 * SECOND },
  ],
  reversal_from_initiated: [
    { status: 'INITIATED', after: 0 },
    { status: 'REVERSAL_INITIATED', after: 5 * SECOND },
    { status: 'REVERSAL_PROCESSING', after: 10 * SECOND },
    { status: 'REVERSAL_SUCCEEDED', after: 25 * SECOND },
  ],
} as const satisfies Record<string, readonly Step<UqpayRefundStatus>[]>;
export type UqpayLifecycle = keyof typeof UQPAY_LIFECYCLES;

interface Lived {
  readonly lifecycle: UqpayLifecycle;
  readonly outcome_after?: string | undefined;
}

/** The steps of one refund. With `outcome_after` its outcome, or its reversal, comes then, and what follows as long after. */
export function uqpaySteps({ lifecycle, outcome_after: text }: Lived): readonly Step<UqpayRefundStatus>[] {
  const steps: readonly Step<UqpayRefundStatus>[] = UQPAY_LIFECYCLES[lifecycle];
  const after = text === undefined ? undefined : parseDuration(text);
  if (after === undefined) return steps;
  const reversal = steps.findIndex(({ status }) => status === 'REVERSAL_INITIATED');
  const moved = reversal < 0 ? steps.length - 1 : reversal;
  const usual = steps[moved]!.after;
  return steps.map((step, index) => ({
    status: step.status,
    after: index < moved ? Math.min(step.after, after) : step.after - usual + after,
  }));
}

/** What an attempt to pay comes to. The statuses are the provider's (`uqpay.md`, Payment intent), which goes with which is ours. P */
export const UQPAY_PAYMENT_OUTCOMES = {
  /** The intent has succeeded while its attempt still goes on; `uqpay.md`, Added 2026-11. D */
  captured: { intent: 'SUCCEEDED', attempt: 'CAPTURE_REQUESTED' },
  authorised: { intent: 'REQUIRES_CAPTURE', attempt: 'AUTHORIZED' },
  action: { intent: 'REQUIRES_CUSTOMER_ACTION', attempt: 'AUTHENTICATION_REDIRECTED' },
  pending: { intent: 'PENDING', attempt: 'PENDING_AUTHORIZATION' },
  declined: { intent: 'FAILED', attempt: 'FAILED' },
  cancelled: { intent: 'CANCELLED', attempt: 'CANCELLED' },
  expired: { intent: 'CANCELLED', attempt: 'EXPIRED' },
} as const satisfies Record<string, { intent: UqpayIntentStatus; attempt: UqpayAttemptStatus }>;
export type UqpayPaymentOutcome = keyof typeof UQPAY_PAYMENT_OUTCOMES;

/** How a captured attempt goes on; the order is the provider's (`uqpay.md`, Added 2026-11, D), the times are ours. P */
export const UQPAY_ATTEMPT_STEPS: readonly Step<UqpayAttemptStatus>[] = [
  { status: 'CAPTURE_REQUESTED', after: 0 },
  { status: 'SETTLED', after: 20 * SECOND },
  { status: 'SUCCEEDED', after: 60 * SECOND },
];

/** `uqpay.md`, Added 2026-11. D */
export const UQPAY_INTENT_LIFETIME = 30 * MINUTE;

/** Where an intent has to stand for each step. `complete` is the customer's own: a redirect, a code to scan. P */
export const UQPAY_INTENT_STEPS = {
  update: ['REQUIRES_PAYMENT_METHOD'],
  confirm: ['REQUIRES_PAYMENT_METHOD'],
  complete: ['REQUIRES_CUSTOMER_ACTION'],
  /** Nobody has paid yet. What is authorised, or on its way, does not expire. P */
  expire: ['REQUIRES_PAYMENT_METHOD', 'REQUIRES_CUSTOMER_ACTION'],
  capture: ['REQUIRES_CAPTURE'],
  cancel: ['REQUIRES_PAYMENT_METHOD', 'REQUIRES_CUSTOMER_ACTION', 'REQUIRES_CAPTURE'],
} as const satisfies Record<string, readonly UqpayIntentStatus[]>;
export type UqpayIntentStep = keyof typeof UQPAY_INTENT_STEPS;

export function canStep(status: UqpayIntentStatus, step: UqpayIntentStep): boolean {
  return (UQPAY_INTENT_STEPS[step] as readonly UqpayIntentStatus[]).includes(status);
}

/** Ways to pay that UQPAY's libraries name; all but a card send the customer elsewhere. K */
export const UQPAY_PAYMENT_METHODS = [
  'card',
  'card_present',
  'alipaycn',
  'alipayhk',
  'unionpay',
  'wechatpay',
  'grabpay',
  'paynow',
  'truemoney',
  'tng',
  'gcash',
  'dana',
  'kakaopay',
  'toss',
  'naverpay',
] as const;

/** A customer who is sent elsewhere to pay, by either provider, has paid after this time unless told otherwise. P */
export const CUSTOMER_PAYS_AFTER = 30 * SECOND;

/** What the step that is the customer's own may come to. P */
export const CUSTOMER_RESULTS = ['paid', 'failed', 'cancelled'] as const;
export type CustomerResult = (typeof CUSTOMER_RESULTS)[number];

/** Of the words that clients saw (`upayments.md`, Added 2026-11, K) those that this sandbox has a use for. P */
export const UPAYMENTS_PAYMENT_RESULTS = ['PENDING', 'CAPTURED', 'NOT CAPTURED', 'CANCELED'] as const;
export type UpaymentsPaymentResult = (typeof UPAYMENTS_PAYMENT_RESULTS)[number];

/** UPayments names no status; these three are its own words for where a refund stands. S P */
export const UPAYMENTS_REFUND_STATUSES = ['initiated', 'refunded', 'deleted'] as const;
export type UpaymentsRefundStatus = (typeof UPAYMENTS_REFUND_STATUSES)[number];

/**
 * How a UPayments refund goes on by itself: `settles` in the time of its payment type, `at_once`, or `never`.
 * `when_deleted`: it is refunded at the moment in which somebody wants to delete it.
 */
export const UPAYMENTS_LIFECYCLES = {
  default: 'settles',
  fast_success: 'at_once',
  stay_processing: 'never',
  delete_too_late: 'when_deleted',
} as const;
export type UpaymentsLifecycle = keyof typeof UPAYMENTS_LIFECYCLES;

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
