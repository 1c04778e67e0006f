import { isFinal, type RefundStanding } from '../contract/standing.ts';
import type { Faults } from './draft.ts';
import type { Intent } from './intent-store.ts';
import type { Draft, Opened, Order, Refund, Refusal, Summary } from './model.ts';

export const EMPTY_DRAFT: Draft = { scope: 'part', amount: '', reason: '', note: '' };

interface Common {
  /** Absent while a refund found in storage is shown before the payment has been read. */
  readonly summary?: Summary | undefined;
  readonly draft: Draft;
}

interface Loaded extends Common {
  readonly summary: Summary;
}

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

export interface Vendors extends Dividing {
  readonly at: 'vendors';
  /** A review was asked for while the sum was wrong. */
  readonly faulted?: boolean;
  readonly notice?: Refusal | undefined;
}

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
}

export interface Unknown extends Common {
  readonly at: 'unknown';
  readonly intent: Intent;
  readonly why: 'lost' | 'running' | 'approval' | 'elsewhere';
  readonly checking?: boolean;
  readonly evidence?: Evidence;
}

/** A refund that exists, or the parts of one over several vendors. */
export interface Outcome extends Common {
  /** The standing of the one refund, or `vendors_result`. */
  readonly at: RefundStanding | 'vendors_result';
  readonly refunds: readonly Refund[];
  readonly checking?: boolean;
  /** Unix milliseconds of the last reading that got an answer. */
  readonly checkedAt?: number | undefined;
  /** The last reading got none. */
  readonly stale?: boolean;
}

/** Everything the form can be. Closed: drawing it is exhaustive and throws on anything else. */
export type State =
  | (Common & { readonly at: 'loading' })
  | (Common & { readonly at: 'load_failed'; readonly notice?: Refusal | undefined })
  | (Loaded & { readonly at: 'not_refundable' })
  | (Loaded & { readonly at: 'editing'; readonly faults: Faults; readonly notice?: Refusal | undefined })
  | Review
  | (Common & { readonly at: 'sending'; readonly from: Review | VendorsReview })
  | Vendors
  | VendorsReview
  | Unknown
  | Outcome;

export type Event =
  | { readonly type: 'loading'; readonly draft: Draft }
  | { readonly type: 'loaded'; readonly summary: Summary }
  | { readonly type: 'load_failed'; readonly notice?: Refusal | undefined }
  | { readonly type: 'typed'; readonly draft: Draft; readonly faults: Faults }
  | { readonly type: 'reviewed'; readonly order: Order }
  | { readonly type: 'changed' }
  | { readonly type: 'confirmed' }
  | { readonly type: 'opened'; readonly opened: Opened; readonly order: Order }
  | { readonly type: 'divided'; readonly typed: readonly string[]; readonly faulted?: boolean }
  | { readonly type: 'divided_reviewed'; readonly amounts: readonly bigint[] }
  | { readonly type: 'answered'; readonly refunds: readonly Refund[]; readonly checkedAt?: number }
  | { readonly type: 'refused'; readonly notice: Refusal }
  | { readonly type: 'lost'; readonly intent: Intent; readonly why: Unknown['why'] }
  | { readonly type: 'checking' }
  | { readonly type: 'evidence'; readonly evidence: Evidence }
  | { readonly type: 'checked'; readonly checkedAt?: number | undefined }
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
      return state.at === 'loading' ? { draft, at: 'load_failed', notice: event.notice } : state;
    case 'typed':
      return state.at === 'editing' ? { ...state, draft: event.draft, faults: event.faults } : state;
    case 'reviewed':
      return state.at === 'editing' ? { summary: state.summary, draft, at: 'review', order: event.order } : state;
    case 'changed':
      if (state.at === 'review') return { summary: state.summary, draft, at: 'editing', faults: {} };
      return state.at === 'vendors_review' ? { ...state, at: 'vendors' } : state;
    case 'confirmed':
      return state.at === 'review' || state.at === 'vendors_review' ? { ...common, at: 'sending', from: state } : state;
    case 'opened': {
      const { opened, order } = event;
      return { ...common, at: 'vendors', order, opened, typed: opened.rows.map(() => '') };
    }
    case 'divided':
      return state.at === 'vendors' ? { ...state, typed: event.typed, faulted: event.faulted ?? false } : state;
    case 'divided_reviewed':
      if (state.at !== 'vendors') return state;
      return {
        ...common,
        at: 'vendors_review',
        order: state.order,
        opened: state.opened,
        typed: state.typed,
        amounts: event.amounts,
      };
    case 'answered':
      return { ...common, at: standingOf(event.refunds), refunds: event.refunds, checkedAt: event.checkedAt };
    case 'refused':
      return refused(state, event.notice);
    case 'lost':
      return { ...common, at: 'unknown', intent: event.intent, why: event.why };
    case 'checking':
      return state.at === 'unknown' || 'refunds' in state ? { ...state, checking: true } : state;
    case 'evidence':
      return state.at === 'unknown' ? { ...state, checking: false, evidence: event.evidence } : state;
    case 'checked':
      if (!('refunds' in state)) return state;
      return { ...state, checking: false, stale: !event.checkedAt, checkedAt: event.checkedAt ?? state.checkedAt };
    case 'refund': {
      if (!('refunds' in state)) return state;
      const refunds = state.refunds.map((refund, index) =>
        index === event.index ? changed(refund, event.change) : refund,
      );
      return { ...state, refunds, at: standingOf(refunds) };
    }
    default:
      throw new TypeError(`Unknown event ${JSON.stringify(event satisfies never)}`);
  }
}

/** Whether an answer may still come that changes it. */
export function isOpen({ id, standing }: Refund): boolean {
  return id !== '' && !isFinal(standing as RefundStanding);
}

export function refundsOf(state: State): readonly Refund[] {
  return 'refunds' in state ? state.refunds : [];
}

function loaded(state: State, summary: Summary): State {
  if (state.at !== 'loading') return { ...state, summary };
  const { draft } = state;
  if (summary.notRefundable || !summary.refundable) return { summary, draft, at: 'not_refundable' };
  return { summary, draft, at: 'editing', faults: {} };
}

function refused(state: State, notice: Refusal): State {
  if (state.at !== 'sending' && state.at !== 'unknown') return state;
  const { summary, draft } = state;
  if (state.at === 'sending' && state.from.at === 'vendors_review')
    return { ...state.from, at: 'vendors', summary, notice };
  return summary ? { summary, draft, at: 'editing', faults: {}, notice } : { draft, at: 'load_failed', notice };
}

/** A final standing is never taken back by an answer that was on its way before it. */
function changed(refund: Refund, change: Partial<Refund>): Refund {
  return isOpen(refund) || !change.standing ? { ...refund, ...change } : refund;
}

function standingOf(refunds: readonly Refund[]): Outcome['at'] {
  const [only] = refunds;
  return only && !only.vendor && only.standing !== 'unknown' ? only.standing : 'vendors_result';
}
