import { PSEUDONYM } from './erased.ts';
import { isSamePerson } from './person.ts';
import { line } from './fact.ts';
import type { LedgerTransaction } from '../store.ts';
import type { PaymentName } from '../rows.ts';

/** Audit lines about deletions. */
export const PRUNED = 'prune';
export const ERASED = 'erase';

/**
 * The minimum age for pruning. By then the windows of both providers are over: keys (a day), reversals that are
 * followed (31 days), the list of refunds (85 days). A refund that shows up later counts as made elsewhere, and only
 * holds money. P
 */
export const MIN_RETENTION_MS = 100 * 86_400_000;

export interface Pruned {
  readonly payments: number;
  /** Requests of which only the money and the key are kept. */
  readonly remaining: number;
}

/**
 * Deletes what is older than retention allows: each payment in one transaction, and only as a whole. The held amounts,
 * their provider ids and the executed keys stay: the refundable amount never grows, a key never becomes new again, and
 * no listed refund counts twice. What stays holds no personal data.
 */
export async function prune(
  transaction: <T>(work: (tx: LedgerTransaction) => Promise<T>) => Promise<T>,
  { before, at, who }: { before: number; at: number; who: string },
): Promise<Pruned> {
  let after: PaymentName = { merchant: '', provider: '', paymentId: '' };
  let payments = 0;
  let remaining = 0;
  for (;;) {
    const start = after;
    const page = await transaction((tx) => tx.retention.prunable(before, start, PAGE));
    for (const payment of page) {
      const left = await transaction((tx) => pruneIn(tx, payment, { before, at, who }));
      if (!left) continue;
      payments += 1;
      remaining += left.length;
    }
    const last = page.at(-1);
    if (!last || page.length < PAGE) return { payments, remaining };
    after = last;
  }
}

const PAGE = 200;

/** Checked again under the lock: a webhook may have come meanwhile. */
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
 * Replaces a person, by every spelling of the name, by a pseudonym in every request and audit line, and deletes the texts
 * of that person. An open request
 * of that person blocks the erasure: the same person could approve the pseudonym's request, and the process that sends it
 * still knows the name and stores the answer.
 */
export async function eraseIn(
  tx: LedgerTransaction,
  { user, pseudonym, who, at }: { user: string; pseudonym: string; who: string; at: number },
): Promise<{ readonly open: number; readonly replaced: number }> {
  if (!pseudonym.startsWith(PSEUDONYM)) throw new TypeError(`A pseudonym begins with ${PSEUDONYM}`);
  const names = (await tx.retention.names()).filter((name) => isSamePerson(name, user));
  let open = 0;
  for (const name of names) open += await tx.retention.openOf(name);
  if (open > 0) return { open, replaced: 0 };
  let touched = 0;
  for (const name of names) touched += await tx.retention.erase(name, pseudonym);
  if (touched > 0) await tx.addAudit({ ...line(undefined, who, ERASED, 'person', at), detail: pseudonym });
  return { open, replaced: touched };
}
