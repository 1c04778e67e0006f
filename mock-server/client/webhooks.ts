import * as z from 'zod/mini';

import { DELIVERY_STATUSES, type DeliveryStatus } from '../core/engine/webhooks/statuses.ts';
import type { ProviderName } from '../core/providers/index.ts';

const maybe = z.nullable(z.string());

export const webhookDelivery = z.object({
  id: z.string(),
  provider: z.string(),
  event_type: z.string(),
  event_id: maybe,
  payment_id: z.string(),
  refund_id: maybe,
  url: z.string(),
  signed: z.boolean(),
  status: z.enum(DELIVERY_STATUSES),
  reason: maybe,
  scenario: maybe,
  attempts: z.array(
    z.object({ number: z.number(), time: z.string(), response_code: z.nullable(z.number()), error: maybe }),
  ),
  response_code: z.nullable(z.number()),
  next_retry: maybe,
  policies: z.array(z.object({ id: z.string(), text: z.string(), section: z.string() })),
  body: z.unknown(),
});
/** One webhook to one address, as in the delivery log. Times are RFC 3339 of the virtual clock. */
export type SandboxWebhook = z.infer<typeof webhookDelivery>;
export const webhooksAnswer = z.object({ webhooks: z.array(webhookDelivery) });

export const webhookEndpoint = z.object({
  id: z.string(),
  provider: z.string(),
  url: z.string(),
  signed: z.boolean(),
  timestamp: maybe,
});
export type SandboxWebhookEndpoint = z.infer<typeof webhookEndpoint>;
export const endpointsAnswer = z.object({ endpoints: z.array(webhookEndpoint) });

export interface WebhookQuery<Provider extends string = ProviderName> {
  readonly provider?: Provider;
  readonly status?: DeliveryStatus;
  readonly event_type?: string;
  readonly payment_id?: string;
  readonly refund_id?: string;
  readonly limit?: number;
}
