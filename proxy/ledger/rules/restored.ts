import { totalOf, type RequestedPart } from './admission.ts';
import type { Reservation, Scope } from '../entities.ts';
import { isUnsure } from './contradiction.ts';
import { isNumbered } from './number.ts';
import { boundBy, isMissing, peekTotal } from './total.ts';
import { grownSince } from './unlisted.ts';
import { line } from './fact.ts';
import type { LedgerTransaction } from '../store.ts';

/** The shared value that marks this ledger as restored. */
export const RESTORED = 'restored';

/** A ledger restored from a backup knows less than the provider. */
export interface Restored {
  /** Identifies this restore: payments that were compared after an earlier restore have to be compared again. */
  readonly generation: string;
  /** When the backup was made, in epoch milliseconds: the ledger has all refunds before that. 0 if unknown. */
  readonly since: number;
}

/** A refund that the ledger lost. Amounts are minor units as text. */
export interface Forgotten {
  readonly refundId: string;
  /** The idempotency key, if the provider's record has it. */
  readonly key?: string | undefined;
  readonly amount: string;
  readonly currency: string;
}

/** How much the provider's total had that no list named, as the copy knew it. */
interface CopiedUnlisted {
  readonly before: string;
  readonly since: number;
  readonly beside: readonly number[];
}

/** The result of comparing one payment with the provider. */
export interface Comparison {
  readonly generation: string;
  readonly forgotten: readonly Forgotten[];
  /** How many refunds the provider lists without amounts that the ledger does not know. */
  readonly uncounted: number;
  /** Their ids: one whose request is known by now counts no more. */
  readonly strangers?: readonly string[];
  /** How much the provider's total has that no list names, and that the ledger did not know. Minor units as text. */
  readonly unlisted?: string;
  /** What the copy had of it: while the restore is not over, what a later read shows counts as well. `before` as text. */
  readonly copied?: CopiedUnlisted | undefined;
  /** The rows that the provider's total may not have had: it may have had a lost refund in their place. */
  readonly unsure?: readonly number[];
}

/**
 * `uncompared`: nothing may be sent. `forgotten`: this request may have been carried out and lost. `doubtful`: the same, as
 * far as the provider's total was read last.
 */
export type AfterRestore = 'free' | 'uncompared' | 'forgotten' | 'doubtful';

/** The audit line of a request that may have been sent before the restore: it is never sent again. */
export const FORGOTTEN = 'forgotten';

/** The shared value that holds the `Comparison` of one payment. */
export function comparisonName({ merchant, provider }: Scope, paymentId: string): string {
  return `${RESTORED} ${JSON.stringify([merchant, provider, paymentId])}`;
}

/** Read without a lock: writing either of them takes the payment's lock, or restores the ledger. */
export async function readRestored(tx: LedgerTransaction): Promise<Restored | undefined> {
  const text = await tx.peekSharedValue(RESTORED);
  return text === undefined ? undefined : (JSON.parse(text) as Restored);
}

export async function readComparison(
  tx: LedgerTransaction,
  scope: Scope,
  paymentId: string,
): Promise<Comparison | undefined> {
  const text = await tx.peekSharedValue(comparisonName(scope, paymentId));
  return text === undefined ? undefined : (JSON.parse(text) as Comparison);
}

export async function isUncompared(tx: LedgerTransaction, scope: Scope, paymentId: string): Promise<boolean> {
  const [restored, comparison] = await Promise.all([readRestored(tx), readComparison(tx, scope, paymentId)]);
  return restored !== undefined && comparison?.generation !== restored.generation;
}

/** Whether the restore allows a request to be sent. Read under the payment's lock. */
export async function afterRestore(
  tx: LedgerTransaction,
  scope: Scope,
  {
    paymentId,
    key,
    currency,
    parts,
  }: { paymentId: string; key: string; currency: string; parts: readonly RequestedPart[] },
): Promise<AfterRestore> {
  const [restored, comparison] = await Promise.all([readRestored(tx), readComparison(tx, scope, paymentId)]);
  if (restored && comparison?.generation !== restored.generation) return 'uncompared';
  // A cancel requests no amount, and the provider refuses a second cancel.
  if (!comparison || parts.length === 0) return 'free';
  if (await hasUncounted(tx, scope, comparison)) return 'forgotten';
  const total = totalOf(parts);
  for (const one of comparison.forgotten) {
    const isCandidate = one.key === undefined && one.currency === currency && BigInt(one.amount) === total;
    if (one.key !== key && !isCandidate) continue;
    const rows = await tx.reservationsByReference(scope, one.refundId);
    // A refund that has found its request belongs to no other.
    if (!rows.some(({ intentId }) => intentId !== undefined)) return 'forgotten';
  }
  return total <= (await hiddenIn(tx, scope, paymentId, { comparison, restored })) ? 'doubtful' : 'free';
}

