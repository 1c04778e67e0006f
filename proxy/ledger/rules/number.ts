import type { AuditLine, Intent, Reservation } from '../entities.ts';
import { isContradicted, isDisputed } from './contradiction.ts';
import type { LedgerTransaction } from '../store.ts';

/** The audit line of a number that not the provider has given to a refund: a person, or the amount and the time. */
const NUMBERED = 'number';

/** Whether not the provider has given the refund its number. `lines`: the audit trail of its request. */
export function isNumbered({ id, refundId }: Reservation, lines: readonly AuditLine[]): boolean {
  const given = lines.findLast(({ what, reservationId }) => what === NUMBERED && reservationId === id);
  return refundId !== undefined && given?.detail === refundId;
}

const [KNOWN, SAID] = [' is known, ', ' is said'];

/** How the audit trail says that an answer has named another number than the one that is known. */
export function numbersDiffer(known: string | undefined, said: string | undefined): string {
  return `${known}${KNOWN}${said}${SAID}`;
}

/** The number that the provider has named last for a refund that has another one, and waits for a person for that. */
export function otherNumber(row: Reservation, lines: readonly AuditLine[]): string | undefined {
  if (!isContradicted(row) || row.refundId === undefined) return undefined;
  const said = lines.findLast(({ what, reservationId }) => what === 'contradiction' && reservationId === row.id);
  const before = row.refundId + KNOWN;
  return said?.detail?.startsWith(before) ? said.detail.slice(before.length, -SAID.length) : undefined;
}

/** Keeps in the audit trail that not the provider has given the refund its number. */
export async function noteNumber(
  tx: Pick<LedgerTransaction, 'addAudit'>,
  { id, intentId }: Pick<Reservation, 'id' | 'intentId'>,
  refundId: string,
  said: AuditLine,
): Promise<void> {
  await tx.addAudit({ ...said, intentId, reservationId: id, what: NUMBERED, detail: refundId });
}

/**
 * Whether another refund may have the number of this one, which came to nothing. `isGiven`: not by the provider, so what it
 * tells under that number was never about this refund.
 */
export function mayLeave(row: Reservation, isGiven: boolean): boolean {
  return row.released && !isDisputed(row) && isGiven;
}

/** Whether another request has this number by now. Both were compared before either was recorded. */
export async function isTaken(
  tx: Pick<LedgerTransaction, 'reservationsByReference' | 'auditOf'>,
  intent: Intent,
  refundId: string,
): Promise<boolean> {
  for (const row of await tx.reservationsByReference(intent, refundId)) {
    if (row.intentId === undefined || row.intentId === intent.id) continue;
    if (!mayLeave(row, isNumbered(row, await tx.auditOf(row.intentId)))) return true;
  }
  return false;
}

/** Gives the refund a number that a person says, and takes it from the one that a person gave it to before. */
export async function takeNumber(
  tx: LedgerTransaction,
  row: Reservation,
  refundId: string,
  said: AuditLine,
): Promise<void> {
  for (const other of await tx.reservationsByReference(row, refundId)) {
    if (other.id === row.id || other.intentId === undefined || other.refundId !== refundId) continue;
    if (!mayLeave(other, isNumbered(other, await tx.auditOf(other.intentId)))) continue;
    await tx.saveReservation({ ...other, refundId: undefined, references: {}, updatedAt: said.at });
    await noteNumber(tx, other, `none: ${refundId} is that of another refund`, said);
  }
  await tx.absorbElsewhere(row, refundId, said);
  await noteNumber(tx, row, refundId, said);
}
