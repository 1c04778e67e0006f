import type { PaymentRefund } from '../../contract/payment.ts';
import type { Draft, Refund, Summary } from '../model.ts';
import {
  EMPTY_DRAFT,
  SPENT,
  hasNoAnswer,
  isTyped,
  isUnknown,
  showsPayment,
  toSettle,
  type Decision,
  type Editing,
  type Event,
  type Outcome,
  type Returned,
  type State,
  type Unknown,
  type Vendors,
  type VendorsReview,
} from './state.ts';
import { isBehind, WEIGHT } from './weight.ts';

/**
 * Computes the next state. It is pure. What a person does has no effect in a state that does not offer it, so that a
 * second click does no harm. Answers count in every state: whoever dispatches one looks whether it is still wanted.
 */
export function reduce(state: State, event: Event): State {
  const { draft, summary } = state;
  const common = { draft, summary };
  switch (event.type) {
    case 'loading':
      return { at: 'loading', draft: event.draft };
    case 'loaded':
      return loaded(state, event);
    case 'turned': {
      const { draft: own } = event;
      // Nobody reviews, sends, says or is told what is another one's. What became of the money stays.
      if ('order' in state || showsPayment(state))
        return summary ? formOf(summary, own) : { at: 'loading', draft: own };
      if (state.at === 'sending') return replaced(state, own);
      const { time, silent = false } = ('evidence' in state && state.evidence) || {};
      const evidence = time === undefined ? time : { time, silent };
      const told = { notice: undefined, decision: undefined, another: false, ...(evidence && { evidence }) };
      return { ...state, ...told, draft: own };
    }
    case 'load_failed':
      return state.at === 'loading' ? { draft, at: 'load_failed', failure: event.failure } : state;
    case 'signed_out':
      // What a person states is being written.
      if ((state.at === 'approving' || showsPayment(state)) && state.decision) return state;
      return FORMS.has(state.at) || state.at === 'review' || state.at === 'approving'
        ? { ...common, at: 'signed_out', notice: event.notice ?? ('notice' in state ? state.notice : undefined) }
        : state;
    case 'recounted':
    case 'typed': {
      if (state.at !== 'editing') return state;
      const tries = state.tries + (event.tried ? 1 : 0);
      return { ...state, draft: event.draft, faults: event.faults, tries };
    }
    case 'reviewed':
      return state.at === 'editing' ? { summary: state.summary, draft, at: 'review', order: event.order } : state;
    case 'approving':
      return summary && (FORMS.has(state.at) || state.at === 'awaiting_approval')
        ? { summary, draft, at: 'approving', order: event.order, request: event.request }
        : state;
    case 'deciding':
      return state.at === 'approving' || isUnknown(state) || 'refunds' in state || showsPayment(state)
        ? { ...state, decision: event.decision }
        : state;
    case 'cleared':
      if (state.at === 'sending') return replaced(state, EMPTY_DRAFT);
      return FILLED.has(state.at) && summary ? formOf(summary, EMPTY_DRAFT) : { ...state, draft: EMPTY_DRAFT };
    case 'back':
      if (state.at === 'vendors_review') return dividing(state);
      // Nothing was sent, or only step one, which moves no money: leaving it changes nothing.
      return 'order' in state && summary ? formOf(summary, draft, event) : state;
    case 'shelved': {
      const { notice, draft: own = closed(draft) } = event;
      return isUnknown(state) && summary ? formOf(summary, own, { notice }) : state;
    }
    case 'confirmed':
      return state.at === 'review' || state.at === 'vendors_review' || state.at === 'approving'
        ? { summary, draft: state.at === 'approving' ? draft : EMPTY_DRAFT, at: 'sending', from: state }
        : state;
    case 'unsent':
      return state.at === 'sending' ? state.from : state;
    case 'opened': {
      const { opened, order, draft } = event;
      // Figures that came during the send count this request; the next read does not.
      const reviewed = state.at === 'sending' ? state.from.summary : summary;
      return { summary: reviewed, draft, at: 'vendors', order, opened, tries: 0 };
    }
    case 'divided': {
      if (state.at !== 'vendors') return state;
      const { typed, tried } = event;
      const divided = Object.fromEntries(
        state.opened.rows.map(({ refundRequestId }, index) => [refundRequestId, typed[index]!]),
      );
      return { ...state, draft: { ...draft, divided }, tries: tried ? state.tries + 1 : 0 };
    }
    case 'divided_reviewed': {
      if (state.at !== 'vendors') return state;
      const { order, opened } = state;
      return { ...common, at: 'vendors_review', order, opened, amounts: event.amounts };
    }
    case 'answered': {
      const { refunds, checkedAt, intent } = event;
      const decision = isUnknown(state) ? wordAfter(state) : undefined;
      return { summary, draft: closed(draft, SPENT), at: standingOf(refunds), refunds, checkedAt, intent, decision };
    }
    case 'refused':
      return refused(state, event);
    case 'lost': {
      const { intent, why } = event;
      const { record, evidence: found } = isUnknown(state) ? state : {};
      const evidence = isUnknown(state) && state.intent.key === intent.key ? found : undefined;
      // An own first step goes on after the request of somebody else.
      const own = intent.approves ? draft : closed(draft);
      const decision = state.at === 'approving' ? lostWord(state) : undefined;
      return why === 'approval'
        ? { ...common, at: 'awaiting_approval', intent, why: 'lost', record, evidence }
        : { summary, draft: own, at: 'unknown', intent, why, record, evidence, decision };
    }
    case 'told': {
      if (!isUnknown(state)) return state;
      const { record } = event;
      const decision = record.vendor === state.record?.vendor ? state.decision : lostWord(state);
      return { ...state, record, decision };
    }
    case 'checking':
      if (isUnknown(state)) return { ...state, checking: true };
      return 'refunds' in state ? { ...state, checking: true, asked: event.asked } : state;
    case 'evidence':
      return isUnknown(state) ? { ...state, checking: false, evidence: event.evidence } : state;
    case 'checked': {
      if (!('refunds' in state)) return state;
      const { checkedAt = state.checkedAt, stale } = event;
      return { ...state, checking: false, stale, checkedAt };
    }
    case 'another':
      return 'refunds' in state ? { ...state, another: event.isAsked } : state;
    case 'refund': {
      if (!('refunds' in state)) return state;
      const refunds = state.refunds.map((refund, index) =>
        index === event.index ? changed(refund, event.change, event.isBack) : refund,
      );
      const standings = (of: readonly Refund[]) => of.map(({ standing }) => standing).join();
      // A question belongs to the refund as it was. A read that says the same takes it from nobody who is reading it.
      const isNew = standings(refunds) !== standings(state.refunds);
      const intent = refunds.some(hasNoAnswer) ? state.intent : undefined;
      return {
        ...state,
        refunds,
        intent,
        at: standingOf(refunds),
        ...(isNew && { another: false, decision: undefined }),
      };
    }
    default:
      throw new TypeError(`Unknown event ${JSON.stringify(event satisfies never)}`);
  }
}

