import type { RefundStanding } from '../../contract/standing.ts';
import type { RefundedItems } from '../model.ts';

/** The events of the form. They hold no personal data, no typed texts and no keys. Amounts are decimal strings. */
export interface RefundFormEvents {
  /** The form shows another state, which is drawn already: a page with its own button enables it by this. */
  readonly 'refund-form-state-change': { readonly paymentId: string; readonly state: string };
  /** The payment was read for the first time. */
  readonly 'refund-form-load': { readonly paymentId: string; readonly currency: string; readonly refundable: string };
  /** The payment could not be read. `code`: the proxy's or the provider's, or why there was no answer. */
  readonly 'refund-form-load-error': { readonly paymentId: string; readonly code: string };
  /**
   * A person has confirmed a refund, and nothing was sent yet. The form stays in its review. `preventDefault()` keeps the
   * refund from being sent, and so does a promise given to `waitUntil` that is rejected. Only while the event runs: a
   * listener that throws, or acts after an `await`, stops nothing.
   */
  readonly 'refund-form-before-submit': BeforeSubmit;
  /** A refund is being sent. Its outcome is unknown. */
  readonly 'refund-form-submit': RefundAttempt;
  /** The provider accepted it. It is not complete unless `standing` says so. */
  readonly 'refund-form-accepted': RefundEvent;
  /** Its standing has changed, perhaps after it succeeded: a successful refund can be reversed. */
  readonly 'refund-form-status-change': RefundEvent;
  /** Its standing is final. */
  readonly 'refund-form-settled': RefundEvent;
  /** A refund was cancelled before it was carried out. */
  readonly 'refund-form-cancelled': RefundEvent;
  /**
   * A person wants to send the customer a receipt: the page does it, and the form sends nothing. Say "refunded" only if
   * `standing` is `succeeded`.
   */
  readonly 'refund-form-receipt': RefundEvent;
  /** Its answer was lost: nobody may refund again before it is settled. */
  readonly 'refund-form-unknown': RefundAttempt;
  /** A second person must approve. Nothing was sent yet. */
  readonly 'refund-form-approval': RefundAttempt;
  /** This user has declined the request of somebody else, or has taken the own one back: it was never sent. An approved one is accepted, or unknown. */
  readonly 'refund-form-declined': RefundAttempt;
  /** A person has unlocked the form, and states to know what became of a refund with an unknown outcome. */
  readonly 'refund-form-unlocked': { readonly paymentId: string };
  /** The user is signed out: the page should offer its sign-in. Typed text is kept. */
  readonly 'refund-form-unauthenticated': { readonly paymentId: string };
  /** It was refused, and no money moved. `code` is the proxy's or the provider's, and `withdrawn` for a request that was taken back. */
  readonly 'refund-form-refused': RefundAttempt & { readonly code: string };
}

/** A request for a refund that has no answer yet, or came to nothing. With `items` and `shipping` as a `RefundEvent` has. */
export interface RefundAttempt extends Partial<RefundedItems> {
  readonly paymentId: string;
  /** Without an amount and a currency if the browser's record of it was unreadable. */
  readonly amount?: string | undefined;
  readonly currency?: string | undefined;
}

/** With `items` and `shipping` if the amount is that of items. */
export interface BeforeSubmit extends Partial<RefundedItems> {
  readonly paymentId: string;
  readonly amount: string;
  readonly currency: string;
  /**
   * Sends the refund only after the promise is fulfilled, such as after another sign-in. Call it while the event runs.
   *
   * @throws DOMException `InvalidStateError` after the event, when nothing waits for the promise any more.
   */
  readonly waitUntil: (promise: Promise<unknown>) => void;
}

/**
 * With `items` and `shipping` if it was asked for here by items, and was not divided over vendors.
 */
export interface RefundEvent extends Partial<RefundedItems> {
  readonly paymentId: string;
  /** The provider's id; empty when a person settled the refund without naming it. */
  readonly refundId: string;
  readonly standing: RefundStanding;
  readonly amount: string;
  readonly currency: string;
}

/** Fires the event. Returns `false` if the page has prevented its default. */
export type Emit = <Name extends keyof RefundFormEvents>(name: Name, detail: RefundFormEvents[Name]) => boolean;

/** The form's `CustomEvent`s by name, for `addEventListener`. */
export type RefundFormEventMap = { [Name in keyof RefundFormEvents]: CustomEvent<RefundFormEvents[Name]> };
