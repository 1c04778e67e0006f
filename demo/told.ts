import type { ListedStanding } from '../contract/payment.ts';

/** The events of the form after which a refund, or what is known of it, may have changed. */
export const REFUND_EVENTS = [
  'refund-form-accepted',
  'refund-form-status-change',
  'refund-form-approval',
  'refund-form-declined',
  'refund-form-settled',
  'refund-form-unknown',
  'refund-form-refused',
  'refund-form-cancelled',
] as const;

/** A refund as an event of the form tells of it. */
export interface ToldRefund {
  readonly standing: ListedStanding;
  /** Decimal string; missing if the browser's record of it was unreadable. */
  readonly amount?: string | undefined;
}

/** As much as is needed here of the details of these events. */
export interface RefundDetail {
  readonly paymentId: string;
  readonly refundId?: string;
  readonly standing?: ListedStanding;
  readonly amount?: string | undefined;
}

/** What an attempt without an answer has become. Any other event of an attempt tells that nothing was sent. */
const ATTEMPTS: Readonly<Record<string, ListedStanding>> = {
  'refund-form-unknown': 'unknown',
  'refund-form-approval': 'awaiting_approval',
};

/** An attempt has no refund id yet. */
const ATTEMPT = '';

/**
 * What the form was told about refunds since the console last read their payment. The two read different things: a provider can
 * answer about one refund while it cannot list them.
 */
export class Told {
  readonly #refunds = new Map<string, Map<string, ToldRefund>>();

  note(type: string, { paymentId, refundId = ATTEMPT, standing = ATTEMPTS[type], amount }: RefundDetail): void {
    const refunds = this.#refunds.get(paymentId) ?? new Map<string, ToldRefund>();
    // An answer about a refund ends the attempt that it was.
    refunds.delete(ATTEMPT);
    if (standing) refunds.set(refundId, { standing, amount });
    this.#refunds.set(paymentId, refunds);
  }

  of(paymentId: string): readonly ToldRefund[] {
    return [...(this.#refunds.get(paymentId)?.values() ?? [])];
  }

  /** The payment itself was read, and says more. */
  forget(paymentId: string): void {
    this.#refunds.delete(paymentId);
  }
}
