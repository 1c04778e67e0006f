import type { Intent, Reservation, Scope } from '../entities.ts';
import { checkDelay, followDelay, wordDelay } from './fact.ts';
import type { LedgerTransaction } from '../store.ts';

/** Claims intents whose next check is due, and postpones that check: no other instance claims them meanwhile. */
export async function claimIntents(
  tx: LedgerTransaction,
  scope: Scope,
  { at, limit }: { readonly at: number; readonly limit: number },
): Promise<Intent[]> {
  const due = await tx.dueIntents(scope, { states: ['unknown'], at, limit });
  for (const intent of due) await tx.putOffIntent({ ...intent, ...nextCheck(intent.checks, at) });
  return due;
}

/**
 * The same for refunds that have an id and are not final, and ever more rarely for those that only a person's word has
 * cancelled. `follows`: also for successful ones, for a month, because the provider may still reverse them.
 */
export async function claimReservations(
  tx: LedgerTransaction,
  scope: Scope,
  { at, limit, follows }: { readonly at: number; readonly limit: number; readonly follows: boolean },
): Promise<Reservation[]> {
  const due = await tx.dueReservations(scope, at, limit);
  for (const row of due) await tx.putOffReservation({ ...row, ...nextCheck(row.checks, at) });
  if (due.length >= limit) return due;
  const doubted = await tx.cancelledByWord(scope, at, limit - due.length);
  for (const row of doubted) {
    await tx.putOffReservation({ ...row, checks: row.checks + 1, nextCheckAt: at + wordDelay(row.checks) });
  }
  const claimed = [...due, ...doubted];
  if (!follows || claimed.length >= limit) return claimed;
  const followed = await tx.followedReservations(scope, at, limit - claimed.length);
  for (const row of followed) {
    const checks = row.checks + 1;
    await tx.putOffReservation({ ...row, checks, nextCheckAt: at + followDelay(checks) });
  }
  return [...claimed, ...followed];
}

function nextCheck(checks: number, at: number): Pick<Intent, 'checks' | 'nextCheckAt'> {
  return { checks: checks + 1, nextCheckAt: at + checkDelay(checks + 1) };
}
