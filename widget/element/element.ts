import type { OrderItems } from '../../contract/money/items.ts';
import type { PaymentSummary } from '../../contract/payment.ts';
import type { Provider } from '../adapters/index.ts';
import type { Environment, Transport } from '../browser/environment.ts';
import type { RefundFormEventMap } from './events.ts';
import type { Messages } from '../messages/registry.ts';
import type { RefundReason, VendorNames } from '../model.ts';

export type { OrderItem, OrderItems } from '../../contract/money/items.ts';
export type { PaymentRefund, PaymentSummary } from '../../contract/payment.ts';
export type { RefundStanding } from '../../contract/standing.ts';
export type { Provider } from '../adapters/index.ts';
export type { Environment, Transport } from '../browser/environment.ts';
export type { BeforeSubmit, RefundAttempt, RefundEvent, RefundFormEventMap, RefundFormEvents } from './events.ts';
export { registerLocale, type Catalogue, type MessageKey, type Messages } from '../messages/registry.ts';
export type { RefundedItems, RefundReason, VendorNames } from '../model.ts';

/**
 * The public type of `<refund-form>`, without its implementation: a page that has only the built file gets these types
 * and needs no others. `refund-form.ts` documents the attributes.
 */
export interface RefundFormElement extends HTMLElement {
  provider: Provider;
  endpoint: string;
  paymentId: string;
  locale: string | undefined;
  reference: string | undefined;
  allowThirdDecimal: boolean;
  /**
   * The payment as the host page knows it, if the endpoint cannot say. Takes precedence over the endpoint, as long as
   * its `payment_id` is this form's. Before the first refund is sent, the endpoint is asked who has signed in and what it
   * knows: from then on its payment counts, where it has one.
   */
  payment: PaymentSummary | undefined;
  /**
   * The reasons to choose from, instead of the default ones. One without a `code` and a `label`, or with the `code` of
   * an earlier one, is left out, and the console says so.
   */
  reasons: readonly RefundReason[] | undefined;
  /** Display names of vendors, by IBAN or by the provider's id of the vendor's row. They are only drawn. */
  vendorNames: VendorNames | undefined;
  /**
   * Fills in the amount of a part, until a person types another one: a decimal string such as `12.500`, in units of the
   * payment's currency. The form says what is wrong with any other text, and ignores it. Once the payment has got a refund
   * since the page shows it, or lists one of this amount, the amount begins empty.
   */
  amount: string | undefined;
  /**
   * The sold order, in the payment's currency. A person then can choose what came back, and the form computes the
   * amount. The form says what is wrong with an order that it cannot read, and goes on without.
   */
  items: OrderItems | undefined;
  /** Texts for this form only. They override those of its language. */
  messages: Partial<Messages> | undefined;
  /** The page's own `fetch`, headers and credentials. A form in progress goes on when it is replaced. */
  transport: Transport | undefined;
  /** Clock, ids, storage and network. For tests. */
  environment: Environment | undefined;

  /** Level of the heading, 1 to 6; 2 by default. */
  headingLevel: number | undefined;
  /**
   * Leaves out the buttons that review and confirm: the page has its own, and calls `requestSubmit`. Those that lead back,
   * or decide about the request of somebody else, stay.
   */
  hideActions: boolean;

  /** The page sends receipts: the form offers "Send to the customer", which fires `refund-form-receipt`. */
  canSendReceipt: boolean;

  /**
   * What the form shows, such as `editing`, `review` or `unknown`; empty before there is anything. In CSS it is
   * `:state(editing)`. `refund-form-state-change` tells of each change.
   */
  readonly state: string;
  /**
   * Does what the primary button does: reviews what is typed, confirms what is reviewed, or checks what is unknown. In
   * any other state it does nothing. It focuses the first fault of what is typed. A call within 1000 ms of the one before
   * confirms nothing: it belongs to the same double click or held key, and nobody has read the review yet. That is our
   * policy.
   */
  requestSubmit(): void;
  /** Clears what is typed, also for a later reload, and leaves a review. A refund that was sent stays. */
  reset(): void;

  /** Resolves when all changes are drawn. */
  readonly updateComplete: Promise<boolean>;
  /**
   * Reads the payment again, for a host page that knows of a change. Typed text is kept; a refund in progress
   * continues.
   */
  refresh(): Promise<void>;
}

/** Its attributes by name, for the element table of a JSX. */
export interface RefundFormAttributes {
  readonly provider?: Provider;
  readonly endpoint?: string;
  readonly 'payment-id'?: string;
  readonly locale?: string;
  readonly reference?: string;
  readonly amount?: string;
  readonly 'allow-third-decimal'?: boolean;
  readonly 'heading-level'?: number;
  readonly 'hide-actions'?: boolean;
  readonly 'can-send-receipt'?: boolean;
}

declare global {
  interface HTMLElementEventMap extends RefundFormEventMap {}
  // Every event bubbles, so that one listener serves a page with many forms.
  interface DocumentEventMap extends RefundFormEventMap {}
  interface WindowEventMap extends RefundFormEventMap {}
  interface HTMLElementTagNameMap {
    'refund-form': RefundFormElement;
  }
}
