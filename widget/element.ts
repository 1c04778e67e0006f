import type { PaymentSummary } from '../contract/payment.ts';
import type { Provider } from './adapters/index.ts';
import type { Environment } from './environment.ts';
import type { RefundFormEventMap } from './events.ts';
import type { Messages } from './locale-registry.ts';
import type { RefundReason } from './model.ts';

export type { PaymentRefund, PaymentSummary } from '../contract/payment.ts';
export type { RefundStanding } from '../contract/standing.ts';
export type { Provider } from './adapters/index.ts';
export type { Environment } from './environment.ts';
export type { RefundEvent, RefundFormEventMap, RefundFormEvents } from './events.ts';
export { registerLocale, type Catalogue, type MessageKey, type Messages } from './locale-registry.ts';
export type { RefundReason } from './model.ts';

/**
 * `<refund-form>` as a page sees it, without a word of what it is made with: a page that has only the built file gets
 * these types and needs no others. The attributes are told in `refund-form.ts`.
 */
export interface RefundFormElement extends HTMLElement {
  provider: Provider;
  endpoint: string;
  paymentId: string;
  locale: string | undefined;
  reference: string | undefined;
  allowThirdDecimal: boolean;
  /** What the host page knows of the payment, where the endpoint cannot tell. Takes precedence over the endpoint. */
  payment: PaymentSummary | undefined;
  /** Reasons to choose from, in place of the usual ones. */
  reasons: readonly RefundReason[] | undefined;
  /** Texts of this form alone, over those of its language. */
  messages: Partial<Messages> | undefined;
  /** Clock, ids, storage and network. For tests. */
  environment: Environment | undefined;

  /** Resolves when what was set is drawn. */
  readonly updateComplete: Promise<boolean>;
  /** Reads the payment again, for a host page that knows it has changed. What is typed is kept; a refund under way goes on. */
  refresh(): Promise<void>;
}

/** Its attributes by name, for the table of elements that a JSX has. */
export interface RefundFormAttributes {
  readonly provider?: Provider;
  readonly endpoint?: string;
  readonly 'payment-id'?: string;
  readonly locale?: string;
  readonly reference?: string;
  readonly 'allow-third-decimal'?: boolean;
}

declare global {
  interface HTMLElementEventMap extends RefundFormEventMap {}
  interface HTMLElementTagNameMap {
    'refund-form': RefundFormElement;
  }
}
