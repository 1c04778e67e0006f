import type { PaymentRefund, PaymentRefundStanding } from '../contract/payment.ts';
import { canStillChange, isFinal, type RefundStanding } from '../contract/standing.ts';
import type { Faults } from './draft.ts';
import type { Intent } from './intent-store.ts';
import type { Draft, Failure, Opened, Order, Refund, Refusal, Summary } from './model.ts';

export const EMPTY_DRAFT: Draft = { scope: 'part', amount: '', reason: '', note: '' };

interface Common {
  /** Absent while a refund found in storage is shown before the payment has been read. */
  readonly summary?: Summary | undefined;
  readonly draft: Draft;
}

interface Loaded extends Common {
  readonly summary: Summary;
}

/** What stands above a form that came back from a later state. */
interface Returned {
  /** Why the last try came to nothing. */
  readonly notice?: Refusal | undefined;
  /** The payment as it was when the review opened, where it has changed since. */
  readonly before?: Summary | undefined;
}

export interface Editing extends Loaded, Returned {
  readonly at: 'editing';
  readonly faults: Faults;
  /** How many reviews found faults: each is announced anew. */
  readonly tries: number;
}

/** `summary` is what the admin saw when the review opened. It never changes: another one ends the review. */
export interface Review extends Loaded {
  readonly at: 'review';
  readonly order: Order;
}

interface Dividing extends Common {
  readonly order: Order;
  readonly opened: Opened;
  /** One a vendor. */
  readonly typed: readonly string[];
}

export interface Vendors extends Dividing, Returned {
  readonly at: 'vendors';
  /** How many reviews were asked for while the amounts were wrong. */
  readonly tries: number;
}

/** `summary` is what the admin saw when this review opened. */
export interface VendorsReview extends Dividing {
  readonly at: 'vendors_review';
  /** Minor units, one a vendor. */
  readonly amounts: readonly bigint[];
}

/** What a check of an unknown refund has brought to light. */
export interface Evidence {
  /** Unix milliseconds. */
  readonly time: number;
  readonly refusal?: Refusal | undefined;
  readonly noteWrong?: boolean;
  /** The check got no answer at all. */
  readonly silent?: boolean;
}

/** `awaiting_approval`: nothing is sent before a second person agrees. */
export interface Unknown extends Common {
  readonly at: 'unknown' | 'awaiting_approval';
  readonly intent: Intent;
  readonly why: 'lost' | 'running' | 'elsewhere' | 'signed_out';
  readonly checking?: boolean;
  readonly evidence?: Evidence | undefined;
  /** What the summary says of this intent. */
  readonly told?: PaymentRefund | undefined;
}

/** A refund that exists, or the parts of one over several vendors. */
export interface Outcome extends Common {
  /** The standing of the one refund, or `vendors_result`. */
  readonly at: RefundStanding | 'vendors_result';
  readonly refunds: readonly Refund[];
  /** The request whose answer left a part unknown. */
  readonly intent?: Intent | undefined;
  readonly checking?: boolean;
  /** Unix milliseconds of the last reading that got an answer. */
  readonly checkedAt?: number | undefined;
  /** Why the last reading got none. */
  readonly stale?: 'no_answer' | 'signed_out' | undefined;
  /** Another refund was asked for while this one is not over, and must be confirmed. */
  readonly another?: boolean;
}

/** Everything the form can be. Closed: drawing it is exhaustive and throws on anything else. */
export type State =
  | (Common & { readonly at: 'loading' })
  | (Common & { readonly at: 'load_failed'; readonly failure: Failure })
  | (Common & { readonly at: 'signed_out'; readonly notice?: Refusal | undefined })
  | (Loaded & Returned & { readonly at: 'not_refundable' })
  | Editing
  | Review
  | (Common & { readonly at: 'sending'; readonly from: Review | VendorsReview })
  | Vendors
  | VendorsReview
  | Unknown
  | Outcome;

