import type { AuditLine, Reservation, Scope } from '../entities.ts';
import type { Observation } from '../facts.ts';
import { line } from './settle.ts';
import type { LedgerTransaction } from '../store.ts';

/** The audit line of a refund of ours that a list without amounts has named by an id that is known here. */
const LISTED = 'listed';

/** Whether the list has named this request's refund: so the ids in it are those that are known here. */
export function wasListed(audit: readonly AuditLine[]): boolean {
  return audit.some(({ what }) => what === LISTED);
}

function nameOf({ merchant, provider }: Scope): string {
  return `listed ${JSON.stringify([merchant, provider])}`;
}

/** Whether the list of any payment has named a refund of this merchant by an id that is known here. */
export async function wasAnyListed(tx: LedgerTransaction, scope: Scope): Promise<boolean> {
  return (await tx.peekSharedValue(nameOf(scope))) !== undefined;
}

/** Every id that the provider gave the refund. */
export function idsOf({ refundId, references }: Reservation): readonly (string | undefined)[] {
  return [refundId, ...Object.values(references)];
}

export async function noteListed(
  tx: LedgerTransaction,
  scope: Scope,
  {
    paymentId,
    observations,
    source,
    at,
  }: { paymentId: string; observations: readonly Observation[]; source: string; at: number },
): Promise<void> {
  const listed = new Set<string | undefined>(observations.map(({ refundId }) => refundId));
  for (const row of await tx.reservationsOfPayment(scope, paymentId)) {
    const id = row.intentId === undefined ? undefined : idsOf(row).find((one) => one !== undefined && listed.has(one));
    if (row.intentId === undefined || id === undefined || wasListed(await tx.auditOf(row.intentId))) continue;
    await tx.addAudit({ ...line(row.intentId, 'provider', LISTED, source, at), reservationId: row.id, detail: id });
    if (await wasAnyListed(tx, scope)) continue;
    // This creates the row that is saved.
    await tx.sharedValue(nameOf(scope));
    await tx.saveSharedValue(nameOf(scope), source);
  }
}
