import type { Observation, ProviderTotal } from '../ledger/facts.ts';
import type { ProviderSession, Read } from '../providers/provider.ts';

/** The provider's refunds of a payment, and its total, which also counts those that are too old for the list. */
export interface WithTotal {
  readonly listed: readonly Observation[];
  readonly total: ProviderTotal | undefined;
}

/** Reads both. `undefined` for a provider whose list has no amounts. */
export async function readWithTotal(
  session: Pick<ProviderSession, 'listRefunds' | 'totalRefunded'>,
  paymentId: string,
  signal?: AbortSignal,
): Promise<Read<WithTotal>> {
  const list = () => session.listRefunds!(paymentId, signal);
  const [first, totals] = await Promise.all([list(), session.totalRefunded?.(paymentId, signal)]);
  if (!first.ok) return first;
  if (totals && !totals.ok) return totals;
  const total = totals?.value;
  // A refund that was pending in the list may have succeeded before the total was read, and would count twice.
  const isLate = total !== undefined && total.amount > doneOf(first.value) && first.value.some(isPending);
  const listed = isLate ? await list() : first;
  return listed.ok ? { ...listed, value: { listed: listed.value, total } } : listed;
}

function isPending({ standing }: Observation): boolean {
  return standing === 'pending';
}

function doneOf(listed: readonly Observation[]): bigint {
  const done = listed.filter((refund) => !isPending(refund));
  return done.reduce((sum, { amount = 0n }) => sum + amount, 0n);
}
