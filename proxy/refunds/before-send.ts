import { mayBeOurs } from '../../contract/unaccounted.ts';
import { moneyOf, type ProxyContext } from '../context.ts';
import { ProblemError } from '../http/problem.ts';
import { isContradicted } from '../ledger/rules/contradiction.ts';
import {
  grownSince,
  mayHide,
  UNLISTED,
  unlistedAmount,
  unlistedBefore,
  unlistedNow,
  unsureBeside,
} from '../ledger/rules/unlisted.ts';
import { COUNT, namedNow, sinceSent, viewOf } from '../ledger/rules/listed.ts';
import { firstSeenAt, wasPutOff } from '../ledger/rules/put-off.ts';
import { refuse, totalOf, type Refusal } from '../ledger/rules/admission.ts';
import type { JsonObject } from '../http/json.ts';
import type { Admitted, Free, Observation, Sent } from '../ledger/facts.ts';
import type { Order } from '../options.ts';
import type { WriteRoute } from '../providers/provider.ts';
import type { Intent, Reservation, StoredAnswer } from '../ledger/entities.ts';
import { countListed } from './count-listed.ts';
import { currencyFault } from './currency.ts';
import { unreadRestored } from './restored.ts';
import { noteUnread, takeInBefore } from './summary.ts';
import { accountFor, findUnaccounted, sentenceOn, type Unaccounted } from './unaccounted.ts';
import { refused } from './write-answers.ts';

/** `intent` is `sending` or `resending` in the ledger. */
export interface Sending extends Admitted, Sent {
  readonly route: WriteRoute;
  readonly path: string;
  readonly body: JsonObject;
  /** The merchant's order. */
  readonly order: Order;
  /** Whose approval sends it. */
  readonly approver?: string | undefined;
  /** This intent was sent before: only an answer about the refund itself settles it. */
  readonly again: boolean;
  /** The refundable amount that the admin saw, in minor units. */
  readonly expectedRefundable?: bigint | undefined;
}

export type Before =
  | { readonly kind: 'send'; readonly sending: Sending }
  /** Nothing is sent. `source`: why, for the audit trail. */
  | { readonly kind: 'stop'; readonly source: string; readonly problem: ProblemError }
  /** Nothing is sent: an earlier send made this refund. `answer`: the refund, if it is the one that was asked for. */
  | { readonly kind: 'listed'; readonly source: string; readonly answer?: StoredAnswer | undefined };

/**
 * Reads from the provider what the ledger compares when it admits a refund: its currency, what was refunded elsewhere since
 * the admin has seen `expectedRefundable`, and what the list names by now of a refund that it did not name. It comes first, because nobody can tell whether a request that the ledger
 * has admitted was sent: after a crash it is asked for again, and not checked again.
 * @throws ProblemError when nothing may be sent.
 */
async function readFirst(
  context: ProxyContext,
  { order, expectedRefundable, isDoubtful }: Pick<Sending, 'order' | 'expectedRefundable'> & { isDoubtful: boolean },
): Promise<void> {
  const wrong = await currencyFault(context, order);
  if (wrong) throw wrong;
  const mayBeOld = isDoubtful || expectedRefundable !== undefined || (await hasIn(context, order.payment_id, mayHide));
  const unread = mayBeOld && (await takeInBefore(context, order.payment_id));
  // Nothing is held by what may be out of date: the same key asks again.
  if (unread && isDoubtful) throw unreadRestored(unread.message);
  if (unread) noteUnread(context, unread);
}

/**
 * Admits what `begin` asks the ledger for, which says first, in a trial, whether there is anything to read. What is known
 * of the request already is answered without the provider, and a refusal that is told of a read concerns a new request.
 */
export async function admitAfterReads<Result extends { readonly kind: string }>(
  context: ProxyContext,
  { kind, order, expectedRefundable }: Pick<Sending, 'order' | 'expectedRefundable'> & Pick<Intent, 'kind'>,
  begin: (isTrial: boolean) => Promise<Result | Free>,
): Promise<Result> {
  const { session } = context;
  if (kind !== 'cancel' && (session.listRefunds || session.currencyOf)) {
    const trial = await begin(true);
    // What the list did not name takes room twice once it is known by itself, until the two are compared.
    const mayBeLess = trial.kind === 'refused' && (await hasIn(context, order.payment_id, hasUnlisted));
    if (!isFree(trial) && !mayBeLess) return trial;
    await readFirst(context, { order, expectedRefundable, isDoubtful: isFree(trial) && trial.isDoubtful === true });
  }
  const begun = await begin(false);
  if (isFree(begun)) throw new TypeError('The ledger has answered as to a trial');
  return begun;
}

