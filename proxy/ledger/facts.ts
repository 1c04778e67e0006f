import type { PaymentRefundStanding, RefundStanding } from '../../contract/index.ts';
import type { Refusal } from './admission.ts';
import type { Intent, StoredAnswer, VendorLimit } from './entities.ts';
import type { NewReservation, Written } from './store.ts';

/** An intent that the caller may send now, and nobody else, with what it has reserved in the order asked. */
export interface Admitted {
  readonly intent: Intent;
  readonly reservations: readonly NewReservation[];
  /** For `settle`, which then need not read what nobody else has changed meanwhile. */
  readonly written?: Promise<Written> | undefined;
}

export type BeginResult =
  /** Written and synced: the provider may be called, now and by nobody else. */
  | ({ readonly kind: 'admitted' } & Admitted)
  /** Finished before; `answer` is missing when a person settled it. */
  | { readonly kind: 'finished'; readonly intent: Intent }
  /** Written and synced, nothing reserved: a second person must agree first. */
  | { readonly kind: 'awaiting'; readonly intent: Intent }
  /** The ledger was restored: nothing is begun before the payment was compared with the provider. */
  | { readonly kind: 'uncompared' }
  | { readonly kind: 'running'; readonly intent: Intent }
  | { readonly kind: 'unknown'; readonly intent: Intent }
  | { readonly kind: 'reused'; readonly intent: Intent }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export type ApproveResult =
  | ({ readonly kind: 'admitted' } & Admitted)
  /** As in `BeginResult`. */
  | { readonly kind: 'uncompared' }
  /** Whoever asked cannot agree to it. */
  | { readonly kind: 'own' }
  /** It does not wait any more. */
  | { readonly kind: 'decided'; readonly intent: Intent }
  /** It still waits: the payment is not as it was when it was asked. */
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** What an answer says about one reservation. */
export interface RefundFact {
  readonly standing: PaymentRefundStanding;
  readonly status: string;
  readonly refundId?: string;
  readonly references?: Readonly<Record<string, string>>;
  /** As the provider says it, where it does: minor units of `currency`. */
  readonly amount?: bigint;
  readonly currency?: string;
}

export interface Settlement {
  readonly to: 'succeeded' | 'failed' | 'unknown' | 'void';
  readonly answer?: StoredAnswer;
  /** One for each reservation, in the order asked. */
  readonly refunds?: readonly RefundFact[];
  /** The answer moved no money and opened a second step instead, with these limits. */
  readonly opened?: readonly VendorLimit[];
  readonly who: string;
  /** From which answer: `answer 200`, `timeout`, `restart`, `list`, `person`. */
  readonly source: string;
  readonly detail?: string;
  readonly at: number;
  /** A refusal of this send alone: it says nothing any more once others hold the send for lost, and may have sent it again. */
  readonly whileSending?: boolean;
}

/** A refund as a provider's read answers it. With `amount` it is complete enough to be taken in when it is not ours. */
export interface Observation extends RefundFact {
  readonly refundId: string;
  readonly standing: RefundStanding;
  /** The intent that the provider's record names as its origin. */
  readonly intentId?: string | undefined;
  /** The idempotency key of that intent, as the record bears it: a restored ledger may know neither. */
  readonly intentKey?: string | undefined;
  readonly reason?: string | undefined;
  readonly createdAt?: number | undefined;
  /** The read, in the shape of the lost answer. */
  readonly answer?: StoredAnswer;
}

/** What the provider says all refunds of a payment come to, however old they are. Minor units. */
export interface ProviderTotal {
  readonly amount: bigint;
  readonly currency: string;
}

/** A signed event about one refund of one payment. */
export interface ProviderEvent {
  /** The provider's id of the event: the same event comes with the same id. */
  readonly eventId: string;
  readonly paymentId: string;
  readonly observation: Observation;
}

/** What became of an observation. `same`: it said nothing new. */
export type Seen = 'changed' | 'settled' | 'takenIn' | 'same';

/** `kept`: stored, and taken in when the answer that is on its way has come. */
export type Received = Seen | 'duplicate' | 'kept';

export interface Observed {
  readonly changed: number;
  readonly settled: number;
  readonly takenIn: number;
}

/** A person's word on a refund whose outcome no machine can know. */
export interface Resolution {
  /** `refunded` and `initiated`: it happened. `cancelled`: a cancel happened. `nothing`: it did not, and never will. */
  readonly outcome: 'refunded' | 'initiated' | 'cancelled' | 'nothing';
  readonly reason: string;
  readonly who: string;
  readonly refundId?: string | undefined;
  /** Only this vendor's part. */
  readonly vendor?: string | undefined;
  /** Minor units: what a refund really came to of which the provider has said two amounts. */
  readonly amount?: bigint | undefined;
  readonly at: number;
}