/** How much the provider's total may have of requests that were lost. Minor units. */
async function hiddenIn(
  tx: LedgerTransaction,
  scope: Scope,
  paymentId: string,
  { comparison, restored }: { comparison: Comparison; restored: Restored | undefined },
): Promise<bigint> {
  const { unlisted = '0', copied, unsure = [] } = comparison;
  const counts = restored && copied;
  const rows = counts || unsure.length > 0 ? await tx.reservationsOfPayment(scope, paymentId) : [];
  const grown = counts ? grownSince(rows, { ...copied, before: BigInt(copied.before) }) : 0n;
  const found = BigInt(unlisted);
  const total = unsure.length > 0 ? await peekTotal(tx, scope, paymentId) : undefined;
  // Those that are still not known to be in the total by themselves.
  const isLeft = (row: Reservation) => row.released || isUnsure(row) || isMissing(total, row);
  const left = rows.filter((row) => unsure.includes(row.id) && isLeft(row));
  return (grown > found ? grown : found) + boundBy(total, rows, left);
}

/** An answer that came after the comparison may have named them. A number that a person gave frees nothing: see `endHold`. */
async function hasUncounted(
  tx: LedgerTransaction,
  scope: Scope,
  { uncounted, strangers = [] }: Comparison,
): Promise<boolean> {
  let left = uncounted;
  for (const id of left > 0 ? strangers : []) {
    for (const row of await tx.reservationsByReference(scope, id)) {
      const { intentId } = row;
      if (intentId !== undefined && !isNumbered(row, await tx.auditOf(intentId))) left -= 1;
    }
  }
  return left > 0;
}

export async function saveComparison(
  tx: LedgerTransaction,
  scope: Scope,
  paymentId: string,
  comparison: Comparison,
): Promise<void> {
  const name = comparisonName(scope, paymentId);
  // This creates the row that is saved.
  await tx.sharedValue(name);
  await tx.saveSharedValue(name, JSON.stringify(comparison));
}

/**
 * The provider lists a refund with a key of a form, and this ledger never had that key: it lost it without anybody saying
 * so, or the refund belongs to a proxy with another ledger. A request with that key is answered as after a restore.
 */
export async function noteForgotten(
  tx: LedgerTransaction,
  scope: Scope,
  paymentId: string,
  one: Forgotten,
): Promise<void> {
  const before = await readComparison(tx, scope, paymentId);
  const { forgotten = [] } = before ?? {};
  if (forgotten.some(({ refundId }) => refundId === one.refundId)) return;
  const found = { generation: '', uncounted: 0, ...before, forgotten: [...forgotten, one] };
  await saveComparison(tx, scope, paymentId, found);
}

/** A person states that no request of a lost refund waits any more. Returns whether one could. */
export async function endHold(
  tx: LedgerTransaction,
  scope: Scope,
  { paymentId, who, reason, at }: { paymentId: string; who: string; reason: string; at: number },
): Promise<boolean> {
  await tx.lockPayment(scope, paymentId);
  const [restored, comparison] = await Promise.all([readRestored(tx), readComparison(tx, scope, paymentId)]);
  const { forgotten = [], uncounted = 0, unsure = [] } = comparison ?? {};
  // A refund with a key holds up that key alone, which is never sent again.
  const keyed = forgotten.filter(({ key }) => key !== undefined);
  const isOver = forgotten.length === keyed.length && uncounted === 0 && unsure.length === 0;
  if (!comparison || (isOver && (await hiddenIn(tx, scope, paymentId, { comparison, restored })) === 0n)) return false;
  const held = { forgotten: keyed, uncounted: 0, unlisted: '0', copied: undefined, unsure: [] };
  await saveComparison(tx, scope, paymentId, { ...comparison, ...held });
  await tx.addAudit({ ...line(undefined, who, 'end_hold', 'person', at), detail: `${paymentId}: ${reason}` });
  return true;
}

/** While an earlier restore is not over, the ledger lacks what was made since that backup, too. */
export function restoredAgain(restored: Restored, before: string | undefined): Restored {
  const { since } = before === undefined ? restored : (JSON.parse(before) as Restored);
  return { ...restored, since: Math.min(since, restored.since) };
}

/**
 * Marks this ledger as restored; `undefined` states that it knows as much as the provider again. Returns what holds from
 * now on.
 */
export async function saveRestored(
  tx: LedgerTransaction,
  restored: Restored | undefined,
  { who, reason, at }: { who: string; reason: string; at: number },
): Promise<Restored | undefined> {
  const before = await tx.sharedValue(RESTORED);
  const now = restored && restoredAgain(restored, before);
  await tx.saveSharedValue(RESTORED, now && JSON.stringify(now));
  const what = restored ? RESTORED : 'restored_over';
  await tx.addAudit({ ...line(undefined, who, what, 'person', at), detail: reason });
  return now;
}
