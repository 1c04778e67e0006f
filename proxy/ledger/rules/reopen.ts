import { applyAnswer, closed, doubt, isMade, mayBeDenied, REFUSED } from './answer.ts';
import { reopenIntent } from './contradiction.ts';
import type { AuditLine, Intent, Reservation } from '../entities.ts';
import type { Observation, Settlement } from '../facts.ts';
import { differenceOf } from './difference.ts';
import { applyFact, line } from './fact.ts';
import { isNumbered } from './number.ts';
import { isByWord } from './said.ts';
import { partsOfSend, settleBy } from './settle.ts';
import { holdsAmount } from './states.ts';
import type { LedgerTransaction } from '../store.ts';

interface ClosedPart {
  readonly intent: Intent;
  readonly part: Reservation;
}

/**
 * The part of a request that is recorded as having come to nothing, if a refund with the mark of that request can be
 * its refund. A request with a part that is held, or with an id, has its refund. A person who has settled the
 * contradiction is not asked about it again. Of several vendors' parts, the mark does not tell which one it is.
 * `elsewhere`: the rows in which the refund was recorded before it had the mark.
 */
export async function closedPart(
  tx: LedgerTransaction,
  intent: Intent,
  elsewhere: readonly Reservation[],
): Promise<ClosedPart | undefined> {
  if (intent.kind !== 'refund') return undefined;
  const parts = await tx.reservationsOfIntent(intent.id);
  const part = parts.at(-1);
  if (!part || parts.some(({ released }) => !released) || !mayBeDenied(part)) return undefined;
  const isSame = (row: Reservation) => row.paymentId === part.paymentId && row.currency === part.currency;
  return elsewhere.every(isSame) ? { intent, part } : undefined;
}

/**
 * The provider shows the refund of a request that came to nothing. Returns whether the ledger counts it now, under the
 * key of that request.
 */
export async function observeClosed(
  tx: LedgerTransaction,
  { intent, part }: ClosedPart,
  seen: Observation,
  from: AuditLine,
): Promise<boolean> {
  const isForeign = seen.currency !== undefined && seen.currency !== part.currency;
  if (holdsAmount(seen.standing)) {
    if (intent.state === 'void' && isAsked(part, seen)) {
      await settleVoid(tx, { intent, part }, seen, from);
      return true;
    }
    await doubt(tx, closed(part), seen, from);
    // How much it takes of another currency is unknown: the record itself holds the payment.
    return !isForeign;
  }
  // The refund failed, which agrees with what is known. A request that was not sent may still be sent, and has no id.
  if (intent.state !== 'failed' || isForeign || differenceOf(closed(part), seen) !== undefined) return false;
  await applyFact(tx, closed(part), seen, from);
  return true;
}

/** Whether the refund is what was asked for. */
function isAsked(part: Reservation, { amount, currency }: Observation): boolean {
  return amount === part.amount && currency === part.currency;
}

/**
 * A request that was put off, or not sent as far as we know, was carried out all the same. Nothing contradicts that: it
 * came to nothing only for us, and the same key would have been sent again.
 */
async function settleVoid(
  tx: LedgerTransaction,
  { intent, part }: ClosedPart,
  seen: Observation,
  from: AuditLine,
): Promise<void> {
  await tx.saveReservation({ ...part, released: false, standing: 'unknown', updatedAt: from.at });
  await reopenIntent(tx, part, from);
  const reopened = await tx.intent(intent.id);
  if (reopened) await settleBy(tx, reopened, seen, from);
}

/**
 * An answer that came after its request was settled: where a part counts as nothing, it says that there is a refund, and where
 * one counts as made, it says by which numbers. A refusal denies what only a word says was made.
 */
export async function reopenByAnswer(
  tx: LedgerTransaction,
  intent: Intent,
  rows: readonly Reservation[],
  { to, refunds = [], whileSending, who, source, at }: Settlement,
): Promise<Intent> {
  const isOver = intent.state === 'succeeded' || intent.state === 'failed';
  if (intent.kind === 'cancel' || !isOver) return intent;
  const from = line(intent.id, who, 'settle', source, at);
  // The last send reserved one row for each refund of the answer.
  await applyAnswer(tx, rows.slice(-refunds.length), refunds, from);
  if (to === 'failed' && !whileSending) {
    const lines = await tx.auditOf(intent.id);
    const denied = partsOfSend(rows).filter(
      (part) => isByWord(part, lines) || (isMade(part) && isNumbered(part, lines)),
    );
    const refusals = denied.map(() => REFUSED);
    await applyAnswer(tx, denied, refusals, from);
  }
  return (await tx.intent(intent.id)) ?? intent;
}
