import type { ProviderName } from './scenarios/scenarios.ts';

/** The page where a customer pays, which stands in for a hosted checkout, a 3-D Secure page or a code to scan. */
export const PAY_PATH = '/_sandbox/pay/{provider}/{id}';

/** @param id UQPAY: the payment intent's. UPayments: the `track_id`. */
export function payLink(base: string, provider: ProviderName, id: string): string {
  return `${base}${PAY_PATH.replace('{provider}', provider).replace('{id}', encodeURIComponent(id))}`;
}
