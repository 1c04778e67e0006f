import { scopeOf, type Intent, type Reservation, type VendorLimit } from '../entities.ts';
import type { Observation, Settlement } from '../facts.ts';
import { applyAnswer, isMade, REFUSED, UNTOLD } from './answer.ts';
import { isContradicted, sayOf } from './contradiction.ts';
import { isErased } from './erased.ts';
import { applyFact, checkDelay, line } from './fact.ts';
import { keepChange } from './keep-change.ts';
import { intentMayMove, isOnItsWay } from './states.ts';
import type { LedgerTransaction } from '../store.ts';

/** `rows`: every current reservation of the intent. */
export async function settleIn(
  tx: LedgerTransaction,
  intent: Intent,
  rows: readonly Reservation[],
  outcome: Settlement,
): Promise<Intent> {
  const settlement = disputed(rows, refusedInPart(intent, rows, proved(intent, outcome)));
  const { to, answer, at, who, source, detail } = settlement;
  const audit = { ...line(intent.id, who, 'settle', source, at), from: intent.state, to, detail };
  const isOfAnother = settlement.sentAt !== undefined && settlement.sentAt !== intent.firstSentAt;
  const isOvertaken =
    (isOfAnother && to !== 'succeeded') ||
    (to === 'failed' && settlement.whileSending && intent.state !== 'sending') ||
    (to === 'unknown' && !isOnItsWay(intent));
  if (isOvertaken || !intentMayMove(intent.state, to)) {
    await tx.addAudit({ ...audit, what: 'too_late' });
    return intent;
  }
  const settled: Intent = {
    ...intent,
    state: to,
    answer: (to === 'succeeded' || to === 'failed') && !isErased(intent) ? answer : undefined,
    updatedAt: at,
    checks: 0,
    nextCheckAt: at + checkDelay(0),
  };
  await tx.saveIntent(settled);
  await tx.addAudit(audit);
  if (settlement.to !== outcome.to && outcome.to !== 'unknown') {
    await tx.addAudit({ ...audit, what: 'contradiction', from: outcome.to, to, detail: whyOther(settlement, rows) });
    sayOf(tx, { ...scopeOf(intent), paymentId: intent.paymentId, intentId: intent.id });
  }

  const parts = partsOfSend(rows);
  await keepUntold(tx, intent, parts, settlement);
  if (to === 'failed' || to === 'void' || settlement.opened) {
    for (const row of parts) {
      if (!row.released) await tx.saveReservation({ ...row, released: true, updatedAt: at });
    }
  }
  if (settlement.opened) await openVendors(tx, intent, settlement.opened);
  if (settlement.refunds) await applyAnswer(tx, parts, settlement.refunds, audit);
  if (intent.kind === 'cancel' && to === 'succeeded' && intent.target !== undefined) {
    const target = await tx.reservation(intent.target);
    if (target) await applyFact(tx, target, { standing: 'cancelled', status: 'cancelled' }, audit);
  }
  return settled;
}

/** Why a request is not settled as its outcome says. */
function whyOther({ to, answer }: Settlement, rows: readonly Reservation[]): string {
  if (to !== 'succeeded') return 'what the provider says of it differs';
  if (answer) return 'an event proves the refund';
  return rows.some(isMade) ? 'a part of it is known to be made' : 'a part of it waits for a person';
}

/** Settles a request by the refund that the provider shows of it. */
export async function settleBy(
  tx: LedgerTransaction,
  origin: Intent,
  seen: Observation,
  { source, at, detail }: { source: string; at: number; detail?: string | undefined },
): Promise<void> {
  await settleIn(tx, origin, await tx.reservationsOfIntent(origin.id), {
    to: 'succeeded',
    ...(seen.answer && { answer: seen.answer }),
    refunds: [seen],
    who: 'provider',
    source,
    ...(detail !== undefined && { detail }),
    at,
  });
}

/** Stores the changes of parts that the settlement does not name: they came to nothing, or are unknown. */
async function keepUntold(
  tx: LedgerTransaction,
  { kind, state }: Intent,
  parts: readonly Reservation[],
  { to, refunds, opened, source, at }: Settlement,
): Promise<void> {
  const isFirst = state === 'sending';
  if (kind === 'cancel' || to === 'void' || (isFirst && opened)) return;
  // A first step that opens the second one moves no money.
  const isNothing = to === 'failed' || opened !== undefined;
  // The change to unknown was stored when the first send was lost.
  if (!isFirst && !isNothing) return;
  for (const [index, row] of parts.entries()) {
    const isOpen = !row.released && row.standing === 'unknown' && !isContradicted(row);
    if (!isOpen || (refunds?.[index]?.standing ?? 'unknown') !== 'unknown') continue;
    const standing = isNothing ? 'failed' : 'unknown';
    await keepChange(tx, { ...row, standing }, { at, source, before: isFirst ? undefined : 'unknown' });
  }
}

/**
 * The parts that the send reserved. A released part with a standing was changed before the answer came, by an event or
 * a person; one without a standing was released by an earlier send that came to nothing.
 */
export function partsOfSend(rows: readonly Reservation[]): Reservation[] {
  return rows.filter(({ released, standing }) => !released || standing !== 'unknown');
}

/**
 * A stored answer on a running intent came with a signed event that names the intent: the refund exists, whatever
 * happened to the answer itself.
 */
function proved(intent: Intent, outcome: Settlement): Settlement {
  const { answer } = intent;
  if (!isOnItsWay(intent) || !answer || outcome.to === 'succeeded') return outcome;
  const { refunds: _refunds, opened: _opened, ...rest } = outcome;
  return { ...rest, to: 'succeeded', answer };
}

/** A refusal releases nothing that the provider itself reported otherwise. */
function disputed(rows: readonly Reservation[], outcome: Settlement): Settlement {
  if (outcome.to !== 'failed' && outcome.to !== 'void') return outcome;
  if (!rows.some((row) => isContradicted(row) || (outcome.to === 'void' && isMade(row)))) return outcome;
  return { ...outcome, to: 'unknown' };
}

/**
 * A part that is known to be made, by a word or by the provider's list, or that waits for a person, is released by no refusal
 * of the whole request. The others are.
 */
function refusedInPart({ state }: Intent, rows: readonly Reservation[], outcome: Settlement): Settlement {
  const { answer: _answer, ...rest } = outcome;
  const isOvertaken = (outcome.whileSending && state !== 'sending') || !intentMayMove(state, outcome.to);
  const parts = partsOfSend(rows);
  const isOpen = (row: Reservation) => !row.released && !isMade(row) && !isContradicted(row);
  const isInPart = parts.some((row) => isMade(row)) || (parts.some((row) => isContradicted(row)) && parts.some(isOpen));
  if (outcome.to !== 'failed' || isOvertaken || !isInPart) return outcome;
  // A part that came to nothing stays so.
  const refunds = parts.map(({ released }) => (released ? UNTOLD : REFUSED));
  return { ...rest, to: 'succeeded', refunds };
}

async function openVendors(tx: LedgerTransaction, intent: Intent, opened: readonly VendorLimit[]): Promise<void> {
  const after = await tx.lastReservation(intent, intent.paymentId);
  await tx.replaceOpenedVendors(
    intent,
    intent.paymentId,
    opened.map((row) => ({ ...row, after })),
  );
}
