import { accountFor } from './unlisted.ts';
import type { Scope } from '../entities.ts';
import type { Observation, Observed, ProviderTotal } from '../facts.ts';
import { noteListed } from './listed.ts';
import { observeIn, paymentsOf } from './observe.ts';
import type { LedgerTransaction } from '../store.ts';

/** What one read of the provider has shown. */
export interface ProviderRead {
  /** The payment that was read, if the read was about one. */
  readonly paymentId?: string;
  readonly observations: readonly Observation[];
  readonly total?: ProviderTotal | undefined;
  /** It was a list without amounts: which refunds of ours it names is noted, once for each. */
  readonly isCount?: boolean;
  readonly source: string;
  readonly at: number;
}

export async function observeAll(
  tx: LedgerTransaction,
  scope: Scope,
  { paymentId, observations, total, isCount, source, at }: ProviderRead,
): Promise<{ readonly observed: Observed; readonly touched: readonly string[] }> {
  const observed = { changed: 0, settled: 0, takenIn: 0 };
  const touched: string[] = [];
  for (const id of await paymentsOf(tx, scope, { paymentId, observations })) await tx.lockPayment(scope, id);
  // A record with our mark comes first: its request is no longer one that a record without a mark may be likened to.
  const marked = observations.filter(({ intentId }) => intentId !== undefined);
  const unmarked = observations.filter(({ intentId }) => intentId === undefined);
  for (const seen of [...marked, ...unmarked]) {
    const { what, paymentId: about, isTold } = await observeIn(tx, scope, seen, { paymentId, source, at });
    if (what !== 'same') observed[what] += 1;
    if (isTold && about !== undefined) touched.push(about);
  }
  if (total && paymentId !== undefined && (await accountFor(tx, scope, { paymentId, total, source, at }))) {
    touched.push(paymentId);
  }
  if (isCount && paymentId !== undefined) await noteListed(tx, scope, { paymentId, observations, source, at });
  return { observed, touched };
}
