import type * as z from 'zod/mini';

import type { intentResolution } from '../../contract/intents.ts';
import type { ProxyContext } from '../context.ts';
import { ProblemError } from '../http/problem.ts';
import type { Intent, Reservation } from '../ledger/entities.ts';
import { isPendingPart } from '../ledger/rules/cancel-by-word.ts';
import { isByWordAlone, openParts } from '../ledger/rules/said.ts';
import { wrongMember } from './word-refusals.ts';

export type ResolutionBody = z.infer<typeof intentResolution>;

/** The parts of the request. `open`: those that the word settles. */
export interface Word {
  readonly parts: readonly Reservation[];
  readonly open: readonly Reservation[];
}

/** What a checked word does. `saw`: what the provider shows, as a sentence. */
export interface Checked {
  readonly saw?: string | undefined;
  /** It takes an earlier word back. */
  readonly takesBack?: boolean | undefined;
}

/** @throws ProblemError when nothing is unknown that the word could settle, or when it has to name one of several vendors. */
export async function wordOf(
  { ledger }: Pick<ProxyContext, 'ledger'>,
  intent: Intent,
  { outcome, vendor, refund_id: refundId, amount }: ResolutionBody,
): Promise<Word> {
  const parts = await ledger.reservationsOfIntent(intent.id);
  // A refund that is pending, and was deleted at the provider.
  const isDeleted = outcome === 'cancelled' && intent.kind !== 'cancel';
  const open = isDeleted
    ? parts.filter((row) => isPendingPart(row, vendor))
    : openParts(parts, { outcome, vendor, refundId, takesBack: true });
  if (intent.kind === 'cancel' ? intent.state !== 'unknown' : open.length === 0) throw nothingUnknown();
  if (open.length > 1) {
    if (isDeleted) throw missingVendor(open, 'pending');
    if (refundId !== undefined) throw missingVendor(open, 'unknown, and one refund is of one of them');
    if (amount !== undefined) throw missingVendor(open, 'unknown, and one amount is of one of them');
    if (outcome === 'nothing' && open.every(isByWordAlone))
      throw missingVendor(open, "known by a person's word alone: take back one at a time");
  }
  return { parts, open };
}

export function nothingUnknown(): ProblemError {
  return new ProblemError('invalid_request', { detail: 'Nothing about this intent is unknown' });
}

function missingVendor(open: readonly Reservation[], are: string): ProblemError {
  return wrongMember('vendor', `is missing: the refunds of ${open.length} vendors are ${are}`);
}