export type Event =
  | { readonly type: 'loading'; readonly draft: Draft }
  | { readonly type: 'loaded'; readonly summary: Summary }
  | { readonly type: 'load_failed'; readonly failure: Failure }
  | { readonly type: 'signed_out'; readonly notice?: Refusal | undefined }
  | { readonly type: 'typed'; readonly draft: Draft; readonly faults: Faults; readonly tried?: boolean }
  | { readonly type: 'reviewed'; readonly order: Order }
  | { readonly type: 'changed' }
  | { readonly type: 'back' }
  | { readonly type: 'confirmed' }
  | { readonly type: 'unsent' }
  | { readonly type: 'opened'; readonly opened: Opened; readonly order: Order }
  | { readonly type: 'divided'; readonly typed: readonly string[]; readonly tried?: boolean }
  | { readonly type: 'divided_reviewed'; readonly amounts: readonly bigint[] }
  | {
      readonly type: 'answered';
      readonly refunds: readonly Refund[];
      readonly checkedAt?: number | undefined;
      readonly intent?: Intent | undefined;
    }
  | { readonly type: 'refused'; readonly notice: Refusal }
  | { readonly type: 'lost'; readonly intent: Intent; readonly why: Unknown['why'] | 'approval' }
  | { readonly type: 'told'; readonly told: PaymentRefund }
  | { readonly type: 'checking' }
  | { readonly type: 'evidence'; readonly evidence: Evidence }
  | { readonly type: 'checked'; readonly checkedAt?: number | undefined; readonly stale?: Outcome['stale'] }
  | { readonly type: 'another'; readonly asked: boolean }
  | { readonly type: 'refund'; readonly index: number; readonly change: Partial<Refund> };

/** The next state. Pure; an event that means nothing in a state leaves it as it is, so that a late answer or a second click does no harm. */
export function reduce(state: State, event: Event): State {
  const { draft, summary } = state;
  const common = { draft, summary };
  switch (event.type) {
    case 'loading':
      return { at: 'loading', draft: event.draft };
    case 'loaded':
      return loaded(state, event.summary);
    case 'load_failed':
      return state.at === 'loading' ? { draft, at: 'load_failed', failure: event.failure } : state;
    case 'signed_out':
      return isForm(state) || state.at === 'loading' || state.at === 'review'
        ? { ...common, at: 'signed_out', notice: event.notice ?? ('notice' in state ? state.notice : undefined) }
        : state;
    case 'typed': {
      if (state.at !== 'editing') return state;
      const tries = state.tries + (event.tried ? 1 : 0);
      return { ...state, draft: event.draft, faults: event.faults, tries };
    }
    case 'reviewed':
      return state.at === 'editing' ? { summary: state.summary, draft, at: 'review', order: event.order } : state;
    case 'changed':
      if (state.at === 'review') return formOf(state.summary, draft);
      return state.at === 'vendors_review' ? dividing(state) : state;
    case 'back':
      // Step one moved no money: leaving it leaves nothing behind.
      return state.at === 'vendors' && summary ? formOf(summary, draft) : state;
    case 'confirmed':
      return state.at === 'review' || state.at === 'vendors_review' ? { ...common, at: 'sending', from: state } : state;
    case 'unsent':
      return state.at === 'sending' ? state.from : state;
    case 'opened': {
      const { opened, order } = event;
      return { ...common, at: 'vendors', order, opened, typed: opened.rows.map(() => ''), tries: 0 };
    }
    case 'divided':
      if (state.at !== 'vendors') return state;
      return { ...state, typed: event.typed, tries: event.tried ? state.tries + 1 : 0 };
    case 'divided_reviewed': {
      if (state.at !== 'vendors') return state;
      const { order, opened, typed } = state;
      return { ...common, at: 'vendors_review', order, opened, typed, amounts: event.amounts };
    }
    case 'answered': {
      const { refunds, checkedAt, intent } = event;
      return { ...common, at: standingOf(refunds), refunds, checkedAt, intent };
    }
    case 'refused':
      return refused(state, event.notice);
    case 'lost': {
      const { intent, why } = event;
      const told = 'told' in state ? state.told : undefined;
      return why === 'approval'
        ? { ...common, at: 'awaiting_approval', intent, why: 'lost', told }
        : { ...common, at: 'unknown', intent, why, told };
    }
    case 'told':
      return isUnknown(state) ? { ...state, told: event.told } : state;
    case 'checking':
      return isUnknown(state) || 'refunds' in state ? { ...state, checking: true } : state;
    case 'evidence':
      return isUnknown(state) ? { ...state, checking: false, evidence: event.evidence } : state;
    case 'checked': {
      if (!('refunds' in state)) return state;
      const { checkedAt = state.checkedAt, stale } = event;
      return { ...state, checking: false, stale, checkedAt };
    }
    case 'another':
      return 'refunds' in state ? { ...state, another: event.asked } : state;
    case 'refund': {
      if (!('refunds' in state)) return state;
      const refunds = state.refunds.map((refund, index) =>
        index === event.index ? changed(refund, event.change) : refund,
      );
      // What was asked about a refund that was not over is asked of another one now.
      return { ...state, refunds, at: standingOf(refunds), another: false };
    }
    default:
      throw new TypeError(`Unknown event ${JSON.stringify(event satisfies never)}`);
  }
}

