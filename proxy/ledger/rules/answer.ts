import type { AuditLine, Reservation } from '../entities.ts';
import type { RefundFact } from '../facts.ts';
import { contradict, isContradicted, isDisputed } from './contradiction.ts';
import { differenceOf } from './difference.ts';
import { applyFact, firstCheck, noteMove } from './fact.ts';
import { isNumbered, noteNumber, numbersDiffer } from './number.ts';
import { holdsAmount } from './states.ts';
import type { LedgerTransaction } from '../store.ts';

/** What a refusal says of a part: it has no status of its own. */
export const REFUSED: RefundFact = { standing: 'failed', status: '' };

/** An answer that does not speak of a part. */
export const UNTOLD: RefundFact = { standing: 'unknown', status: '' };

/**
 * Applies the provider's answer to a request to its parts, `refunds` in the order of `parts`. A part that it contradicts is
 * held and waits for a person: one that counts as nothing, one that is known to be made, or one that has another number.
 */
export async function applyAnswer(
  tx: LedgerTransaction,
  parts: readonly Reservation[],
  refunds: readonly RefundFact[],
  from: AuditLine,
): Promise<void> {
  for (const [index, part] of (await renumbered(tx, parts, refunds, from)).entries()) {
    const fact = refunds[index];
    if (!fact || fact.standing === 'unknown') continue;
    const isClosed = mayBeDenied(part) && part.released && holdsAmount(fact.standing);
    if (isOfOther(part, fact)) await contradictNumber(tx, part, fact, from);
    else if (deniesPart(part, fact)) await doubt(tx, part, fact, from);
    else if (isClosed && !(await isCancelled(tx, part, fact))) await doubt(tx, closed(part), fact, from);
    else await applyFact(tx, part, fact, from);
  }
}

/**
 * The parts of which a person has given one the number that the answer gives to another: each gets its own, or none. What
 * was said or read under the other number is about the other part.
 */
async function renumbered(
  tx: LedgerTransaction,
  parts: readonly Reservation[],
  refunds: readonly RefundFact[],
  from: AuditLine,
): Promise<readonly Reservation[]> {
  const said = new Set(refunds.map(({ refundId }) => refundId));
  const result: Reservation[] = [];
  for (const [index, part] of parts.entries()) {
    const fact = refunds[index];
    const { refundId, intentId } = part;
    const mayBeSister = fact && refundId !== undefined && refundId !== fact.refundId && said.has(refundId);
    const isOfSister = mayBeSister && intentId !== undefined && isNumbered(part, await tx.auditOf(intentId));
    result.push(isOfSister ? await renumber(tx, part, fact, from) : part);
  }
  return result;
}

async function renumber(
  tx: LedgerTransaction,
  part: Reservation,
  { refundId, references = {}, standing, status }: RefundFact,
  from: AuditLine,
): Promise<Reservation> {
  const own = { standing, status, released: !holdsAmount(standing), ...firstCheck(standing, from.at) };
  const next = { ...part, refundId, references, updatedAt: from.at, ...(isContradicted(part) ? undefined : own) };
  if (refundId !== undefined) await tx.absorbElsewhere(part, refundId, from);
  await tx.saveReservation(next);
  await noteNumber(tx, part, `${refundId ?? 'none'}, as ${part.refundId} is that of another part`, from);
  if (next.standing !== part.standing) await noteMove(tx, part, next, from);
  return next;
}

/** A person may have settled it with the number of another refund. */
function isOfOther(part: Reservation, fact: RefundFact): boolean {
  const said = [fact.refundId, ...Object.values(fact.references ?? {})];
  const { refundId: known } = part;
  return known !== undefined && fact.refundId !== undefined && !said.includes(known) && !isContradicted(part);
}

/** A person who has settled it is not asked again about the same two numbers. */
async function contradictNumber(
  tx: LedgerTransaction,
  part: Reservation,
  fact: RefundFact,
  from: AuditLine,
): Promise<void> {
  const differs = numbersDiffer(part.refundId, fact.refundId);
  const lines = part.intentId === undefined ? [] : await tx.auditOf(part.intentId);
  const isSettled = lines.some(({ reservationId, detail }) => reservationId === part.id && detail === differs);
  if (!isSettled) await contradict(tx, part, { fact, differs, from });
}

/** A refund that was made may have been cancelled since, as a person has said of it, unless the provider's list has shown it. */
async function isCancelled(tx: LedgerTransaction, part: Reservation, { refundId }: RefundFact): Promise<boolean> {
  if (part.standing !== 'cancelled' || refundId === undefined) return false;
  const shown = await tx.reservationsByReference(part, refundId);
  return shown.every(({ released }) => released);
}

/** The answer says that nothing was made of a part that is known to be made: not that it was made, and has failed. */
function deniesPart(part: Reservation, fact: RefundFact): boolean {
  return isMade(part) && fact.refundId === undefined && !holdsAmount(fact.standing);
}

export function isMade({ released, standing }: Reservation): boolean {
  return !released && standing !== 'unknown';
}

/** Holds the amount, under the key of the request, until a person has settled it. */
export async function doubt(
  tx: LedgerTransaction,
  known: Reservation,
  fact: RefundFact,
  from: AuditLine,
): Promise<void> {
  const differs = differenceOf(known, fact) ?? `${known.standing} is known, ${fact.standing} is said`;
  if (fact.refundId !== undefined) await tx.absorbElsewhere(known, fact.refundId, from);
  await contradict(tx, known, { fact, differs, from });
}

/** Whether nothing but a word, or no word, says that it came to nothing. */
export function mayBeDenied(part: Reservation): boolean {
  return part.refundId === undefined && !isDisputed(part);
}

/** A part that was released without any word of the provider has no standing of its own. */
export function closed(part: Reservation): Reservation {
  return { ...part, standing: 'failed' };
}
