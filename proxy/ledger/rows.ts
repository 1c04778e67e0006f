import type { Intent, Reservation, Scope, StoredEvent } from './entities.ts';
import type { IntentState } from './rules/states.ts';

export type NewIntent = Pick<Intent, 'merchant' | 'provider' | 'key' | 'paymentId' | 'currency'>;
export type NewReservation = Omit<Reservation, 'id'>;

export interface Held {
  /** Minor units. */
  readonly amount: bigint;
  readonly hasUnknown: boolean;
  /** Whether one of the refunds is in another currency: how much it takes of this one is unknown. */
  readonly hasForeign: boolean;
}

/** The range of the held amount, both ends included. Minor units. */
export interface HeldRange {
  readonly least: bigint;
  readonly most: bigint;
  /** Whether any part may have an unknown outcome. */
  readonly mayBeUnknown: boolean;
}

export interface IntentQuery {
  readonly states?: readonly IntentState[];
  /** Also intents whose answer left the refund of a vendor unknown. */
  readonly withUnknownParts?: boolean;
  readonly paymentId?: string;
  readonly limit: number;
}

export interface Unsettled {
  readonly intent: Intent;
  readonly rows: readonly Reservation[];
  /** Events of its payment that wait for the answer of a running send, oldest first. */
  readonly waitingEvents: readonly StoredEvent[];
}

/** An intent as one transaction wrote it. Only its store understands `versions`. */
export interface Written {
  readonly unsettled: Unsettled;
  readonly versions: string;
}

/** One part of a refund in an export. */
export interface ExportedPart extends Scope {
  readonly id: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly paymentId: string;
  readonly intentId: string | undefined;
  readonly kind: string | undefined;
  readonly user: string | undefined;
  readonly approvedBy: string | undefined;
  readonly resolvedBy: string | undefined;
  readonly cancelledBy: string | undefined;
  readonly vendor: string | undefined;
  /** Minor units. */
  readonly amount: bigint;
  readonly currency: string;
  readonly state: string | undefined;
  readonly standing: string;
  readonly status: string;
  readonly refundId: string | undefined;
  readonly references: Readonly<Record<string, string>>;
}

export interface PaymentName extends Scope {
  readonly paymentId: string;
}
