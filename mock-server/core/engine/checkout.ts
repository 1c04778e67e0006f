import { SECOND } from './time.ts';

/** After this time the customer has paid, unless somebody has used the payment page before. P */
export const CUSTOMER_PAYS_AFTER = 30 * SECOND;

/** What a customer can do on a payment page. P */
export const CUSTOMER_RESULTS = ['paid', 'failed', 'cancelled'] as const;
export type CustomerResult = (typeof CUSTOMER_RESULTS)[number];

/** The page where a customer pays. It replaces a hosted checkout, a 3-D Secure page or a code to scan. */
export const PAY_PATH = '/_sandbox/pay/{provider}/{id}';

/** @param id as the provider's `checkout` takes it */
export function payLink(base: string, provider: string, id: string): string {
  return `${base}${PAY_PATH.replace('{provider}', provider).replace('{id}', encodeURIComponent(id))}`;
}

/** A return address with the result as its query; `null` unless it is an http address, because the merchant sent the text. */
export function withQuery(address: string | null, query: Readonly<Record<string, string>>): string | null {
  if (address === null || !URL.canParse(address)) return null;
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}
