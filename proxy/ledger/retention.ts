import { line } from './settle.ts';
import type { LedgerTransaction, PaymentName } from './store.ts';

/** Audit lines of what has been deleted. */
export const PRUNED = 'prune';
export const ERASED = 'erase';

/**
 * The youngest age that may be pruned. Both providers' windows are over by then: keys (a day), reversals that are followed
 * (31 days), the list of refunds (85 days). What comes later is taken in as a refund made elsewhere, and only holds money. P
 */
export const MIN_RETENTION_MS = 100 * 86_400_000;

export interface Pruned {
  readonly payments: number;
  /** Requests of which the money and the key stay, and nothing else. */
  readonly kept: number;
}

/**
 * Deletes what is older than retention allows, one payment in one transaction and only as a whole. The amounts that a
 * payment holds, their provider ids and the keys that were carried out stay: what can be refunded never grows, a key is
 * never new again, and what the provider lists is never counted twice. They hold no personal data.
 */
export async function prune(
  transaction: <T>(work: (tx: LedgerTransaction) => Promise<T>) => Promise<T>,
  { before, at, who }: { before: number; at: number; who: string },
): Promise<Pruned> {
  let after: PaymentName = { merchant: '', provider: '', paymentId: '' };
  let payments = 0;
  let kept = 0;
  for (;;) {
    const start = after;
    const page = await transaction((tx) => tx.retention.prunable(before, start, PAGE));
    for (const payment of page) {
      const left = await transaction((tx) => pruneIn(tx, payment, { before, at, who }));
      if (!left) continue;
      payments += 1;
      kept += left.length;
    }
    const last = page.at(-1);
    if (!last || page.length < PAGE) return { payments, kept };
    after = last;
  }
}

const PAGE = 200;

/** Asked again under the lock: a webhook may have come meanwhile. */
async function pruneIn(
  tx: LedgerTransaction,
  payment: PaymentName,
  { before, at, who }: { before: number; at: number; who: string },
): Promise<string[] | undefined> {
  await tx.lockPayment(payment, payment.paymentId);
  if (!(await tx.retention.isPrunable(before, payment))) return undefined;
  const left = await tx.retention.prune(payment);
  for (const id of left) await tx.addAudit(line(id, who, PRUNED, 'retention', at));
  return left;
}

/**
 * Replaces a person by a pseudonym in every request and audit line, and deletes what the person wrote. A request of that
 * person that waits for approval keeps everything from being erased: the pseudonym could be approved by the person.
 */
export async function eraseIn(
  tx: LedgerTransaction,
  { user, pseudonym, who, at }: { user: string; pseudonym: string; who: string; at: number },
): Promise<{ readonly waiting: number; readonly replaced: number }> {
  const waiting = await tx.retention.waitingOf(user);
  if (waiting > 0) return { waiting, replaced: 0 };
  const touched = await tx.retention.erase(user, pseudonym);
  if (touched > 0) await tx.addAudit({ ...line(undefined, who, ERASED, 'person', at), detail: pseudonym });
  return { waiting, replaced: touched };
}