/** States in which the figures of the payment decide what is possible. */
const FORMS: ReadonlySet<State['at']> = new Set([
  'loading',
  'editing',
  'not_refundable',
  'read_only',
  'load_failed',
  'signed_out',
]);

/** States in which a person decides about a refund, and nothing was sent. */
const FILLED: ReadonlySet<State['at']> = new Set(['editing', 'review', 'vendors', 'vendors_review']);

function formOf(summary: Summary, draft: Draft, returned: Returned & Partial<Editing> = {}): State {
  const { notice, before, decision, faults = {}, tries = 0 } = returned;
  const common = { summary, draft, notice, before, decision };
  if (summary.notRefundable || !summary.refundable) return { ...common, at: 'not_refundable' };
  return summary.permission?.refund === false
    ? { ...common, at: 'read_only' }
    : { ...common, at: 'editing', faults, tries };
}

/** Without its first step. The same object otherwise: it is known by that if it was sent from another form. */
function closed(draft: Draft, spent: Partial<typeof SPENT> = { opening: undefined }): Draft {
  return draft.opening || draft.divided ? { ...draft, ...spent } : draft;
}

/** The same request is being sent, and what comes back if nothing comes of it is another text. */
function replaced(state: Extract<State, { at: 'sending' }>, draft: Draft): State {
  return { ...state, draft, from: { ...state.from, draft } };
}

