import type { Looking, ProxyContext } from '../context.ts';
import { ProblemError } from '../http/problem.ts';
import type { Intent } from '../ledger/entities.ts';
import { isPendingPart } from '../ledger/rules/cancel-by-word.ts';
import { deniesCancel, OPEN_STATES } from '../ledger/rules/states.ts';
import { sentenceOf, type Found } from './evidence.ts';
import { unconfirmed, wrongMember } from './word-refusals.ts';
import { lookAtRefund } from './unknown.ts';

export type Asking = Looking & Pick<ProxyContext, 'provider' | 'orders' | 'hookMs'>;

/**
 * Refuses a person's word that a refund is cancelled, if the provider says otherwise.
 * @throws ProblemError unless the refund is only still listed as pending, and the word is confirmed.
 */
export function checkCancelled(found: Found, confirm: boolean | undefined): void {
  if (found.code !== 'refund_is') return;
  const { word, standings = [] } = found;
  if (!standings.some(deniesCancel)) return;
  const is = `The provider lists the refund as ${word}, so it is not cancelled`;
  // A list may be late, and a person may have the provider's own word that it is deleted.
  if (!standings.every((standing) => standing === 'pending')) throw new ProblemError('invalid_request', { detail: is });
  if (!confirm) throw uncancelled(`${is}.`);
}

/**
 * The same for a refund that no cancel of the proxy is about: it was deleted in the provider's dashboard, or its cancel
 * was settled as nothing. Returns what the provider shows, in one sentence.
 * @throws ProblemError also unless it is one refund that is pending, at a provider that never reports a cancel itself.
 */
export async function checkDeleted(
  context: Asking,
  intent: Intent,
  { vendor, confirm }: { readonly vendor?: string | undefined; readonly confirm?: boolean | undefined },
): Promise<string> {
  const { provider, ledger, scope } = context;
  const parts = (await ledger.reservationsOfIntent(intent.id)).filter((row) => isPendingPart(row, vendor));
  const [row] = parts;
  if (!provider.hidesCancelled || !row) {
    const or = provider.hidesCancelled ? ', and as cancelled only while it is pending at the provider' : '';
    throw invalid(`outcome: a ${intent.kind} is settled as refunded, initiated or nothing${or}`);
  }
  if (parts.length > 1) {
    throw wrongMember('vendor', `is missing, and the refunds of ${parts.length} vendors are pending`);
  }
  const open = await ledger.intents(scope, { states: OPEN_STATES, paymentId: intent.paymentId, limit: MAX_OPEN });
  const cancel = open.find(({ target }) => target === row.id);
  if (cancel) throw invalid(`A cancel of this refund has no known outcome yet: settle that request, ${cancel.id}`);
  if (row.refundId === undefined) {
    const unread = 'The refund has no id to be read by.';
    if (!confirm) throw uncancelled(unread);
    return unread;
  }
  const found = await lookAtRefund(context, row.refundId);
  checkCancelled(found, confirm);
  return sentenceOf(found);
}

/** More than one payment ever has open at a time. */
const MAX_OPEN = 50;

function uncancelled(why: string): ProblemError {
  return unconfirmed(why, {
    but: 'it is cancelled all the same',
    missing: 'the provider does not show that the refund is cancelled',
  });
}

function invalid(detail: string): ProblemError {
  return new ProblemError('invalid_request', { detail });
}
