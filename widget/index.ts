import { RefundForm } from './refund-form.ts';

export { RefundForm };
export { registerLocale } from './locale-registry.ts';
export type { Adapter, Capabilities } from './adapter.ts';
export type * from './element.ts';

/** Registers the element, unless its name is taken. */
export function defineRefundForm(name = 'refund-form'): void {
  if (!customElements.get(name)) customElements.define(name, RefundForm);
}
