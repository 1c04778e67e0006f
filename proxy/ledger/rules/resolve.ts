import { refundableOf } from '../../../contract/index.ts';
import { cancelByWordIn } from './cancel-by-word.ts';
import { isContradicted, reopenIntent } from './contradiction.ts';
import { correctIn, isOfAnother } from './correct.ts';
import { noteAmount } from './difference.ts';
import { scopeOf, type Intent, type Reservation } from '../entities.ts';
import type { Resolution } from '../facts.ts';
import { isTaken } from './number.ts';
import { observeIn } from './observe.ts';
import { openParts, SAID, spokenIn, type Spoken } from './said.ts';
import { applyFact, line } from './fact.ts';
import { settleIn } from './settle.ts';
import type { LedgerTransaction } from '../store.ts';

/**
 * Settles by a person's decision, with the reason in the audit trail. Returns `undefined` when nothing about the
 * intent is unknown, or can be cancelled by a word, and when somebody else has spoken since the word was compared.
 */
export async function resolveIn(
  tx: LedgerTransaction,
  intent: Intent,
  resolution: Resolution,
): Promise<Intent | undefined> {
  const { outcome, who, at, reason, vendor, refundId, words } = resolution;
  if (outcome === 'cancelled' && intent.kind !== 'cancel') return cancelByWordIn(tx, intent, resolution);
  const spoken = await spokenIn(tx, intent);
  const open = openParts(spoken, resolution);
  if (intent.kind === 'cancel' ? intent.state !== 'unknown' : open.length === 0) return undefined;
  const isCorrection = open.some((row) => row.released || row.standing !== 'unknown');
  if (isCorrection && words !== undefined && words !== spoken.words) return undefined;
  if (refundId !== undefined && intent.kind !== 'cancel' && (await isTaken(tx, intent, refundId))) return undefined;
  const { wordsOnPayment: heard } = resolution;
  if (heard !== undefined && heard !== (await tx.wordsOn(intent, intent.paymentId))) return undefined;
  const isOver = intent.state === 'succeeded' || intent.state === 'failed';
  if (intent.state !== 'unknown' && !(isOver && open.every((row) => isOpenWhenOver(intent, spoken, row))))
    return undefined;
  if (!(await isWithin(tx, intent, open, resolution))) return undefined;
  const said = line(intent.id, who, 'resolve', 'person', at);
  await tx.addAudit({ ...said, to: outcome, detail: vendor === undefined ? reason : `${vendor}: ${reason}` });
  const happened = outcome !== 'nothing';
  for (const row of open) {
    const { amount = row.amount } = resolution;
    await noteAmount(tx, row, amount, said);
    const fact = { standing: SAID[outcome], status: outcome, ...(refundId !== undefined && { refundId }) };
    const { takesBack, listed } = resolution;
    const isOther = happened && refundId !== undefined && spoken.others.get(row.id) === refundId;
    if ((takesBack && isCorrection) || isOther || (!happened && isOfAnother(spoken, row, listed))) {
      await correctIn(tx, spoken, { row, amount, fact, said, listed });
      await leaveNumber(tx, intent, row, resolution);
    } else await applyFact(tx, { ...row, amount }, fact, said);
  }
  const rest = await tx.reservationsOfIntent(intent.id);
  if (rest.some((row) => !row.released && row.standing === 'unknown')) return intent;
  const isHeld = rest.some(({ released }) => !released);
  if (intent.state === 'failed' && isHeld) return settleAgain(tx, intent, rest, resolution);
  if (isOver) return tx.intent(intent.id);
  const to = happened || isHeld ? 'succeeded' : 'failed';
  return settleIn(tx, intent, rest, { to, who, source: 'person', at });
}

/**
 * A refund whose number was taken back is one made elsewhere, and counts before anything else is sent. The stored answer
 * is about that refund, and not about the one of this request.
 */
async function leaveNumber(
  tx: LedgerTransaction,
  intent: Intent,
  { id, refundId, paymentId }: Reservation,
  { listed, at }: Resolution,
): Promise<void> {
  if (refundId === undefined || (await tx.reservation(id))?.refundId === refundId) return;
  if (intent.answer) await tx.saveIntent({ ...intent, answer: undefined, updatedAt: at });
  const seen = listed?.find((each) => each.refundId === refundId);
  if (seen) await observeIn(tx, scopeOf(intent), seen, { paymentId, source: 'list', at });
}

/** A request that ended as nothing has a refund by a person's word: its key no longer says that no money moved. */
async function settleAgain(
  tx: LedgerTransaction,
  intent: Intent,
  rows: readonly Reservation[],
  { who, at }: Resolution,
): Promise<Intent | undefined> {
  await reopenIntent(tx, { intentId: intent.id }, line(intent.id, who, 'resolve', 'person', at));
  const reopened = await tx.intent(intent.id);
  return reopened && settleIn(tx, reopened, rows, { to: 'succeeded', who, source: 'person', at });
}

/** A part of an answered request that a person has to settle, or that only a word has settled. */
function isOpenWhenOver({ state }: Intent, { byWord }: Spoken, row: Reservation): boolean {
  return state === 'succeeded' || isContradicted(row) || byWord.has(row.id);
}

/** Whether what a correction counts again is free. */
async function isWithin(
  tx: LedgerTransaction,
  { paymentId, currency }: Intent,
  open: readonly Reservation[],
  { most, amount, outcome }: Resolution,
): Promise<boolean> {
  if (!most || outcome === 'nothing') return true;
  const more = heldMore(open, amount);
  if (more <= 0n) return true;
  const [row] = open;
  const held = await tx.held(row!, paymentId, currency);
  const heldElsewhere = most.toldElsewhere > 0n ? await tx.heldElsewhere(row!, paymentId, currency) : 0n;
  const { limit: captured, toldElsewhere } = most;
  return more <= refundableOf({ captured, held: held.amount, heldElsewhere, toldElsewhere });
}

/** How much more is held once these parts count with this amount, or each with its own. Minor units. */
export function heldMore(open: readonly Reservation[], amount: bigint | undefined): bigint {
  return open.reduce((sum, row) => sum + (amount ?? row.amount) - (row.released ? 0n : row.amount), 0n);
}
