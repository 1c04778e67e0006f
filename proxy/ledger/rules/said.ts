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
 * The parts that a person's word may settle: those whose outcome is unknown; when there is none, those that exist by a word
 * alone. `takesBack`: the person has confirmed that `nothing` is said of such a word. Somebody else may have said it a
 * moment ago.
 */
export function openParts(
  parts: readonly Reservation[],
  { outcome, vendor, refundId, takesBack }: Pick<Resolution, 'outcome' | 'vendor' | 'refundId' | 'takesBack'>,
): Reservation[] {
  const named = parts.filter((row) => !row.released && (vendor === undefined || row.vendor === vendor));
  const unknown = named.filter(({ standing }) => standing === 'unknown');
  if (unknown.length > 0) return unknown;
  if (outcome === 'nothing') return takesBack ? named.filter(isByWordAlone) : [];
  return named.filter((row) => isByWordAlone(row) && (row.standing === 'pending' || refundId !== undefined));
}
