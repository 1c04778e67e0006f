import type { Scope } from '../entities.ts';
import type { DuePayment, DueQuery, OutboxEntry, Turn } from '../outbox.ts';
import type { LedgerTransaction } from '../store.ts';

/** Claims payments with due changes: until `leasedUntil` no other instance delivers theirs. */
export async function claimPayments(
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
 * Returns the next change, with a lease until `leasedUntil` to deliver it. `taken`: the change before it, which was
 * accepted. `undefined` when no change is left, or when the lease until `nextAt` has ended and another instance has the
 * payment.
 */
export async function nextChange(
  tx: LedgerTransaction,
  scope: Scope,
  { paymentId, attempts, nextAt, taken, leasedUntil }: DuePayment & { taken: number | undefined; leasedUntil: number },
): Promise<OutboxEntry | undefined> {
  // Writing a change needs this lock, so none can come between this check and the end of the queue.
  await tx.lockPayment(scope, paymentId);
  const renewed: Turn = { attempts, nextAt: leasedUntil };
  if (!(await tx.outbox.putOff(scope, paymentId, { ...renewed, from: nextAt }))) return undefined;
  if (taken !== undefined) await tx.outbox.remove(taken);
  const entry = await tx.outbox.oldest(scope, paymentId);
  if (!entry) await tx.outbox.close(scope, paymentId);
  return entry;
}
