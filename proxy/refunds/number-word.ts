import { toDecimal } from '../../contract/index.ts';
import type { Looking, ProxyContext } from '../context.ts';
import { ProblemError } from '../http/problem.ts';
import type { Intent, Reservation } from '../ledger/entities.ts';
import type { Observation } from '../ledger/facts.ts';
import { isDisputed } from '../ledger/rules/contradiction.ts';
import { swappedWith } from '../ledger/rules/correct.ts';
import { mayLeave } from '../ledger/rules/number.ts';
import { holdsAmount } from '../ledger/rules/states.ts';
import type { Read } from '../providers/provider.ts';
import { readListed } from './count-listed.ts';
import { readAmount } from './word-amount.ts';
import type { ResolutionBody, Word } from './word-parts.ts';
import { unconfirmed, wrongMember } from './word-refusals.ts';

/**
 * Only where the provider has stated another amount than was asked does a person say which is real. Nobody ever stated
 * more than is held, and a smaller one makes the rest free: a slip of the decimal point would do that for good.
 * `isListed`: the provider's list states it of the refund whose number is given.
 */
export function checkAmount(
  { currency }: Intent,
  { open, most: stated }: Word,
  {
    amount,
    isListed = false,
    confirm,
  }: { readonly amount: bigint; readonly isListed?: boolean; readonly confirm: boolean | undefined },
): void {
  const [row] = open;
  if (!row || row.amount === amount) return;
  const text = (minor: bigint) => `${toDecimal(minor, currency)} ${currency}`;
  const held = text(row.amount);
  if (isListed && !isDisputed(row)) {
    if (confirm) return;
    throw unconfirmed(`amount: the provider states ${text(amount)}, and ${held} were asked.`, {
      but: 'it is the refund of this request',
      missing: 'the refund that the provider lists is of another amount',
    });
  }
  if (!isDisputed(row)) {
    throw wrongMember('amount', `the provider has stated no other amount than the ${held} of this request`);
  }
  // An earlier word may have said less.
  const most = stated.get(row.id) ?? row.amount;
  if (amount > most) throw wrongMember('amount', `${text(most)} are the most that was asked or stated`);
  if (confirm || amount > row.amount) return;
  throw unconfirmed(`amount: ${held} are held, and the rest would be free again.`, {
    but: 'no more was refunded',
    missing: 'less than was asked or stated would count',
  });
}

/**
 * A person can mistype a number, or take that of another payment. Nothing that the provider's list does not confirm is
 * recorded as a refund's number, or as an amount that nobody asked for. Returns the list.
 */
export async function checkListed(
  context: Looking,
  intent: Intent,
  word: Word,
  { outcome, refund_id: refundId, amount: text, confirm }: ResolutionBody,
): Promise<Read<readonly Observation[]> | undefined> {
  const { paymentId, currency } = intent;
  const listed = await readListed(context, paymentId);
  const stated = text === undefined ? undefined : readAmount(text, currency);
  const checkStated = (amount?: bigint) => {
    if (stated !== undefined) checkAmount(intent, word, { amount: stated, isListed: stated === amount, confirm });
  };
  if (!listed) {
    checkStated();
    return undefined;
  }
  if (!listed.ok) {
    throw wrongNumber(
      `the provider's list of refunds cannot be read now (${listed.why}). Try again later, or settle it without a number`,
    );
  }
  const found = listed.value.find((each) => each.refundId === refundId);
  if (found === undefined) {
    if (![...word.others.values()].includes(refundId)) {
      throw wrongNumber(`the provider lists no refund ${refundId} of this payment`);
    }
    checkStated();
    return listed;
  }
  const { amount, standing, status } = found;
  // The provider may state two amounts, and the person then says which is real.
  const said = stated ?? amount;
  if (amount !== undefined && stated !== amount && !word.parts.some((part) => part.amount === said)) {
    throw wrongNumber(`the provider's refund ${refundId} is of ${toDecimal(amount, currency)} ${currency}`);
  }
  if (!holdsAmount(standing)) {
    throw wrongNumber(`the provider lists the refund ${refundId} as ${status}, so it is not ${outcome}`);
  }
  checkStated(amount);
  if (outcome !== 'refunded' || standing === 'succeeded' || confirm) return listed;
  throw unconfirmed(`The provider lists the refund ${refundId} as ${status}.`, {
    but: 'the money is refunded',
    missing: 'the provider does not list this refund as refunded yet',
    or: ', or settle it as initiated: then it is read until it is final',
  });
}

