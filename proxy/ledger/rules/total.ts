import { unlistedOf } from '../../../contract/index.ts';
import type { Reservation, Scope } from '../entities.ts';
import type { ProviderTotal } from '../facts.ts';
import { totalOf } from './admission.ts';
import { isContradicted, isUnsure } from './contradiction.ts';
import type { LedgerTransaction } from '../store.ts';

/** No source says how far UQPAY's total may be behind its list. Known for longer, a refund is surely in it. */
const TOTAL_BEHIND_MS = 3_600_000;
/** A payment that is read again and again is not written each time. */
const SAME_READ_MS = 60_000;
/** The status of the one row that stands for refunds in the provider's total that its list does not name. */
export const NOT_LISTED = 'not_listed';

/** The provider's total, and when it was read. */
export interface TotalThen extends ProviderTotal {
  readonly at: number;
}

/** The provider's total as it was read last, where that was kept: a refund of the payment may not be in it. */
export async function peekTotal(
  tx: LedgerTransaction,
  scope: Scope,
  paymentId: string,
): Promise<TotalThen | undefined> {
  const text = await tx.peekSharedValue(totalName(scope, paymentId));
  if (text === undefined) return undefined;
  const { amount, currency, at } = JSON.parse(text) as { amount: string; currency: string; at: number };
  return { amount: BigInt(amount), currency, at };
}

/** The provider tells no total any more: what `peekTotal` finds is out of date. */
export async function forgetTotal(tx: LedgerTransaction, scope: Scope, paymentId: string): Promise<void> {
  await tx.saveSharedValue(totalName(scope, paymentId), undefined);
}

/** Once it was kept, it is renewed: a comparison after a restore may go by it long after. `isNeeded`: whether it is kept at all. */
export async function keepTotal(
  tx: LedgerTransaction,
  scope: Scope,
  paymentId: string,
  { now, isNeeded }: { now: TotalThen; isNeeded: boolean },
): Promise<void> {
  const kept = await peekTotal(tx, scope, paymentId);
  const { amount, currency, at } = now;
  const isSame = kept?.amount === amount && kept.currency === currency;
  if (!(kept || isNeeded) || (isSame && Math.abs(at - kept.at) < SAME_READ_MS)) return;
  const name = totalName(scope, paymentId);
  // This creates the row that is saved.
  await tx.sharedValue(name);
  await tx.saveSharedValue(name, JSON.stringify({ amount: String(amount), currency, at }));
}

function totalName({ merchant, provider }: Scope, paymentId: string): string {
  return `total ${JSON.stringify([merchant, provider, paymentId])}`;
}

/** The sum of these refunds, and no more of it than the total has beside those of `rows` that are surely in it. Minor units. */
export function boundBy(
  total: TotalThen | undefined,
  rows: readonly Reservation[],
  unsure: readonly Reservation[],
): bigint {
  const sum = totalOf(unsure);
  const room = total ? roomIn(total, rows) : sum;
  return room < sum ? room : sum;
}

/** How much the total has beside the refunds that are surely in it. Minor units. */
function roomIn(total: TotalThen, rows: readonly Reservation[]): bigint {
  const { amount, currency } = total;
  const isSure = (row: Reservation) => isInTotal(row) && !isUnsure(row) && !mayBeMissing(total, row);
  return without(
    amount,
    rows.filter((row) => row.currency === currency && isSure(row) && !isNotListed(row)),
  );
}

/** Whether it is known for so short a time that the total may not have it yet. */
export function mayBeMissing({ at }: Pick<TotalThen, 'at'>, row: Reservation): boolean {
  return isInTotal(row) && row.updatedAt > at - TOTAL_BEHIND_MS;
}

/** Of two contradicting statements the total is assumed to count the larger: that amount is held already. */
export function isInTotal(row: Reservation): boolean {
  return !row.released && (isContradicted(row) || unlistedOf(row.amount, [row]) === 0n);
}

/** The part of an amount that these refunds of the total do not explain. Minor units. */
export function without(amount: bigint, refunds: readonly Reservation[]): bigint {
  return unlistedOf(
    amount,
    refunds.map((one) => ({ ...one, standing: 'succeeded' })),
  );
}

export function isNotListed({ intentId, refundId, status }: Reservation): boolean {
  return intentId === undefined && refundId === undefined && status === NOT_LISTED;
}
