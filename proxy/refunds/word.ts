import type { ProxyContext } from '../context.ts';
import { ProblemError } from '../http/problem.ts';
import type { Intent } from '../ledger/entities.ts';
import { isByWordAlone } from '../ledger/rules/said.ts';
import { checkDeleted, uncancelled, type Asking } from './cancel-word.ts';
import { lookForMade, lookForNone, unrefunded } from './look.ts';
import { checkAmount, checkListed, checkRefundId, readAmount, wrongNumber } from './number-word.ts';
import { wrongMember } from './word-refusals.ts';
import { nothingUnknown, wordOf, type Checked, type ResolutionBody } from './word-parts.ts';

/**
 * Compares a person's word with what the provider shows. The command line calls this, too.
 * @throws ProblemError when nothing is unknown, the provider denies the word, or, without `confirm`, does not bear it out.
 */
export async function checkWord(context: Asking, intent: Intent, said: ResolutionBody): Promise<Checked> {
  if (said.outcome === 'cancelled' && intent.kind !== 'cancel')
    return { saw: await checkDeleted(context, intent, said) };
  // Otherwise somebody would confirm what cannot be said.
  const word = await wordOf(context, intent, said);
  if (said.outcome === 'nothing' || said.outcome === 'cancelled') return lookForNone(context, intent, said);
  if (said.refund_id === undefined) return lookForMade(context, intent, said);
  await checkListed(context, intent, word, said);
  return {};
}

/**
 * The same where nobody can ask the provider. `why`: that, as a sentence without its full stop.
 * @throws ProblemError when nothing is unknown, when the word needs the provider, or when it frees money without `confirm`.
 */
export async function checkUnasked(
  { ledger }: Pick<ProxyContext, 'ledger'>,
  intent: Intent,
  said: ResolutionBody,
  why: string,
): Promise<Checked> {
  if (said.outcome === 'cancelled' && intent.kind !== 'cancel') {
    throw new ProblemError('invalid_request', { detail: `outcome: ${why}` });
  }
  const { open } = await wordOf({ ledger }, intent, said);
  if (said.refund_id !== undefined) throw wrongNumber(`${why}. Or leave out the number`);
  const checked = { saw: why, takesBack: open.some(isByWordAlone) };
  if (said.confirm) return checked;
  if (said.outcome === 'cancelled') throw uncancelled(`${why}.`);
  // A cancel that came to nothing leaves the amount as it is held.
  if (said.outcome === 'nothing' && intent.kind !== 'cancel') throw unrefunded(`${why}.`);
  return checked;
}

/**
 * The command line calls this, too.
 * @throws ProblemError when the outcome does not fit the intent, or nothing is unknown.
 */
export async function resolve(
  { ledger, now, newId, log }: Pick<ProxyContext, 'ledger' | 'now' | 'newId' | 'log'>,
  intent: Intent,
  said: ResolutionBody,
  { who, takesBack }: Pick<Checked, 'takesBack'> & { readonly who: string },
): Promise<Intent> {
  const { outcome, reason, refund_id: refundId, vendor, amount: text, confirm } = said;
  if (intent.kind === 'cancel' && outcome !== 'cancelled' && outcome !== 'nothing') {
    throw new ProblemError('invalid_request', { detail: 'outcome: a cancel is settled as cancelled or nothing' });
  }
  if (outcome === 'nothing' && text !== undefined)
    throw wrongMember('amount', 'expected none with the outcome nothing');
  const word = await wordOf({ ledger }, intent, said);
  if (refundId !== undefined) await checkRefundId(ledger, intent, word, { refundId, outcome });
  const amount = text === undefined ? undefined : readAmount(text, intent.currency);
  // Beside a number, `checkWord` has held it against the provider's list.
  const isListed = refundId !== undefined && outcome !== 'nothing';
  if (amount !== undefined) checkAmount(intent, word, { amount, isListed, confirm });
  const resolution = { outcome, reason, who, refundId, vendor, amount, at: now(), takesBack, newId };
  const settled = await ledger.resolve(intent.id, resolution);
  if (!settled) throw nothingUnknown();
  log.info('a person settled an intent', { intent: intent.id, kind: intent.kind, state: settled.state });
  return settled;
}