export function wrongNumber(what: string): ProblemError {
  const detail = `refund_id: ${what}`;
  return new ProblemError('invalid_request', { detail, errors: [{ pointer: '/refund_id', detail }] });
}

/** A refund belongs to one request and has its amount: the ledger counts it once from now on. */
export async function checkRefundId(
  ledger: ProxyContext['ledger'],
  intent: Intent,
  word: Word,
  { refundId, outcome }: { readonly refundId: string; readonly outcome: ResolutionBody['outcome'] },
): Promise<void> {
  const { parts, open } = word;
  if (intent.kind === 'cancel') return checkTarget(ledger, intent, refundId);
  // A provider has several numbers for one refund, and one of them may be shown where another is asked for.
  const rows = await withoutFree(ledger, await ledger.reservationsByReference(intent, refundId));
  // Its amount would be free from then on.
  if (outcome === 'nothing' && rows.some((row) => row.intentId === undefined && !row.released)) {
    throw wrongNumber(`the provider lists the refund ${refundId}, so something was refunded: settle it as refunded`);
  }
  const [part] = open;
  const isSwapped = part !== undefined && swappedWith(word, part, refundId) !== undefined;
  const isOfSibling =
    !isSwapped && rows.some((row) => row.intentId === intent.id && !open.some(({ id }) => id === row.id));
  if (isOfSibling) {
    const isGiven = part !== undefined && word.numbered.has(part.id);
    const how = isGiven ? '. Two numbers are exchanged while both refunds are held: say first what became of each' : '';
    throw wrongNumber(`${refundId} is the refund of another vendor${how}`);
  }
  const own = part?.refundId;
  if (part && own !== undefined && own !== refundId && !isSwapped && !word.numbered.has(part.id)) {
    throw wrongNumber(`the provider itself has given this refund the number ${own}`);
  }
  const wrong = rows.find((row) => row.intentId !== intent.id && !isSameRefund(row, parts, intent));
  if (!wrong) return;
  throw wrongNumber(
    wrong.intentId === undefined
      ? `the provider's refund ${refundId} is of ${toDecimal(wrong.amount, wrong.currency)} ${wrong.currency}`
      : `${refundId} is the refund of another request`,
  );
}

/** A cancel has no number of its own: what it is about has one. */
async function checkTarget(ledger: ProxyContext['ledger'], intent: Intent, refundId: string): Promise<void> {
  const rows = await ledger.reservationsByReference(intent, refundId);
  if (!rows.some(({ id }) => id === intent.target))
    throw wrongNumber(`this cancel is not about the refund ${refundId}`);
}

/** The refunds that this number names, but for one that came to nothing, and has it by a person's word. */
async function withoutFree(ledger: ProxyContext['ledger'], rows: readonly Reservation[]): Promise<Reservation[]> {
  const taken: Reservation[] = [];
  for (const row of rows) {
    const intent = row.released && row.intentId !== undefined ? await ledger.intent(row.intentId) : undefined;
    const isFree = intent && mayLeave(row, (await ledger.spoken(intent)).numbered.has(row.id));
    if (!isFree) taken.push(row);
  }
  return taken;
}

function isSameRefund(row: Reservation, parts: readonly Reservation[], { paymentId }: Intent): boolean {
  if (row.intentId !== undefined || row.paymentId !== paymentId) return false;
  return parts.some(({ amount, currency }) => amount === row.amount && currency === row.currency);
}
