import { unanswered } from './begin.ts';
import { scopeOf, type Intent, type Reservation } from '../entities.ts';
import type { Resolution } from '../facts.ts';
import { line } from './fact.ts';
import { settleIn } from './settle.ts';
import type { LedgerTransaction } from '../store.ts';

/** Whether a person may say that this part was cancelled, with or without the row of its vendor. */
export function isPendingPart(row: Reservation, vendor: string | undefined): boolean {
  return !row.released && row.standing === 'pending' && (vendor === undefined || row.vendor === vendor);
}

/**
 * A person says that a refund was cancelled, although no cancel of the proxy did it. The word is recorded as a cancel
 * that was never sent, so that the refund is read again like after any cancel that only a word has settled. Returns
 * `undefined` unless exactly one part is pending, and no cancel of it is open.
 */
export async function cancelByWordIn(
  tx: LedgerTransaction,
  intent: Intent,
  { vendor, who, reason, at, newId }: Resolution,
): Promise<Intent | undefined> {
  const parts = (await tx.reservationsOfIntent(intent.id)).filter((row) => isPendingPart(row, vendor));
  const [row] = parts;
  if (!row || !newId || parts.length > 1 || (await tx.openCancels(row.id)).length > 0) return undefined;
  const { paymentId, currency } = row;
  const said = line(intent.id, who, 'resolve', 'person', at);
  const detail = vendor === undefined ? reason : `${vendor}: ${reason}`;
  await tx.addAudit({ ...said, reservationId: row.id, to: 'cancelled', detail });
  const cancel: Intent = {
    ...scopeOf(row),
    id: newId(),
    key: newId(),
    providerKey: newId(),
    // No request has it: whoever sends this key is told that it was used.
    fingerprint: '',
    kind: 'cancel',
    paymentId,
    currency,
    state: 'sending',
    user: who,
    target: row.id,
    ...unanswered(at),
    nextCheckAt: at,
  };
  await tx.insertIntent(cancel);
  await tx.addAudit({ ...line(cancel.id, who, 'resolve', 'person', at), to: 'cancelled', detail });
  await settleIn(tx, cancel, [], { to: 'succeeded', who, source: 'person', at });
  return intent;
}
