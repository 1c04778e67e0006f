import { cancelByWordIn } from './cancel-by-word.ts';
import { isContradicted } from './contradiction.ts';
import type { Intent, Reservation } from '../entities.ts';
import type { Resolution } from '../facts.ts';
import { openParts, SAID } from './said.ts';
import { applyFact, line, settleIn } from './settle.ts';
import type { LedgerTransaction } from '../store.ts';

/**
 * Settles by a person's decision, with the reason in the audit trail. Returns `undefined` when nothing about the
 * intent is unknown, or can be cancelled by a word.
 */
export async function resolveIn(
  tx: LedgerTransaction,
  intent: Intent,
  resolution: Resolution,
): Promise<Intent | undefined> {
  const { outcome, who, at, reason, vendor } = resolution;
  if (outcome === 'cancelled' && intent.kind !== 'cancel') return cancelByWordIn(tx, intent, resolution);
  const open = openParts(await tx.reservationsOfIntent(intent.id), resolution);
  if (intent.kind === 'cancel' ? intent.state !== 'unknown' : open.length === 0) return undefined;
  const isOver = intent.state === 'succeeded' || intent.state === 'failed';
  if (intent.state !== 'unknown' && !(isOver && open.every((row) => isOpenWhenOver(intent, row)))) return undefined;
  const said = line(intent.id, who, 'resolve', 'person', at);
  await tx.addAudit({ ...said, to: outcome, detail: vendor === undefined ? reason : `${vendor}: ${reason}` });
  const happened = outcome !== 'nothing';
  for (const row of open) {
    const fact = { standing: SAID[outcome], status: outcome };
    const { refundId, amount = row.amount } = resolution;
    await applyFact(tx, { ...row, amount }, refundId === undefined ? fact : { ...fact, refundId }, said);
  }
  const rest = await tx.reservationsOfIntent(intent.id);
  if (rest.some((row) => !row.released && row.standing === 'unknown')) return intent;
  if (isOver) return intent;
  const to = happened || rest.some(({ released }) => !released) ? 'succeeded' : 'failed';
  return settleIn(tx, intent, rest, { to, who, source: 'person', at });
}

/** A part of an answered request that a person has to settle. */
function isOpenWhenOver({ state }: Intent, row: Reservation): boolean {
  return state === 'succeeded' || isContradicted(row);
}
