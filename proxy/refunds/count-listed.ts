import type { Looking } from '../context.ts';
import type { Observation } from '../ledger/facts.ts';
import type { Read } from '../providers/provider.ts';

/**
 * Reads the provider's list of refunds that has no amounts; `undefined` when it has none. What the list says of refunds
 * that the ledger knows is recorded first: a refund that counts as cancelled may be paid in it.
 */
export async function countListed(
  { session, ledger, scope, now }: Omit<Looking, 'log'>,
  paymentId: string,
  signal?: AbortSignal,
): Promise<Read<readonly Observation[]> | undefined> {
  const listed = await session.countRefunds?.(paymentId, signal);
  if (listed?.ok && listed.value.length > 0) {
    const { value: observations, source } = listed;
    await ledger.observe(scope, { paymentId, observations, isCount: true, source, at: now() });
  }
  return listed;
}

/** Reads the provider's refunds of a payment, with amounts where it lists them; `undefined` when it lists none. */
export async function readListed(
  context: Omit<Looking, 'log'>,
  paymentId: string,
): Promise<Read<readonly Observation[]> | undefined> {
  const { session } = context;
  return session.listRefunds ? session.listRefunds(paymentId) : countListed(context, paymentId);
}
