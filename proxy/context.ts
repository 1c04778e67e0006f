import * as z from 'zod/mini';

import { parseDecimal } from '../contract/index.ts';
import type { ProviderIo } from './providers/exchange.ts';
import type { Scope } from './ledger/entities.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { Log } from './telemetry/log.ts';
import type { ProxyMetrics } from './telemetry/metrics.ts';
import { hookFailed, wrongOrder, wrongVerdict } from './hooks/hook-faults.ts';
import {
  order as orderSchema,
  type Action,
  type Authorization,
  type AuthorizeContext,
  type Order,
  type Permission,
  type RefundProxyOptions,
} from './options.ts';
import { orderFaults, otherPayment } from './hooks/order-faults.ts';
import { misspeltMoney } from './hooks/order-members.ts';
import { checkUser, type Reading } from './http/guards.ts';
import { ProblemError } from './http/problem.ts';
import type { Provider, ProviderSession } from './providers/provider.ts';
import type { RateLimiter } from './http/rate-limit.ts';
import { assertNever } from './assert-never.ts';
import { readVerdict } from './hooks/verdict.ts';

type Authenticate = NonNullable<RefundProxyOptions['authenticate']>;

/** What every request handler needs: the options, resolved once. */
export interface ProxyContext extends Reading {
  readonly provider: Provider;
  readonly session: ProviderSession;
  /** The `ProviderIo` that the session was made with. */
  readonly io: ProviderIo;
  readonly scope: Scope;
  readonly basePath: string;
  readonly ledger: Ledger;
  readonly orders: RefundProxyOptions['orders'];
  readonly authorize: (request: Request, about: Omit<AuthorizeContext, 'original'>) => Promise<Authorization>;
  readonly authenticate:
    | ((request: Request, about: { readonly signal: AbortSignal }) => ReturnType<Authenticate>)
    | undefined;
  readonly limiter: RateLimiter;
  /** Limits how often an unsigned hint causes the same reads. */
  readonly hints: RateLimiter;
  readonly metrics: ProxyMetrics;
  readonly approvalMs: number;
  /** How long a hook may take. Milliseconds. */
  readonly hookMs: number;
  readonly now: () => number;
  /** How long one provider call may take. Milliseconds. */
  readonly timeoutMs: number;
  readonly newId: () => string;
  readonly log: Log;
}

/** What is needed to read the provider's records. */
export type Looking = Pick<ProxyContext, 'ledger' | 'session' | 'scope' | 'now' | 'log'>;

/** Corrections of a clock, and differences between the clocks of two instances, are ignored up to this size. */
export const CLOCK_STEP_MS = 10_000;

/** One send makes at most this many provider calls: the token twice, and the request twice. */
const CALLS_A_SEND = 4;
/** Also for a busy machine. */
const LEASE_MARGIN_MS = CLOCK_STEP_MS;

/** When a send that starts now has certainly ended. */
export function leaseEnd({ now, timeoutMs }: ProxyContext): number {
  return now() + CALLS_A_SEND * timeoutMs + LEASE_MARGIN_MS;
}

const CHECK_ID = 'Check the payment id';

/** Reads the merchant's order. Nothing has been sent when it fails. */
export async function readOrder(
  { orders, log, hookMs }: Pick<ProxyContext, 'orders' | 'log' | 'hookMs'>,
  paymentId: string,
): Promise<Order> {
  // As a path segment these would change the path, whatever hook builds a URL from them.
  if (paymentId === '.' || paymentId === '..') throw new ProblemError('payment_not_found', { detail: CHECK_ID });
  const found = await within(hookMs, (signal) => orders(paymentId, { signal })).catch((error: unknown) => {
    hookFailed(log, 'orders', error);
    throw new ProblemError('orders_unavailable', { detail: 'Try again; nothing was sent' });
  });
  if (found === undefined || found === null) {
    throw new ProblemError('payment_not_found', { detail: CHECK_ID });
  }
  const parsed = z.safeParse(orderSchema, found);
  if (parsed.success && parsed.data.payment_id === paymentId) {
    const misspelt = misspeltMoney(found, { orders, log });
    if (misspelt.length > 0) throw wrongOrder(log, misspelt);
    return parsed.data;
  }
  throw wrongOrder(log, parsed.success ? [otherPayment(parsed.data.payment_id)] : orderFaults(parsed.error, found));
}

