import type { AuditLine, Reservation } from '../entities.ts';
import type { Observation, RefundFact } from '../facts.ts';
import { isDisputed, settledStatus } from './contradiction.ts';
import { noteNumber, takeNumber } from './number.ts';
import type { Spoken } from './said.ts';
import { applyFact, firstCheck, noteCorrection, noteMove } from './fact.ts';
import { deniesCancel, holdsAmount } from './states.ts';
import type { LedgerTransaction } from '../store.ts';
import { noteLacking } from './total.ts';

/** A person's word on one part. `said`: its audit line. */
interface Word {
  readonly row: Reservation;
  /** The real amount, in minor units. */
  readonly amount: bigint;
  readonly fact: RefundFact;
  readonly said: AuditLine;
  /** What the provider lists, if the word was compared with that. */
  readonly listed?: readonly Observation[] | undefined;
}

/**
 * Puts one word in the place of another, in any direction. The provider has said nothing of it, so the moves that its
 * statements may make do not bind a person.
 */
export async function correctIn(tx: LedgerTransaction, spoken: Spoken, word: Word): Promise<void> {
  const { row, amount, fact, said, listed } = word;
  const other = swappedWith(spoken, row, fact.refundId);
  if (other) return swapNumbers(tx, other, word);
  const { standing } = fact;
  const isNothing = !holdsAmount(standing);
  const isOther = fact.refundId !== undefined && fact.refundId !== row.refundId;
  // The provider has not said that the refund with this number is the one of this request, or has named another one.
  const isSaid = isOther && spoken.others.get(row.id) === fact.refundId;
  const isUnnumbered = isNothing
    ? isOfAnother(spoken, row, listed)
    : isOther && (isSaid || spoken.numbered.has(row.id));
  const number = isUnnumbered ? undefined : row.refundId;
  const refundId = number ?? (isNothing ? undefined : fact.refundId);
  if (refundId !== undefined && refundId !== row.refundId) {
    await (isSaid ? tx.absorbElsewhere(row, refundId, said) : takeNumber(tx, row, refundId, said));
  }
  const next: Reservation = {
    ...row,
    amount,
    standing,
    status: (isUnnumbered && isNothing ? undefined : settledStatus(row)) ?? fact.status,
    refundId,
    references: isUnnumbered && !isSaid ? {} : row.references,
    released: isNothing,
    updatedAt: said.at,
    ...firstCheck(standing, said.at),
  };
  if (!isNothing && isDisputed(row)) await noteLacking(tx, row);
  await tx.saveReservation(next);
  await noteCorrection(tx, row, next, said);
}

/**
 * Whether the refund with this number is another one, if nothing was refunded for this request. What the provider said of
 * two amounts or outcomes stays with the request, unless it still lists that refund as made: then that counts.
 */
export function isOfAnother(
  { numbered }: Pick<Spoken, 'numbered'>,
  row: Reservation,
  listed: readonly Observation[] | undefined,
): boolean {
  if (!numbered.has(row.id)) return false;
  const isMade = ({ refundId, standing }: Observation) => refundId === row.refundId && deniesCancel(standing);
  return !isDisputed(row) || listed?.some(isMade) === true;
}

/**
 * Two vendors of one request have each other's number by a person's words: a number moves with everything that the
 * provider tells under it.
 */
async function swapNumbers(
  tx: LedgerTransaction,
  other: Reservation,
  { row, amount, fact, said }: Word,
): Promise<void> {
  const moves: readonly (readonly [part: Reservation, from: Reservation])[] = [
    [{ ...row, amount }, other],
    [other, row],
  ];
  for (const [part, from] of moves) {
    const { refundId, references, status, standing, checks, nextCheckAt } = from;
    const next = { ...part, refundId, references, status, standing, checks, nextCheckAt, updatedAt: said.at };
    await tx.saveReservation(next);
    await noteNumber(tx, part, refundId!, said);
    if (standing !== part.standing) await noteMove(tx, part, next, said);
  }
  const swapped = await tx.reservation(row.id);
  if (swapped) await applyFact(tx, swapped, { standing: fact.standing, status: fact.status }, said);
}

/** The other part that has this number, if both have theirs by a person's word and hold their amounts. */
export function swappedWith(
  { parts, numbered }: Pick<Spoken, 'parts' | 'numbered'>,
  row: Reservation,
  refundId: string | undefined,
): Reservation | undefined {
  const mayMove = (part: Reservation) => numbered.has(part.id) && !part.released && !isDisputed(part);
  if (refundId === undefined || !mayMove(row)) return undefined;
  return parts.find((part) => part.id !== row.id && part.refundId === refundId && mayMove(part));
}
