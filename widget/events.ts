import type { RefundStanding } from '../contract/standing.ts';

/** What the form tells the page. No personal data, no amounts typed, no keys. */
export interface RefundFormEvents {
  /** A refund is being sent; whether it goes through is not known yet. */
  readonly 'refund-form-submit': { readonly paymentId: string };
  /** The provider accepted it. It is not done yet unless `standing` says so. */
  readonly 'refund-form-accepted': RefundEvent;
  /** Its standing is another one: also after it succeeded, for a refund that succeeded can be reversed. */
  readonly 'refund-form-status-change': RefundEvent;
  /** Its standing is final. */
  readonly 'refund-form-settled': RefundEvent;
  /** A refund was cancelled before it was carried out. */
  readonly 'refund-form-cancelled': RefundEvent;
  /** Its answer was lost: nobody may refund again before it is cleared up. */
  readonly 'refund-form-unknown': { readonly paymentId: string };
  /** A second person must agree. Nothing was sent yet. */
  readonly 'refund-form-approval': { readonly paymentId: string };
  /** The server no longer knows who asks: the page should offer its sign-in. What was typed is kept. */
  readonly 'refund-form-unauthenticated': { readonly paymentId: string };
  /** It was refused and moved no money. `code` is the proxy's or the provider's. */
  readonly 'refund-form-refused': { readonly paymentId: string; readonly code: string };
}

export interface RefundEvent {
  readonly paymentId: string;
  /** The provider's id; empty where a person settled the refund and did not name it. */
  readonly refundId: string;
  readonly standing: RefundStanding;
}

export type Emit = <Name extends keyof RefundFormEvents>(name: Name, detail: RefundFormEvents[Name]) => void;

/** `CustomEvent`s of the form by name, for `addEventListener`. */
export type RefundFormEventMap = { [Name in keyof RefundFormEvents]: CustomEvent<RefundFormEvents[Name]> };
