import type { PaymentRefundStanding } from '../../contract/index.ts';
import type { IntentState } from './rules/states.ts';

/** The merchant and the provider: every row of the ledger belongs to one scope. */
export interface Scope {
  readonly merchant: string;
  readonly provider: string;
}

/** The scope of a row, or of anything else that has one. */
export function scopeOf({ merchant, provider }: Scope): Scope {
  return { merchant, provider };
}

/** `refund` reserves one amount, `vendor_refund` one for each vendor, and `cancel` none: it releases a reservation. */
export const INTENT_KINDS = ['refund', 'vendor_refund', 'cancel'] as const;
export type IntentKind = (typeof INTENT_KINDS)[number];

/** A provider's answer, kept to be replayed byte for byte. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** One request of one admin under one idempotency key. Times are milliseconds since the epoch. */
export interface Intent extends Scope {
  readonly id: string;
  readonly key: string;
  /** SHA-256 of method, path and canonical body. */
  readonly fingerprint: string;
  readonly kind: IntentKind;
  readonly paymentId: string;
  readonly currency: string;
  readonly state: IntentState;
  /** The idempotency key for the provider: the same in every send of this intent. */
  readonly providerKey: string;
  readonly user: string;
  /** `cancel` only: the reservation that it releases. */
  readonly target: number | undefined;
  readonly answer: StoredAnswer | undefined;
  /** How many refunds the provider listed for the payment just before the first send. Evidence only. */
  readonly seenBefore: number | undefined;
  readonly createdAt: number;
  readonly firstSentAt: number;
  readonly updatedAt: number;
  readonly checks: number;
  readonly nextCheckAt: number;
}

/** An amount that an intent, or a refund made elsewhere, takes of the captured amount. Minor units. */
export interface Reservation extends Scope {
  readonly id: number;
  /** `undefined` for a refund that was made elsewhere and read from the provider. */
  readonly intentId: string | undefined;
  /** The intent's idempotency key. */
  readonly key: string | undefined;
  readonly paymentId: string;
  readonly currency: string;
  readonly vendor: string | undefined;
  readonly amount: bigint;
  /** Released: it no longer counts against the captured amount. */
  readonly released: boolean;
  /** The provider's id, by which it can be read. */
  readonly refundId: string | undefined;
  /** Every id the provider gave, under the provider's own names. */
  readonly references: Readonly<Record<string, string>>;
  /** The provider's status, empty until there is one. */
  readonly status: string;
  readonly standing: PaymentRefundStanding;
  readonly reason: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly checks: number;
  readonly nextCheckAt: number;
}

/** A request that waits for an approval. It may hold personal data, so it is deleted with the decision. */
export interface KeptRequest {
  /** The provider's path below its base. */
  readonly path: string;
  /** The browser's body as it was parsed, as JSON text. */
  readonly body: string;
  /** Minor units, all parts together. */
  readonly amount: bigint;
}

export interface KeptAmount {
  readonly intentId: string;
  /** Minor units, all parts together. */
  readonly amount: bigint;
  /** When it ends without a decision. */
  readonly until: number;
}

/** An event of the provider. Its id is kept for good, so that the same event counts once. */
export interface StoredEvent extends Scope {
  readonly eventId: string;
  readonly refundId: string;
  readonly paymentId: string;
  readonly receivedAt: number;
  /** An encoded observation that waits until the answer of a running send shows to which refund it belongs. */
  readonly observation: string | undefined;
}

/** How much the refunds of one vendor may still take, as the provider's first step stated. */
export interface VendorLimit {
  readonly vendor: string;
  readonly remaining: bigint;
}

/** A vendor limit in the ledger. `after`: the last reservation that the provider's number includes. */
export interface OpenedVendor extends VendorLimit {
  readonly after: number;
}

/** Append-only: who did what, when, and the source of the knowledge. */
export interface AuditLine {
  readonly at: number;
  readonly intentId: string | undefined;
  readonly reservationId: number | undefined;
  readonly who: string;
  readonly what: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly source: string;
  readonly detail: string | undefined;
}
