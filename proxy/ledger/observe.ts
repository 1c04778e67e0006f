import type { AuditLine, Intent, Scope } from './entities.ts';
import type { Observation } from './facts.ts';
import { applyFact, checkDelay, line, settleIn } from './settle.ts';
import { holdsAmount } from './states.ts';
import type { LedgerTransaction } from './store.ts';

export async function observeIn(
  tx: LedgerTransaction,
  scope: Scope,
  seen: Observation,
  { paymentId, source, at }: { paymentId: string | undefined; source: string; at: number },
): Promise<'changed' | 'settled' | 'takenIn' | 'same'> {
  const known = await tx.reservationsByReference(scope, seen.refundId);
  const byId = known.filter(({ refundId }) => refundId === seen.refundId);
  if (byId.length > 0) {
    const row = byId[0]!;
    // An id that several refunds share says nothing about any one of them.
    if (byId.length > 1) return 'same';
    return (await applyFact(tx, row, seen, line(row.intentId, 'provider', 'observe', source, at))) ? 'changed' : 'same';
  }
  const origin = seen.intentId === undefined ? undefined : await tx.intent(seen.intentId);
  if (origin && origin.merchant === scope.merchant && origin.provider === scope.provider) {
    // Still on its way: its own answer will say so, and its reservation counts already.
    if (origin.state === 'sending' || origin.state === 'resending') return 'same';
    if (origin.state === 'unknown') {
      await settleIn(tx, origin, {
        to: 'succeeded',
        ...(seen.answer && { answer: seen.answer }),
        refunds: [seen],
        who: 'provider',
        source,
        at,
      });
      return 'settled';
    }
    if (await attachToOrigin(tx, origin, seen, line(origin.id, 'provider', 'observe', source, at))) return 'changed';
  }
  if (paymentId === undefined || seen.amount === undefined || seen.currency === undefined) return 'same';
  const row = await tx.insertReservation({
    ...scopeOf(scope),
    intentId: undefined,
    key: undefined,
    paymentId,
    currency: seen.currency,
    vendor: undefined,
    amount: seen.amount,
    released: !holdsAmount(seen.standing),
    refundId: seen.refundId,
    references: seen.references ?? {},
    status: seen.status,
    standing: seen.standing,
    reason: seen.reason,
    createdAt: seen.createdAt ?? at,
    updatedAt: at,
    checks: 0,
    nextCheckAt: at + checkDelay(0),
  });
  await tx.addAudit({
    ...line(undefined, 'provider', origin ? 'contradiction' : 'take_in', source, at),
    reservationId: row.id,
    to: seen.standing,
    detail: origin ? `intent ${origin.id} was ${origin.state}` : undefined,
  });
  return 'takenIn';
}

/** A person settled the intent without the provider's id: the read brings it. */
async function attachToOrigin(
  tx: LedgerTransaction,
  origin: Intent,
  seen: Observation,
  audit: AuditLine,
): Promise<boolean> {
  const parts = (await tx.reservationsOfIntent(origin.id)).filter(
    ({ released, refundId }) => !released && refundId === undefined,
  );
  if (parts.length !== 1) return false;
  await applyFact(tx, parts[0]!, seen, audit);
  return true;
}

function scopeOf({ merchant, provider }: Scope): Scope {
  return { merchant, provider };
}
