import { CLOCKS_APART_MS } from './clocks.ts';
import { isContradicted, sayOf } from './contradiction.ts';
import { scopeOf, type AuditLine, type Intent, type Reservation, type Scope } from '../entities.ts';
import type { Observation, Seen } from '../facts.ts';
import { keepChange } from './keep-change.ts';
import { noteNumber } from './number.ts';
import { FORGOTTEN, noteForgotten } from './restored.ts';
import { closedPart, observeClosed } from './reopen.ts';
import { applyFact, firstCheck, line } from './fact.ts';
import { settleBy, settleIn } from './settle.ts';
import { holdsAmount, isOnItsWay, provesNoCancel } from './states.ts';
import type { LedgerTransaction } from '../store.ts';
import { keepableObservation } from '../texts.ts';

/** Why a cancel that was not refused came to nothing. */
export const ENDED_OF_ITSELF = 'the refund ended of itself';

export async function observeIn(
  tx: LedgerTransaction,
  scope: Scope,
  observation: Observation,
  { paymentId, source, at }: { paymentId: string | undefined; source: string; at: number },
): Promise<Done> {
  const seen = keepableObservation(observation);
  const known = await tx.reservationsByReference(scope, seen.refundId);
  const byId = known.filter(({ refundId }) => refundId === seen.refundId);
  const named = await namedBy(tx, scope, seen);
  const origin = named && isOrigin(named, scope, paymentId) ? named : undefined;
  // It was recorded without its mark, as a refund made elsewhere, and now shows the mark: from now on it counts once.
  const isNobodys = byId.every((row) => row.intentId === undefined && !isContradicted(row));
  const isOurs = isNobodys && origin && (await fits(tx, origin, seen));
  const closed = isNobodys && origin ? await closedPart(tx, origin, byId) : undefined;
  const likely =
    isNobodys && seen.intentId === undefined && paymentId !== undefined
      ? await likelyOrigin(tx, scope, { seen, paymentId, known: byId })
      : undefined;
  if (likely) {
    const part = await openPart(tx, likely);
    await settleBy(tx, likely, seen, { source, at, detail: 'no other request fits its amount and time' });
    // The provider has not said so: a person may know that it is not.
    if (part) await noteNumber(tx, part, seen.refundId, line(likely.id, 'proxy', 'observe', source, at));
    return done('settled', paymentId);
  }
  if (closed && (await observeClosed(tx, closed, seen, line(closed.intent.id, 'provider', 'observe', source, at)))) {
    return done('changed', closed.part.paymentId);
  }
  if (byId.length > 0 && !isOurs) {
    const row = byId[0]!;
    // An id that several refunds share identifies none of them.
    if (byId.length > 1) return done('same', paymentId);
    // The provider has given the id of one refund to another: what it says of the other one is not about this one.
    if (named && row.intentId !== undefined && row.intentId !== named.id) return done('same', paymentId);
    if (paymentId !== undefined && paymentId !== row.paymentId) return done('same', paymentId);
    const applied = await applyFact(tx, row, seen, line(row.intentId, 'provider', 'observe', source, at));
    // What was seen of it first may not have had its key.
    if (row.intentId === undefined && !origin) await rememberKey(tx, row, seen);
    const hasEnded = provesNoCancel(seen.standing) && (await endCancels(tx, row, { source, at }));
    return done(applied === 'moved' ? 'changed' : 'same', row.paymentId, hasEnded || applied !== 'same');
  }
  if (origin) {
    const part = await openPart(tx, origin);
    if (part && differs(part, seen)) {
      const applied = await applyFact(tx, part, seen, line(origin.id, 'provider', 'observe', source, at));
      // How much it takes of another currency is unknown: the record itself holds the payment.
      const isForeign = seen.currency !== undefined && seen.currency !== part.currency;
      if (!isForeign) return done(applied === 'moved' ? 'changed' : 'same', origin.paymentId, applied !== 'same');
    } else if (isOnItsWay(origin)) {
      // Its answer has not come yet: keep what is known, in case it never comes.
      if (!(await attachToOrigin(tx, origin, seen, line(origin.id, 'provider', 'observe', source, at)))) {
        return done('same', origin.paymentId);
      }
      if (seen.answer) await tx.saveIntent({ ...origin, answer: seen.answer, updatedAt: at });
      return done('changed', origin.paymentId);
    } else if (origin.state === 'unknown' && part) {
      await settleBy(tx, origin, seen, { source, at });
      return done('settled', origin.paymentId);
    } else if (await attachToOrigin(tx, origin, seen, line(origin.id, 'provider', 'observe', source, at))) {
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
  if (!origin) await rememberKey(tx, row, seen);
  const request = origin && { intentId: origin.id, key: origin.key };
  await keepChange(tx, { ...row, ...request }, { at, source, isContradiction: origin !== undefined });
  if (origin) sayOf(tx, { ...scopeOf(scope), paymentId, intentId: origin.id });
  return done('takenIn', paymentId);
}

/** The key in the record of a refund that is no request's here: it is not sent again. */
async function rememberKey(tx: LedgerTransaction, row: Reservation, { refundId, intentKey: key }: Observation) {
  const { paymentId, amount, currency } = row;
  if (key !== undefined) await noteForgotten(tx, row, paymentId, { refundId, key, amount: String(amount), currency });
}

/**
 * The intent that the record names. A restored ledger that lost the intent knows its key once the key is used again.
 */
async function namedBy(tx: LedgerTransaction, scope: Scope, seen: Observation): Promise<Intent | undefined> {
  const { intentId, intentKey } = seen;
  const named = intentId === undefined ? undefined : await tx.intent(intentId);
  if (named || intentId === undefined || intentKey === undefined) return named;
  return tx.intentByKey(scope, intentKey);
}

/**
 * A refund that reached a final status was not cancelled, and can no longer be
 * (`docs/providers/upayments.md#deleting-a-refund`). Returns whether there was a cancel.
 */
async function endCancels(
  tx: LedgerTransaction,
  row: Reservation,
  { source, at }: { source: string; at: number },
): Promise<boolean> {
  let hasEnded = false;
  for (const cancel of await tx.openCancels(row.id)) {
    if (cancel.state !== 'unknown') continue;
    // A cancel has no reservation of its own.
    await settleIn(tx, cancel, [], { to: 'failed', who: 'provider', source, detail: ENDED_OF_ITSELF, at });
    hasEnded = true;
  }
  return hasEnded;
}

/**
 * Returns the one request that a record without our mark can belong to: the only one of this payment with an unknown
 * outcome, with exactly this amount, sent when the record was made. If a second request has that amount, nobody knows
 * which. A refund that was known before the request was sent is not its refund, and a restored ledger does not know how
 * many requests it has lost.
 */
async function likelyOrigin(
  tx: LedgerTransaction,
  scope: Scope,
  { seen, paymentId, known }: { seen: Observation; paymentId: string; known: readonly Reservation[] },
): Promise<Intent | undefined> {
  const { amount, currency, createdAt } = seen;
  if (amount === undefined || currency === undefined || createdAt === undefined) return undefined;
  // A refund that came to nothing may be anybody's: it releases no amount that ours may have taken.
  if (!holdsAmount(seen.standing)) return undefined;
  const states = ['sending', 'resending', 'unknown'] as const;
  const found: { readonly intent: Intent; readonly part: Reservation }[] = [];
  for (const intent of await tx.intents(scope, { states, paymentId, limit: MAX_OPEN })) {
    const part = intent.kind === 'refund' ? await openPart(tx, intent) : undefined;
    if (part && !differs(part, seen)) found.push({ intent, part });
  }
  const [{ intent, part } = {}] = found;
  // The id in the expected answer will show whether this is the refund.
  if (!intent || !part || found.length > 1 || intent.state !== 'unknown') return undefined;
  // The clocks of two instances differ, and the order of the rows of one payment does not depend on them.
  if (known.some(({ id }) => id < part.id)) return undefined;
  if ((await tx.auditOf(intent.id)).some(({ what }) => what === FORGOTTEN)) return undefined;
  const from = intent.firstSentAt - CLOCKS_APART_MS;
  const until = Math.max(intent.firstSentAt, intent.updatedAt) + CLOCKS_APART_MS;
  return createdAt >= from && createdAt <= until ? intent : undefined;
}

/** More than one payment ever has open at a time. */
const MAX_OPEN = 50;

/** The reservation of one part of an intent, if no refund of the provider is known for it and nobody disputes it. */
async function openPart(tx: LedgerTransaction, { id }: Intent): Promise<Reservation | undefined> {
  const parts = (await tx.reservationsOfIntent(id)).filter(
    (row) => !row.released && row.refundId === undefined && !isContradicted(row),
  );
  return parts.length === 1 ? parts[0] : undefined;
}

async function fits(tx: LedgerTransaction, origin: Intent, seen: Observation): Promise<boolean> {
  const part = await openPart(tx, origin);
  return part !== undefined && !differs(part, seen);
}

function differs(part: Reservation, { amount, currency }: Observation): boolean {
  return (amount !== undefined && amount !== part.amount) || (currency !== undefined && currency !== part.currency);
}

/** The provider's id is still unknown, because the answer has not come, or a person settled the part without one. */
async function attachToOrigin(
  tx: LedgerTransaction,
  origin: Intent,
  seen: Observation,
  audit: AuditLine,
): Promise<boolean> {
  const part = await openPart(tx, origin);
  if (!part || differs(part, seen)) return false;
  await applyFact(tx, part, seen, audit);
  return true;
}

/** An id inside the provider's record is trusted only if everything else matches. */
function isOrigin(intent: Intent, { merchant, provider }: Scope, paymentId: string | undefined): boolean {
  const fits = paymentId === undefined || intent.paymentId === paymentId;
  return fits && intent.merchant === merchant && intent.provider === provider;
}

/** Every payment that these observations may change, in the same order for all callers, so that no two deadlock. */
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

interface Done {
  readonly what: Seen;
  readonly paymentId: string | undefined;
  /** Whether the payment's record says anything else now. */
  readonly isTold: boolean;
}

function done(what: Seen, paymentId: string | undefined, isTold = what !== 'same'): Done {
  return { what, paymentId, isTold };
}
