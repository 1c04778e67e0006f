import type { PaymentRefundStanding } from '../../../contract/index.ts';
import type { AuditLine, Reservation } from '../entities.ts';
import type { RefundFact } from '../facts.ts';
import { contradict, isContradicted, isDisputed, settledStatus } from './contradiction.ts';
import { differenceOf, differenceSince } from './difference.ts';
import { keepChange } from './keep-change.ts';
import { takeNumber } from './number.ts';
import { isByWordAlone } from './said.ts';
import { holdsAmount, standingMayMove } from './states.ts';
import type { LedgerTransaction } from '../store.ts';
import { noteLacking } from './total.ts';

const FIRST_CHECK_MS = 5_000;
const LONGEST_CHECK_MS = 3_600_000;

const FIRST_FOLLOW_MS = 86_400_000;
/** A successful refund is read 1, 3, 7, 15 and 31 days later, so that a reversal is noticed. */
const MAX_DOUBLINGS = 5;

/** The wait before follow-up number `checks` of a successful refund, doubling from one day. */
export function followDelay(checks: number): number {
  return FIRST_FOLLOW_MS * 2 ** Math.min(checks, MAX_DOUBLINGS);
}

/** When a refund with a new standing is read for the first time. */
export function firstCheck(standing: PaymentRefundStanding, at: number): Pick<Reservation, 'checks' | 'nextCheckAt'> {
  return { checks: 0, nextCheckAt: at + (standing === 'succeeded' ? followDelay(0) : checkDelay(0)) };
}

/** The wait before check number `checks`, doubling from 5 seconds to an hour. */
export function checkDelay(checks: number): number {
  return Math.min(FIRST_CHECK_MS * 2 ** Math.min(checks, 20), LONGEST_CHECK_MS);
}

/** The wait after check number `checks` of a refund that only a person's word has cancelled, doubling from an hour. */
export function wordDelay(checks: number): number {
  return LONGEST_CHECK_MS * 2 ** checks;
}

/** What a fact has changed. `noted`: anything but the standing. */
export type Applied = 'moved' | 'noted' | 'same';

/** Moves one reservation on as far as the state table allows, and stores every new id. */
export async function applyFact(
  tx: LedgerTransaction,
  row: Reservation,
  fact: RefundFact,
  from: AuditLine,
): Promise<Applied> {
  const isPerson = from.source === 'person';
  if (isContradicted(row) && !isPerson) return 'same';
  const difference = () => (isDisputed(row) ? differenceSince(tx, row, fact) : differenceOf(row, fact));
  const differs = isPerson ? undefined : await difference();
  if (differs !== undefined) {
    await contradict(tx, row, { fact, differs, from });
    return row.standing === 'unknown' ? 'noted' : 'moved';
  }
  // One word corrects another, in any direction: the provider has said nothing of it. What it then shows is no success
  // before it says so.
  const isCorrected = isByWordAlone(row) && row.standing !== fact.standing && (isPerson || isNotYet(fact));
  const moves = isCorrected || standingMayMove(row.standing, fact.standing);
  const standing = moves ? fact.standing : row.standing;
  const sameStanding = row.standing === fact.standing;
  // A cancel is a new statement: if the refund is paid after it, that is a contradiction of its own.
  const settled = moves && standing === 'cancelled' ? undefined : settledStatus(row);
  const status = settled ?? (moves || sameStanding ? fact.status : row.status);
  const refundId = row.refundId ?? fact.refundId;
  const references = { ...row.references, ...fact.references };
  const newIds = refundId !== row.refundId || Object.keys(references).length !== Object.keys(row.references).length;
  if (!moves && status === row.status && !newIds) return 'same';
  if (isPerson && isContradicted(row) && holdsAmount(standing)) await noteLacking(tx, row);
  if (row.intentId !== undefined && row.refundId === undefined && refundId !== undefined) {
    await (isPerson ? takeNumber(tx, row, refundId, from) : tx.absorbElsewhere(row, refundId, from));
  }
  await tx.saveReservation({
    ...row,
    standing,
    status,
    refundId,
    references,
    released: row.released || !holdsAmount(standing),
    updatedAt: from.at,
    ...firstCheck(standing, from.at),
  });
  if (moves) await noteMove(tx, row, { ...row, standing, refundId }, from);
  return moves ? 'moved' : 'noted';
}

/** Keeps in the audit trail, and for the listeners, that a refund has another standing. */
export async function noteMove(
  tx: LedgerTransaction,
  { id, standing: before }: Reservation,
  now: Reservation,
  from: AuditLine,
): Promise<void> {
  await tx.addAudit({ ...from, reservationId: id, what: 'standing', from: before, to: now.standing });
  const { at, source } = from;
  await keepChange(tx, now, { at, source, before });
}

/** The same when the refund may have another amount alone. */
export async function noteCorrection(
  tx: LedgerTransaction,
  before: Reservation,
  now: Reservation,
  said: AuditLine,
): Promise<void> {
  const { standing } = now;
  if (standing !== before.standing) return noteMove(tx, before, now, said);
  if (now.amount !== before.amount) await keepChange(tx, now, { at: said.at, source: said.source, before: standing });
}

/** The provider shows the refund, by its own number, and it is on its way. */
function isNotYet({ refundId, standing }: RefundFact): boolean {
  return refundId !== undefined && standing === 'pending';
}

/** An audit line without details. */
export function line(intentId: string | undefined, who: string, what: string, source: string, at: number): AuditLine {
  return {
    at,
    intentId,
    reservationId: undefined,
    who,
    what,
    from: undefined,
    to: undefined,
    source,
    detail: undefined,
  };
}
