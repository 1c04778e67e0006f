import type { Sums, Weight } from './indexes.ts';
import { parseInstant, type Millis } from './time.ts';

/** One status of a refund, reached or still to come. */
export interface RefundStep {
  /** The provider's own word. */
  readonly status: string;
  /** When it was reached, or when it will be if nothing changes. */
  readonly at: Millis;
  readonly reached: boolean;
  readonly weight: Weight;
}

/** The life of one refund, oldest step first. */
export interface RefundOverview {
  readonly id: string;
  readonly amount: string;
  /** The provider's own word. */
  readonly status: string;
  readonly created: string;
  readonly steps: readonly RefundStep[];
}

/** A payment and its refunds, oldest first. */
export interface PaymentOverview {
  /** The provider's own word. */
  readonly status: string;
  readonly currency: string;
  /** Minor units. */
  readonly captured: bigint;
  readonly sums: Sums;
  /** Whether its status lets a refund be made. */
  readonly refundable: boolean;
  readonly created: string;
  readonly refunds: readonly RefundOverview[];
}

/** A time that a payment was created or that one of its refunds changed. The texts sort as the instants do. */
export interface Activity {
  readonly payment: string;
  readonly time: string;
}

/** The newest rows of a collection, which are at its end. */
export const newest = <Row>(rows: readonly Row[], count: number): readonly Row[] =>
  count === 0 ? [] : rows.slice(-count);

/** The times of rows are valid: they are checked before they get here. */
export const instantOf = (text: string): Millis => parseInstant(text) ?? 0;
