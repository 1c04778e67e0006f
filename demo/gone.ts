import { summaryOf, type PaymentState } from './payment-state.ts';

/** Refunds that a provider has, or had. One that was cancelled or refused need not be among its refunds. */
const AT_PROVIDER: ReadonlySet<string> = new Set(['pending', 'succeeded', 'reversing', 'reversed']);

/**
 * How many refunds the proxy counts that the sandbox does not have: it was reset, or its rows were changed.
 * @param ids of all refunds of the sandbox, read after the payments
 */
export function goneRefunds(
  payments: ReadonlyMap<string, PaymentState>,
  ids: Pick<ReadonlySet<string>, 'has'>,
): number {
  return [...payments.values()]
    .flatMap((state) => summaryOf(state)?.refunds ?? [])
    .filter(({ refund_id: id, standing }) => id && AT_PROVIDER.has(standing) && !ids.has(id)).length;
}
