import type { PaymentRefundStanding } from '../../../contract/index.ts';
import type { Reservation } from '../entities.ts';
import type { Resolution } from '../facts.ts';

/** What a person's word makes of a refund. The word is its status then. */
export const SAID: Readonly<Record<Resolution['outcome'], PaymentRefundStanding>> = {
  refunded: 'succeeded',
  initiated: 'pending',
  cancelled: 'cancelled',
  nothing: 'failed',
};

/**
 * Nothing but a person's word says that this refund was made. No read of the provider finds it, because nobody knows its
 * id, so only another word can correct a slip.
 */
export function isByWordAlone({ intentId, refundId, released, standing, status }: Reservation): boolean {
  if (intentId === undefined || refundId !== undefined || released) return false;
  return (status === 'refunded' || status === 'initiated') && standing === SAID[status];
}

/**
 * The parts that a person's word may settle: those whose outcome is unknown, and one that exists by a word alone. `nothing`
 * takes such a word back only when nothing is unknown any more, or it would free more than the person means.
 */
export function openParts(
  parts: readonly Reservation[],
  { outcome, vendor, refundId }: Pick<Resolution, 'outcome' | 'vendor' | 'refundId'>,
): Reservation[] {
  const named = parts.filter((row) => !row.released && (vendor === undefined || row.vendor === vendor));
  const unknown = named.filter(({ standing }) => standing === 'unknown');
  if (outcome === 'nothing' && unknown.length > 0) return unknown;
  const isCorrected = (row: Reservation) =>
    isByWordAlone(row) && (outcome === 'nothing' || row.standing === 'pending' || refundId !== undefined);
  return named.filter((row) => row.standing === 'unknown' || isCorrected(row));
}