function isFree(result: { readonly kind: string }): result is Free {
  return result.kind === 'free';
}

/** Everything that is read from the provider between the admission of a request and its first send. */
export async function beforeSend(context: ProxyContext, sending: Sending): Promise<Before> {
  if (sending.again || sending.intent.kind === 'cancel') return { kind: 'send', sending };
  return (await lookBefore(context, sending)) ?? countBefore(context, sending);
}

/**
 * The provider may have put an earlier send of this key off, and carried it out all the same: while it recognises the key,
 * it refunds once, and after that, a refund in its list with the mark of this request is this request's.
 */
async function lookBefore(context: ProxyContext, sending: Sending): Promise<Before | undefined> {
  const { session, ledger } = context;
  const { intent } = sending;
  if (!session.listRefunds || !(await mayBeForgotten(context, intent))) return undefined;
  const unread = await takeInBefore(context, intent.paymentId);
  if (unread) return { kind: 'stop', source: unread.code, problem: unread };
  const parts = await ledger.reservationsOfIntent(intent.id);
  if (parts.some((row) => isContradicted(row))) {
    return { kind: 'listed', source: 'the provider lists a refund of this key that differs from the request' };
  }
  const answer = (await ledger.intent(intent.id))?.answer;
  if (answer) return { kind: 'listed', source: 'list', answer };
  const rows = await ledger.reservationsOfPayment(context.scope, intent.paymentId);
  const before = unlistedBefore(await ledger.audit(intent.id));
  const total = await ledger.providerTotal(context.scope, intent.paymentId);
  const grown = grownSince(rows, before) + unsureBeside(rows, intent, total);
  if (grown > 0n && grown >= totalOf(sending.reservations)) {
    return { kind: 'listed', source: "the provider's total may have more than its list, and this key was put off" };
  }
  return stopped(await refusedNow(context, sending));
}

/** Whether the provider has put an earlier send of this key off, and may not recognise it any more. */
async function mayBeForgotten({ provider, ledger, now }: ProxyContext, intent: Intent): Promise<boolean> {
  if (provider.resendWindowMs === undefined || intent.createdAt === intent.firstSentAt) return false;
  const age = now() - firstSeenAt(intent, await ledger.audit(intent.id));
  return age < 0 || age >= provider.resendWindowMs;
}

/**
 * Counts the provider's refunds, so that a lost answer leaves evidence. If the provider lists refunds with unknown
 * amounts, the refundable amount is unknown and nothing is sent. If the count fails, a first send goes on. A provider
 * that put an earlier send off may have carried it out all the same, and knows no key: then the count has to tell.
 */
async function countBefore(context: ProxyContext, sending: Sending): Promise<Before> {
  const { ledger, now } = context;
  const { intent, order } = sending;
  const { paymentId } = intent;
  const counted = await countListed(context, paymentId);
  if (!counted) {
    const hasRead = await noteUnlisted(context, intent);
    return (hasRead && stopped(await refusedNow(context, sending))) || { kind: 'send', sending };
  }
  const audit = await ledger.audit(intent.id);
  const isAgain = wasPutOff(audit);
  if (!counted.ok) {
    if (!isAgain && !(await mayHaveMore(context, sending))) return { kind: 'send', sending };
    const doubt = isAgain ? 'this key was sent before' : 'the provider may have made a refund that nobody knows';
    const detail = `Nothing was sent: the provider's list of refunds cannot be read (${counted.why}), and ${doubt}`;
    const problem = new ProblemError('provider_unreachable', { detail });
    return { kind: 'stop', source: problem.code, problem };
  }
  // This holds what was put off, and the next question has to know it.
  const unaccounted = await accountFor(context, counted, () => othersOf(context, intent), order, intent.id);
  const doubt = isAgain ? await doubtOf(context, intent, counted.value, unaccounted) : undefined;
  if (doubt) return { kind: 'listed', source: `the provider has put this key off, and its list ${doubt}` };
  // The list may pay a refund that counted as cancelled when this request was admitted.
  const stop = stopped(await refusedNow(context, sending));
  if (stop) return stop;
  if (unaccounted) {
    const detail = `${sentenceOn(unaccounted)} Nothing was sent`;
    const { listed, known } = unaccounted;
    return {
      kind: 'stop',
      source: 'unaccounted refunds',
      problem: mayBeOurs(unaccounted)
        ? new ProblemError('payment_busy', { detail })
        : new ProblemError('refunded_elsewhere', { detail, figures: { listed, known } }),
    };
  }
  const noted = await ledger.note(intent.id, {
    what: COUNT,
    source: counted.source,
    detail: namedNow(counted.value.map(({ refundId }) => refundId)),
    seenBefore: counted.value.length,
    before: intent,
    at: now(),
  });
  // They may have settled it, and leave more time to look at it again than this send has left.
  if (!noted) return tooLate();
  // The intent has changed, so the row as it was first written is stale.
  return { kind: 'send', sending: { ...sending, intent: noted, written: undefined } };
}

