import type { Looking, ProxyContext } from '../context.ts';
import { ProblemError } from '../http/problem.ts';
import type { Intent, Reservation } from '../ledger/entities.ts';
import { isPendingPart } from '../ledger/rules/cancel-by-word.ts';
import { deniesCancel, OPEN_STATES } from '../ledger/rules/states.ts';
import { countListed } from './count-listed.ts';
import { listing, sentenceOf, type Found } from './evidence.ts';
import { countKnown } from './unaccounted.ts';
import { wordOf, type ResolutionBody } from './word-parts.ts';
import { unconfirmed } from './word-refusals.ts';
import { lookAtRefund } from './unknown.ts';

export type Asking = Looking & Pick<ProxyContext, 'provider' | 'orders' | 'hookMs'>;

/**
 * Refuses a person's word that a refund is cancelled, unless the provider shows no such refund.
 * @throws ProblemError also when the refund is still listed as pending or cannot be read, unless the word is confirmed.
 */
export async function checkCancelled(
  context: Asking,
  { paymentId }: Intent,
  { found, confirm }: { readonly found: Found; readonly confirm: boolean | undefined },
): Promise<void> {
  if (found.code === 'unreadable') {
    if (confirm) return;
    const doubt = found.isMissing ? await stillListed(context, paymentId) : found.why;
    if (doubt !== undefined) throw uncancelled(doubt);
    return;
  }
  if (found.code !== 'refund_is') return;
  const { word, standings = [] } = found;
  if (!standings.some(deniesCancel)) return;
  const is = `The provider lists the refund as ${word}, so it is not cancelled`;
  // A list may be late, and a person may have the provider's own word that it is deleted.
  if (!standings.every((standing) => standing === 'pending')) throw new ProblemError('invalid_request', { detail: is });
  if (!confirm) throw uncancelled(`${is}.`);
}

/** A refund that the provider does not know by its number may be in its list by another one. */
async function stillListed(context: Asking, paymentId: string): Promise<string | undefined> {
  const listed = await countListed(context, paymentId);
  if (!listed) return undefined;
  if (!listed.ok) return `The refunds of this payment cannot be read (${listed.why}).`;
  const known = await countKnown(context, paymentId);
  const { length } = listed.value;
  // This one is among the known.
  return length > 0 && length >= known ? `${listing(length)}, and ${known} of them count here.` : undefined;
}

/**
 * The same for a refund that no cancel of the proxy is about: it was deleted in the provider's dashboard, or its cancel
 * was settled as nothing. Returns what the provider shows, in one sentence.
 * @throws ProblemError also unless it is one refund that is pending, at a provider that never reports a cancel itself.
 */
export async function checkDeleted(context: Asking, intent: Intent, said: ResolutionBody): Promise<string> {
  const { vendor, confirm } = said;
  const { provider, ledger, scope } = context;
  const parts = await ledger.reservationsOfIntent(intent.id);
  if (!provider.hidesCancelled || !parts.some((row) => isPendingPart(row, vendor))) {
    const isOf = (row: Reservation) => vendor === undefined || row.vendor === vendor;
    if (parts.some((row) => isOf(row) && row.standing === 'cancelled'))
      throw invalid('This refund is cancelled already');
    const or = provider.hidesCancelled ? ', and as cancelled only while it is pending at the provider' : '';
    throw invalid(`outcome: a ${intent.kind} is settled as refunded, initiated or nothing${or}`);
  }
  const [row] = (await wordOf(context, intent, said)).open;
  const open = await ledger.intents(scope, { states: OPEN_STATES, paymentId: intent.paymentId, limit: MAX_OPEN });
  const cancel = open.find(({ target }) => target === row?.id);
  if (cancel) throw invalid(`A cancel of this refund has no known outcome yet: settle that request, ${cancel.id}`);
  const found = await lookAtRefund(context, row?.refundId);
  await checkCancelled(context, intent, { found, confirm });
  return sentenceOf(found);
}

/** More than one payment ever has open at a time. */
const MAX_OPEN = 50;

export function uncancelled(why: string): ProblemError {
  return unconfirmed(why, {
    but: 'it is cancelled all the same',
    missing: 'the provider does not show that the refund is cancelled',
  });
}

function invalid(detail: string): ProblemError {
  return new ProblemError('invalid_request', { detail });
}
