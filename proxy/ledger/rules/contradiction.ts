import { scopeOf, type AuditLine, type Reservation, type Scope } from '../entities.ts';
import type { RefundFact } from '../facts.ts';
import { keepChange } from './keep-change.ts';
import { CONTRADICTED, CONTRADICTION_SETTLED, intentMayMove, isOnItsWay, TOLD } from './states.ts';
import type { LedgerTransaction } from '../store.ts';

/** A statement about one payment that contradicts what is known. */
export interface Contradiction extends Scope {
  readonly paymentId: string;
  readonly intentId: string | undefined;
}

/** The contradictions of each running transaction. They are reported after it is on disk. */
const found = new WeakMap<LedgerTransaction, Contradiction[]>();

/**
 * Reports what `work` finds to `tell` after the transaction has committed. Work that is retried starts without
 * findings.
 */
export function hearingOf(tx: LedgerTransaction): Contradiction[] {
  const list: Contradiction[] = [];
  found.set(tx, list);
  return list;
}

export function sayOf(tx: LedgerTransaction, contradiction: Contradiction): void {
  found.get(tx)?.push(contradiction);
}

/** It waits for a person to settle it. */
export function isContradicted({ standing, status }: Reservation): boolean {
  return standing === 'unknown' && status === CONTRADICTED;
}

/**
 * Whether no source says what the provider's total does with it: its statements contradict each other, it came back, or
 * a person has recorded it.
 */
export function isUnsure(row: Reservation): boolean {
  const { released, standing, status, intentId } = row;
  const cameBack = standing === 'reversing' || standing === 'reversed';
  return !released && (isContradicted(row) || cameBack || (intentId === undefined && status === TOLD));
}

/** A contradiction about a refund that no request of this ledger made. */
export function isContradictedElsewhere(row: Reservation): boolean {
  return row.intentId === undefined && isContradicted(row);
}

/** It waits for a person, or a person has settled it. */
export function isDisputed(row: Reservation): boolean {
  return isContradicted(row) || row.status === CONTRADICTION_SETTLED;
}

/** The status after a person has settled it. */
export function settledStatus(row: Reservation): string | undefined {
  return isDisputed(row) ? CONTRADICTION_SETTLED : undefined;
}

/**
 * Records a contradiction without deciding which statement is true. The refund becomes unknown, holds the larger amount,
 * and is listed as unknown until a person settles it.
 */
export async function contradict(
  tx: LedgerTransaction,
  row: Reservation,
  { fact, differs, from }: { fact: RefundFact; differs: string; from: AuditLine },
): Promise<void> {
  const isSame = fact.currency === undefined || fact.currency === row.currency;
  const amount = isSame && fact.amount !== undefined && fact.amount > row.amount ? fact.amount : row.amount;
  // A record in another currency counts as a separate refund.
  const references = isSame ? { ...row.references, ...fact.references } : row.references;
  const next: Reservation = {
    ...row,
    amount,
    references,
    refundId: row.refundId ?? (isSame ? fact.refundId : undefined),
    released: false,
    standing: 'unknown',
    status: CONTRADICTED,
  };
  await tx.saveReservation({ ...next, updatedAt: from.at });
  await reopenIntent(tx, row, from);
  await tx.addAudit({
    ...from,
    reservationId: row.id,
    what: 'contradiction',
    from: row.standing,
    to: fact.standing,
    detail: differs,
  });
  sayOf(tx, { ...scopeOf(row), paymentId: row.paymentId, intentId: row.intentId });
  const { at, source } = from;
  await keepChange(tx, next, { at, source, before: row.standing, isContradiction: true });
}

/**
 * A request that came to nothing is unknown again: its key neither begins once more nor answers that no money moved.
 */
export async function reopenIntent(
  tx: LedgerTransaction,
  { intentId }: Pick<Reservation, 'intentId'>,
  from: AuditLine,
): Promise<void> {
  const intent = intentId === undefined ? undefined : await tx.intent(intentId);
  if (!intent || isOnItsWay(intent) || !intentMayMove(intent.state, 'unknown')) return;
  // The same key may have been asked for again, and wait for an approval.
  if (intent.state === 'awaiting_approval') await tx.dropRequest(intent.id);
  const { at } = from;
  await tx.saveIntent({ ...intent, state: 'unknown', answer: undefined, updatedAt: at, checks: 0, nextCheckAt: at });
  await tx.addAudit({ ...from, what: 'reopen', from: intent.state, to: 'unknown' });
}
