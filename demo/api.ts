import * as z from 'zod/mini';

import { paymentSummary, type PaymentSummary } from '../contract/payment.ts';
import type { ShopOrder } from './orders.ts';

export const endpointOf = (order: ShopOrder) => `/refunds/${order.provider}`;

/** What the proxy knows of a payment. @throws Error with the status when it does not answer with a summary. */
export async function readPayment(order: ShopOrder): Promise<PaymentSummary> {
  const url = `${endpointOf(order)}/payments/${encodeURIComponent(order.payment_id)}`;
  const response = await fetch(url, { headers: { accept: 'application/json' } });
  if (!response.ok) throw new Error(`GET ${url} answered ${response.status}`);
  return z.parse(paymentSummary, await response.json());
}

const clock = z.looseObject({ now: z.string() });
const activeScenarios = z.looseObject({ active: z.array(z.looseObject({ scenario: z.string() })) });

async function control(path: string, body?: object): Promise<unknown> {
  const response = await fetch(`/_sandbox${path}`, {
    ...(body && { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
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

/** The fault or outcome that the next call that would move money meets, instead of any set before. */
export async function setFault(fault: Fault | undefined): Promise<void> {
  await clearFaults();
  if (fault) await control('/scenarios', { scenario: fault.scenario, times: 1, params: fault.params });
}

export async function readFaults(): Promise<string[]> {
  return z.parse(activeScenarios, await control('/scenarios')).active.map(({ scenario }) => scenario);
}

async function clearFaults(): Promise<void> {
  const response = await fetch('/_sandbox/scenarios', { method: 'DELETE' });
  if (!response.ok) throw new Error(`/_sandbox/scenarios answered ${response.status}`);
}
