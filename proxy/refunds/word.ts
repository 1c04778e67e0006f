import type { ProxyContext } from '../context.ts';
import { ProblemError } from '../http/problem.ts';
import type { Intent } from '../ledger/entities.ts';
import { checkDeleted, uncancelled, type Asking } from './cancel-word.ts';
import { lookForMade, lookForNone, unrefunded } from './look.ts';
import { checkAmount, checkListed, checkRefundId, readAmount, wrongNumber } from './number-word.ts';
import { wrongMember } from './word-refusals.ts';
import { nothingUnknown, wordOf, type ResolutionBody } from './word-parts.ts';

/**
 * Compares a person's word with what the provider shows. The command line calls this, too.
 * @throws ProblemError when nothing is unknown, the provider denies the word, or, without `confirm`, does not bear it out.
 */
export async function checkWord(context: Asking, intent: Intent, said: ResolutionBody): Promise<string | undefined> {
  if (said.outcome === 'cancelled' && intent.kind !== 'cancel') return checkDeleted(context, intent, said);
  // Otherwise somebody would confirm what cannot be said.
  const word = await wordOf(context, intent, said);
  if (said.outcome === 'nothing' || said.outcome === 'cancelled') return lookForNone(context, intent, said);
  if (said.refund_id === undefined) return lookForMade(context, intent, said);
  await checkListed(context, intent, word, said);
  await checkRefundId(context.ledger, intent, word, { refundId: said.refund_id, outcome: said.outcome });
  // A list without amounts does not tell whether the refund with this number counts already.
  return context.session.listRefunds ? undefined : lookForMade(context, intent, said);
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
): Promise<void> {
  if (said.outcome === 'cancelled' && intent.kind !== 'cancel') {
    throw new ProblemError('invalid_request', { detail: `outcome: ${why}` });
  }
  await wordOf({ ledger }, intent, said);
  if (said.refund_id !== undefined) throw wrongNumber(`${why}. Or leave out the number`);
  if (said.confirm) return;
  if (said.outcome === 'cancelled') throw uncancelled(`${why}.`);
  // A cancel that came to nothing leaves the amount as it is held.
  if (said.outcome === 'nothing' && intent.kind !== 'cancel') throw unrefunded(`${why}.`);
}

/**
 * The command line calls this, too.
 * @throws ProblemError when the outcome does not fit the intent, or nothing is unknown.
 */
export async function resolve(
  { ledger, now, newId, log }: Pick<ProxyContext, 'ledger' | 'now' | 'newId' | 'log'>,
  intent: Intent,
  said: ResolutionBody,
  who: string,
): Promise<Intent> {
  const { outcome, reason, refund_id: refundId, vendor, amount: text, confirm, take_back: takesBack } = said;
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
