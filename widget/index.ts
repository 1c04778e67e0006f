import type { RefundFormEventMap } from './events.ts';
import { RefundForm } from './refund-form.ts';

export { RefundForm };
export { registerLocale, type Catalogue, type MessageKey, type Messages } from './messages.ts';
export type { Adapter, Capabilities } from './adapter.ts';
export type { Provider } from './adapters/index.ts';
export type { Environment } from './environment.ts';
export type { RefundEvent, RefundFormEventMap, RefundFormEvents } from './events.ts';
export type { RefundReason } from './model.ts';

/** Registers the element, unless the page has one by this name. */
export function defineRefundForm(name = 'refund-form'): void {
  if (!customElements.get(name)) customElements.define(name, RefundForm);
}

declare global {
  interface HTMLElementEventMap extends RefundFormEventMap {}
  interface HTMLElementTagNameMap {
    'refund-form': RefundForm;
  }
}
