import type { AuditLine, Intent, Reservation, VendorLimit } from './entities.ts';
import type { RefundFact, Settlement } from './facts.ts';
import { contradicts, holdsAmount, intentMayMove, standingMayMove } from './states.ts';
import type { LedgerTransaction } from './store.ts';

const FIRST_CHECK_MS = 5_000;
const LONGEST_CHECK_MS = 3_600_000;

/** The wait before check number `checks`, doubling from 5 seconds to an hour. */
export function checkDelay(checks: number): number {
  return Math.min(FIRST_CHECK_MS * 2 ** Math.min(checks, 20), LONGEST_CHECK_MS);
}

export async function settleIn(tx: LedgerTransaction, intent: Intent, settlement: Settlement): Promise<Intent> {
  const { to, answer, at, who, source, detail } = settlement;
  const audit = { ...line(intent.id, who, 'settle', source, at), from: intent.state, to, detail };
  if (!intentMayMove(intent.state, to)) {
    await tx.addAudit({ ...audit, what: 'too_late' });
    return intent;
  }
  const settled: Intent = {
    ...intent,
    state: to,
    answer: to === 'succeeded' || to === 'failed' ? answer : undefined,
    updatedAt: at,
    checks: 0,
    nextCheckAt: at + checkDelay(0),
  };
  await tx.saveIntent(settled);
  await tx.addAudit(audit);

  const parts = (await tx.reservationsOfIntent(intent.id)).filter(({ released }) => !released);
  if (to === 'failed' || to === 'void' || settlement.opened) {
    for (const row of parts) await tx.saveReservation({ ...row, released: true, updatedAt: at });
  }
  if (settlement.opened) await openVendors(tx, intent, settlement.opened);
  if (settlement.refunds) {
    for (const [index, fact] of settlement.refunds.entries()) {
      const row = parts[index];
      if (row) await applyFact(tx, row, fact, audit);
    }
  }
  if (intent.kind === 'cancel' && to === 'succeeded' && intent.target !== undefined) {
    const target = await tx.reservation(intent.target);
    if (target) await applyFact(tx, target, { standing: 'cancelled', status: 'cancelled' }, audit);
  }
  return settled;
}

async function openVendors(tx: LedgerTransaction, intent: Intent, opened: readonly VendorLimit[]): Promise<void> {
  const after = await tx.lastReservation(intent, intent.paymentId);
  await tx.replaceOpenedVendors(
    intent,
    intent.paymentId,
    opened.map((row) => ({ ...row, after })),
  );
}

/** Moves one reservation on as far as the table lets it, and keeps every id that came. */
export async function applyFact(
  tx: LedgerTransaction,
  row: Reservation,
  fact: RefundFact,
  from: AuditLine,
): Promise<boolean> {
  const moves = standingMayMove(row.standing, fact.standing);
  const standing = moves ? fact.standing : row.standing;
  const sameStanding = row.standing === fact.standing;
  const status = moves || sameStanding ? fact.status : row.status;
  const refundId = row.refundId ?? fact.refundId;
  const references = { ...row.references, ...fact.references };
  const newIds = refundId !== row.refundId || Object.keys(references).length !== Object.keys(row.references).length;
  if (contradicts(row.standing, fact.standing)) {
    await tx.addAudit({ ...from, reservationId: row.id, what: 'contradiction', from: row.standing, to: fact.standing });
  }
  if (!moves && status === row.status && !newIds) return false;
  await tx.saveReservation({
    ...row,
    standing,
    status,
    refundId,
    references,
    released: row.released || !holdsAmount(standing),
    updatedAt: from.at,
    checks: 0,
    nextCheckAt: from.at + checkDelay(0),
  });
  if (moves) {
    await tx.addAudit({ ...from, reservationId: row.id, what: 'standing', from: row.standing, to: standing });
  }
  return moves;
}

/** An audit line with nothing but its circumstances. */
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
