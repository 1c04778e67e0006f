import type { ProxyContext } from '../context.ts';
import { ProblemError } from '../http/problem.ts';
import type { Intent } from '../ledger/entities.ts';
import { checkDeleted, uncancelled, type Asking } from './cancel-word.ts';
import { checkCorrection, type Checked } from './correct-word.ts';
import { readListed } from './count-listed.ts';
import { lookForMade, lookForNone, lookInLedger, unrefunded, untakeable } from './look.ts';
import { checkAmount, checkListed, checkRefundId, wrongNumber } from './number-word.ts';
import { readAmount } from './word-amount.ts';
import { wrongMember } from './word-refusals.ts';
import { isCorrection, wordOf, type ResolutionBody, type Word } from './word-parts.ts';

const MEANWHILE =
  'Somebody else has spoken, or the payment has changed, while this was compared with the provider: read it again before you say more';

/**
 * Compares a person's word with what the provider shows. The command line calls this, too.
 * @throws ProblemError when nothing is unknown, the provider denies the word, or, without `confirm`, does not bear it out.
 */
export async function checkWord(context: Asking, intent: Intent, said: ResolutionBody): Promise<Checked> {
  if (said.outcome === 'cancelled' && intent.kind !== 'cancel')
    return { saw: await checkDeleted(context, intent, said) };
  // Otherwise somebody would confirm what cannot be said.
  const word = await wordOf(context, intent, said);
  const wordsOnPayment = await context.ledger.wordsOn(intent, intent.paymentId);
  const checked =
    said.take_back && isCorrection(word)
      ? await checkCorrection(context, intent, word, said)
      : { saw: await look(context, intent, word, said), words: word.words };
  const isUnread = isNumberDenied(word, said) && !checked.listed;
  return { ...checked, wordsOnPayment, ...(isUnread && (await readNumber(context, intent))) };
}

/** The provider has not given the number, and the refund with that number may be another one, which counts. */
function isNumberDenied({ open, numbered }: Word, { outcome }: ResolutionBody): boolean {
  return outcome === 'nothing' && open.some(({ id }) => numbered.has(id));
}

async function readNumber(context: Asking, { paymentId }: Intent): Promise<Pick<Checked, 'listed'>> {
  const listed = await readListed(context, paymentId);
  if (listed && !listed.ok) {
    const why = `the provider's list of refunds cannot be read now (${listed.why}), and this refund has its number by a word or a likeness`;
    throw new ProblemError('invalid_request', { detail: `outcome: ${why}. Try again later` });
  }
  return listed ? { listed: listed.value } : {};
}

async function look(context: Asking, intent: Intent, word: Word, said: ResolutionBody): Promise<string | undefined> {
  if (said.outcome === 'nothing' || said.outcome === 'cancelled') return lookForNone(context, intent, said);
  if (said.refund_id === undefined) return lookForMade(context, intent, said);
  const listed = await checkListed(context, intent, word, said);
  await checkRefundId(context.ledger, intent, word, { refundId: said.refund_id, outcome: said.outcome });
  // A list without amounts does not tell whether the refund with this number counts already.
  return context.session.listRefunds ? undefined : lookForMade(context, intent, said, listed);
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
  const word = await wordOf({ ledger }, intent, said);
  if (said.refund_id !== undefined) throw wrongNumber(`${why}. Or leave out the number`);
  if (said.take_back && isCorrection(word)) throw untakeable(`${why}.`, 'give its credentials');
  if (isNumberDenied(word, said)) throw new ProblemError('invalid_request', { detail: `outcome: ${why}` });
  if (intent.kind === 'cancel') {
    if (said.outcome === 'cancelled' && !said.confirm) throw uncancelled(`${why}.`);
    return { saw: why, words: word.words };
  }
  const known = await lookInLedger({ ledger }, intent, word.open, said);
  const saw = known === undefined ? why : `${known} ${why}`;
  if (said.outcome === 'nothing' && !said.confirm) throw unrefunded(`${saw}.`);
  return { saw, words: word.words };
}

/**
 * Records a word that was compared. The command line calls this, too.
 * @throws ProblemError when the outcome does not fit the intent, or nothing is unknown.
 */
export async function resolve(
  { ledger, now, newId, log }: Pick<ProxyContext, 'ledger' | 'now' | 'newId' | 'log'>,
  intent: Intent,
  said: ResolutionBody,
  { who, ...checked }: Omit<Checked, 'saw'> & { readonly who: string },
): Promise<Intent> {
  const { outcome, reason, refund_id: refundId, vendor, amount: text, confirm, take_back: takesBack } = said;
  if (intent.kind === 'cancel' && outcome !== 'cancelled' && outcome !== 'nothing') {
    throw new ProblemError('invalid_request', { detail: 'outcome: a cancel is settled as cancelled or nothing' });
  }
  if (text !== undefined && (outcome === 'nothing' || outcome === 'cancelled'))
    throw wrongMember('amount', `expected none with the outcome ${outcome}`);
  const word = await wordOf({ ledger }, intent, said);
  if (refundId !== undefined) await checkRefundId(ledger, intent, word, { refundId, outcome });
  const amount = text === undefined ? undefined : readAmount(text, intent.currency);
  // Beside a number, `checkWord` has held it against the provider's list.
  const isListed = refundId !== undefined && outcome !== 'nothing';
  if (amount !== undefined) checkAmount(intent, word, { amount, isListed, confirm });
  const resolution = { outcome, reason, who, refundId, vendor, amount, at: now(), takesBack, newId, ...checked };
  const settled = await ledger.resolve(intent.id, resolution);
  if (!settled) throw new ProblemError('invalid_request', { detail: MEANWHILE });
  log.info('a person settled an intent', { intent: intent.id, kind: intent.kind, state: settled.state });
  return settled;
}
