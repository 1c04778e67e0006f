import type { RefundStanding } from '../../contract/standing.ts';

/** The events of the form. They hold no personal data, no typed texts and no keys. Amounts are decimal strings. */
export interface RefundFormEvents {
  /** The payment was read for the first time. */
  readonly 'refund-form-load': { readonly paymentId: string; readonly currency: string; readonly refundable: string };
  /** The payment could not be read. `code`: the proxy's or the provider's, or why there was no answer. */
  readonly 'refund-form-load-error': { readonly paymentId: string; readonly code: string };
  /**
   * A person has confirmed a refund, and nothing was sent yet. The form stays in its review. `preventDefault()` keeps the
   * refund from being sent, and so does a promise given to `waitUntil` that is rejected.
   */
  readonly 'refund-form-before-submit': BeforeSubmit;
  /** A refund is being sent. Its outcome is unknown. */
  readonly 'refund-form-submit': { readonly paymentId: string };
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
  readonly 'refund-form-unknown': { readonly paymentId: string };
  /** A second person must approve. Nothing was sent yet. */
  readonly 'refund-form-approval': { readonly paymentId: string };
  /** The user is signed out: the page should offer its sign-in. Typed text is kept. */
  readonly 'refund-form-unauthenticated': { readonly paymentId: string };
  /** It was refused, and no money moved. `code` is the proxy's or the provider's. */
  readonly 'refund-form-refused': { readonly paymentId: string; readonly code: string };
}

export interface BeforeSubmit {
  readonly paymentId: string;
  readonly amount: string;
  readonly currency: string;
  /** Sends the refund only after the promise is fulfilled, such as after another sign-in. Call it while the event runs. */
  readonly waitUntil: (promise: Promise<unknown>) => void;
}

export interface RefundEvent {
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
