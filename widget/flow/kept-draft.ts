import { readDecimal, toDecimal } from '../../contract/money/decimal.ts';
import { formatTyped } from '../../contract/money/format.ts';
import { parseTyped } from '../../contract/money/typed.ts';
import { countsAgainstRefundable, type RefundStanding } from '../../contract/standing.ts';
import { ours, type Draft, type Opening, type Refusal, type Summary } from '../model.ts';
import { readDraft, refusedSum, type AmountRules, type Given } from './draft.ts';
import { attemptOf, isCurrent, userOf, type ControllerOptions, type Session } from './session.ts';
import type { Intent } from './stored.ts';
import type { Sent } from './typed-store.ts';
import { EMPTY_DRAFT, isTyped, isUnknown, refundsOf, SPENT } from './state.ts';

/**
 * Whoever has signed in by now goes on with what that person has typed, in every state, and what another one has typed is
 * kept for that one.
 */
export function turn(session: Session): void {
  const { store } = session;
  const { person: before } = store;
  const person = userOf(session) ?? before ?? '';
  if (person === before) return;
  // Also what is typed while nobody knows who does it.
  if (before === '' || (before === undefined && store.own.draft)) return store.adopt(person as number);
  session.turned ||= before !== undefined;
  store.person = person;
  store.obey();
  session.dispatch({ type: 'turned', draft: store.draft ?? EMPTY_DRAFT });
}

/** It is another person, and not known yet who: what was typed is not shown before. */
function hide(session: Session): void {
  const { store } = session;
  if (!store.person) return;
  store.person = undefined;
  session.turned = true;
  session.dispatch({ type: 'turned', draft: EMPTY_DRAFT });
}

/** Whether it is the request of whoever has signed in, as far as that is known. */
export function isMine({ store }: Pick<Session, 'store'>, by: number | undefined): boolean {
  return by === undefined || by === store.person;
}

/** What this person has typed and not sent. A copy is of no use once the payment has got that refund from where it was typed. */
export function unsent(session: Session, summary = session.state.summary): Draft {
  const { store, options } = session;
  const { draft: own } = session.state;
  const draft = isTyped(own) ? own : (store.draft ?? EMPTY_DRAFT);
  const isGone = summary && isMade(draft, summary, { ...options.settings(), currency: summary.currency });
  if (!isGone && !store.wasSent(draft)) return draft;
  store.draft = undefined;
  store.known.isMade = true;
  return EMPTY_DRAFT;
}

/**
 * What the form after an outcome begins with: what was typed and not sent, or was sent with this key and has failed.
 * `change`: the same with another amount.
 */
export function next(session: Session, key = '', change?: Partial<Draft>): Draft {
  const { store, state } = session;
  const { draft: typed = listedAs(session, key), by } = store.sentFor({ key }) ?? {};
  // Whoever goes on has read what the payment has got since.
  const fresh = { ...SPENT, ...(state.summary && stampOf(state.summary)), ...change };
  // The provider may have carried it out all the same.
  if (typed && state.at === 'failed') store.keepDraft({ ...typed, ...fresh, again: key }, by);
  const draft = change ? { ...EMPTY_DRAFT, ...(isMine(session, by) && typed), ...fresh } : unsent(session);
  store.draft = { ...draft, amount: draft.amount ?? '' };
  return draft;
}

/** What this person has sent with this key before a reload, as far as the payment lists it. */
function listedAs(session: Session, key: string): Draft | undefined {
  const { state, options, payment } = session;
  const row = state.summary?.refunds?.find(({ idempotency_key }) => key && idempotency_key === key);
  const refunds = refundsOf(state);
  const [first] = refunds;
  if (!row || !first || (row.requested_by ?? payment.user) !== payment.user) return undefined;
  const { currency, picked } = first;
  const { code: reason = '' } = options.settings().reasons.find(({ code }) => isOf(code, row.reason)) ?? {};
  return draftOf(session, {
    key,
    sentAt: 0,
    amount: toDecimal(refusedSum(refunds), currency),
    currency,
    reason,
    picked,
  });
}

/**
 * The inputs without the page's amount once a refund was made from here: the page gives that of the first one. Nor is it
 * offered where the payment has got such a refund, from wherever, or waits for one.
 */
export function given({ state, store, options }: Session): ReturnType<ControllerOptions['settings']> {
  const settings = options.settings();
  const { refunds = [], currency = '' } = state.summary ?? {};
  const minor = readDecimal(settings.amount, currency);
  // Of a division the first step has the sum.
  const isGot = refunds.some(
    ({ standing, ended, amount }) =>
      (ended === 'vendors_opened' || !/failed|cancel/.test(standing)) && readDecimal(amount, currency) === minor,
  );
  return { ...settings, ...((isGot || store.known.isMade) && { amount: undefined }) };
}

/** Forgets what this person has typed, also for a request under way. */
export function clear({ store, ownKey: key = '', dispatch }: Session): void {
  store.forgetOwn();
  const sent = store.sentFor({ key });
  if (sent && isMine({ store }, sent.by)) sent.draft = { ...EMPTY_DRAFT };
  dispatch({ type: 'cleared' });
}

/** Whether the text of a refund's reason is this one, alone or with a note. Without a code it is any. */
function isOf(code: string, text: string | null | undefined): boolean {
  return !code || `${text}: `.startsWith(`${code}: `);
}

/** When it was typed, by what the payment told then. */
export function stampOf({ refunds, refundable, currency }: Summary): Pick<Draft, 'listed' | 'left'> {
  return { listed: refunds?.length, left: toDecimal(refundable, currency) };
}

