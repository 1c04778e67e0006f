import type { AuditLine, Intent, Reservation, Scope } from '../entities.ts';
import type { Observation } from '../facts.ts';
import { line } from './settle.ts';
import type { LedgerTransaction } from '../store.ts';

/** The audit line of a refund of ours that a list without amounts has named by an id that is known here. */
const LISTED = 'listed';

/** Whether the list has named this request's refund: so the ids in it are those that are known here. */
function wasListed(audit: readonly AuditLine[]): boolean {
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

/** Refunds of other requests of the payment whose outcome nobody knows. The provider's list may show them. */
export async function countLost(
  tx: Pick<LedgerTransaction, 'reservationsOfPayment'>,
  intent: Pick<Intent, 'id' | 'paymentId'> & Scope,
): Promise<number> {
  const rows = await tx.reservationsOfPayment(intent, intent.paymentId);
  return rows.filter((row) => !row.released && row.standing === 'unknown' && row.intentId !== intent.id).length;
}

/** The audit line of what the list named before a send. */
export const COUNT = 'count';

/** As the audit trail keeps it. */
export function namedNow(ids: readonly string[]): string {
  return `before sending: ${ids.length} ${JSON.stringify(ids)}`;
}

/** What the list named before the first send of a request, and when; `undefined` when that was not kept. */
function namedBefore(
  audit: readonly AuditLine[],
): { readonly ids: readonly string[]; readonly at: number } | undefined {
  const first = audit.find(({ what }) => what === COUNT);
  const [ids] = /\[.*\]$/s.exec(first?.detail ?? '') ?? [];
  return first && ids !== undefined ? { ids: JSON.parse(ids) as string[], at: first.at } : undefined;
}

/** Reads of the ledger. */
export interface ListReads {
  audit(id: string): Promise<readonly AuditLine[]>;
  wasAnyListed(scope: Scope): Promise<boolean>;
}

/** The same in a transaction. */
export function readsIn(tx: LedgerTransaction): ListReads {
  return { audit: (id) => tx.auditOf(id), wasAnyListed: (scope) => wasAnyListed(tx, scope) };
}

/**
 * Whether a refund of ours would be in the list under an id that is known here. No source says which of a refund's ids the
 * list shows: so only if one of them is known, or was in an earlier list, of this payment or of another one.
 */
export async function namesOurs(
  reads: ListReads,
  listed: readonly Pick<Observation, 'refundId'>[],
  rows: readonly Reservation[],
): Promise<boolean> {
  const ids = new Set(rows.flatMap(idsOf));
  if (listed.some(({ refundId }) => ids.has(refundId))) return true;
  for (const id of new Set(rows.map(({ intentId }) => intentId))) {
    if (id !== undefined && wasListed(await reads.audit(id))) return true;
  }
  const [row] = rows;
  // How the list names a refund over several vendors, only such a list tells.
  return row !== undefined && rows.every(({ vendor }) => vendor === undefined) && reads.wasAnyListed(row);
}

/**
 * The ids that the list names now, did not name before the first send of this request, and that no refund known here has.
 * Each may be its refund, also where a refund that the list has lost since makes the number the same as before.
 */
export async function freshIn(
  reads: ListReads,
  listed: readonly Pick<Observation, 'refundId'>[],
  rows: readonly Reservation[],
  { id }: Pick<Intent, 'id'>,
): Promise<readonly string[]> {
  const known = new Set(rows.flatMap(idsOf));
  const before = namedBefore(await reads.audit(id));
  const fresh = listed.map(({ refundId }) => refundId).filter((one) => !known.has(one) && !before?.ids.includes(one));
  if (fresh.length === 0 || before === undefined || (await namesOurs(reads, listed, rows))) return fresh;
  // Other parts of it, and refunds of ours that were made since, are among them, under ids that are not known here.
  const made = rows.filter((row) => row.intentId !== undefined && !row.released && row.standing !== 'unknown');
  return fresh.slice(made.filter(({ intentId, createdAt }) => intentId === id || createdAt > before.at).length);
}
