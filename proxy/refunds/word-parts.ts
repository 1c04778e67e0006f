import type * as z from 'zod/mini';

import type { intentResolution } from '../../contract/intents.ts';
import { toDecimal } from '../../contract/index.ts';
import type { ProxyContext } from '../context.ts';
import { ProblemError } from '../http/problem.ts';
import type { Intent, Reservation } from '../ledger/entities.ts';
import type { Resolution } from '../ledger/facts.ts';
import { isPendingPart } from '../ledger/rules/cancel-by-word.ts';
import { isOtherAmount, openParts, SAID, type Spoken } from '../ledger/rules/said.ts';
import { isOnItsWay } from '../ledger/rules/states.ts';
import { readAmount } from './word-amount.ts';
import { onItsWay, wrongMember } from './word-refusals.ts';

export type ResolutionBody = z.infer<typeof intentResolution>;

/** The parts of the request. `open`: those that the word settles. */
export interface Word extends Spoken {
  readonly open: readonly Reservation[];
}

/** @throws ProblemError when nothing is unknown that the word could settle, or when it has to name one of several vendors. */
export async function wordOf(
  { ledger }: Pick<ProxyContext, 'ledger'>,
  intent: Intent,
  { outcome, vendor, refund_id: refundId, amount: text, take_back: takesBack }: ResolutionBody,
): Promise<Word> {
  const spoken = await ledger.spoken(intent);
  const { parts } = spoken;
  // A refund that is pending, and was deleted at the provider.
  const isDeleted = outcome === 'cancelled' && intent.kind !== 'cancel';
  const amount = text === undefined ? undefined : readAmount(text, intent.currency);
  const said = { outcome, vendor, refundId, amount };
  const open = isDeleted
    ? parts.filter((row) => isPendingPart(row, vendor))
    : openParts(spoken, { ...said, takesBack });
  if (vendor !== undefined && !parts.some((row) => row.vendor === vendor)) {
    throw wrongMember('vendor', 'this request has no part with that vendor row');
  }
  if (isOnItsWay(intent)) throw onItsWay();
  if (intent.kind === 'cancel') {
    if (intent.state !== 'unknown') throw await cancelKnown({ ledger }, intent);
    return { ...spoken, open };
  }
  if (open.length === 0) {
    const [row] = isDeleted ? [] : openParts(spoken, { ...said, takesBack: true });
    throw row ? untaken(spoken, row, said) : nothingUnknown(spoken, said);
  }
  if (open.length > 1) {
    if (isDeleted) throw missingVendor(open, 'pending');
    if (refundId !== undefined) throw missingVendor(open, 'unknown, and one refund is of one of them');
    if (amount !== undefined) throw missingVendor(open, 'unknown, and one amount is of one of them');
    if (takesBack && isCorrection({ open }))
      throw missingVendor(open, "known by a person's word alone: take back one at a time");
  }
  return { ...spoken, open };
}

/** Whether the word takes the place of another one: nothing of what it settles is unknown. */
export function isCorrection({ open }: Pick<Word, 'open'>): boolean {
  return open.some(({ released, standing }) => released || standing !== 'unknown');
}

type Said = Pick<ResolutionBody, 'outcome' | 'vendor'> & Pick<Resolution, 'refundId' | 'amount'>;

function nothingUnknown({ parts, byWord }: Spoken, { outcome, vendor }: Said): ProblemError {
  const named = parts.filter((row) => vendor === undefined || row.vendor === vendor);
  const isSaid = named.some((row) => byWord.has(row.id) && row.standing === SAID[outcome]);
  const how = isSaid ? `: a person has settled it as ${outcome} already` : next(named, outcome);
  return new ProblemError('invalid_request', { detail: `Nothing about this intent is unknown${how}` });
}

/** What to do where the provider itself has settled the request. */
function next(parts: readonly Reservation[], outcome: ResolutionBody['outcome']): string {
  if (parts.some(({ released }) => !released)) {
    return ': the provider itself tells what becomes of its refund, and no word changes that. Read it again later';
  }
  if (outcome === 'nothing' || outcome === 'cancelled') return ': nothing is held for it';
  return '. A refund that was made all the same is one made elsewhere: it counts by itself where the provider lists amounts, and otherwise with `proxy elsewhere`';
}

/** What is wrong with the word on a cancel is said of its refund. */
async function cancelKnown({ ledger }: Pick<ProxyContext, 'ledger'>, intent: Intent): Promise<ProblemError> {
  const rows = await ledger.reservationsOfPayment(intent, intent.paymentId);
  const target = rows.find(({ id }) => id === intent.target)?.intentId;
  const how = target === undefined ? '' : `. Say what became of its refund, of the request of that refund: ${target}`;
  return new ProblemError('invalid_request', { detail: `Nothing about this intent is unknown${how}` });
}

/** Whoever confirms what the provider shows does not know of a colleague's word. */
function untaken({ byWord }: Spoken, row: Reservation, said: Said): ProblemError {
  const { id, standing, refundId } = row;
  const { outcome, refundId: number, amount } = said;
  const isOther = number !== undefined && refundId !== undefined && number !== refundId;
  const isOfNumber = isOther || !byWord.has(id);
  const was = isOfNumber
    ? `This refund has the number ${refundId}, which the provider has not given to it`
    : `A person has settled this refund as ${WORDS[standing] ?? standing}${isOtherAmount(row, amount) ? `, with ${toDecimal(row.amount, row.currency)} ${row.currency}` : ''}`;
  const but = isOther ? '' : `, and ${TRUTHS[outcome]}`;
  return new ProblemError('confirmation_required', {
    detail: `${was}. If that was wrong${but}, say so again with take_back: true`,
    errors: [{ pointer: '/take_back', detail: "is missing, and a person's word would be taken back" }],
  });
}

const WORDS: Readonly<Partial<Record<Reservation['standing'], ResolutionBody['outcome']>>> = {
  succeeded: 'refunded',
  pending: 'initiated',
  cancelled: 'cancelled',
  failed: 'nothing',
};

const TRUTHS: Readonly<Record<ResolutionBody['outcome'], string>> = {
  refunded: 'the money is refunded',
  initiated: 'the refund is on its way',
  cancelled: 'the refund is cancelled',
  nothing: 'nothing was refunded',
};

function missingVendor(open: readonly Reservation[], are: string): ProblemError {
  return wrongMember('vendor', `is missing: the refunds of ${open.length} vendors are ${are}`);
}
