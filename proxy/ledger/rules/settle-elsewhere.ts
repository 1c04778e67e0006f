import type { AuditLine, Reservation, Scope } from '../entities.ts';
import { contradict, isContradictedElsewhere } from './contradiction.ts';
import { noteAmount } from './difference.ts';
import { CHANGED, hasChanged } from './elsewhere.ts';
import { isOpenElsewhere, rowsOf, spokenElsewhere, type SettledElsewhere } from './said-elsewhere.ts';
import { SAID } from './said.ts';
import { applyFact, firstCheck, line, noteCorrection } from './fact.ts';
import { ABSORBED, holdsAmount } from './states.ts';
import type { LedgerTransaction } from '../store.ts';

/** Settles it by a person's word. Returns `undefined` when the provider contradicts no such refund of the payment, or an earlier word says the same. */
export async function settleElsewhere(
  tx: LedgerTransaction,
  scope: Scope,
  { paymentId, refundId, currency, outcome, amount, reason, who, at, compared, takesBack }: SettledElsewhere,
): Promise<Reservation | typeof CHANGED | undefined> {
  await tx.lockPayment(scope, paymentId);
  if (hasChanged(await tx.reservationsOfPayment(scope, paymentId), compared)) return CHANGED;
  const rows = rowsOf(await tx.reservationsByReference(scope, refundId), { paymentId, refundId, currency });
  const spoken = await spokenElsewhere(tx, rows);
  if (!spoken || !isOpenElsewhere(spoken, { outcome, amount, takesBack })) return undefined;
  const open = spoken.row;
  const row = { ...open, amount: amount ?? open.amount };
  const standing = SAID[outcome];
  const said = line(undefined, who, 'resolve', 'person', at);
  await tx.addAudit({ ...said, reservationId: row.id, to: outcome, detail: reason });
  await noteAmount(tx, open, row.amount, said);
  if (!isContradictedElsewhere(open)) return correctElsewhere(tx, open, { ...row, standing }, said);
  const ours = rows.find(({ intentId }) => intentId !== undefined);
  if (!ours) {
    await applyFact(tx, row, { standing, status: outcome }, said);
    return tx.reservation(row.id);
  }
  // It turned out to be the refund of a request, which counts it from now on.
  if (outcome !== 'nothing' && row.amount !== ours.amount) {
    const differs = `${ours.amount} minor units are known, ${row.amount} are said by a person`;
    await contradict(tx, ours, { fact: { standing, status: outcome, amount: row.amount }, differs, from: said });
  }
  await tx.saveReservation({
    ...row,
    refundId: undefined,
    references: {},
    released: true,
    status: ABSORBED,
    updatedAt: at,
  });
  return tx.reservation(row.id);
}

/** Puts one word in the place of another: the moves that the provider's statements may make do not bind a person. */
async function correctElsewhere(
  tx: LedgerTransaction,
  before: Reservation,
  row: Reservation,
  said: AuditLine,
): Promise<Reservation | undefined> {
  const { at } = said;
  const { standing } = row;
  const released = !holdsAmount(standing);
  await tx.saveReservation({ ...row, released, updatedAt: at, ...firstCheck(standing, at) });
  await noteCorrection(tx, before, row, said);
  return tx.reservation(row.id);
}
