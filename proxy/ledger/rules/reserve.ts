import type { RequestedPart } from './admission.ts';
import type { Intent } from '../entities.ts';
import type { LedgerTransaction } from '../store.ts';
import type { NewReservation } from '../rows.ts';

export async function reserveIn(
  tx: LedgerTransaction,
  intent: Intent,
  parts: readonly RequestedPart[],
  at: number,
): Promise<NewReservation[]> {
  const reserved: NewReservation[] = [];
  for (const one of parts) {
    const row = newReservation(intent, one, at);
    await tx.addReservation(row);
    reserved.push(row);
  }
  return reserved;
}

export function newReservation(intent: Intent, { vendor, amount, reason }: RequestedPart, at: number): NewReservation {
  return {
    merchant: intent.merchant,
    provider: intent.provider,
    intentId: intent.id,
    key: intent.key,
    paymentId: intent.paymentId,
    currency: intent.currency,
    vendor,
    amount,
    released: false,
    refundId: undefined,
    references: {},
    status: '',
    standing: 'unknown',
    reason,
    createdAt: at,
    updatedAt: at,
    checks: 0,
    nextCheckAt: at,
  };
}