function tooLate(): Before {
  const detail =
    'Nothing was sent: reading the refunds that the provider lists took too long. Try again with the same key';
  return { kind: 'stop', source: 'too late to send', problem: new ProblemError('provider_unreachable', { detail }) };
}

/**
 * Keeps what the total has beyond the list, so that a lost answer leaves evidence. It is read again: some of it may have become
 * known since, or may have been taken back. What cannot be read is no evidence. Returns whether it was read.
 */
async function noteUnlisted(context: ProxyContext, before: Intent): Promise<boolean> {
  const { ledger, scope, now } = context;
  const { id, paymentId } = before;
  if (!(await hasIn(context, paymentId, hasUnlisted))) return false;
  const unread = await takeInBefore(context, paymentId);
  if (unread) noteUnread(context, unread);
  else {
    const detail = unlistedNow(await ledger.reservationsOfPayment(scope, paymentId));
    if (detail) await ledger.note(id, { what: UNLISTED, source: 'total', detail, before, at: now() });
  }
  return !unread;
}

const hasUnlisted = (rows: readonly Reservation[]) => unlistedAmount(rows) > 0n;

/** Whether this is so of what is known of the payment. The provider can say more only where it lists refunds. */
async function hasIn(
  { ledger, scope, session }: ProxyContext,
  paymentId: string,
  isSo: (rows: readonly Reservation[]) => boolean,
): Promise<boolean> {
  return !!session.listRefunds && isSo(await ledger.reservationsOfPayment(scope, paymentId));
}

/**
 * Whether the provider may have made a refund that nobody knows, while its list cannot be read. What the list showed last is
 * compared with what is known by now.
 */
async function mayHaveMore(context: ProxyContext, { intent, order }: Sending): Promise<boolean> {
  const { ledger, scope } = context;
  const list = await ledger.strangeList(scope, intent.paymentId);
  if (list && (await findUnaccounted(context, list, await othersOf(context, intent), order))) return true;
  return ledger.mayHaveMore(scope, intent.paymentId);
}

/** Why the list is no proof that a key which was put off has refunded nothing; `undefined` when it is one. */
async function doubtOf(
  context: ProxyContext,
  intent: Intent,
  listed: readonly Observation[],
  unaccounted: Unaccounted | undefined,
): Promise<string | undefined> {
  const view = viewOf(context.ledger, listed, await othersOf(context, intent));
  const since = unaccounted ? undefined : await sinceSent(context.ledger, view, intent);
  if (unaccounted || since?.fresh.length) return 'may have the refund of it';
  return since?.missing ? 'lacks a refund that it had before' : undefined;
}

function stopped(refusal: Refusal | undefined): Before | undefined {
  return refusal && { kind: 'stop', source: refusal.code, problem: refused(refusal) };
}

/** Whether the request would still be admitted after what the provider was read to say. */
async function refusedNow(context: ProxyContext, { intent, reservations, order, expectedRefundable }: Sending) {
  const { currency } = intent;
  const held = (await othersOf(context, intent)).filter(({ released }) => !released);
  const ofCurrency = held.filter((row) => row.currency === currency);
  const asked = {
    kind: intent.kind,
    currency,
    // The limits of vendors are those of the provider's first step, which no list changes.
    parts: reservations.map(({ amount }) => ({ amount })),
    ...moneyOf(order),
    expectedRefundable,
    notRefundable: undefined,
    exclusive: context.provider.resendWindowMs === undefined,
  };
  return refuse(asked, {
    held: {
      amount: totalOf(ofCurrency),
      hasUnknown: held.some(({ standing }) => standing === 'unknown'),
      hasForeign: ofCurrency.length < held.length,
    },
    heldElsewhere: totalOf(ofCurrency.filter(({ intentId }) => intentId === undefined)),
    opened: [],
    openCancels: [],
  });
}

/** What this request reserves was never sent: the provider cannot list it. */
async function othersOf({ ledger, scope }: ProxyContext, { id, paymentId }: Intent): Promise<Reservation[]> {
  const rows = await ledger.reservationsOfPayment(scope, paymentId);
  return rows.filter(({ intentId }) => intentId !== id);
}
