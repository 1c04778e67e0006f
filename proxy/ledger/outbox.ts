import type { RefundChange } from '../../contract/change.ts';
import type { Scope } from './entities.ts';

/** A stored change. Its row in the outbox holds the rest. */
export type KeptChange = Omit<RefundChange, 'id' | 'sequence' | 'merchant' | 'provider' | 'payment_id'>;

/** A change that was not accepted yet. Times are milliseconds since the epoch. */
export interface OutboxEntry extends Scope {
  /** Grows within one payment. */
  readonly id: number;
  readonly paymentId: string;
  readonly at: number;
  readonly change: KeptChange;
}

/** When the oldest change of a payment is delivered next. While an instance delivers, this is the end of its lease. */
export interface Turn {
  /** How many deliveries of that change have failed. */
  readonly attempts: number;
  readonly nextAt: number;
}

/** A payment whose oldest change is due. */
export interface DuePayment extends Turn {
  readonly paymentId: string;
}

/**
 * Selects payments that are due at `at`. One that is due only after `maxNextAt` was put off by a clock that has been
 * set back since.
 */
export interface DueQuery {
  readonly at: number;
  readonly maxNextAt: number;
  readonly limit: number;
}

/** Rows of the outbox, within one transaction of the ledger. */
export interface Outbox {
  add(entry: Omit<OutboxEntry, 'id'>): Promise<void>;
  /** Payments that are due. Only one of several instances claims a payment. */
  due(scope: Scope, query: DueQuery): Promise<DuePayment[]>;
  /** Returns `false` and changes nothing when `nextAt` has changed: another instance has the payment. */
  putOff(scope: Scope, paymentId: string, next: Turn & { readonly from: number }): Promise<boolean>;
  oldest(scope: Scope, paymentId: string): Promise<OutboxEntry | undefined>;
  remove(id: number): Promise<void>;
  /** No change of the payment is left. */
  close(scope: Scope, paymentId: string): Promise<void>;
}

/** The change as it is delivered. Its id never changes, and a ledger that was set back gives it to no other change. */
export function toRefundChange({ id, merchant, provider, paymentId, at, change }: OutboxEntry): RefundChange {
  return {
    id: `change_${at}_${id}`,
    sequence: id,
    merchant,
    provider,
    payment_id: paymentId,
    ...change,
  } as RefundChange;
}
