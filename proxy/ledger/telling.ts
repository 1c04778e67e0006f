import type { Scope } from './entities.ts';
import type { Backlog, DuePayment, OutboxEntry } from './outbox.ts';
import type { LedgerTransaction } from './store.ts';

/** Takes on payments with changes to be told; until `leasedUntil` no other instance tells of them. */
export async function takeOnPayments(
  tx: LedgerTransaction,
  scope: Scope,
  { at, limit, leasedUntil }: { at: number; limit: number; leasedUntil: number },
): Promise<DuePayment[]> {
  const due = await tx.outbox.due(scope, at, limit);
  for (const { paymentId, attempts } of due)
    await tx.outbox.putOff(scope, paymentId, { attempts, nextAt: leasedUntil });
  return due;
}

/** A change was taken, where one is given: the next one of the payment, which this instance may tell until `leasedUntil`. */
export async function nextChange(
  tx: LedgerTransaction,
  scope: Scope,
  { paymentId, taken, leasedUntil }: { paymentId: string; taken: number | undefined; leasedUntil: number },
): Promise<OutboxEntry | undefined> {
  // Whoever writes a change holds this lock: none can come between the look and the end of the queue.
  await tx.lockPayment(scope, paymentId);
  if (taken !== undefined) await tx.outbox.remove(taken);
  const entry = await tx.outbox.oldest(scope, paymentId);
  if (!entry) await tx.outbox.close(scope, paymentId);
  else if (taken !== undefined) await tx.outbox.putOff(scope, paymentId, { attempts: 0, nextAt: leasedUntil });
  return entry;
}

export function backlogOf(tx: LedgerTransaction, scope: Scope, limit: number): Promise<Backlog> {
  return tx.outbox.backlog(scope, limit);
}