/**
 * Finds what `authorize` has to decide about. If it is not found, checks the permission before revealing that: a person
 * without permission does not learn which payments exist.
 */
export async function findOrDeny<T>(
  context: ProxyContext,
  request: Request,
  action: Action,
  work: () => Promise<T>,
): Promise<T> {
  await refuseUnauthenticated(context, request);
  try {
    return await work();
  } catch (error) {
    await decide(context, request, { order: undefined, action });
    throw error;
  }
}

/** @throws ProblemError when the request alone is reason enough to refuse. */
async function refuseUnauthenticated({ authenticate, log, hookMs }: ProxyContext, request: Request): Promise<void> {
  if (!authenticate) return;
  const said = await within(hookMs, (signal) => authenticate(request, { signal })).catch((error: unknown) => {
    hookFailed(log, 'authenticate', error);
    return { refuse: 'forbidden', detail: 'Your permission could not be checked' } as const;
  });
  if (said === undefined) return;
  const read = readVerdict(said);
  if (read.kind === 'refused') throw new ProblemError(read.code, { detail: read.detail });
  const expected = '{ refuse }, or nothing to go on';
  const fault = { field: 'verdict', received: read.kind, kind: read.kind, expected };
  throw wrongVerdict(log, read.kind === 'wrong' ? read.fault : fault, 'authenticate');
}

/**
 * The order of a payment and the user who reads it. A read and the live status of the same payment refuse in the same
 * way.
 */
export async function readableOrder(
  context: ProxyContext,
  request: Request,
  paymentId: string,
): Promise<{ readonly order: Order; readonly user: string; readonly permission: Permission | undefined }> {
  const order = await findOrDeny(context, request, 'read', () => readOrder(context, paymentId));
  const { user, permission } = permitted(await decide(context, request, { order, action: 'read' }));
  return { order, user, permission };
}

interface AccessRequest {
  readonly order: Order | undefined;
  readonly action: Action;
  readonly amount?: bigint | undefined;
}

interface Decided {
  readonly user: string;
  readonly needsApproval: boolean;
  /** Who was asked to approve, in the merchant's words. */
  readonly approvers?: string | undefined;
  readonly permission?: Permission | undefined;
}

/** Returns the acting user. Denies unless the merchant's hook allows. */
export async function authorize(context: ProxyContext, request: Request, access: AccessRequest): Promise<string> {
  return permitted(await decide(context, request, access)).user;
}

function permitted(decided: Decided): Decided {
  if (decided.needsApproval) throw new ProblemError('approval_required');
  return decided;
}

/** The same for a request that may wait for an approval. */
export async function decide(
  { authorize, log, hookMs }: ProxyContext,
  request: Request,
  { order, action, amount }: AccessRequest,
): Promise<Decided> {
  const verdict = await within(hookMs, (signal) => authorize(request, { order, action, amount, signal })).catch(
    (error: unknown) => {
      hookFailed(log, 'authorize', error);
      return { refuse: 'forbidden', detail: 'Your permission could not be checked' } as const;
    },
  );
  const read = readVerdict(verdict);
  if ('user' in read) checkUser(request, read.user);
  switch (read.kind) {
    case 'allowed':
      return { user: read.user, needsApproval: false, permission: read.permission };
    case 'needs_approval':
      return { user: read.user, needsApproval: true, approvers: read.approvers };
    case 'refused':
      throw new ProblemError(read.code, { detail: read.detail });
    case 'wrong':
      throw wrongVerdict(log, read.fault);
    default:
      return assertNever(read);
  }
}

/** Aborts a hook of the merchant that takes too long, and does not wait for it. */
export async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(ms);
  return Promise.race([
    work(signal),
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    }),
  ]);
}

/** The amounts of the order in minor units: captured, and refunded elsewhere. */
export function moneyOf(order: Order): { readonly limit: bigint; readonly toldElsewhere: bigint } {
  const { captured, refunded_elsewhere, currency } = order;
  return {
    limit: parseOrderAmount(captured, currency),
    toldElsewhere: parseOrderAmount(refunded_elsewhere ?? '0', currency),
  };
}

/** The schema has checked the amount already, so a fault is a bug. */
function parseOrderAmount(text: string, currency: string): bigint {
  const parsed = parseDecimal(text, currency);
  if (!parsed.ok) throw new TypeError('An order was used before it was parsed');
  return parsed.minor;
}
