import * as z from 'zod/mini';

import { parseDecimal } from '../contract/index.ts';
import type { Scope } from './ledger/entities.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { Log } from './log.ts';
import type { ProxyMetrics } from './metrics.ts';
import { hookFailed, wrongOrder, wrongVerdict } from './hook-faults.ts';
import { order as orderSchema, type Action, type Order, type RefundProxyOptions } from './options.ts';
import { orderFaults, otherPayment } from './order-faults.ts';
import { ProblemError } from './problem.ts';
import type { Provider, ProviderSession } from './providers/provider.ts';
import type { RateLimiter } from './rate-limit.ts';
import { unreachable } from './unreachable.ts';
import { readVerdict } from './verdict.ts';

/** Everything a handler works with: the options, made ready once. */
export interface ProxyContext {
  readonly provider: Provider;
  readonly session: ProviderSession;
  readonly scope: Scope;
  readonly basePath: string;
  readonly ledger: Ledger;
  readonly orders: RefundProxyOptions['orders'];
  readonly authorize: RefundProxyOptions['authorize'];
  readonly authenticate: RefundProxyOptions['authenticate'];
  readonly limiter: RateLimiter;
  /** How often an unsigned hint may cause the same reads. */
  readonly hints: RateLimiter;
  readonly metrics: ProxyMetrics;
  readonly approvalMs: number;
  /** Milliseconds for one answer of a hook. */
  readonly hookMs: number;
  readonly now: () => number;
  /** Milliseconds for one call of the provider. */
  readonly timeoutMs: number;
  readonly newId: () => string;
  readonly maxBodyBytes: number;
  readonly log: Log;
}

/** Calls of the provider that one send makes at most: a token twice, and the request twice. */
const CALLS_A_SEND = 4;
/** How far the clocks of two instances may be apart, and what a busy machine may take. */
const LEASE_MARGIN_MS = 10_000;

/** When a send that begins now is over at the latest. */
export function leaseEnd({ now, timeoutMs }: ProxyContext): number {
  return now() + CALLS_A_SEND * timeoutMs + LEASE_MARGIN_MS;
}

const CHECK_ID = 'Check the payment id';

/** The merchant's order. Whatever goes wrong while reading it, nothing has been sent. */
export async function readOrder({ orders, log, hookMs }: ProxyContext, paymentId: string): Promise<Order> {
  // As a segment of a path these mean another path, whatever hook builds one.
  if (paymentId === '.' || paymentId === '..') throw new ProblemError('payment_not_found', { detail: CHECK_ID });
  const found = await within(hookMs, (signal) => orders(paymentId, { signal })).catch((error: unknown) => {
    hookFailed(log, 'orders', error);
    throw new ProblemError('orders_unavailable', { detail: 'Try again; nothing was sent' });
  });
  if (found === undefined || found === null) {
    throw new ProblemError('payment_not_found', { detail: CHECK_ID });
  }
  const parsed = z.safeParse(orderSchema, found);
  if (parsed.success && parsed.data.payment_id === paymentId) return parsed.data;
  throw wrongOrder(log, parsed.success ? [otherPayment(parsed.data.payment_id)] : orderFaults(parsed.error, found));
}

/**
 * Finds what `authorize` is to be asked about. What cannot be found is told only to somebody whom it lets do this without
 * an order: whoever may do nothing does not learn which payments there are.
 */
export async function lookUp<T>(
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

/** @throws ProblemError where the request alone is a reason to refuse. */
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

/** The order of a payment, and who may read it. What a read of the payment and its live status answer otherwise is the same. */
export async function readableOrder(
  context: ProxyContext,
  request: Request,
  paymentId: string,
): Promise<{ readonly order: Order; readonly user: string }> {
  const order = await lookUp(context, request, 'read', () => readOrder(context, paymentId));
  return { order, user: await authorize(context, request, { order, action: 'read' }) };
}

interface Asked {
  readonly order: Order | undefined;
  readonly action: Action;
  readonly amount?: bigint | undefined;
}

interface Decided {
  readonly user: string;
  readonly needsApproval: boolean;
  /** Who was asked to agree, in the merchant's words. */
  readonly approvers?: string | undefined;
}

/** Who acts. Denies unless the merchant's hook says otherwise. */
export async function authorize(context: ProxyContext, request: Request, asked: Asked): Promise<string> {
  const { user, needsApproval } = await decide(context, request, asked);
  if (needsApproval) throw new ProblemError('approval_required');
  return user;
}

/** The same for a request that may wait until a second person agrees. */
export async function decide(
  { authorize, log, hookMs }: ProxyContext,
  request: Request,
  { order, action, amount }: Asked,
): Promise<Decided> {
  const verdict = await within(hookMs, (signal) => authorize(request, { order, action, amount, signal })).catch(
    (error: unknown) => {
      hookFailed(log, 'authorize', error);
      return { refuse: 'forbidden', detail: 'Your permission could not be checked' } as const;
    },
  );
  const read = readVerdict(verdict);
  switch (read.kind) {
    case 'allowed':
      return { user: read.user, needsApproval: false };
    case 'needs_approval':
      return { user: read.user, needsApproval: true, approvers: read.approvers };
    case 'refused':
      throw new ProblemError(read.code, { detail: read.detail });
    case 'wrong':
      throw wrongVerdict(log, read.fault);
    default:
      return unreachable(read);
  }
}

/** A hook of the merchant's that does not answer is told to stop, and is not waited for. */
export async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(ms);
  return Promise.race([
    work(signal),
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    }),
  ]);
}

/** What the order says of the money, in minor units: what was captured, and what was refunded elsewhere. */
export function moneyOf(order: Order): { readonly limit: bigint; readonly toldElsewhere: bigint } {
  const { captured, refunded_elsewhere, currency } = order;
  return { limit: exact(captured, currency), toldElsewhere: exact(refunded_elsewhere ?? '0', currency) };
}

/** An amount of an order, which the schema has found to be exact. */
export function exact(text: string, currency: string): bigint {
  const parsed = parseDecimal(text, currency);
  if (!parsed.ok) throw new TypeError('An order was used before it was parsed');
  return parsed.minor;
}
