import type { Reservation, Scope } from '../entities.ts';
import { keepChange } from './keep-change.ts';
import { line } from './fact.ts';
import { TOLD, WITHDRAWN } from './states.ts';
import type { LedgerTransaction } from '../store.ts';
import type { NewReservation } from '../rows.ts';

/** What the ledger had of a payment when a person's word was compared with the provider. */
export interface Compared {
  readonly compared?: readonly Reservation[] | undefined;
}

/** The payment has changed since: somebody else may have said the same. Nothing was recorded. */
export const CHANGED = 'changed';

/** A refund made elsewhere, as a person records it. `amount` in minor units. */
export interface ToldElsewhere extends Compared {
  readonly paymentId: string;
  readonly currency: string;
  readonly amount: bigint;
  readonly reason: string;
  readonly who: string;
  readonly at: number;
}

/**
 * Records a refund that a person has found and that no read of the provider shows with its amount. Returns `undefined`
 * and records nothing while a request of the payment has no known outcome: the refund may be that one, and would count
 * twice.
 */
export async function tellElsewhere(
  tx: LedgerTransaction,
  scope: Scope,
  { compared, ...refund }: ToldElsewhere,
): Promise<Reservation | typeof CHANGED | undefined> {
  const { paymentId, reason, who, at } = refund;
  await tx.lockPayment(scope, paymentId);
  const rows = await tx.reservationsOfPayment(scope, paymentId);
  if (hasChanged(rows, compared)) return CHANGED;
  if (rows.some((row) => row.intentId !== undefined && !row.released && row.standing === 'unknown')) return undefined;
  const row = await tx.insertReservation({ ...madeElsewhere(scope, { ...refund, status: TOLD }), reason });
  await tx.addAudit({
    ...line(undefined, who, 'elsewhere', 'person', at),
    reservationId: row.id,
    to: row.standing,
    detail: reason,
  });
  await keepChange(tx, row, { at, source: 'person' });
  return row;
}

/**
 * Takes back what a person has recorded by mistake: it counts no more. Returns `undefined` when no such refund of this
 * amount was recorded by a person.
 */
export async function withdrawElsewhere(
  tx: LedgerTransaction,
  scope: Scope,
  { paymentId, currency, amount, reason, who, at, compared }: ToldElsewhere,
): Promise<Reservation | typeof CHANGED | undefined> {
  await tx.lockPayment(scope, paymentId);
  const rows = await tx.reservationsOfPayment(scope, paymentId);
  if (hasChanged(rows, compared)) return CHANGED;
  const told = rows.findLast((row) => isTold(row, currency, amount));
  if (!told) return undefined;
  const row = { ...told, released: true, standing: 'failed' as const, status: WITHDRAWN, updatedAt: at };
  await tx.saveReservation(row);
  await tx.addAudit({
    ...line(undefined, who, 'elsewhere', 'person', at),
    reservationId: row.id,
    to: WITHDRAWN,
    detail: reason,
  });
  await keepChange(tx, row, { at, source: 'person', before: told.standing });
  return row;
}

/** Whether another refund counts, or one counts otherwise. Which status the provider gives it makes no difference. */
export function hasChanged(rows: readonly Reservation[], compared: readonly Reservation[] | undefined): boolean {
  if (!compared) return false;
  const texts = (of: readonly Reservation[]) =>
    of.map(({ id, amount, standing, released }) => `${id} ${amount} ${standing} ${released}`).toSorted();
  return texts(rows).join() !== texts(compared).join();
}

/** Whether it is a refund of this amount that a person has recorded, and that counts. */
export function isTold(row: Reservation, currency: string, amount: bigint): boolean {
  const isOfPerson = row.intentId === undefined && row.status === TOLD && !row.released;
  return isOfPerson && row.currency === currency && row.amount === amount;
}

/** The row of a refund that no request of this ledger made. */
export function madeElsewhere(
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
