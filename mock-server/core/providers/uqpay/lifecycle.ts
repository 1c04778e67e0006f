import type { UqpayAttemptStatus, UqpayIntentStatus, UqpayRefundStatus } from '../../../../contract/uqpay.ts';
import type { Weight } from '../../engine/indexes.ts';
import type { SupportedOutcome } from '../../engine/scenarios/catalogue.ts';
import { MINUTE, parseDuration, SECOND, type Millis } from '../../engine/time.ts';
import type { PaymentScenario, UQPAY_SCENARIOS } from './scenarios.ts';

export interface Step<Status extends string> {
  readonly status: Status;
  /** Time since the refund was created. */
  readonly after: Millis;
}

/** Outcomes that refuse the call or concern its payment. Every other one is a lifecycle of a refund. */
type OtherOutcome =
  | 'succeed'
  | 'insufficient_balance'
  | 'over_refund'
  | 'not_refundable'
  | 'dispute_open'
  | PaymentScenario
  | 'cancel_fails';
type LifecycleName = 'default' | Exclude<SupportedOutcome<typeof UQPAY_SCENARIOS>, OtherOutcome>;

/** Every lifecycle of a refund; `docs/providers/uqpay.md#refund-rules`. The times are ours. P */
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
} as const satisfies Record<LifecycleName, readonly Step<UqpayRefundStatus>[]>;
export type UqpayLifecycle = keyof typeof UQPAY_LIFECYCLES;

interface RefundLifecycle {
  readonly lifecycle: UqpayLifecycle;
  readonly outcome_after?: string | undefined;
}

/** The step of a lifecycle that `outcome_after` moves: the outcome, or the reversal after it. */
export function outcomeStep(lifecycle: UqpayLifecycle): number {
  const steps: readonly Step<UqpayRefundStatus>[] = UQPAY_LIFECYCLES[lifecycle];
  const reversal = steps.findIndex(({ status }) => status === 'REVERSAL_INITIATED');
  return reversal < 0 ? steps.length - 1 : reversal;
}

/** The steps of one refund. `outcome_after` moves its outcome or its reversal to that time, and later steps with it. */
export function uqpaySteps({ lifecycle, outcome_after: text }: RefundLifecycle): readonly Step<UqpayRefundStatus>[] {
  const steps: readonly Step<UqpayRefundStatus>[] = UQPAY_LIFECYCLES[lifecycle];
  const after = text === undefined ? undefined : parseDuration(text);
  if (after === undefined) return steps;
  const moved = outcomeStep(lifecycle);
  const usual = steps[moved]!.after;
  return steps.map((step, index) => ({
    status: step.status,
    after: index < moved ? Math.min(step.after, after) : step.after - usual + after,
  }));
}

/** The lifecycle of a refund that stays in a status. */
export const UQPAY_STAYS: Readonly<Record<UqpayRefundStatus, UqpayLifecycle>> = {
  INITIATED: 'stay_initiated',
  PROCESSING: 'stay_processing',
  SUCCEEDED: 'default',
  FAILED: 'fail',
  REVERSAL_INITIATED: 'reversal_stays_initiated',
  REVERSAL_PROCESSING: 'reversal_stays_processing',
  REVERSAL_SUCCEEDED: 'reversal',
};

/** Statuses of an intent and its attempt. The words are the provider's (`docs/providers/uqpay.md#payment-intents`), the pairs are ours. P */
export const UQPAY_PAYMENT_OUTCOMES = {
  /** The intent has succeeded while its attempt goes on; `docs/providers/uqpay.md#payment-intents`. D */
  captured: { intent: 'SUCCEEDED', attempt: 'CAPTURE_REQUESTED' },
  authorised: { intent: 'REQUIRES_CAPTURE', attempt: 'AUTHORIZED' },
  action: { intent: 'REQUIRES_CUSTOMER_ACTION', attempt: 'AUTHENTICATION_REDIRECTED' },
  pending: { intent: 'PENDING', attempt: 'PENDING_AUTHORIZATION' },
  declined: { intent: 'FAILED', attempt: 'FAILED' },
  cancelled: { intent: 'CANCELLED', attempt: 'CANCELLED' },
  expired: { intent: 'CANCELLED', attempt: 'EXPIRED' },
} as const satisfies Record<string, { intent: UqpayIntentStatus; attempt: UqpayAttemptStatus }>;
export type UqpayPaymentOutcome = keyof typeof UQPAY_PAYMENT_OUTCOMES;

/** Steps of a captured attempt. The order is the provider's (`docs/providers/uqpay.md#payment-intents`, D), the times are ours. P */
export const UQPAY_ATTEMPT_STEPS: readonly Step<UqpayAttemptStatus>[] = [
  { status: 'CAPTURE_REQUESTED', after: 0 },
  { status: 'SETTLED', after: 20 * SECOND },
  { status: 'SUCCEEDED', after: 60 * SECOND },
];

/** `docs/providers/uqpay.md#payment-intents`. D */
export const UQPAY_INTENT_LIFETIME = 30 * MINUTE;

/** Statuses from which an intent can take each step. `complete` is the customer's: a redirect, a code to scan. P */
export const UQPAY_INTENT_STEPS = {
  update: ['REQUIRES_PAYMENT_METHOD'],
  confirm: ['REQUIRES_PAYMENT_METHOD'],
  complete: ['REQUIRES_CUSTOMER_ACTION'],
  /** Only an unpaid intent expires. P */
  expire: ['REQUIRES_PAYMENT_METHOD', 'REQUIRES_CUSTOMER_ACTION'],
  capture: ['REQUIRES_CAPTURE'],
  cancel: ['REQUIRES_PAYMENT_METHOD', 'REQUIRES_CUSTOMER_ACTION', 'REQUIRES_CAPTURE'],
} as const satisfies Record<string, readonly UqpayIntentStatus[]>;
export type UqpayIntentStep = keyof typeof UQPAY_INTENT_STEPS;

export function canStep(status: UqpayIntentStatus, step: UqpayIntentStep): boolean {
  return (UQPAY_INTENT_STEPS[step] as readonly UqpayIntentStatus[]).includes(status);
}

/** Statuses that no call leads out of. */
const FINAL: ReadonlySet<UqpayIntentStatus> = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED']);

/** Whether no later call pays, changes or cancels a payment. */
export const isFinal = (status: UqpayIntentStatus): boolean => FINAL.has(status);

/** Payment methods of UQPAY's libraries. All but a card send the customer elsewhere. K */
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

/** Everything but FAILED is held (`docs/providers/uqpay.md#refund-rules`, P); a reversal goes on counting as given back. P */
export const UQPAY_WEIGHTS: Readonly<Record<UqpayRefundStatus, Weight>> = {
  INITIATED: { held: true, refunded: false },
  PROCESSING: { held: true, refunded: false },
  SUCCEEDED: { held: true, refunded: true },
  FAILED: { held: false, refunded: false },
  REVERSAL_INITIATED: { held: true, refunded: true },
  REVERSAL_PROCESSING: { held: true, refunded: true },
  REVERSAL_SUCCEEDED: { held: true, refunded: true },
};
