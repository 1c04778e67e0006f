import { toDecimal } from '../../../contract/index.ts';
import {
  createRefundProxy,
  upayments,
  uqpay,
  type RefundProxy,
  type RefundProxyOptions,
} from '../../../proxy/index.ts';
import type { Testbed, ProviderName } from './testbed.ts';

/** Refunds made without the proxy, as the merchant has recorded them: minor units and the number of refunds. */
export interface Elsewhere {
  readonly amount: bigint;
  readonly count: number;
}
export const NOTHING_ELSEWHERE: Elsewhere = { amount: 0n, count: 0 };

export interface Order {
  readonly payment_id: string;
  readonly currency: string;
  /** Decimal string. */
  readonly captured: string;
}

/** The merchant's own record of an order. `elsewhere` is keyed by the index of the order. */
export function recordOf(
  orders: readonly Order[],
  id: string,
  elsewhere: ReadonlyMap<number, Elsewhere>,
): object | undefined {
  const index = orders.findIndex(({ payment_id }) => payment_id === id);
  const order = orders[index];
  if (!order) return undefined;
  const { amount, count } = elsewhere.get(index) ?? NOTHING_ELSEWHERE;
  const refunded_elsewhere = toDecimal(amount, order.currency);
  return { ...order, refunded_elsewhere, refunded_elsewhere_count: count };
}

/** A proxy of one merchant in front of the sandbox. */
export function startProxy(
  { sandbox }: Testbed,
  provider: ProviderName,
  options: Omit<RefundProxyOptions, 'provider'>,
): RefundProxy {
  return createRefundProxy({
    provider:
      provider === 'uqpay'
        ? uqpay({
            baseUrl: sandbox.uqpayUrl,
            clientId: 'sandbox-client',
            apiKey: 'sandbox-key',
            webhookSecret: 'sandbox-webhook-secret',
          })
        : upayments({ baseUrl: sandbox.upaymentsUrl, token: 'jtest123' }),
    timeoutMs: 10_000,
    ...options,
  });
}
