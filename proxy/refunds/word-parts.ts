import type * as z from 'zod/mini';

import type { intentResolution } from '../../contract/intents.ts';
import type { ProxyContext } from '../context.ts';
import { ProblemError } from '../http/problem.ts';
import type { Intent, Reservation } from '../ledger/entities.ts';
import { isPendingPart } from '../ledger/rules/cancel-by-word.ts';
import { isByWordAlone, openParts } from '../ledger/rules/said.ts';
import { isOnItsWay } from '../ledger/rules/states.ts';
import { wrongMember } from './word-refusals.ts';

export type ResolutionBody = z.infer<typeof intentResolution>;

/** The parts of the request. `open`: those that the word settles. */
export interface Word {
  readonly parts: readonly Reservation[];
  readonly open: readonly Reservation[];
}

/** @throws ProblemError when nothing is unknown that the word could settle, or when it has to name one of several vendors. */
export async function wordOf(
  { ledger }: Pick<ProxyContext, 'ledger'>,
  intent: Intent,
  { outcome, vendor, refund_id: refundId, amount, take_back: takesBack }: ResolutionBody,
): Promise<Word> {
  const parts = await ledger.reservationsOfIntent(intent.id);
  // A refund that is pending, and was deleted at the provider.
  const isDeleted = outcome === 'cancelled' && intent.kind !== 'cancel';
  const open = isDeleted
    ? parts.filter((row) => isPendingPart(row, vendor))
    : openParts(parts, { outcome, vendor, refundId, takesBack });
  if (vendor !== undefined && !parts.some((row) => row.vendor === vendor)) {
    throw wrongMember('vendor', 'this request has no part with that vendor row');
  }
  if (isOnItsWay(intent)) {
    throw new ProblemError('invalid_request', {
      detail: 'It is being sent now: wait for its answer, and read it again',
    });
  }
  const [said] = openParts(parts, { outcome, vendor, refundId, takesBack: true });
  if (outcome === 'nothing' && open.length === 0 && said) throw untaken(said);
  if (intent.kind === 'cancel' ? intent.state !== 'unknown' : open.length === 0)
    throw nothingUnknown(outcome === 'nothing' ? [] : parts);
  if (open.length > 1) {
    if (isDeleted) throw missingVendor(open, 'pending');
    if (refundId !== undefined) throw missingVendor(open, 'unknown, and one refund is of one of them');
    if (amount !== undefined) throw missingVendor(open, 'unknown, and one amount is of one of them');
    if (outcome === 'nothing' && open.every(isByWordAlone))
      throw missingVendor(open, "known by a person's word alone: take back one at a time");
  }
  return { parts, open };
}

export function nothingUnknown(parts: readonly Reservation[] = []): ProblemError {
  const isOver = parts.length > 0 && parts.every(({ released }) => released);
  // A provider that lists amounts is believed without a word.
  const how = isOver ? '. A refund that was made all the same counts as one made elsewhere: `proxy elsewhere`' : '';
  return new ProblemError('invalid_request', { detail: `Nothing about this intent is unknown${how}` });
}

/** Whoever confirms what the provider shows does not know of a colleague's word. */
function untaken({ status }: Reservation): ProblemError {
  return new ProblemError('confirmation_required', {
    detail: `A person has settled this refund as ${status}. If that was wrong, and nothing was refunded, say so again with take_back: true`,
    errors: [{ pointer: '/take_back', detail: "is missing, and a person's word would be taken back" }],
  });
}

function missingVendor(open: readonly Reservation[], are: string): ProblemError {
  return wrongMember('vendor', `is missing: the refunds of ${open.length} vendors are ${are}`);
}
