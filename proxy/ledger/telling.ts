import type { Scope } from './entities.ts';
import type { DuePayment, DueQuery, OutboxEntry, Turn } from './outbox.ts';
import type { LedgerTransaction } from './store.ts';

/** Takes on payments with changes to be told; until `leasedUntil` no other instance tells of them. */
export async function takeOnPayments(
  tx: LedgerTransaction,
  scope: Scope,
  { leasedUntil, ...query }: DueQuery & { readonly leasedUntil: number },
): Promise<DuePayment[]> {
  const due = await tx.outbox.due(scope, query);
  await Promise.all(
    due.map(({ paymentId, attempts, nextAt }) =>
      tx.outbox.putOff(scope, paymentId, { attempts, nextAt: leasedUntil, from: nextAt }),
    ),
  );
  return due.map((payment) => ({ ...payment, nextAt: leasedUntil }));
}

/**
 * The next change to be told, and a lease until `leasedUntil` to tell it. `taken`: the change before it, which is not told
 * again. `undefined` where nothing is left to be told, or the lease until `nextAt` has ended and another instance tells it.
 */
export async function nextChange(
  tx: LedgerTransaction,
  scope: Scope,
  { paymentId, attempts, nextAt, taken, leasedUntil }: DuePayment & { taken: number | undefined; leasedUntil: number },
): Promise<OutboxEntry | undefined> {
  // Whoever writes a change holds this lock: none can come between the look and the end of the queue.
  await tx.lockPayment(scope, paymentId);
  const renewed: Turn = { attempts, nextAt: leasedUntil };
  if (!(await tx.outbox.putOff(scope, paymentId, { ...renewed, from: nextAt }))) return undefined;
  if (taken !== undefined) await tx.outbox.remove(taken);
  const entry = await tx.outbox.oldest(scope, paymentId);
  if (!entry) await tx.outbox.close(scope, paymentId);
  return entry;
}
