import { toDecimal } from '../../contract/index.ts';
import type { ProxyContext } from '../context.ts';
import { ProblemError } from '../http/problem.ts';
import type { Intent, Reservation } from '../ledger/entities.ts';
import type { Observation } from '../ledger/facts.ts';
import { isContradicted } from '../ledger/rules/contradiction.ts';
import { countLost } from '../ledger/rules/listed.ts';
import { numbersDiffer, otherNumber } from '../ledger/rules/number.ts';
import { isByWordAlone } from '../ledger/rules/said.ts';
import { isOnItsWay } from '../ledger/rules/states.ts';
import type { Read } from '../providers/provider.ts';
import { checkCancelled, type Asking } from './cancel-word.ts';
import { foundBy, listedBeside, listing, sentenceOf, shrunkSince, type Found, type Listed } from './evidence.ts';
import { collectEvidence } from './unknown.ts';
import { asListed, likeOf, unlistedIn, type Doubt, type Like } from './unmarked.ts';
import { isCorrection, wordOf, type ResolutionBody } from './word-parts.ts';
import { onItsWay, unconfirmed } from './word-refusals.ts';

/** Looks for a refund that a person says was made, without its number. `counted`: the list, if it was read just now. */
export async function lookForMade(
  context: Asking,
  intent: Intent,
  said: ResolutionBody,
  counted?: Read<readonly Observation[]>,
): Promise<string> {
  const found = await collectEvidence(context, intent, counted);
  await checkUnsettled(context, intent);
  const { open } = await wordOf(context, intent, said);
  const contradicted = open.filter(isContradicted);
  if (contradicted.length > 0) return checkContradicted(context, contradicted, said);
  const isOver = open.some(({ released }) => released);
  const saw = isOver ? await shownBeside(context, intent, found) : sentenceOf(found);
  if (said.confirm) return saw;
  const rows = await context.ledger.reservationsOfPayment(context.scope, intent.paymentId);
  const like = await likeOf(context, intent, open, rows);
  const isNamed = said.refund_id !== undefined;
  if (!like && (await mayBeMade(context, intent, { found, open, isNamed }))) return saw;
  if (like) throw unlikeThat(like);
  throw unconfirmed(saw, {
    but: 'it was made all the same',
    missing: 'the provider does not show this refund',
  });
}

function unlikeThat({ sentence, or }: Like): ProblemError {
  return unconfirmed(sentence, {
    but: 'another one was made',
    missing: 'the refund that the provider lists would count as well',
    or,
  });
}

/**
 * Both statements are known, and the person says which is true. The provider may have taken the refund back last, or may
 * never have said that it is done.
 */
async function checkContradicted(
  { ledger }: Pick<ProxyContext, 'ledger'>,
  parts: readonly Reservation[],
  { outcome, confirm }: ResolutionBody,
): Promise<string> {
  const { saw, last } = await statementsOf({ ledger }, parts);
  if (confirm) return saw;
  if (last.has('failed') || last.has('cancelled')) {
    throw unconfirmed(saw, {
      but: outcome === 'initiated' ? 'the refund is on its way all the same' : 'the money is refunded',
      missing: 'the provider has said last that the refund came to nothing',
    });
  }
  if (outcome === 'initiated' || !(last.has('pending') || last.has('unrecognised'))) return saw;
  throw unconfirmed(saw, {
    but: 'the money is refunded',
    missing: 'the provider has not said that the refund is done',
    or: ', or settle it as initiated: then it is read until it is final',
  });
}

/**
 * Asks what the ledger alone can ask about a refund that a person says was made. Returns what it knows.
 * @throws ProblemError when that denies the word, unless it is confirmed.
 */
export async function lookInLedger(
  { ledger }: Pick<ProxyContext, 'ledger'>,
  intent: Intent,
  open: readonly Reservation[],
  said: ResolutionBody,
): Promise<string | undefined> {
  const contradicted = open.filter(isContradicted);
  if (contradicted.length > 0 && said.outcome === 'nothing') return (await statementsOf({ ledger }, contradicted)).saw;
  if (contradicted.length > 0) return checkContradicted({ ledger }, contradicted, said);
  const rows = await ledger.reservationsOfPayment(intent, intent.paymentId);
  const like = await likeOf({ ledger }, intent, open, rows);
  if (!like || said.confirm || said.outcome === 'nothing') return like?.sentence;
  throw unlikeThat(like);
}

