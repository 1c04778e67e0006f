import type { PaymentSummary } from '../../contract/payment.ts';
import type { Provider } from '../adapters/index.ts';
import type { Environment } from '../browser/environment.ts';
import type { RefundFormEventMap } from './events.ts';
import type { Messages } from '../messages/registry.ts';
import type { RefundReason } from '../model.ts';

export type { PaymentRefund, PaymentSummary } from '../../contract/payment.ts';
export type { RefundStanding } from '../../contract/standing.ts';
export type { Provider } from '../adapters/index.ts';
export type { Environment } from '../browser/environment.ts';
export type { BeforeSubmit, RefundEvent, RefundFormEventMap, RefundFormEvents } from './events.ts';
export { registerLocale, type Catalogue, type MessageKey, type Messages } from '../messages/registry.ts';
export type { RefundReason } from '../model.ts';

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
  /** The payment as the host page knows it, if the endpoint cannot say. Takes precedence over the endpoint. */
  payment: PaymentSummary | undefined;
  /** The reasons to choose from, instead of the default ones. */
  reasons: readonly RefundReason[] | undefined;
  /** Texts for this form only. They override those of its language. */
  messages: Partial<Messages> | undefined;
  /** Clock, ids, storage and network. For tests. */
  environment: Environment | undefined;

  /** Leaves out the buttons that review and confirm: the page has its own, and calls `requestSubmit`. */
  hideActions: boolean;

  /** The page sends receipts: the form offers "Send to the customer", which fires `refund-form-receipt`. */
  canSendReceipt: boolean;

  /** What the form shows, such as `editing`, `review` or `unknown`. In CSS it is `:state(editing)`. */
  readonly state: string;
  /**
   * Does what the primary button does: reviews what is typed, confirms what is reviewed, or checks what is unknown. In
   * any other state it does nothing.
   */
  requestSubmit(): void;
  /** Clears what is typed, and leaves a review. A refund that was sent stays. */
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
  readonly 'allow-third-decimal'?: boolean;
  readonly 'hide-actions'?: boolean;
  readonly 'can-send-receipt'?: boolean;
}

declare global {
  interface HTMLElementEventMap extends RefundFormEventMap {}
  interface HTMLElementTagNameMap {
    'refund-form': RefundFormElement;
  }
}