function loaded(state: State, { summary, draft = state.draft }: Extract<Event, { type: 'loaded' }>): State {
  if (FORMS.has(state.at)) {
    const { decision } = state as Partial<Editing>;
    const asked = partOf(toSettle(state.summary));
    const stays = partOf(toSettle(summary)) === asked;
    // An older one that nobody knows is asked about first, and what was written of this one waits.
    const isOpen = summary.refunds?.some((one) => one.standing === 'unknown' && partOf(one) === asked);
    // Of what it says came to nothing, the provider has made a refund all the same.
    const isWrong = summary.refunds?.some(({ contradiction }) => contradiction);
    const returned = {
      ...(state as Partial<Editing>),
      decision: stays ? decision : isOpen ? undefined : lostWord(state),
    };
    return formOf(summary, draft, isWrong ? { ...returned, notice: undefined } : returned);
  }
  // Whoever declines a request does not decide by the figures, and is writing a reason.
  if (state.at === 'approving' && state.decision && waits(state.request.idempotency_key, summary.refunds)) return state;
  // Whoever may not refund divides nothing, also where somebody else has approved the first step since.
  if ('opened' in state && summary.permission?.refund === false)
    return formOf(summary, draft, { before: state.summary });
  if (state.at === 'review' || state.at === 'approving')
    return hasChanged(state.summary, summary) ? formOf(summary, draft, { before: state.summary }) : state;
  if (state.at === 'vendors_review') {
    return state.summary && hasChanged(state.summary, summary)
      ? { ...dividing(state), summary, before: state.summary }
      : state;
  }
  // The division does not show the figures: show the reviewed ones beside the current ones.
  return state.at === 'vendors' ? { ...state, summary, before: state.before ?? state.summary } : { ...state, summary };
}

/** What a person was saying was about what is settled by now. */
function lostWord(state: State): Decision | undefined {
  const { decision } = state as Partial<Editing>;
  // Of what was sent, and had no answer, nobody knows whether it was recorded.
  const isUnsent = decision === 'asked' || decision === 'incomplete';
  return isUnsent ? 'overruled' : undefined;
}

/** The same once the request is over, also if somebody else has decided about it before. */
function wordAfter(state: Unknown): Decision | undefined {
  return state.decision === 'overruled' ? 'overruled' : lostWord(state);
}

function partOf({ intent_id, vendor }: Partial<PaymentRefund> = {}): string {
  return `${intent_id} ${vendor}`;
}

/** Whether the request with this key still waits for a decision. */
export function waits(key: string | null | undefined, refunds: Summary['refunds'] = []): boolean {
  return refunds.some(({ idempotency_key, standing }) => idempotency_key === key && standing === 'awaiting_approval');
}

/** Whether a change of the payment matters for the decision about a refund. */
export function hasChanged(before: Summary, now: Summary): boolean {
  const [then, permission] = [before.permission, now.permission];
  // What was not told before has not changed.
  const isNew = (before.attemptId ?? undefined) === undefined;
  const differs = (name: (typeof FIGURES)[number]) => (before[name] ?? undefined) !== (now[name] ?? undefined);
  return (
    FIGURES.some((name) => differs(name) && !(isNew && name === 'attemptId')) ||
    (then?.refund ?? true) !== (permission?.refund ?? true)
  );
}

/** In the order in which they are shown. */
export const AMOUNTS = ['captured', 'refunded', 'pending', 'refundable'] as const;
const FIGURES = [...AMOUNTS, 'currency', 'notRefundable', 'attemptId', 'approvalAbove'] as const;

function dividing({ summary, draft, order, opened }: VendorsReview): Vendors {
  return { summary, draft, at: 'vendors', order, opened, tries: 0 };
}

function refused(state: State, { notice, draft: typed }: Extract<Event, { type: 'refused' }>): State {
  if (state.at !== 'sending' && !isUnknown(state)) return state;
  const { summary } = state;
  if (state.at === 'sending') {
    const { from } = state;
    const draft = typed ?? from.draft;
    const returned = notice && { notice, before: from.summary };
    // The limits of the vendors are known only by another first step.
    const isOver = notice?.code === 'amount_above_refundable';
    return from.at === 'vendors_review' && notice && isTyped(draft) && !isOver
      ? { ...dividing(from), ...returned, draft, summary }
      : formOf(summary ?? from.summary!, draft, returned);
  }
  const draft = typed ?? state.draft;
  return summary
    ? formOf(summary, draft, notice && { notice, decision: wordAfter(state) })
    : { draft, at: 'load_failed', failure: { why: 'refused', notice } };
}

function changed(refund: Refund, change: Partial<Refund>, isBack?: boolean): Refund {
  const { standing } = change;
  if (standing && isBehind(refund.standing, standing) && !isBack) return refund;
  // Whoever asked for the cancel whose answer was lost: it is carried out, or came too late.
  return { ...refund, ...change, ...(standing && WEIGHT[standing] && { cancelStep: undefined }) };
}

function standingOf(refunds: readonly Refund[]): Outcome['at'] {
  const [only] = refunds;
  return only && !only.vendor && only.standing !== 'unknown' ? only.standing : 'vendors_result';
}
