import { toDecimal } from '../../contract/index.ts';
import { moneyOf, readOrder } from '../context.ts';
import { ProblemError } from '../http/problem.ts';
import type { Intent, Reservation } from '../ledger/entities.ts';
import type { Resolution } from '../ledger/facts.ts';
import { totalOf } from '../ledger/rules/admission.ts';
import { isDisputed } from '../ledger/rules/contradiction.ts';
import { swappedWith } from '../ledger/rules/correct.ts';
import { heldMore } from '../ledger/rules/resolve.ts';
import { isByWordAlone } from '../ledger/rules/said.ts';
import { deniesCancel } from '../ledger/rules/states.ts';
import type { Asking } from './cancel-word.ts';
import { readListed } from './count-listed.ts';
import { sentenceOf } from './evidence.ts';
import { lookForMade, lookForNone, statementsOf, unrefunded, untakeable } from './look.ts';
import { checkListed, checkRefundId, wrongNumber } from './number-word.ts';
import { readAmount } from './word-amount.ts';
import { isCorrection, wordOf, type ResolutionBody, type Word } from './word-parts.ts';
import { unconfirmed } from './word-refusals.ts';
import { lookAtRefund } from './unknown.ts';

/** What was seen, and what the ledger has to find unchanged when it records the word. */
export interface Checked extends Pick<Resolution, 'words' | 'most' | 'listed' | 'wordsOnPayment'> {
  readonly saw?: string | undefined;
}

/**
 * Compares a word that takes an earlier one back with what the provider shows.
 * @throws ProblemError when the provider denies it, when nobody can compare, and, without `confirm`, when the provider
 * does not bear it out, or when more would count than was captured.
 */
export async function checkCorrection(
  context: Asking,
  intent: Intent,
  word: Word,
  said: ResolutionBody,
): Promise<Checked> {
  const { words } = word;
  if (said.outcome === 'nothing') return { words, ...(await lookForFreed(context, intent, word, said)) };
  const money = moneyOf(await readOrder(context, intent.paymentId));
  const over = await tooMuch(context, intent, { word, said, money });
  // One confirmation answers all that the refusal says.
  const { saw, listed } = await lookForHeld(context, intent, word, said).catch((error: unknown) => {
    if (over === undefined || !(error instanceof ProblemError) || error.code !== 'confirmation_required') throw error;
    throw new ProblemError(error.code, { ...error.extras, detail: `${over} ${error.extras.detail ?? ''}` });
  });
  if (over === undefined) return { words, saw, listed, most: money };
  if (!said.confirm) {
    throw unconfirmed(over, { but: 'it was made all the same', missing: 'more would count than was captured' });
  }
  return { words, listed, saw: `${over} ${saw}` };
}

/** What the provider has shown, and its list if that was read. */
type Compared = Pick<Checked, 'listed'> & { readonly saw: string };

/** Says when more would count than was captured: the amount may have been refunded again since. */
async function tooMuch(
  { ledger, scope }: Asking,
  { paymentId, currency }: Intent,
  {
    word,
    said,
    money: { limit, toldElsewhere },
  }: { readonly word: Word; readonly said: ResolutionBody; readonly money: ReturnType<typeof moneyOf> },
): Promise<string | undefined> {
  const amount = said.amount === undefined ? undefined : readAmount(said.amount, currency);
  const more = heldMore(word.open, amount);
  if (more <= 0n) return undefined;
  const rows = await ledger.reservationsOfPayment(scope, paymentId);
  const held = rows.filter((row) => !row.released && row.currency === currency);
  const heldElsewhere = totalOf(held.filter(({ intentId }) => intentId === undefined));
  const unheld = toldElsewhere > heldElsewhere ? toldElsewhere - heldElsewhere : 0n;
  const all = totalOf(held) + unheld + more;
  if (all <= limit) return undefined;
  const text = (minor: bigint) => `${toDecimal(minor, currency)} ${currency}`;
  return `With this refund ${text(all)} would count, and ${text(limit)} were captured of this payment.`;
}

