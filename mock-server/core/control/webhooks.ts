import * as z from 'zod/mini';

import { filterFault } from '../engine/journal/check.ts';
import type { JournalFilter } from '../engine/journal/filter.ts';
import type { Registry } from '../engine/registry.ts';
import { describe, quote } from '../engine/validation.ts';
import { showDelivery, TIMESTAMP_UNITS } from '../engine/webhooks/delivery.ts';
import type { Endpoint } from '../engine/webhooks/endpoint.ts';
import type { DeliveryFilter } from '../engine/webhooks/list.ts';
import { DELIVERY_STATUSES } from '../engine/webhooks/statuses.ts';
import { withoutQuery } from '../engine/webhooks/targets.ts';
import { ok, type Reply } from '../engine/wire.ts';
import { parseBody } from './bodies.ts';
import { isControlFault, refuse, refuseFault, type ControlContext, type ControlRoute } from './context.ts';

const TEXT_FILTERS = ['provider', 'status', 'event_type', 'payment_id', 'refund_id'] as const;
const QUERY: readonly string[] = [...TEXT_FILTERS, 'limit'];

/** Endpoints of webhooks, the delivery log, and sending one again. */
export const WEBHOOK_ROUTES: readonly ControlRoute[] = [
  {
    method: 'GET',
    path: '/_sandbox/webhooks',
    about: 'Delivery log, oldest first',
    query: QUERY,
    handler: listDeliveries,
  },
  {
    method: 'POST',
    path: '/_sandbox/webhooks/flush',
    about: 'Answers with the delivery log once everything that is due was sent',
    query: QUERY,
    body: false,
    handler: (context) => ({ ...ok(null), afterWebhooks: () => listDeliveries(context) }),
  },
  {
    method: 'POST',
    path: '/_sandbox/webhooks/{id}/resend',
    about: 'Send a webhook again, now',
    body: false,
    handler: resend,
  },
  { method: 'GET', path: '/_sandbox/webhooks/endpoints', about: 'Where webhooks go', handler: listEndpoints },
  { method: 'POST', path: '/_sandbox/webhooks/endpoints', about: 'Send webhooks to an address', handler: addEndpoint },
  {
    method: 'DELETE',
    path: '/_sandbox/webhooks/endpoints/{id}',
    about: 'No more webhooks',
    body: false,
    handler: removeEndpoint,
  },
];

const endpointBody = ({ names }: Registry) =>
  z.strictObject({
    provider: z.enum(names),
    url: z.string().check(z.minLength(1), z.maxLength(2_000)),
    secret: z.optional(z.string().check(z.minLength(1), z.maxLength(255))),
    timestamp: z.optional(z.enum(TIMESTAMP_UNITS)),
  });

const endpointEntry = ({ id, provider, url, signing }: Endpoint) => ({
  id,
  provider,
  url: withoutQuery(url),
  signed: signing !== null,
  timestamp: signing?.timestamp ?? null,
});

function listEndpoints({ state }: ControlContext): Reply {
  return ok({ endpoints: state.webhooks.endpoints.map(endpointEntry) });
}

function addEndpoint({ state, call }: ControlContext): Reply {
  const parsed = parseBody(call, endpointBody(state.registry));
  if (isControlFault(parsed)) return refuseFault(parsed);
  const fault = state.webhooks.endpointFault(parsed.data);
  if (fault) return refuse(400, `${fault.member}: ${fault.why}`);
  return { status: 201, body: endpointEntry(state.webhooks.addEndpoint(parsed.data)) };
}

function removeEndpoint({ state, params }: ControlContext): Reply {
  const id = params['id'] ?? '';
  if (!state.webhooks.removeEndpoint(id)) return refuse(404, `no webhook endpoint ${quote(id)}`);
  return ok({ endpoints: state.webhooks.endpoints.map(endpointEntry) });
}

function resend({ state, params }: ControlContext): Reply {
  const id = params['id'] ?? '';
  const delivery = state.webhooks.find(id);
  if (!delivery) return refuse(404, `no webhook ${quote(id)}: GET /_sandbox/webhooks lists them`);
  const fault = state.webhooks.resend(delivery, state.clock.now());
  if (fault !== undefined) return refuse(409, `webhook ${id} is not sent: ${fault}`);
  return { status: 202, body: showDelivery(delivery, state.registry.policies) };
}

function listDeliveries({ state, call }: ControlContext): Reply {
  const query = new URLSearchParams(call.query);
  const limit = query.get('limit');
  if (limit !== null && !/^\d{1,6}$/.test(limit)) {
    return refuse(400, `limit: expected a whole number, received ${describe(limit)}`);
  }
  const status = query.get('status');
  if (status !== null && !(DELIVERY_STATUSES as readonly string[]).includes(status)) {
    return refuse(400, `status: expected one of ${DELIVERY_STATUSES.join(', ')}, received ${describe(status)}`);
  }
  const { registry } = state;
  const { names, eventTypes, policies } = registry;
  const provider = query.get('provider');
  if (provider !== null && !names.includes(provider)) {
    return refuse(400, `provider: expected ${names.join(' or ')}, received ${describe(provider)}`);
  }
  const type = query.get('event_type');
  const types = registry.find(provider ?? '')?.webhooks?.eventTypes ?? eventTypes;
  if (type !== null && !types.includes(type)) {
    return refuse(400, `event_type: expected one of ${types.join(', ')}, received ${describe(type)}`);
  }
  const filter: JournalFilter = {
    provider: provider ?? undefined,
    payment_id: query.get('payment_id') ?? undefined,
    refund_id: query.get('refund_id') ?? undefined,
  };
  const fault = filterFault(state, filter);
  if (fault !== undefined) return refuse(400, fault);
  const texts = Object.fromEntries(TEXT_FILTERS.map((name) => [name, query.get(name) ?? undefined]));
  const deliveryFilter: DeliveryFilter = { ...texts, limit: limit === null ? undefined : Number(limit) };
  return ok({ webhooks: state.webhooks.list(deliveryFilter).map((delivery) => showDelivery(delivery, policies)) });
}
