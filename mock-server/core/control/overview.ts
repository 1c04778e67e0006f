import { toDecimal } from '../../../contract/money.ts';
import type { Activity, PaymentOverview, RefundOverview, RefundStep } from '../engine/overview.ts';
import type { Credentials, Provider } from '../engine/provider.ts';
import type { SandboxState } from '../engine/state.ts';
import { toRfc3339 } from '../engine/time.ts';
import { describe, quote } from '../engine/validation.ts';
import { ok, type Reply } from '../engine/wire.ts';
import { refuse, type ControlContext, type ControlRoute } from './context.ts';

const MAX_PAYMENTS = 500;
const USUAL_PAYMENTS = 50;

/** What a person asks first: which providers there are, and how the money of their payments stands. */
export const OVERVIEW_ROUTES: readonly ControlRoute[] = [
  {
    method: 'GET',
    path: '/_sandbox/providers',
    about: 'The providers, their routes and how a call signs in',
    handler: ({ state }) => ok({ providers: state.registry.providers.map((one) => showProvider(one, state)) }),
  },
  {
    method: 'GET',
    path: '/_sandbox/payments',
    about: 'Payments with their money and the life of each refund, the most recently active first',
    query: ['provider', 'payment_id', 'limit'],
    handler: listPayments,
  },
];

function showProvider(provider: Provider, { options }: SandboxState) {
  return {
    name: provider.name,
    title: provider.title,
    prefix: provider.prefix,
    root_prefix: provider.rootPrefix ?? null,
    routes: provider.routes.map(({ name, method, path, movesMoney }) => ({
      name,
      method,
      path,
      moves_money: movesMoney,
    })),
    event_types: provider.webhooks?.eventTypes ?? [],
    signed: provider.webhooks?.signing !== undefined,
    sign_in: provider.shell?.(shellCredentials(provider, options.credentials)) ?? null,
  };
}

/** Credentials that somebody has chosen may be real ones: a variable of the shell stands for them. */
function shellCredentials({ credentials = {} }: Provider, chosen: Credentials): Credentials {
  return Object.fromEntries(
    Object.entries(credentials).map(([name, usual]) => [
      name,
      (chosen[name] ?? usual) === usual ? usual : `\${${name.replace(/[A-Z]/g, '_$&').toUpperCase()}}`,
    ]),
  );
}

function listPayments({ state, call }: ControlContext): Reply {
  const query = new URLSearchParams(call.query);
  const { names, providers } = state.registry;
  const name = query.get('provider');
  if (name !== null && !names.includes(name)) {
    return refuse(400, `provider: expected ${names.join(' or ')}, received ${describe(name)}`);
  }
  const limit = query.get('limit') ?? String(USUAL_PAYMENTS);
  if (!/^\d{1,3}$/.test(limit) || Number(limit) > MAX_PAYMENTS) {
    return refuse(400, `limit: expected a whole number up to ${MAX_PAYMENTS}, received ${describe(limit)}`);
  }
  const asked = providers.filter((one) => one.overview !== undefined && (name === null || name === one.name));
  const id = query.get('payment_id');
  const total = asked.reduce((sum, one) => sum + one.payments(state).size, 0);
  const found = id === null ? recentPayments(state, asked, Number(limit)) : asked.map((provider) => ({ provider, id }));
  const payments = found.flatMap((one) => {
    const payment = one.provider.overview?.payment(state, one.id);
    return payment ? [showPayment(one.provider.name, one.id, payment)] : [];
  });
  if (id !== null && payments.length === 0) {
    return refuse(404, `no payment ${quote(id)} of ${asked.map((one) => one.name).join(' or ') || 'any provider'}`);
  }
  return ok({ total, payments });
}

/** Ids of payments, the most recently active first. */
function recentPayments(state: SandboxState, asked: readonly Provider[], limit: number) {
  const latest = new Map<string, Activity & { readonly provider: Provider }>();
  for (const provider of asked) {
    for (const activity of provider.overview?.recent(state, limit) ?? []) {
      const key = `${provider.name} ${activity.payment}`;
      const known = latest.get(key);
      if (!known || known.time < activity.time) latest.set(key, { ...activity, provider });
    }
  }
  return [...latest.values()]
    .toSorted((one, other) => (one.time < other.time ? 1 : one.time > other.time ? -1 : 0))
    .slice(0, limit)
    .map(({ provider, payment }) => ({ provider, id: payment }));
}

function showPayment(provider: string, id: string, payment: PaymentOverview) {
  const { currency, captured, sums } = payment;
  const amount = (minor: bigint) => toDecimal(minor, currency);
  return {
    provider,
    id,
    status: payment.status,
    currency,
    captured: amount(captured),
    refunded: amount(sums.refunded),
    pending: amount(sums.held - sums.refunded),
    refundable: amount(payment.refundable ? captured - sums.held : 0n),
    create_time: payment.created,
    refunds: payment.refunds.map(showRefund),
  };
}

const showRefund = ({ id, amount, status, created, steps }: RefundOverview) => ({
  id,
  amount,
  status,
  create_time: created,
  steps: steps.map(showStep),
});

const showStep = ({ status, at, reached, weight }: RefundStep) => ({
  status,
  time: toRfc3339(at),
  reached,
  counts: weight.refunded ? 'refunded' : weight.held ? 'pending' : 'nothing',
});
