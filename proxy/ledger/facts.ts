import type { PaymentRefundStanding, RefundStanding } from '../../contract/index.ts';
import type { Refusal } from './rules/admission.ts';
import type { Intent, StoredAnswer, VendorLimit } from './entities.ts';
import type { NewReservation, Written } from './rows.ts';

/** An intent that this caller alone may send now, with its reservations in the order of the request. */
export interface Admitted {
  readonly intent: Intent;
  readonly reservations: readonly NewReservation[];
  /** Passed to `settle`, which then need not read what nobody else has changed. */
  readonly written?: Promise<Written> | undefined;
}

/** What is being sent. `cancels`: the provider's number of the refund that a cancel names. */
export interface Sent extends Pick<Admitted, 'intent' | 'reservations'> {
  readonly cancels?: string | undefined;
}

/** The answer to a trial: the request would be admitted. */
export interface Free {
  readonly kind: 'free';
  /** As the provider was read last, it may have been carried out before the ledger was restored. */
  readonly isDoubtful?: boolean;
}

export type BeginResult =
  /** On disk: this caller alone may call the provider now. */
  | ({ readonly kind: 'admitted' } & Admitted)
  /** Finished earlier; `answer` is undefined when a person settled it. */
  | { readonly kind: 'finished'; readonly intent: Intent }
  /** On disk, with nothing reserved: a second person must approve first. */
  | { readonly kind: 'awaiting'; readonly intent: Intent }
  /** The ledger was restored: nothing begins before the payment is compared with the provider. */
  | { readonly kind: 'uncompared' }
  | Free
  | { readonly kind: 'running'; readonly intent: Intent }
  | { readonly kind: 'unknown'; readonly intent: Intent }
  | { readonly kind: 'reused'; readonly intent: Intent }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export type ApproveResult =
  | ({ readonly kind: 'admitted' } & Admitted)
  /** As in `BeginResult`. */
  | { readonly kind: 'uncompared' }
  | Free
  /** The requester cannot approve it. */
  | { readonly kind: 'own' }
  /** It no longer waits. */
  | { readonly kind: 'decided'; readonly intent: Intent }
  /** It still waits: the payment has changed since the request. */
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** What an answer states about one reservation. */
export interface RefundFact {
  readonly standing: PaymentRefundStanding;
  readonly status: string;
  readonly refundId?: string;
  readonly references?: Readonly<Record<string, string>>;
  /** The provider's amount, if it states one: minor units of `currency`. */
  readonly amount?: bigint;
  readonly currency?: string;
}

export interface Settlement {
  readonly to: 'succeeded' | 'failed' | 'unknown' | 'void';
  readonly answer?: StoredAnswer;
  /** One for each reservation, in the order of the request. */
  readonly refunds?: readonly RefundFact[];
  /** The answer moved no money, but opened a second step with these limits. */
  readonly opened?: readonly VendorLimit[];
  readonly who: string;
  /** The source of the knowledge: `answer 200`, `timeout`, `restart`, `list`, `person`. */
  readonly source: string;
  readonly detail?: string;
  readonly at: number;
  /**
   * A refusal of this send only. It means nothing once others count the send as lost, because they may have sent it
   * again.
   */
  readonly whileSending?: boolean;
  /**
   * Which send it is the outcome of: `firstSentAt` of its intent. Where the record of an outcome is lost, and the outcome
   * is recorded again later, another instance may have sent the same request anew.
   */
  readonly sentAt?: number;
}

/** A line for the audit trail of a request, told by the proxy. */
export interface Note {
  readonly what: string;
  readonly source: string;
  readonly detail: string;
  /** How many refunds the provider listed before the first send. */
  readonly seenBefore?: number;
  /**
   * It was read before this send. Once others count the send as lost, they may have sent the request, and it says nothing of
   * before.
   */
  readonly before?: Pick<Intent, 'firstSentAt'>;
  readonly at: number;
}

/** A refund as a read of the provider shows it. With `amount` it can be recorded even if it is not ours. */
export interface Observation extends RefundFact {
  readonly refundId: string;
  readonly standing: RefundStanding;
  /** The intent that the provider's record names as the origin. */
  readonly intentId?: string | undefined;
  /** The idempotency key in the record. A restored ledger may know neither the key nor the intent. */
  readonly intentKey?: string | undefined;
  readonly reason?: string | undefined;
  readonly createdAt?: number | undefined;
  /** The read as an answer, in the form of the lost one. */
  readonly answer?: StoredAnswer;
}

/** The provider's sum of all refunds of a payment, however old. Minor units. */
export interface ProviderTotal {
  readonly amount: bigint;
  readonly currency: string;
}

/** A signed event about one refund of one payment. */
export interface ProviderEvent {
  /** The provider's id of the event: a repeated event has the same id. */
  readonly eventId: string;
  readonly paymentId: string;
  readonly observation: Observation;
}

/** The result of an observation. `same`: nothing new. */
export type Seen = 'changed' | 'settled' | 'takenIn' | 'same';

/** `kept`: stored, and applied when the answer of the running send has come. */
export type Received = Seen | 'duplicate' | 'kept';

export interface Observed {
  readonly changed: number;
  readonly settled: number;
  readonly takenIn: number;
}

/** A person's decision about a refund whose outcome no machine can know. */
export interface Resolution {
  /**
   * `refunded` and `initiated`: it happened. `cancelled`: a cancel happened, or the pending refund of this request was
   * cancelled elsewhere. `nothing`: it did not happen, and never will.
   */
  readonly outcome: 'refunded' | 'initiated' | 'cancelled' | 'nothing';
  readonly reason: string;
  readonly who: string;
  readonly refundId?: string | undefined;
  /** For this vendor's part only. */
  readonly vendor?: string | undefined;
  /** The real amount of a refund for which the provider stated two. Minor units. */
  readonly amount?: bigint | undefined;
  readonly at: number;
  /** It corrects what only an earlier word says. */
  readonly takesBack?: boolean | undefined;
  /** How many words there were when this one was compared with the provider: it corrects none that was said since. */
  readonly words?: number | undefined;
  /** How many words people had said of the payment then: a word on another request changes what the list shows. */
  readonly wordsOnPayment?: number | undefined;
  /** What was captured, and what the merchant says was refunded elsewhere: a correction counts no more, if this is given. */
  readonly most?: { readonly limit: bigint; readonly toldElsewhere: bigint } | undefined;
  /** The list of refunds with which it was compared, if it has amounts: a refund whose number is taken back still counts. */
  readonly listed?: readonly Observation[] | undefined;
  /** Makes the ids of the cancel that records `cancelled` of a refund's own request; needed for that. */
  readonly newId?: (() => string) | undefined;
}
