import type { PaymentRefundStanding } from '../../../contract/index.ts';
import { scopeOf, type AuditLine, type Intent, type Reservation, type VendorLimit } from '../entities.ts';
import type { Observation, RefundFact, Settlement } from '../facts.ts';
import { contradict, isContradicted, isDisputed, sayOf, settledStatus } from './contradiction.ts';
import { differenceOf, differenceSince } from './difference.ts';
import { isErased } from './erased.ts';
import { keepChange } from './keep-change.ts';
import { takeNumber } from './number.ts';
import { isByWordAlone } from './said.ts';
import { holdsAmount, intentMayMove, isOnItsWay, standingMayMove } from './states.ts';
import type { LedgerTransaction } from '../store.ts';

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

/** `rows`: every current reservation of the intent. */
export async function settleIn(
  tx: LedgerTransaction,
  intent: Intent,
  rows: readonly Reservation[],
  outcome: Settlement,
): Promise<Intent> {
  const settlement = disputed(rows, proved(intent, outcome));
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
    const why = to === 'succeeded' ? 'an event proves the refund' : 'what the provider says of it differs';
    await tx.addAudit({ ...audit, what: 'contradiction', from: outcome.to, to, detail: why });
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
  if (!rows.some((row) => isContradicted(row))) return outcome;
  return { ...outcome, to: 'unknown' };
}

async function openVendors(tx: LedgerTransaction, intent: Intent, opened: readonly VendorLimit[]): Promise<void> {
  const after = await tx.lastReservation(intent, intent.paymentId);
  await tx.replaceOpenedVendors(
    intent,
    intent.paymentId,
    opened.map((row) => ({ ...row, after })),
  );
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