/** Whether the provider shows as many refunds as a person says were made. */
async function mayBeMade(
  context: Asking,
  intent: Intent,
  { found, open, isNamed }: { readonly found: Found; readonly open: readonly Reservation[]; readonly isNamed: boolean },
): Promise<boolean> {
  // What was counted before the send says nothing of a refund that came to nothing: others may have been made since.
  if (open.some(({ released }) => released))
    return uncounted(found, await countLost(context.ledger, intent)) !== undefined;
  const isLost = ({ released, standing }: Reservation) => !released && standing === 'unknown';
  const all = isNamed || !open.some(isLost) ? open : await context.ledger.reservationsOfIntent(intent.id);
  const wanted = all.filter(isLost).length;
  // Unless the person has named it, each of the others, and each other vendor's, is as likely to be the one that is listed.
  if ('strangers' in found) {
    const { strangers, strange = strangers } = found;
    return Math.min(strangers, strange) >= wanted + (isNamed ? 0 : await countLost(context.ledger, intent));
  }
  return found.code !== 'not_listed';
}

/** @throws ProblemError when what the provider shows, or somebody else, has settled the request meanwhile. */
async function checkUnsettled({ ledger }: Asking, { id, state }: Intent): Promise<void> {
  const now = await ledger.intent(id);
  if (state !== 'unknown' || now?.state === 'unknown') return;
  if (now && isOnItsWay(now)) throw onItsWay();
  throw new ProblemError('invalid_request', {
    detail: `Its outcome has just become known (${now?.state}): read it again before you say more`,
  });
}

/** Looks for a refund that a person says was not made, or for one that is said to be cancelled. */
export async function lookForNone(context: Asking, intent: Intent, said: ResolutionBody): Promise<string> {
  const found = await collectEvidence(context, intent);
  if (said.take_back && found.code === 'unreadable' && isCorrection(await wordOf(context, intent, said)))
    throw untakeable(found.why);
  if (said.outcome === 'cancelled') await checkCancelled(context, intent, { found, confirm: said.confirm });
  await checkUnsettled(context, intent);
  const { parts, open } = await wordOf(context, intent, said);
  const rows = await context.ledger.reservationsOfPayment(context.scope, intent.paymentId);
  const like = await likeOf(context, intent, open, rows);
  const contradicted = parts.filter(isContradicted);
  const taken = open.find(isByWordAlone);
  const seen = taken && 'now' in found ? foundBy(intent, withoutWord(found, parts), parts.map(asUnknown)) : found;
  const saw = contradicted.length > 0 ? (await statementsOf(context, contradicted)).saw : sentenceOf(seen);
  if (said.confirm) return like?.sentence ?? saw;
  // A cancel that came to nothing leaves the amount as it is held.
  const isUnseen = found.code === 'unreadable' && intent.kind !== 'cancel';
  const isMore =
    contradicted.length > 0 ||
    isUnseen ||
    seen.code === 'more_listed' ||
    seen.code === 'some_listed' ||
    ('more' in seen && seen.more > 0);
  if (like || isMore) throw unrefunded(like?.sentence ?? saw, like?.or);
  const other = uncounted(seen);
  if (other !== undefined) throw unrefunded(other);
  if (intent.kind === 'cancel') return saw;
  const doubt =
    (await unlistedIn(context, intent, { open, rows })) ?? (await changedIn(context, intent, { found, rows, saw }));
  if (doubt !== undefined) throw unrefunded(...doubt);
  return saw;
}

