import { isFinal, type RefundStanding } from '../contract/standing.ts';
import type { Faults } from './draft.ts';
import type { Intent } from './intent-store.ts';
import type { Draft, Opened, Order, Refund, Refusal, Summary, Tracked, VendorLine } from './model.ts';

export const EMPTY_DRAFT: Draft = { scope: 'part', amount: '', reason: '', note: '' };

interface Common {
  /** Absent while a refund found in storage is shown before the payment has been read. */
  readonly summary?: Summary | undefined;
  readonly draft: Draft;
}

interface Loaded extends Common {
  readonly summary: Summary;
}

/** Reading the status: what a person may see of it. */
export interface Watch {
  readonly checking: boolean;
  /** Unix milliseconds of the last answer. */
  readonly checkedAt?: number | undefined;
  /** The last reading got no answer. */
  readonly failed?: boolean;
}

export interface Review extends Loaded {
  readonly at: 'review';
  readonly order: Order;
}

export interface Vendors extends Common {
  readonly at: 'vendors';
  readonly order: Order;
  readonly opened: Opened;
  readonly typed: readonly string[];
  /** The sum was asked to be reviewed and was wrong. */
  readonly faulted?: boolean;
  readonly notice?: Refusal | undefined;
}

export interface VendorsReview extends Omit<Vendors, 'at'> {
  readonly at: 'vendors_review';
  /** Minor units, one a row. */
  readonly amounts: readonly bigint[];
}

/** What a check of an unknown refund has brought to light. */
export interface Evidence {
  readonly at: number;
  readonly refusal?: Refusal | undefined;
  readonly noteWrong?: boolean;
  /** Decimal string: what can be refunded now. */
  readonly refundable?: string | undefined;
  /** How many refunds the provider lists. */
  readonly count?: number | undefined;
}

export interface Unknown extends Common {
  readonly at: 'unknown';
  readonly intent: Intent;
  readonly why: 'lost' | 'running' | 'elsewhere';
  readonly checking: boolean;
  readonly evidence?: Evidence | undefined;
}

export interface Outcome extends Common {
  readonly at: RefundStanding;
  readonly tracked: Tracked;
  readonly watch: Watch;
}

export interface VendorsResult extends Common {
  readonly at: 'vendors_result';
  readonly lines: readonly VendorLine[];
  readonly watch: Watch;
}

/** Everything the form can be. Closed: drawing it is exhaustive and throws on anything else. */
export type State =
  | { readonly at: 'loading'; readonly draft: Draft }
  | { readonly at: 'load_failed'; readonly draft: Draft; readonly refusal?: Refusal | undefined }
  | (Loaded & { readonly at: 'not_refundable' })
  | (Loaded & { readonly at: 'editing'; readonly faults: Faults; readonly notice?: Refusal | undefined })
  | Review
  | { readonly at: 'sending'; readonly from: Review | VendorsReview; readonly summary?: Summary | undefined; readonly draft: Draft }
  | Vendors
  | VendorsReview
  | Unknown
  | Outcome
  | VendorsResult;

export type Event =
  | { readonly type: 'loading'; readonly draft: Draft }
  | { readonly type: 'loaded'; readonly summary: Summary }
  | { readonly type: 'load_failed'; readonly refusal?: Refusal | undefined }
  | { readonly type: 'typed'; readonly draft: Draft; readonly faults: Faults }
  | { readonly type: 'faulted'; readonly faults: Faults }
  | { readonly type: 'reviewed'; readonly order: Order }
  | { readonly type: 'changed' }
  | { readonly type: 'confirmed' }
  | { readonly type: 'tracked'; readonly tracked: Tracked; readonly now?: number | undefined }
  | { readonly type: 'opened'; readonly opened: Opened; readonly order: Order }
  | { readonly type: 'vendors_typed'; readonly typed: readonly string[] }
  | { readonly type: 'vendors_faulted' }
  | { readonly type: 'vendors_reviewed'; readonly amounts: readonly bigint[] }
  | { readonly type: 'lines'; readonly lines: readonly VendorLine[]; readonly now?: number | undefined }
  | { readonly type: 'refused'; readonly refusal: Refusal }
  | { readonly type: 'lost'; readonly intent: Intent; readonly why: Unknown['why'] }
  | { readonly type: 'checking' }
  | { readonly type: 'evidence'; readonly evidence: Evidence }
  | { readonly type: 'watched'; readonly failed: boolean; readonly now: number }
  | { readonly type: 'status'; readonly index: number; readonly refund: Refund }
  | { readonly type: 'cancel'; readonly index: number; readonly change: Omit<Tracked, 'refund'> };

