import type { BeginRequest } from '../../../proxy/ledger/rules/admission.ts';
import { uuid } from './test-proxy.ts';

export const SCOPE = { merchant: 'default', provider: 'uqpay' };

/** A refund of the amount of a `request`, as the provider shows it. */
export const SEEN = {
  refundId: 'RF1',
  standing: 'succeeded',
  status: 'SUCCEEDED',
  amount: 1_000n,
  currency: 'USD',
} as const;

/** A refund of 10.00 of 100.00 USD that a ledger admits. Its id and key are made from `number`. */
export function request(number: number, change: Partial<BeginRequest> = {}): BeginRequest {
  return {
    ...SCOPE,
    id: uuid(number),
    key: uuid(number),
    providerKey: uuid(number, 5),
    fingerprint: 'f',
    kind: 'refund',
    paymentId: 'P1',
    currency: 'USD',
    parts: [{ amount: 1_000n }],
    limit: 10_000n,
    toldElsewhere: 0n,
    expectedRefundable: undefined,
    notRefundable: undefined,
    exclusive: false,
    target: undefined,
    user: 'admin-1',
    at: 1,
    leasedUntil: 1,
    ...change,
  };
}
