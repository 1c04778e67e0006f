import { unlistedOf } from '../../../contract/index.ts';
import type { Reservation, Scope } from '../entities.ts';
import type { ProviderTotal } from '../facts.ts';
import { isContradicted } from './contradiction.ts';
import { keepChange } from './keep-change.ts';
import { line } from './settle.ts';
import type { LedgerTransaction } from '../store.ts';
import type { NewReservation } from '../rows.ts';

/** The status of the one row that stands for refunds in the provider's total that its list does not name. */
const NOT_LISTED = 'not_listed';
/** The status of a refund that a person recorded. */
const TOLD = 'elsewhere';

/** A refund made elsewhere, as a person records it. `amount` in minor units. */
export interface ToldElsewhere {
  readonly paymentId: string;
  readonly currency: string;
  readonly amount: bigint;
  readonly reason: string;
  readonly who: string;
  readonly at: number;
}

/**
 * Makes the rows of the payment add up to the provider's total. A difference becomes a row of its own and is held like
 * any refund; it shrinks when a refund becomes known by itself. Returns whether anything changed.
 */
export async function accountFor(
  tx: LedgerTransaction,
  scope: Scope,
  { paymentId, total, source, at }: { paymentId: string; total: ProviderTotal; source: string; at: number },
): Promise<boolean> {
  const rows = await tx.reservationsOfPayment(scope, paymentId);
  const known = rows.find(isNotListed);
  // Of two contradicting statements the total is assumed to count the larger: that amount is held already.
  const rest = rows
    .filter((row) => row !== known && !row.released && row.currency === total.currency)
    .map((row) => (isContradicted(row) ? { ...row, standing: 'succeeded' as const } : row));
  const amount = unlistedOf(total.amount, rest);
  if (amount === (known?.amount ?? 0n)) return false;
  const row = known
    ? { ...known, amount, released: amount === 0n, updatedAt: at }
    : await tx.insertReservation(madeElsewhere(scope, { ...total, paymentId, amount, status: NOT_LISTED, at }));
  if (known) await tx.saveReservation(row);
  await tx.addAudit({
    ...line(undefined, 'provider', 'not_listed', source, at),
    reservationId: row.id,
    detail: `${known?.amount ?? 0n} > ${amount} minor units that the list does not name`,
  });
  return true;
}

/** Records a refund that a person has found and that no read of the provider shows with its amount. */
export async function tellElsewhere(tx: LedgerTransaction, scope: Scope, told: ToldElsewhere): Promise<Reservation> {
  const { paymentId, reason, who, at } = told;
  await tx.lockPayment(scope, paymentId);
  const row = await tx.insertReservation({ ...madeElsewhere(scope, { ...told, status: TOLD }), reason });
  await tx.addAudit({
    ...line(undefined, who, 'elsewhere', 'person', at),
    reservationId: row.id,
    to: row.standing,
    detail: reason,
  });
  await keepChange(tx, row, { at, source: 'person' });
  return row;
}

function isNotListed({ intentId, refundId, status }: Reservation): boolean {
  return intentId === undefined && refundId === undefined && status === NOT_LISTED;
}

function madeElsewhere(
  { merchant, provider }: Scope,
  {
    paymentId,
    currency,
    amount,
    status,
    at,
  }: { paymentId: string; currency: string; amount: bigint; status: string; at: number },
): NewReservation {
  return {
    merchant,
    provider,
    intentId: undefined,
    key: undefined,
    paymentId,
    currency,
    vendor: undefined,
    amount,
    released: false,
    refundId: undefined,
    references: {},
    status,
    standing: 'succeeded',
    reason: undefined,
    createdAt: at,
    updatedAt: at,
    checks: 0,
    nextCheckAt: at,
  };
}
