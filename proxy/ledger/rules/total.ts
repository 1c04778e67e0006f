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
  /** The rows of refunds that a person has settled as made while the total had no room for them. */
  readonly lacks?: readonly number[] | undefined;
}

/** The provider's total as it was read last, where that was kept: a refund of the payment may not be in it. */
export async function peekTotal(
  tx: LedgerTransaction,
  scope: Scope,
  paymentId: string,
): Promise<TotalThen | undefined> {
  const text = await tx.peekSharedValue(totalName(scope, paymentId));
  if (text === undefined) return undefined;
  const { amount, ...more } = JSON.parse(text) as Omit<TotalThen, 'amount'> & { amount: string };
  return { ...more, amount: BigInt(amount) };
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
  { now, rows, isNeeded }: { now: TotalThen; rows: readonly Reservation[]; isNeeded: boolean },
): Promise<void> {
  const kept = await peekTotal(tx, scope, paymentId);
  const isSame = kept?.amount === now.amount && kept.currency === now.currency;
  if (!(kept || isNeeded) || (isSame && Math.abs(now.at - kept.at) < SAME_READ_MS)) return;
  // What has room for it by now may be one whose answer was lost.
  const isOpen = rows.some(({ intentId, standing }) => intentId !== undefined && standing === 'unknown');
  const lacks = kept?.lacks?.filter((id) => isOpen || !hasRoom(now, rows, id));
  await saveTotal(tx, scope, paymentId, { ...now, lacks });
}

/** A person settles this refund as made: the provider, which has contradicted itself, may not count it. */
export async function noteLacking(tx: LedgerTransaction, row: Reservation): Promise<void> {
  const { paymentId, id } = row;
  const total = await peekTotal(tx, row, paymentId);
  if (!total || hasRoom(total, await tx.reservationsOfPayment(row, paymentId), id)) return;
  await saveTotal(tx, row, paymentId, { ...total, lacks: [...(total.lacks ?? []), id] });
}

async function saveTotal(tx: LedgerTransaction, scope: Scope, paymentId: string, total: TotalThen): Promise<void> {
  const name = totalName(scope, paymentId);
  // This creates the row that is saved.
  await tx.sharedValue(name);
  await tx.saveSharedValue(name, JSON.stringify({ ...total, amount: String(total.amount) }));
}

/** Whether the total has this refund beside those that are surely in it. */
function hasRoom(total: TotalThen, rows: readonly Reservation[], id: number): boolean {
  const row = rows.find((one) => one.id === id);
  const others = rows.filter((one) => one !== row);
  return !row || row.currency !== total.currency || roomIn(total, others) >= row.amount;
}

/** Whether a person has settled it as made, and the total did not have it. */
export function isMissing(total: TotalThen | undefined, { id }: Reservation): boolean {
  return total?.lacks?.includes(id) === true;
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
  const isSure = (row: Reservation) =>
    isInTotal(row) && !isUnsure(row) && !isMissing(total, row) && !mayBeMissing(total, row);
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
