import { policyNotes, type Policies } from '../policies.ts';
import { redact } from '../redact.ts';
import { toRfc3339, type Millis } from '../time.ts';
import type { DeliveryStatus } from './statuses.ts';
import { withoutQuery } from './targets.ts';

export const TIMESTAMP_UNITS = ['milliseconds', 'seconds'] as const;
export type TimestampUnit = (typeof TIMESTAMP_UNITS)[number];

export interface Signing {
  readonly secret: string;
  /** Unit of `x-wk-timestamp`. The provider's Node library 0.3.1 reads seconds only. K */
  readonly timestamp: TimestampUnit;
}

/** The part of the signature that is wrong on purpose; the receiver has to notice. */
export type SignatureFault = 'signature' | 'timestamp';

interface Attempt {
  readonly number: number;
  /** Virtual time at which it was due. */
  readonly at: Millis;
  /** HTTP status of the receiver; `null` without an answer. */
  readonly code: number | null;
  readonly error: string | null;
}

/** One webhook on its way to one address. Plain data, so that a snapshot can hold it. */
export interface Delivery {
  readonly id: string;
  readonly provider: string;
  readonly type: string;
  /** `event_id` of the body, the same in every copy; `null` where the provider has none. */
  readonly event: string | null;
  /** `null` for an event of the payment itself. */
  readonly refund: string | null;
  readonly payment: string;
  readonly url: string;
  readonly signing: Signing | null;
  readonly signatureFault: SignatureFault | null;
  readonly body: string;
  /** Names of its webhook scenarios, separated by commas. */
  readonly scenario: string | null;
  readonly policies: readonly string[];
  status: DeliveryStatus;
  /** Reason of the refusal. */
  reason: string | null;
  readonly attempts: Attempt[];
  /** Virtual time of the next attempt. */
  next: Millis | null;
  /** Number of plans made for it. Only the last one is carried out. */
  step: number;
}

export const isOver = ({ status }: Delivery): boolean =>
  status !== 'waiting' && status !== 'held' && status !== 'sending';

/** A delivery as the control API shows it: without secrets and personal data. */
export function showDelivery(delivery: Delivery, policies: Policies) {
  const { attempts, next } = delivery;
  return {
    id: delivery.id,
    provider: delivery.provider,
    event_type: delivery.type,
    event_id: delivery.event,
    payment_id: delivery.payment,
    refund_id: delivery.refund,
    url: withoutQuery(delivery.url),
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
    policies: policyNotes(policies, delivery.policies),
    body: redact(JSON.parse(delivery.body)),
  };
}
