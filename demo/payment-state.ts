import type { PaymentSummary } from '../contract/payment.ts';
import type { ToldRefund } from './told.ts';

/** A payment that could not be read. */
export interface Unread {
  /** `problem`: the proxy answered, but with no payment. */
  readonly unread: 'problem' | 'no_answer';
  /** What the form was told about its refunds since. */
  readonly told: readonly ToldRefund[];
}

/** A payment as the console shows it. */
export type PaymentState = PaymentSummary | Unread | 'loading';

export const isUnread = (state: PaymentState | undefined): state is Unread =>
  typeof state === 'object' && 'unread' in state;

/** The payment, if it was read. */
export const summaryOf = (state: PaymentState | undefined): PaymentSummary | undefined =>
  typeof state === 'object' && !('unread' in state) ? state : undefined;