/** Whether the payment has got this refund since it was typed. Without a list, and over vendors, the figures say so. */
function isMade(draft: Draft, summary: Summary, rules: AmountRules & Given): boolean {
  const { refunds, refundable, currency } = summary;
  const amount = parseTyped(readDraft(draft, summary, rules).typed, currency, rules.locale);
  if (!amount.ok || !isTyped(draft)) return false;
  const isGone = (readDecimal(draft.left, currency) ?? 0n) - refundable === amount.minor;
  if (!refunds) return isGone;
  return refunds.some(
    ({ standing, amount: made, reason, idempotency_key }, index) =>
      (index >= (draft.listed ?? 0) || (draft.again && draft.again === idempotency_key)) &&
      (isGone || readDecimal(made, currency) === amount.minor) &&
      countsAgainstRefundable(standing as RefundStanding) &&
      (!reason || isOf(draft.reason, reason)),
  );
}

/** What is typed and was not sent, or was typed for this request. */
export function typedFor(session: Session, intent: Intent): Draft {
  const { draft } = session.state;
  return isTyped(draft) || !isMine(session, intent.by) ? draft : draftOf(session, intent);
}

/** Nothing came of the request: what was typed for it is there again, for whoever has sent it. Returns what is shown now. */
export function giveBack(session: Session, { code, proxy }: Refusal, intent: Intent): Draft {
  const { state, store } = session;
  if (intent.approves) return state.draft;
  const isOwn = isMine(session, intent.by);
  const typed = {
    ...(isOwn ? typedFor(session, intent) : draftOf(session, intent)),
    ...(code === VENDORS_OPENED.code
      ? { opening: openingOf(intent) }
      : (!proxy || code === 'amount_above_refundable') && SPENT),
  };
  store.keepDraft(isTyped(typed) ? typed : undefined, intent.by);
  // What other forms still show was not sent. What is typed in this one may be another refund.
  const sent = store.sentFor(intent);
  if (sent?.draft) sent.draft = { ...sent.draft };
  return isOwn ? typed : state.draft;
}

export const VENDORS_OPENED = ours('vendors_opened');

/** What was typed for a request, as far as it is kept. */
function draftOf({ options, store }: Session, intent: Intent): Draft {
  const { draft } = store.sentFor(intent) ?? {};
  if (draft) return { ...draft };
  const { amount, currency = '', reason = '', picked } = intent;
  const typed = (decimal?: string) => {
    const minor = readDecimal(decimal, currency);
    return minor === undefined ? minor : formatTyped(minor, currency, options.settings().locale);
  };
  const items = picked && {
    scope: 'items' as const,
    quantities: Object.fromEntries(picked.items.map(({ id, quantity }) => [id, `${quantity}`])),
    shipping: typed(picked.shipping),
    total: typed(amount),
  };
  return { ...EMPTY_DRAFT, amount: typed(amount), reason, ...items };
}

function openingOf({ key, print, expected, by }: Intent): Opening {
  return { key, print, expected, by };
}

/** The form of this page that has sent it has no answer, as far as the payment tells, and may be there no more to say so. */
export function lost(session: Session): void {
  const { state, store, options } = session;
  if (!isUnknown(state) || state.why !== 'running' || store.known.busy) return;
  const { intent } = state;
  session.dispatch({ type: 'lost', intent, why: 'lost' });
  // An element that has shown another payment meanwhile hears it from there.
  const sender = store.sentFor(intent)?.from?.deref();
  if (sender?.options.emit !== options.emit) options.emit('refund-form-unknown', attemptOf(session, intent));
}

/** Whether the form that has sent it is gone for good, out of the page, or shows another payment. */
function isReplaced({ from }: Partial<Sent> = {}): boolean {
  const sender = from?.deref();
  return !!from && (!sender || sender.away || sender.stopped);
}

/**
 * What is typed for a request that is shelved, if it was seen waiting here, or was sent by a form that this one has
 * replaced: the same, reviewed again, goes on with it. Nothing, where it was typed by somebody else.
 */
export function draftBeside(session: Session, intent: Intent, why: string, summary: Summary): Draft | undefined {
  if (!isMine(session, intent.by)) return undefined;
  const isOwn = why !== 'elsewhere' || isReplaced(session.store.sentFor(intent));
  return isOwn && isCurrent(intent, summary) ? { ...typedFor(session, intent), opening: openingOf(intent) } : undefined;
}

export function refused(session: Session, refusal: Refusal, intent: Intent): void {
  const { emit } = session.options;
  // A person knows the vendors by what the form calls them.
  const rename = (words: string, { row, label }: { row: string; label: string }) =>
    words.replaceAll(`"${row}"`, `"${label}"`);
  const notice = { ...refusal, words: (intent.parts ?? []).reduce(rename, refusal.words) };
  session.payment.correct(notice);
  const draft = giveBack(session, notice, intent);
  session.dispatch({ type: 'refused', notice: isMine(session, intent.by) ? notice : undefined, draft });
  if (notice.code === 'user_changed') hide(session);
  if (isNews(session, intent)) emit('refund-form-refused', { ...attemptOf(session, intent), code: notice.code });
}

/**
 * Whether the page is to be told what became of the request. One element may have shown another payment meanwhile, and
 * follows the request anew.
 */
export function isNews(session: Session, intent: Intent): boolean {
  const { store, options, stopped } = session;
  return store.isNews(intent, options.emit) || (store.sentFor(intent)?.from?.deref() === session && !stopped);
}