/** Looks for a refund that an earlier word has denied, or whose number or outcome it got wrong. */
async function lookForHeld(context: Asking, intent: Intent, word: Word, said: ResolutionBody): Promise<Compared> {
  const [row] = word.open;
  if (said.refund_id === undefined) {
    const saw =
      row?.refundId === undefined
        ? await lookForMade(context, intent, said)
        : await lookForNumbered(context, intent, row.refundId, said);
    return { saw };
  }
  const { refund_id: refundId, outcome } = said;
  const listed = await checkListed(context, intent, word, said);
  await checkRefundId(context.ledger, intent, word, { refundId, outcome });
  // The amount of a part that is held counts already, whatever its number.
  const isNew = row?.released === true && row.refundId === undefined && !context.session.listRefunds;
  if (isNew) return { saw: await lookForMade(context, intent, said, listed) };
  const other = row && swappedWith(word, row, refundId);
  const swapped = other ? ` The vendor row ${other.vendor ?? ''} has the number ${row.refundId} from now on.` : '';
  return { saw: `The provider lists the refund ${refundId}.${swapped}`, ...(listed?.ok && { listed: listed.value }) };
}

/** Reads the refund itself: its number is known, and a word alone says what became of it. */
async function lookForNumbered(
  context: Asking,
  intent: Intent,
  refundId: string,
  said: ResolutionBody,
): Promise<string> {
  const found = await lookAtRefund(context, refundId);
  const word = await wordOf(context, intent, said);
  // The read has made a contradiction of it, which is settled like any other.
  if (!isCorrection(word)) return lookForMade(context, intent, said);
  const saw = sentenceOf(found);
  const standings = found.code === 'refund_is' ? (found.standings ?? []) : [];
  const isMade = standings.some((standing) => deniesCancel(standing));
  if (said.confirm || (isMade && (said.outcome !== 'refunded' || standings.includes('succeeded')))) return saw;
  throw unconfirmed(saw, {
    but: said.outcome === 'refunded' ? 'the money is refunded' : 'it is on its way all the same',
    missing: 'the provider does not show that',
    or: isMade ? ', or settle it as initiated: then it is read until it is final' : undefined,
  });
}

/** Looks for a refund whose amount would be free, because an earlier word is taken back. */
async function lookForFreed(context: Asking, intent: Intent, word: Word, said: ResolutionBody): Promise<Compared> {
  const [row] = word.open;
  if (!row || isByWordAlone(row) || row.refundId === undefined)
    return { saw: await lookForNone(context, intent, said) };
  if (word.numbered.has(row.id) && !isDisputed(row)) return lookForForeign(context, intent, row, said);
  const found = await lookAtRefund(context, row.refundId);
  if (found.code === 'unreadable' && !found.isMissing) throw untakeable(found.why);
  const now = await wordOf(context, intent, said);
  const { saw } = await statementsOf(context, now.open);
  const all = `${saw} ${sentenceOf(found)}`;
  if (said.confirm) return { saw: all };
  throw unrefunded(all);
}

/** The number of a refund that a person has given to the wrong request: that refund then counts as one made elsewhere. */
async function lookForForeign(
  context: Asking,
  intent: Intent,
  { refundId = '' }: Reservation,
  { confirm }: ResolutionBody,
): Promise<Compared> {
  const listed = await readListed(context, intent.paymentId);
  if (listed && !listed.ok) throw untakeable(`The refunds of this payment cannot be read (${listed.why}).`);
  const found = listed?.value.find((each) => each.refundId === refundId);
  if (found?.intentId === intent.id) {
    throw wrongNumber(`the provider itself names this request as the origin of the refund ${refundId}`);
  }
  const saw = found
    ? `The provider lists the refund ${refundId} as ${found.status}, and has not said that it is of this request.`
    : `The provider lists no refund ${refundId} of this payment.`;
  if (confirm) return { saw, ...(listed && { listed: listed.value }) };
  throw unconfirmed(saw, {
    but: 'it is the refund of another request, and nothing was refunded for this one',
    missing: 'the refund with this number would no longer be the one of this request',
    or: ', or give the right number with refund_id',
  });
}
