import type { AuditLine, Intent, Reservation, Scope } from './entities.ts';
import type { Observation, Seen } from './facts.ts';
import { applyFact, firstCheck, line, settleIn } from './settle.ts';
import { holdsAmount, provesNoCancel } from './states.ts';
import type { LedgerTransaction } from './store.ts';
import { keepableObservation } from './texts.ts';

/** Why a cancel came to nothing that nobody refused. */
export const ENDED_OF_ITSELF = 'the refund ended of itself';

export async function observeIn(
  tx: LedgerTransaction,
  scope: Scope,
  told: Observation,
  { paymentId, source, at }: { paymentId: string | undefined; source: string; at: number },
): Promise<{ readonly what: Seen; readonly paymentId: string | undefined }> {
  const seen = keepableObservation(told);
  const known = await tx.reservationsByReference(scope, seen.refundId);
  const byId = known.filter(({ refundId }) => refundId === seen.refundId);
  if (byId.length > 0) {
    const row = byId[0]!;
    // An id that several refunds share says nothing about any one of them.
    if (byId.length > 1) return done('same', paymentId);
    const moved = await applyFact(tx, row, seen, line(row.intentId, 'provider', 'observe', source, at));
    if (provesNoCancel(seen.standing)) await endCancels(tx, row, { source, at });
    return done(moved ? 'changed' : 'same', row.paymentId);
  }
  const named = seen.intentId === undefined ? undefined : await tx.intent(seen.intentId);
  const origin = named && isOrigin(named, scope, paymentId) ? named : undefined;
  if (origin) {
    if (origin.state === 'sending' || origin.state === 'resending') {
      // Its answer is still on its way: what is known already is kept, and makes up for an answer that never comes.
      if (!(await attachToOrigin(tx, origin, seen, line(origin.id, 'provider', 'observe', source, at)))) {
        return done('same', origin.paymentId);
      }
      if (seen.answer) await tx.saveIntent({ ...origin, answer: seen.answer, updatedAt: at });
      return done('changed', origin.paymentId);
    }
    if (origin.state === 'unknown') {
      await settleIn(tx, origin, await tx.reservationsOfIntent(origin.id), {
        to: 'succeeded',
        ...(seen.answer && { answer: seen.answer }),
        refunds: [seen],
        who: 'provider',
        source,
        at,
      });
      return done('settled', origin.paymentId);
    }
    if (await attachToOrigin(tx, origin, seen, line(origin.id, 'provider', 'observe', source, at))) {
      return done('changed', origin.paymentId);
    }
  }
  if (paymentId === undefined || seen.amount === undefined || seen.currency === undefined) {
    return done('same', paymentId);
  }
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
    ...firstCheck(seen.standing, at),
  });
  await tx.addAudit({
    ...line(undefined, 'provider', origin ? 'contradiction' : 'take_in', source, at),
    reservationId: row.id,
    to: seen.standing,
    detail: origin ? `intent ${origin.id} was ${origin.state}` : undefined,
  });
  return done('takenIn', paymentId);
}

/** A refund that came to an end of its own was not cancelled, and cannot be any more (`upayments.md`, Reading and deleting). */
async function endCancels(
  tx: LedgerTransaction,
  row: Reservation,
  { source, at }: { source: string; at: number },
): Promise<void> {
  for (const cancel of await tx.openCancels(row.id)) {
    if (cancel.state !== 'unknown') continue;
    // A cancel has no reservation of its own.
    await settleIn(tx, cancel, [], { to: 'failed', who: 'provider', source, detail: ENDED_OF_ITSELF, at });
  }
}

/** The provider's id was not known yet, because the answer has not come or a person settled it without one. */
async function attachToOrigin(
  tx: LedgerTransaction,
  origin: Intent,
  seen: Observation,
  audit: AuditLine,
): Promise<boolean> {
  const parts = (await tx.reservationsOfIntent(origin.id)).filter(
    ({ released, refundId }) => !released && refundId === undefined,
  );
  const [part] = parts;
  if (parts.length !== 1 || (seen.amount !== undefined && seen.amount !== part!.amount)) return false;
  await applyFact(tx, part!, seen, audit);
  return true;
}

/** An id within the provider's record is believed only where everything else fits. */
function isOrigin(intent: Intent, { merchant, provider }: Scope, paymentId: string | undefined): boolean {
  const fits = paymentId === undefined || intent.paymentId === paymentId;
  return fits && intent.merchant === merchant && intent.provider === provider;
}

/** Every payment that these observations may change, in one order for everybody, so that no two lock one another out. */
export async function paymentsOf(
  tx: LedgerTransaction,
  scope: Scope,
  { paymentId, observations }: { paymentId: string | undefined; observations: readonly Observation[] },
): Promise<string[]> {
  const payments = new Set(paymentId === undefined ? [] : [paymentId]);
  for (const { refundId, intentId } of observations) {
    const rows = await tx.reservationsByReference(scope, refundId);
    const origin = rows.length > 0 || intentId === undefined ? undefined : await tx.intent(intentId);
    for (const row of origin ? [origin] : rows) payments.add(row.paymentId);
  }
  return [...payments].toSorted();
}

function done(what: Seen, paymentId: string | undefined) {
  return { what, paymentId };
}

function scopeOf({ merchant, provider }: Scope): Scope {
  return { merchant, provider };
}
