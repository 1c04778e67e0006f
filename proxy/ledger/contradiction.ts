import { scopeOf, type AuditLine, type Reservation, type Scope } from './entities.ts';
import type { RefundFact } from './facts.ts';
import { keepChange } from './outbox.ts';
import { CONTRADICTED, CONTRADICTION_SETTLED, holdsAmount } from './states.ts';
import type { LedgerTransaction } from './store.ts';

/** What was said of one payment that differs from what is known. */
export interface Contradiction extends Scope {
  readonly paymentId: string;
  readonly intentId: string | undefined;
}

/** Of every transaction that is under way; whoever runs it hears of them once it is on disk. */
const found = new WeakMap<LedgerTransaction, Contradiction[]>();

/** What `work` finds, told to `tell` once the transaction has ended well. Work that begins anew has found nothing yet. */
export function hearingOf(tx: LedgerTransaction): Contradiction[] {
  const list: Contradiction[] = [];
  found.set(tx, list);
  return list;
}

export function sayOf(tx: LedgerTransaction, contradiction: Contradiction): void {
  found.get(tx)?.push(contradiction);
}

/** It waits for a person. */
export function isContradicted({ standing, status }: Reservation): boolean {
  return standing === 'unknown' && status === CONTRADICTED;
}

/** It waits for a person, or one has settled it. */
export function isDisputed(row: Reservation): boolean {
  return isContradicted(row) || row.status === CONTRADICTION_SETTLED;
}

/** The status that stays once a person has settled it. */
export function settledStatus(row: Reservation): string | undefined {
  return isDisputed(row) ? CONTRADICTION_SETTLED : undefined;
}

/**
 * Takes the provider's word for neither true nor false. A part of an intent is unknown from here on, holds the larger
 * amount, and is listed with what is unknown until a person settles it. A refund made elsewhere has nobody who asked for
 * it: it counts as what holds more. Returns whether its standing moved.
 */
export async function contradict(
  tx: LedgerTransaction,
  row: Reservation,
  { fact, differs, from }: { fact: RefundFact; differs: string; from: AuditLine },
): Promise<boolean> {
  const isSame = fact.currency === undefined || fact.currency === row.currency;
  const amount = isSame && fact.amount !== undefined && fact.amount > row.amount ? fact.amount : row.amount;
  // A record in another currency is kept as a refund of its own.
  const references = isSame ? { ...row.references, ...fact.references } : row.references;
  const next: Reservation =
    row.intentId === undefined
      ? elsewhere({ ...row, amount, references }, fact)
      : {
          ...row,
          amount,
          references,
          refundId: row.refundId ?? (isSame ? fact.refundId : undefined),
          released: false,
          standing: 'unknown',
          status: CONTRADICTED,
        };
  const isNew = next.amount !== row.amount || next.released !== row.released || next.standing !== row.standing;
  // A refund made elsewhere that is read again and again is said once.
  if (!isNew && row.intentId === undefined) return false;
  await tx.saveReservation({ ...next, updatedAt: from.at });
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
  return next.standing !== row.standing;
}

function elsewhere(row: Reservation, { standing, status }: RefundFact): Reservation {
  return row.released && holdsAmount(standing) ? { ...row, released: false, standing, status } : row;
}
