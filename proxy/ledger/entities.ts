import type { PaymentRefundStanding } from '../../contract/index.ts';
import type { IntentState } from './states.ts';

/** Whose money and which provider: every row of the ledger belongs to one scope. */
export interface Scope {
  readonly merchant: string;
  readonly provider: string;
}

/** The scope alone, of a row or anything else that bears one. */
export function scopeOf({ merchant, provider }: Scope): Scope {
  return { merchant, provider };
}

/** `refund` reserves one amount, `vendor_refund` one a vendor, `cancel` none: it gives a reservation back. */
export const INTENT_KINDS = ['refund', 'vendor_refund', 'cancel'] as const;
export type IntentKind = (typeof INTENT_KINDS)[number];

/** A provider's answer as it came, to be replayed byte for byte. */
export interface StoredAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** One request of one admin, under one idempotency key. Times are milliseconds since the epoch. */
export interface Intent extends Scope {
  readonly id: string;
  readonly key: string;
  /** SHA-256 of method, path and canonical body. */
  readonly fingerprint: string;
  readonly kind: IntentKind;
  readonly paymentId: string;
  readonly currency: string;
  readonly state: IntentState;
  /** The key the provider is given; the same over every send of this intent. */
  readonly providerKey: string;
  readonly user: string;
  /** `cancel` only: the reservation that it gives back. */
  readonly target: number | undefined;
  readonly answer: StoredAnswer | undefined;
  /** How many refunds the provider listed for the payment just before the first send; evidence only. */
  readonly seenBefore: number | undefined;
  readonly createdAt: number;
  readonly firstSentAt: number;
  readonly updatedAt: number;
  readonly checks: number;
  readonly nextCheckAt: number;
}

/** An amount that an intent, or a refund made elsewhere, takes from what was captured. Amounts are minor units. */
export interface Reservation extends Scope {
  readonly id: number;
  /** `undefined`: the refund was made elsewhere and read from the provider. */
  readonly intentId: string | undefined;
  /** The intent's idempotency key. */
  readonly key: string | undefined;
  readonly paymentId: string;
  readonly currency: string;
  readonly vendor: string | undefined;
  readonly amount: bigint;
  /** Given back: it no longer counts against what was captured. */
  readonly released: boolean;
  /** The provider's id, by which it can be read. */
  readonly refundId: string | undefined;
  /** Every id the provider gave, under the provider's own names. */
  readonly references: Readonly<Record<string, string>>;
  /** The provider's own word, empty until there is one. */
  readonly status: string;
  readonly standing: PaymentRefundStanding;
  readonly reason: string | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly checks: number;
  readonly nextCheckAt: number;
}

/** What was asked and waits for a second person. It may hold personal data, so it goes when the decision comes. */
export interface KeptRequest {
  /** The provider's path below its base. */
  readonly path: string;
  /** JSON text, as the browser's body was read. */
  readonly body: string;
  /** Minor units, all parts together. */
  readonly amount: bigint;
}

export interface KeptAmount {
  readonly intentId: string;
  /** Minor units, all parts together. */
  readonly amount: bigint;
}

/** An event of the provider. Its id stays for good, so that the same event counts once. */
export interface StoredEvent extends Scope {
  readonly eventId: string;
  readonly refundId: string;
  readonly paymentId: string;
  readonly receivedAt: number;
  /** An encoded observation that waits until an answer on its way tells whose refund it is. */
  readonly kept: string | undefined;
}

/** What one vendor's refunds may still take, as the provider's first step said. */
export interface VendorLimit {
  readonly vendor: string;
  readonly remaining: bigint;
}

/** A vendor limit in the ledger. `after`: the last reservation the provider's number already counts. */
export interface OpenedVendor extends VendorLimit {
  readonly after: number;
}

/** Append-only: who did what, when, and from which answer it is known. */
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
