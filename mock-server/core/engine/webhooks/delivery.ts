import { redact } from '../redact.ts';
import { shownPolicies, type PolicyId } from '../../providers/uqpay/policies.ts';
import type { ProviderName } from '../scenarios/scenarios.ts';
import { toRfc3339, type Millis } from '../time.ts';
import { shownUrl } from './targets.ts';

/** `refused`: the target is not allowed. `held`: waits for the next webhook of its payment, which is to overtake it. */
export const DELIVERY_STATUSES = ['waiting', 'held', 'sending', 'delivered', 'failed', 'dropped', 'refused'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export const TIMESTAMP_UNITS = ['milliseconds', 'seconds'] as const;
export type TimestampUnit = (typeof TIMESTAMP_UNITS)[number];

export interface Signing {
  readonly secret: string;
  /** Unit of `x-wk-timestamp`. The provider's Node library 0.3.1 reads seconds only. K */
  readonly timestamp: TimestampUnit;
}

/** A way to spoil what is signed, for receivers that have to notice. */
export type Spoilt = 'signature' | 'timestamp';

export interface Attempt {
  readonly number: number;
  /** Virtual time at which it was due. */
  readonly at: Millis;
  /** HTTP status of the receiver; `null` when none came. */
  readonly code: number | null;
  readonly error: string | null;
}

/** One webhook on its way to one address. Plain data, so that a snapshot can hold it. */
export interface Delivery {
  readonly id: string;
  readonly provider: ProviderName;
  readonly type: string;
  /** `event_id` of the body, the same in every copy; `null` where the provider has none. */
  readonly event: string | null;
  /** `null` where it tells of the payment itself. */
  readonly refund: string | null;
  readonly payment: string;
  readonly url: string;
  readonly signing: Signing | null;
  readonly spoilt: Spoilt | null;
  readonly body: string;
  /** Names of the scenarios that it misbehaves by, with commas. */
  readonly scenario: string | null;
  readonly policies: readonly PolicyId[];
  status: DeliveryStatus;
  /** Why it was refused. */
  reason: string | null;
  readonly attempts: Attempt[];
  /** Virtual time of the next attempt. */
  next: Millis | null;
  /** Counts what was planned for it: only the last plan is carried out. */
  step: number;
}

export const isOver = ({ status }: Delivery): boolean =>
  status !== 'waiting' && status !== 'held' && status !== 'sending';

/** A delivery as the control API shows it: without secrets and personal data. */
export function shownDelivery(delivery: Delivery) {
  const { attempts, next } = delivery;
  return {
    id: delivery.id,
    provider: delivery.provider,
    event_type: delivery.type,
    event_id: delivery.event,
    payment_id: delivery.payment,
    refund_id: delivery.refund,
    url: shownUrl(delivery.url),
    signed: delivery.signing !== null,
    status: delivery.status,
    reason: delivery.reason,
    scenario: delivery.scenario,
    attempts: attempts.map(({ number, at, code, error }) => ({
      number,
      time: toRfc3339(at),
      response_code: code,
      error,
    })),
    response_code: attempts.at(-1)?.code ?? null,
    next_retry: next === null ? null : toRfc3339(next),
    policies: shownPolicies(delivery.policies),
    body: redact(JSON.parse(delivery.body)),
  };
}
