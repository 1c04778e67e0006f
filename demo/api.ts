import * as z from 'zod/mini';

import { paymentSummary, type PaymentSummary } from '../contract/payment.ts';
import { FAULTS, type ActiveRule } from './faults.ts';
import { ORDERS, type ShopOrder } from './orders.ts';
import { ledgerRecord, RECORD_PATH, type LedgerRecord } from './record.ts';
import type { FaultName } from './texts/faults/en.ts';

/** Relative to the page, so that the console also runs in a folder. */
export const endpointOf = ({ provider }: Pick<ShopOrder, 'provider'>) => `refunds/${provider}`;

/** Nothing answered: everything else that can fail is an answer with no payment. */
export class NoAnswerError extends Error {
  override name = 'NoAnswerError' as const;
}

let ahead = 0;

/** The proxy's time, as it told it last: its clock runs ahead with the sandbox's, and the browser's does not. */
export const proxyTime = (): Date => new Date(Date.now() + ahead);

/** @throws Error with the status when the answer is not a success. @throws NoAnswerError */
async function read(url: string): Promise<unknown> {
  const response = await fetch(url, { headers: { accept: 'application/json' } }).catch((cause: unknown) => {
    throw new NoAnswerError(`GET ${url} has no answer`, { cause });
  });
  const told = Date.parse(response.headers.get('date') ?? '');
  if (!Number.isNaN(told)) ahead = told - Date.now();
  if (!response.ok) throw new Error(`GET ${url} answered ${response.status}`);
  return response.json();
}

/**
 * Reads the summary of a payment from the proxy. @throws Error with the status when it does not answer with a summary.
 * @throws NoAnswerError when it does not answer
 */
export async function readPayment(order: ShopOrder): Promise<PaymentSummary> {
  return z.parse(paymentSummary, await read(`${endpointOf(order)}/payments/${encodeURIComponent(order.payment_id)}`));
}

/** What the proxy's ledger has about a payment. */
export async function readRecord({ provider, payment_id }: ShopOrder): Promise<LedgerRecord> {
  return z.parse(ledgerRecord, await read(`${RECORD_PATH}/${provider}/${encodeURIComponent(payment_id)}`));
}

const clock = z.looseObject({ now: z.string() });
const knownScenario = z.looseObject({ name: z.string(), providers: z.array(z.string()) });
const activeRule = z.looseObject({
  scenario: z.string(),
  route: z.optional(z.string()),
  params: z.record(z.string(), z.unknown()),
  provider: z.optional(z.string()),
  payment_id: z.optional(z.string()),
});
const scenarios = z.looseObject({ active: z.array(activeRule), known: z.array(knownScenario) });
const webhookEndpoints = z.looseObject({ endpoints: z.array(z.looseObject({ id: z.string(), url: z.string() })) });
const providerRefund = z.looseObject({ id: z.string(), amount: z.string(), status: z.string() });
const providerPayments = z.looseObject({ payments: z.array(z.looseObject({ refunds: z.array(providerRefund) })) });
const dispute = z.looseObject({ id: z.string(), payment_intent: z.string(), status: z.string() });
const count = z.looseObject({ count: z.number() });
export type ProviderRefund = z.infer<typeof providerRefund>;

async function control(path: string, body?: object, method = body ? 'POST' : 'GET'): Promise<unknown> {
  const response = await fetch(`_sandbox${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (!response.ok) throw new Error(`_sandbox${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

/** The sandbox's virtual time, RFC 3339. */
export async function readClock(): Promise<string> {
  return z.parse(clock, await control('/clock')).now;
}

/** @param duration ISO 8601, such as `PT4H` */
export async function advanceClock(duration: string): Promise<void> {
  await control('/clock', { advance: duration });
}

/** The refunds that the provider itself has of a payment, whatever anybody was told. */
export async function readProviderRefunds({ provider, payment_id }: ShopOrder): Promise<ProviderRefund[]> {
  const query = new URLSearchParams({ provider, payment_id });
  const { payments } = z.parse(providerPayments, await control(`/payments?${String(query)}`));
  return payments.flatMap(({ refunds }) => refunds);
}

/** The status of each refund that the sandbox has, by its id. */
export async function readRefundStatuses(): Promise<ReadonlyMap<string, string>> {
  const { payments } = z.parse(providerPayments, await control('/payments?limit=500'));
  return new Map(payments.flatMap(({ refunds }) => refunds.map(({ id, status }) => [id, status])));
}

/** The disputes of this order that are open: while there is one, UQPAY refunds nothing. */
export async function readOpenDisputes({ payment_id }: ShopOrder): Promise<string[]> {
  const rows = z.parse(z.array(dispute), await control('/db/uqpay_disputes'));
  return rows
    .filter(({ payment_intent, status }) => payment_intent === payment_id && status === 'open')
    .map(({ id }) => id);
}

export async function closeDispute(id: string): Promise<void> {
  await control(`/db/uqpay_disputes/${encodeURIComponent(id)}`, { status: 'closed' }, 'PATCH');
}

/** How many calls about this order have met the fault since the sandbox's journal began. */
export async function countMet(fault: FaultName, { provider, payment_id }: ShopOrder): Promise<number> {
  const query = new URLSearchParams({ provider, payment_id, scenario: FAULTS[fault].rules[0]!.scenario });
  return z.parse(count, await control(`/journal/count?${String(query)}`)).count;
}

/** Sets the fault of the next refund of this order. It replaces what was set before. */
export async function setFault(fault: FaultName | undefined, { provider, payment_id }: ShopOrder): Promise<void> {
  await control('/scenarios', undefined, 'DELETE');
  if (!fault) return;
  for (const { scenario, params, route, times = 1, anyPayment = false } of FAULTS[fault].rules) {
    const filter = anyPayment ? { provider } : { provider, payment_id };
    await control('/scenarios', { scenario, params, route, times, ...filter });
  }
}

export interface Scenarios {
  readonly active: readonly ActiveRule[];
  /** The providers that can carry out each scenario. */
  readonly supporters: ReadonlyMap<string, readonly string[]>;
}

export async function readScenarios(): Promise<Scenarios> {
  const { active, known } = z.parse(scenarios, await control('/scenarios'));
  return { active, supporters: new Map(known.map(({ name, providers }) => [name, providers])) };
}

/** The path where the proxy receives each provider's webhooks, below the console's address. */
export const WEBHOOKS = [...new Set(ORDERS.map(({ provider }) => provider))].map((provider) => ({
  provider,
  path: `${endpointOf({ provider })}/webhooks`,
}));

/** The same as whole addresses. */
export const receivers = () =>
  WEBHOOKS.map(({ provider, path }) => ({ provider, url: new URL(path, document.baseURI).href }));

async function ourEndpoints(): Promise<{ id: string }[]> {
  const { endpoints } = z.parse(webhookEndpoints, await control('/webhooks/endpoints'));
  const ours = new Set(receivers().map(({ url }) => new URL(url).pathname));
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
  for (const receiver of receivers()) await control('/webhooks/endpoints', receiver);
}
