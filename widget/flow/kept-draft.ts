import { parseDecimal } from '../../contract/money/decimal.ts';
import { formatTyped } from '../../contract/money/format.ts';
import type { Draft, Opening, Refusal, Summary } from '../model.ts';
import { attemptOf, isCurrent, isOthers, userOf, type Session } from './session.ts';
import type { Intent } from './stored.ts';
import { EMPTY_DRAFT, isTyped } from './state.ts';

/** What is typed, or was typed for this request. */
export function typedFor(session: Session, intent: Intent): Draft {
  const { draft } = session.state;
  const isOwn = draft.by === undefined || userOf(session) === undefined || !isOthers(session, draft.by);
  if (isTyped(draft) && isOwn) return draft;
  return isOthers(session, intent.by) ? EMPTY_DRAFT : draftOf(session, intent);
}

/** What was typed for a request, as far as it is kept. */
function draftOf({ options, store }: Session, intent: Intent): Draft {
  const { draft } = store.sentFor(intent) ?? {};
  if (draft) return draft;
  const { amount, currency = '', reason = '', picked, by } = intent;
  const typed = (decimal = '') => {
    const parsed = parseDecimal(decimal, currency);
    return parsed.ok ? formatTyped(parsed.minor, currency, options.settings().locale) : undefined;
  };
  const items = picked && {
    scope: 'items' as const,
    quantities: Object.fromEntries(picked.items.map(({ id, quantity }) => [id, `${quantity}`])),
    shipping: typed(picked.shipping),
    total: typed(amount),
  };
  return { ...EMPTY_DRAFT, amount: typed(amount), reason, by, ...items };
}

export function openingOf({ key, print, expected, by }: Intent): Opening {
  return { key, print, expected, by };
}

/**
 * What is typed for a request that is shelved, if it was seen waiting here, or was sent by a form that this one has
 * replaced: the same, reviewed again, goes on with it. Nothing, where it was typed by somebody else.
 */
export function draftBeside(session: Session, intent: Intent, why: string, summary: Summary): Draft | undefined {
  // Not even the amount that the page gives: it was asked for.
  if (isOthers(session, intent.by)) return { ...EMPTY_DRAFT, amount: '' };
  const { from } = session.store.sentFor(intent) ?? {};
  const sender = from?.deref();
  // The form that has sent it is gone for good, out of the page, or shows another payment.
  const isOwn = why !== 'elsewhere' || (from && (!sender || sender.away || sender.stopped));
  return isOwn && isCurrent(intent, summary) ? { ...typedFor(session, intent), opening: openingOf(intent) } : undefined;
}

export function refused(session: Session, notice: Refusal, intent: Intent): void {
  const { emit } = session.options;
  session.payment.correct(notice);
  session.dispatch({ type: 'refused', notice });
  const { state } = session;
  session.store.release(intent);
  // After a reload, only the record still knows what was typed. The note is not in it.
  if (state.at === 'editing' && !intent.approves) {
    const draft = {
      ...typedFor(session, intent),
      ...(notice.code === 'vendors_opened' && { opening: openingOf(intent) }),
    };
    session.dispatch({ type: 'typed', draft, faults: {} });
  }
  // It was forgotten when it was sent.
  const { at, draft } = session.state;
  if (at === 'editing' || at === 'not_refundable') session.store.draft = draft;
  if (isNews(session, intent)) emit('refund-form-refused', { ...attemptOf(session, intent), code: notice.code });
}

/**
 * Whether the page is to be told what became of the request. One element may have shown another payment meanwhile, and
 * follows the request anew.
 */
export function isNews(session: Session, intent: Intent): boolean {
  const { emit } = session.options;
  const { told, from } = session.store.sentFor(intent) ?? {};
  const isNew = !told?.has(emit);
  told?.add(emit);
  return isNew || (from?.deref() === session && !session.stopped);
}
