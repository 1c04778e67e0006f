import { readOrder, type ProxyContext } from '../context.ts';
import { ProblemError } from '../http/problem.ts';
import type { Intent, Reservation } from '../ledger/entities.ts';
import { isContradicted } from '../ledger/rules/contradiction.ts';
import { CLOCKS_APART_MS } from '../ledger/rules/observe.ts';
import { openParts } from '../ledger/rules/resolve.ts';
import { checkCancelled, checkDeleted, type Asking } from './cancel-word.ts';
import { listing, sentenceOf, type Found } from './evidence.ts';
import { checkAmount, checkListed, checkRefundId, readAmount, type ResolutionBody } from './number-word.ts';
import { madeElsewhere } from './unaccounted.ts';
import { unconfirmed } from './word-refusals.ts';
import { collectEvidence } from './unknown.ts';

/**
 * Compares a person's word with what the provider shows. Returns that in one sentence, if the word makes an amount free.
 * The command line calls this, too.
 * @throws ProblemError when the provider does not list the number, shows this very refund, or, without `confirm`, one that
 * may be it.
 */
export async function checkWord(context: Asking, intent: Intent, said: ResolutionBody): Promise<string | undefined> {
  if (said.outcome === 'cancelled' && intent.kind !== 'cancel') return checkDeleted(context, intent, said);
  // Otherwise somebody would confirm what cannot be said.
  const parts = await context.ledger.reservationsOfIntent(intent.id);
  const open = openParts(parts, said);
  if (intent.kind !== 'cancel' && open.length === 0) throw nothingUnknown();
  if (said.outcome !== 'nothing' && said.refund_id !== undefined) {
    await checkListed(context, intent, { parts, open }, said);
  }
  const makesFree = said.outcome === 'nothing' || (intent.kind === 'cancel' && said.outcome === 'cancelled');
  return makesFree ? lookFirst(context, intent, said) : undefined;
}

async function lookFirst(context: Asking, intent: Intent, { outcome, confirm }: ResolutionBody): Promise<string> {
  const { ledger, scope } = context;
  const found = await collectEvidence(context, intent);
  if (outcome === 'cancelled') checkCancelled(found, confirm);
  const now = await ledger.intent(intent.id);
  if (intent.state === 'unknown' && now?.state !== 'unknown') {
    throw new ProblemError('invalid_request', {
      detail: `The provider has just reported the outcome (${now?.state}): nothing is left to settle`,
    });
  }
  const parts = await ledger.reservationsOfIntent(intent.id);
  const isDisputed = parts.some(isContradicted);
  const saw = isDisputed
    ? 'The provider contradicts what is known of this refund, or what was asked.'
    : sentenceOf(found);
  const amounts = new Set(parts.filter(({ standing }) => standing === 'unknown').map(({ amount }) => amount));
  const rows = await ledger.reservationsOfPayment(scope, intent.paymentId);
  const isLike = (row: Reservation) =>
    row.intentId === undefined &&
    !row.released &&
    row.refundId !== undefined &&
    amounts.has(row.amount) &&
    row.createdAt >= intent.firstSentAt - CLOCKS_APART_MS;
  const like = rows.find(isLike);
  const more = like && `The provider lists the refund ${like.refundId} of this amount, made since.`;
  if (confirm) return more ?? saw;
  // A cancel that came to nothing leaves the amount as it is held.
  const isUnseen = found.code === 'unreadable' && intent.kind !== 'cancel';
  const isMore = isDisputed || isUnseen || found.code === 'more_listed' || found.code === 'some_listed';
  const doubt = more ?? (isMore ? saw : await uncounted(context, intent, found, rows));
  if (doubt === undefined) return saw;
  const how = like ? `, or settle it as refunded with refund_id ${like.refundId}` : '';
  throw unconfirmed(doubt, {
    but: 'nothing was refunded all the same',
    missing: 'nothing shows that this refund was not made',
    or: how,
  });
}

/**
 * Says when the provider lists more refunds than count here. What was counted before the send may have left the list
 * since, and after a restore nobody counted.
 */
async function uncounted(
  context: Asking,
  { paymentId }: Intent,
  found: Found,
  rows: readonly Reservation[],
): Promise<string | undefined> {
  if (!('now' in found)) return undefined;
  const order = await readOrder(context, paymentId).catch(() => undefined);
  const real = rows.filter(({ released, standing }) => !released && standing !== 'unknown');
  const ours = real.filter(({ intentId }) => intentId !== undefined).length;
  const known = ours + madeElsewhere(real, order?.refunded_elsewhere_count);
  return found.now > known ? `${listing(found.now)}, and ${known} of them count here.` : undefined;
}

/**
 * The command line calls this, too.
 * @throws ProblemError when the outcome does not fit the intent, or nothing is unknown.
 */
export async function resolve(
  { ledger, now, newId, log }: Pick<ProxyContext, 'ledger' | 'now' | 'newId' | 'log'>,
  intent: Intent,
  { outcome, reason, refund_id: refundId, vendor, amount: text, confirm }: ResolutionBody,
  who: string,
): Promise<Intent> {
  if (intent.kind === 'cancel' && outcome !== 'cancelled' && outcome !== 'nothing') {
    throw new ProblemError('invalid_request', { detail: 'outcome: a cancel is settled as cancelled or nothing' });
  }
  const parts = await ledger.reservationsOfIntent(intent.id);
  const word = { parts, open: openParts(parts, { outcome, vendor }) };
  if (refundId !== undefined) await checkRefundId(ledger, intent, word, { refundId, outcome });
  const amount = text === undefined ? undefined : readAmount(text, intent.currency);
  // Beside a number, `checkWord` has held it against the provider's list.
  const isListed = refundId !== undefined && outcome !== 'nothing';
  if (amount !== undefined) checkAmount(intent, word, { amount, isListed, confirm });
  const said = { outcome, reason, who, refundId, vendor, amount, at: now() };
  const settled = await ledger.resolve(intent.id, { ...said, newId });
  if (!settled) throw nothingUnknown();
  log.info('a person settled an intent', { intent: intent.id, kind: intent.kind, state: settled.state });
  return settled;
}

function nothingUnknown(): ProblemError {
  return new ProblemError('invalid_request', { detail: 'Nothing about this intent is unknown' });
}
