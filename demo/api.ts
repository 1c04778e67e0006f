import * as z from 'zod/mini';

import { paymentSummary, type PaymentSummary } from '../contract/payment.ts';
import { ORDERS, type ShopOrder } from './orders.ts';

export const endpointOf = ({ provider }: Pick<ShopOrder, 'provider'>) => `/refunds/${provider}`;

/**
 * Reads the summary of a payment from the proxy. @throws Error with the status when it does not answer with a summary.
 */
export async function readPayment(order: ShopOrder): Promise<PaymentSummary> {
  const url = `${endpointOf(order)}/payments/${encodeURIComponent(order.payment_id)}`;
  const response = await fetch(url, { headers: { accept: 'application/json' } });
  if (!response.ok) throw new Error(`GET ${url} answered ${response.status}`);
  return z.parse(paymentSummary, await response.json());
}

const clock = z.looseObject({ now: z.string() });
const activeScenarios = z.looseObject({ active: z.array(z.looseObject({ scenario: z.string() })) });
const webhookEndpoints = z.looseObject({ endpoints: z.array(z.looseObject({ id: z.string(), url: z.string() })) });

async function control(path: string, body?: object, method = body ? 'POST' : 'GET'): Promise<unknown> {
  const response = await fetch(`/_sandbox${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (!response.ok) throw new Error(`/_sandbox${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

/** The sandbox's virtual time, RFC 3339. */
export async function readClock(): Promise<string> {
  return z.parse(clock, await control('/clock')).now;
}

/** @param duration ISO 8601, such as `PT4H` */
export async function advanceClock(duration: string): Promise<string> {
  return z.parse(clock, await control('/clock', { advance: duration })).now;
}

export interface Fault {
  readonly scenario: string;
  readonly params?: object;
}

/** Sets the fault or the outcome of the next call that would move money. It replaces the one set before. */
export async function setFault(fault: Fault | undefined): Promise<void> {
  await control('/scenarios', undefined, 'DELETE');
  if (fault) await control('/scenarios', { scenario: fault.scenario, times: 1, params: fault.params });
}

export async function readFaults(): Promise<string[]> {
  return z.parse(activeScenarios, await control('/scenarios')).active.map(({ scenario }) => scenario);
}

/** The path where the proxy receives each provider's webhooks, below the console's address. */
export const WEBHOOKS = [...new Set(ORDERS.map(({ provider }) => provider))].map((provider) => ({
  provider,
  path: `${endpointOf({ provider })}/webhooks`,
}));

async function ourEndpoints(): Promise<{ id: string }[]> {
  const { endpoints } = z.parse(webhookEndpoints, await control('/webhooks/endpoints'));
  const ours = new Set(WEBHOOKS.map(({ path }) => path));
  return endpoints.filter(({ url }) => ours.has(new URL(url).pathname));
}

/** Whether the sandbox sends webhooks about refunds to the proxy. */
export async function readWebhooks(): Promise<boolean> {
  return (await ourEndpoints()).length > 0;
}

/** The sandbox signs UQPAY's webhooks with its own secret, so the page needs none. */
export async function setWebhooks(arrive: boolean): Promise<void> {
  for (const { id } of await ourEndpoints()) await control(`/webhooks/endpoints/${id}`, undefined, 'DELETE');
  if (!arrive) return;
  for (const { provider, path } of WEBHOOKS) {
    await control('/webhooks/endpoints', { provider, url: new URL(path, location.href).href });
  }
}
