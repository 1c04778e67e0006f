// First: next to each other, the texts and the templates that use them take less room in the built file.
export { registerLocale } from './messages/registry.ts';
import { RefundForm } from './element/refund-form.ts';

export { RefundForm };
export { amountOfItems } from '../contract/money/items.ts';
export { registerProvider } from './adapters/index.ts';
export type { Adapter, Capabilities } from './adapters/adapter.ts';
export type { Call, Opened, Refund, RefundRequest, Refusal, Summary } from './model.ts';
export type * from './element/element.ts';

/** Registers the element, unless its name is taken. Without a browser there is nothing to register. */
export function defineRefundForm(name = 'refund-form'): void {
  const registry = globalThis.customElements as CustomElementRegistry | undefined;
  if (registry && !registry.get(name)) registry.define(name, RefundForm);
}