/** The next state. Pure; an event that means nothing in a state leaves it as it is, so that a late answer or a second click does no harm. */
export function reduce(state: State, event: Event): State {
  switch (event.type) {
    case 'loading':
      return { at: 'loading', draft: event.draft };
    case 'loaded':
      return loaded(state, event.summary);
    case 'load_failed':
      return state.at === 'loading' ? { at: 'load_failed', draft: state.draft, refusal: event.refusal } : state;
    case 'typed':
      return state.at === 'editing' ? { ...state, draft: event.draft, faults: event.faults } : state;
    case 'faulted':
      return state.at === 'editing' ? { ...state, faults: event.faults } : state;
    case 'reviewed':
      if (state.at !== 'editing') return state;
      return { at: 'review', summary: state.summary, draft: state.draft, order: event.order };
    case 'changed':
      if (state.at === 'review') return { at: 'editing', summary: state.summary, draft: state.draft, faults: {} };
      return state.at === 'vendors_review' ? toVendors(state) : state;
    case 'confirmed':
      if (state.at !== 'review' && state.at !== 'vendors_review') return state;
      return { at: 'sending', from: state, summary: state.summary, draft: state.draft };
    case 'tracked':
      return outcome(state, event.tracked, { checking: false, checkedAt: event.now });
    case 'opened':
      return { ...common(state), at: 'vendors', order: event.order, opened: event.opened, typed: event.opened.rows.map(() => '') };
    case 'vendors_typed':
      return state.at === 'vendors' ? { ...state, typed: event.typed } : state;
    case 'vendors_faulted':
      return state.at === 'vendors' ? { ...state, faulted: true } : state;
    case 'vendors_reviewed':
      return state.at === 'vendors' ? { ...state, at: 'vendors_review', amounts: event.amounts } : state;
    case 'lines':
      return { ...common(state), at: 'vendors_result', lines: event.lines, watch: { checking: false, checkedAt: event.now } };
    case 'refused':
      return refused(state, event.refusal);
    case 'lost':
      return { ...common(state), at: 'unknown', intent: event.intent, why: event.why, checking: false };
    case 'checking':
      if (state.at === 'unknown') return { ...state, checking: true };
      return 'watch' in state ? { ...state, watch: { ...state.watch, checking: true } } : state;
    case 'evidence':
      return state.at === 'unknown' ? { ...state, checking: false, evidence: event.evidence } : state;
    case 'watched': {
      if (!('watch' in state)) return state;
      const checkedAt = event.failed ? state.watch.checkedAt : event.now;
      return { ...state, watch: { checking: false, checkedAt, failed: event.failed } };
    }
    case 'status':
      return onTracked(state, event.index, (tracked) => withStatus(tracked, event.refund));
    case 'cancel':
      return onTracked(state, event.index, ({ refund }) => ({ refund, ...event.change }));
    default:
      throw new TypeError(`Unknown event ${JSON.stringify(event satisfies never)}`);
  }
}

/** The refunds a state follows, in the order of their index. */
export function trackedOf(state: State): readonly (Tracked | undefined)[] {
  if (state.at === 'vendors_result') return state.lines.map(({ tracked }) => tracked);
  return 'tracked' in state ? [state.tracked] : [];
}

function loaded(state: State, summary: Summary): State {
  if (state.at === 'sending') return { ...state, summary };
  if (state.at !== 'loading') return 'summary' in state || 'watch' in state || state.at === 'unknown' ? { ...state, summary } : state;
  const { draft } = state;
  if (summary.notRefundable || summary.refundable === 0n) return { at: 'not_refundable', summary, draft };
  return { at: 'editing', summary, draft, faults: {} };
}

function refused(state: State, refusal: Refusal): State {
  if (state.at === 'sending' && state.from.at === 'vendors_review') {
    return { ...toVendors(state.from), summary: state.summary, notice: refusal };
  }
  if (state.at !== 'sending' && state.at !== 'unknown') return state;
  const { summary, draft } = state;
  if (!summary) return { at: 'load_failed', draft, refusal };
  return { at: 'editing', summary, draft, faults: {}, notice: refusal };
}

function outcome(state: State, tracked: Tracked, watch: Watch): Outcome {
  return { ...common(state), at: tracked.refund.standing, tracked, watch };
}

function toVendors({ summary, draft, order, opened, typed }: VendorsReview): Vendors {
  return { at: 'vendors', summary, draft, order, opened, typed };
}

function common(state: State): Common {
  return { draft: state.draft, summary: 'summary' in state ? state.summary : undefined };
}

/** A final standing is never taken back by an answer that was on its way before it. */
function withStatus(tracked: Tracked, refund: Refund): Tracked {
  if (isFinal(tracked.refund.standing) && !isFinal(refund.standing)) return tracked;
  return isFinal(refund.standing) ? { refund } : { ...tracked, refund };
}

function onTracked(state: State, index: number, change: (tracked: Tracked) => Tracked): State {
  if (state.at === 'vendors_result') {
    const lines = state.lines.map((line, at) =>
      at === index && line.tracked ? { ...line, tracked: change(line.tracked) } : line,
    );
    return { ...state, lines };
  }
  return 'tracked' in state ? outcome(state, change(state.tracked), state.watch) : state;
}