export function isUnknown(state: State): state is Unknown {
  return state.at === 'unknown' || state.at === 'awaiting_approval';
}

/** Whether an answer is awaited that settles it. */
export function isOpen({ id, standing }: Refund): boolean {
  return id !== '' && !isFinal(standing as RefundStanding);
}

/** Whether it may become another one by itself: a refund that succeeded can be reversed. */
export function canChange(refund: Refund): boolean {
  const { id, standing } = refund;
  return id !== '' && standing !== 'unknown' && canStillChange(standing);
}

/** Whether nobody can say what became of it: no other refund is offered beside it. */
export function isUnclear({ standing, cancelStep }: Refund): boolean {
  return standing === 'unknown' || standing === 'unrecognised' || cancelStep === 'unknown' || cancelStep === 'sending';
}

export function refundsOf(state: State): readonly Refund[] {
  return 'refunds' in state ? state.refunds : [];
}

/** States in which the payment's own figures decide what can be done. */
function isForm(
  state: State,
): state is Extract<State, { at: 'editing' | 'not_refundable' | 'load_failed' | 'signed_out' }> {
  return (['editing', 'not_refundable', 'load_failed', 'signed_out'] as State['at'][]).includes(state.at);
}

function formOf(summary: Summary, draft: Draft, returned: Returned & Partial<Editing> = {}): State {
  const { notice, before, faults = {}, tries = 0 } = returned;
  const common = { summary, draft, notice, before };
  return summary.notRefundable || !summary.refundable
    ? { ...common, at: 'not_refundable' }
    : { ...common, at: 'editing', faults, tries };
}

function loaded(state: State, summary: Summary): State {
  const { draft } = state;
  if (state.at === 'loading' || isForm(state)) return formOf(summary, draft, state as Returned);
  if (state.at === 'review')
    return hasChanged(state.summary, summary) ? formOf(summary, draft, { before: state.summary }) : state;
  if (state.at === 'vendors_review') {
    return state.summary && hasChanged(state.summary, summary)
      ? { ...dividing(state), summary, before: state.summary }
      : state;
  }
  return { ...state, summary };
}

/** Whether the payment is another one for whoever decides about a refund of it. */
export function hasChanged(before: Summary, now: Summary): boolean {
  return FIGURES.some((name) => before[name] !== now[name]);
}

const FIGURES = ['currency', 'captured', 'refunded', 'pending', 'refundable', 'notRefundable', 'attemptId'] as const;

function dividing({ summary, draft, order, opened, typed }: VendorsReview): Vendors {
  return { summary, draft, at: 'vendors', order, opened, typed, tries: 0 };
}

function refused(state: State, notice: Refusal): State {
  if (state.at !== 'sending' && !isUnknown(state)) return state;
  const { summary, draft } = state;
  if (state.at === 'sending') {
    const { from } = state;
    if (from.at === 'vendors_review') return { ...dividing(from), summary, notice, before: from.summary };
    return formOf(summary ?? from.summary, draft, { notice, before: from.summary });
  }
  return summary
    ? formOf(summary, draft, { notice })
    : { draft, at: 'load_failed', failure: { why: 'refused', notice } };
}

/** How much a standing says. An answer that was on its way before a later one never takes that back. */
const WEIGHT: Readonly<Record<PaymentRefundStanding, number>> = {
  unknown: 0,
  unrecognised: 0,
  pending: 0,
  succeeded: 1,
  failed: 1,
  cancelled: 1,
  reversing: 2,
  reversed: 3,
};

function changed(refund: Refund, change: Partial<Refund>): Refund {
  const { standing } = change;
  return standing && WEIGHT[standing] < WEIGHT[refund.standing] ? refund : { ...refund, ...change };
}

function standingOf(refunds: readonly Refund[]): Outcome['at'] {
  const [only] = refunds;
  return only && !only.vendor && only.standing !== 'unknown' ? only.standing : 'vendors_result';
}