/** Says when the list names what it did not name before, or is not whole. */
async function changedIn(
  { ledger }: Asking,
  { id, firstSentAt, seenBefore }: Intent,
  { found, rows, saw }: { readonly found: Found; readonly rows: readonly Reservation[]; readonly saw: string },
): Promise<Doubt | undefined> {
  if (!('now' in found)) return undefined;
  const { strange = 0, since } = found;
  const audit = await ledger.audit(id);
  const fresh = since?.fresh.at(-1);
  if (fresh !== undefined) {
    const sentence = `The provider lists the refund ${fresh}, and did not before this request.`;
    return [sentence, since?.isNamed ? asListed(fresh) : undefined];
  }
  const ended = rows.filter((row) => row.intentId !== undefined && row.released && row.updatedAt >= firstSentAt);
  const shrunk = shrunkSince(audit, found, ended.filter(({ refundId }) => refundId !== undefined).length);
  if (shrunk !== undefined) return [shrunk];
  // Nobody knows what was listed before.
  return strange > 0 && seenBefore === undefined ? [saw] : undefined;
}

/** No word takes another one back before it was compared with the provider. `why`: a sentence. `next`: what to do. */
export function untakeable(why: string, next = 'try again later'): ProblemError {
  const detail = `take_back: ${why} Nothing is taken back before it is compared with the provider: ${next}`;
  return new ProblemError('invalid_request', { detail, errors: [{ pointer: '/take_back', detail }] });
}

export function unrefunded(why: string, or?: string): ProblemError {
  return unconfirmed(why, {
    but: 'nothing was refunded all the same',
    missing: 'nothing shows that this refund was not made',
    or,
  });
}

/** What is listed when a refund that exists by a word alone counts as none. */
function withoutWord({ now, strangers }: Listed, parts: readonly Reservation[]): Listed {
  return { now, strangers: Math.min(now, strangers + parts.filter(isByWordAlone).length) };
}

/** A word alone shows nothing of what was made. */
function asUnknown(row: Reservation): Reservation {
  return isByWordAlone(row) ? { ...row, standing: 'unknown' } : row;
}

/** Both statements about each refund, so that nobody confirms what he has not read. `last`: the standings stated last. */
export async function statementsOf(
  { ledger }: Pick<ProxyContext, 'ledger'>,
  parts: readonly Reservation[],
): Promise<{ readonly saw: string; readonly last: ReadonlySet<string | undefined> }> {
  const sentences: string[] = [];
  const last = new Set<string | undefined>();
  for (const row of parts) {
    const { id, intentId, refundId, vendor, amount, currency } = row;
    const audit = intentId === undefined ? [] : await ledger.audit(intentId);
    const said = audit.findLast((line) => line.what === 'contradiction' && line.reservationId === id);
    const name = refundId === undefined ? 'a refund' : `the refund ${refundId}`;
    const of = vendor === undefined ? '' : ` of the vendor row ${vendor}`;
    const held = `${toDecimal(amount, currency)} ${currency} are held for it`;
    const known = said && said.from !== 'unknown' ? `, known as ${said.from}` : '';
    const other = otherNumber(row, audit);
    const renamed = other === undefined ? '' : ` (${numbersDiffer(refundId, other)})`;
    const stated = said ? `${known}, last stated as ${said.to}${renamed}` : '';
    sentences.push(`The provider contradicts what is known of ${name}${of}${stated}: ${held}.`);
    // A late list does not undo a success.
    last.add(said?.to === 'pending' && said.from === 'succeeded' ? said.from : said?.to);
  }
  return { saw: sentences.join(' '), last };
}

/** What the provider shows of a refund that came to nothing here: whether it lists one that is none of those that count. */
async function shownBeside(context: Asking, intent: Intent, found: Found): Promise<string> {
  if (!('now' in found)) return sentenceOf(found);
  const more = uncounted(found, await countLost(context.ledger, intent));
  if (more !== undefined || found.now === 0) return more ?? `${listing(0)}.`;
  return `${listing(found.now)}, and each may be one that counts here already.`;
}

/** Says when the provider lists more refunds than count here, and than `lost`. */
function uncounted(found: Found, lost = 0): string | undefined {
  return 'strangers' in found && found.strangers > lost ? listedBeside(found) : undefined;
}
