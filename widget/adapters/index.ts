import type { Adapter } from './adapter.ts';
import { upayments } from './upayments.ts';
import { uqpay } from './uqpay.ts';

/** The built-in providers. The attribute also takes the name of one that the page has registered. */
export type Provider = 'uqpay' | 'upayments';

const adapters = new Map<string, Adapter>([
  ['uqpay', uqpay],
  ['upayments', upayments],
]);

/** Adds a provider, or replaces one. Call it before a form of this provider is in the page. */
export function registerProvider(name: string, adapter: Adapter): void {
  adapters.set(name, adapter);
}

export function adapterOf(name: string): Adapter | undefined {
  return adapters.get(name);
}
