import type { PaymentCancel, PaymentRefund } from '../../contract/payment.ts';
import { canStillChange, isFinal, type RefundStanding } from '../../contract/standing.ts';
import type { Faults } from './draft.ts';
import type { Intent } from './stored.ts';
import type { Draft, Failure, Opened, RefundRequest, Refund, Refusal, Summary } from '../model.ts';

export const EMPTY_DRAFT: Draft = { scope: 'part', reason: '', note: '' };

/** The provider compares a division with the limits that it gave last, so after each one it has to give them anew. */
export const SPENT = { opening: undefined, divided: undefined };

/** Whether a person has begun to fill it in. What the page gives for the amount is not typed. */
export function isTyped({ scope, amount, quantities, reason, note }: Draft): boolean {
  return scope !== 'part' || !!(amount || quantities || reason || note);
}

interface Common {
  /** Undefined while a stored refund is shown before the payment has been read. */
  readonly summary?: Summary | undefined;
  readonly draft: Draft;
}

interface Loaded extends Common {
  readonly summary: Summary;
}

/** The notice above a form that a later state has returned to. */
export interface Returned {
  /** Why the last try came to nothing. */
  readonly notice?: Refusal | undefined;
  /** The payment when the review opened, if it has changed since. */
  readonly before?: Summary | undefined;
}

export interface Editing extends Loaded, Returned, Decidable {
  readonly at: 'editing';
  readonly faults: Faults;
  /** How many reviews found faults: each one is announced. */
  readonly tries: number;
}

/** `summary` is what the admin saw when the review opened. It never changes: a new one ends the review. */
export interface Review extends Loaded {
  readonly at: 'review';
  readonly order: RefundRequest;
}

/**
 * A person's word about a request. `incomplete`: something is still to be filled in. A refusal: it was not recorded, as
 * far as is known.
 */
export type Decision = 'asked' | 'incomplete' | 'busy' | 'overruled' | Refusal;

interface Decidable {
  readonly decision?: Decision | undefined;
}

/** The request of somebody else, for a second person. A `decision` asks why it is declined. Like a review it never changes. */
export interface Approving extends Loaded, Decidable {
  readonly at: 'approving';
  readonly order: RefundRequest;
  readonly request: PaymentRefund;
}

interface Dividing extends Common {
  readonly order: RefundRequest;
  readonly opened: Opened;
}

export interface Vendors extends Dividing, Returned {
  readonly at: 'vendors';
  /** How many reviews were requested with wrong amounts. */
  readonly tries: number;
}

/** `summary` is what the admin saw when this review opened. */
export interface VendorsReview extends Dividing {
  readonly at: 'vendors_review';
  /** Minor units, one for each vendor. */
  readonly amounts: readonly bigint[];
}

/** The result of checking an unknown refund. */
export interface Evidence {
  /** Unix milliseconds. */
  readonly time: number;
  readonly refusal?: Refusal | undefined;
  readonly noteWrong?: boolean;
  /** The check got no answer at all. */
  readonly silent?: boolean;
}

/** `awaiting_approval`: nothing is sent before a second person approves. */
export interface Unknown extends Common, Decidable {
  readonly at: 'unknown' | 'awaiting_approval';
  readonly intent: Intent;
  readonly why: 'lost' | 'running' | 'elsewhere' | 'signed_out';
  readonly checking?: boolean;
  readonly evidence?: Evidence | undefined;
  /** What the summary says of this intent. */
  readonly record?: PaymentRefund | undefined;
}

/** An existing refund, or its parts over several vendors. */
export interface Outcome extends Common, Decidable {
  /** The standing of the one refund, or `vendors_result`. */
  readonly at: RefundStanding | 'vendors_result';
  readonly refunds: readonly Refund[];
  /** The request whose answer left a part unknown, as long as one is. */
  readonly intent?: Intent | undefined;
  readonly checking?: boolean;
  /** Whether a person asked for the last check: its result is announced. */
  readonly asked?: boolean | undefined;
  /** When the last read succeeded. Unix milliseconds. */
  readonly checkedAt?: number | undefined;
  /** Why the last read failed. */
  readonly stale?: 'no_answer' | 'signed_out' | undefined;
  /** Another refund was requested while this one is open, and must be confirmed. */
  readonly another?: boolean;
}

/** Every state of the form. The set is closed: a view that leaves one out does not compile. */
export type State =
  | (Common & { readonly at: 'loading' })
  | (Common & { readonly at: 'load_failed'; readonly failure: Failure })
  | (Common & { readonly at: 'signed_out'; readonly notice?: Refusal | undefined })
  /** `read_only`: this user may not refund. */
  | (Loaded & Returned & Decidable & { readonly at: 'not_refundable' | 'read_only' })
  | Editing
  | Review
  | Approving
  | (Common & { readonly at: 'sending'; readonly from: Review | VendorsReview | Approving })
  | Vendors
  | VendorsReview
  | Unknown
  | Outcome;

export type Event =
  | { readonly type: 'loading'; readonly draft: Draft }
  | { readonly type: 'loaded'; readonly summary: Summary; readonly draft?: Draft | undefined }
  /** Somebody else has signed in, who has typed this. */
  | { readonly type: 'turned'; readonly draft: Draft }
  | { readonly type: 'load_failed'; readonly failure: Failure }
  | { readonly type: 'signed_out'; readonly notice?: Refusal | undefined }
  | { readonly type: 'typed' | 'recounted'; readonly draft: Draft; readonly faults: Faults; readonly tried?: boolean }
  | { readonly type: 'reviewed'; readonly order: RefundRequest }
  | { readonly type: 'approving'; readonly order: RefundRequest; readonly request: PaymentRefund }
  | { readonly type: 'deciding'; readonly decision?: Decision | undefined }
  | { readonly type: 'cleared' }
  | { readonly type: 'back'; readonly notice?: Refusal }
  /** What is unknown is left to somebody else, or is over. */
  | { readonly type: 'shelved'; readonly notice?: Refusal | undefined; readonly draft?: Draft | undefined }
  | { readonly type: 'confirmed' }
  | { readonly type: 'unsent' }
  | {
      readonly type: 'opened';
      readonly opened: Opened;
      readonly order: RefundRequest;
      /** What was asked for, with its first step as `opening`. */
      readonly draft: Draft;
    }
  | { readonly type: 'divided'; readonly typed: readonly string[]; readonly tried?: boolean }
  | { readonly type: 'divided_reviewed'; readonly amounts: readonly bigint[] }
  | {
      readonly type: 'answered';
      readonly refunds: readonly Refund[];
      readonly checkedAt?: number | undefined;
      readonly intent?: Intent | undefined;
    }
  /** Without a notice: it was the request of somebody else. Without a draft: of what was reviewed. */
  | { readonly type: 'refused'; readonly notice?: Refusal | undefined; readonly draft?: Draft | undefined }
  | { readonly type: 'lost'; readonly intent: Intent; readonly why: Unknown['why'] | 'approval' }
  | { readonly type: 'told'; readonly record: PaymentRefund }
  | { readonly type: 'checking'; readonly asked?: boolean }
  | { readonly type: 'evidence'; readonly evidence: Evidence }
  | { readonly type: 'checked'; readonly checkedAt?: number | undefined; readonly stale?: Outcome['stale'] }
  | { readonly type: 'another'; readonly isAsked: boolean }
  | {
      readonly type: 'refund';
      readonly index: number;
      readonly change: Partial<Refund>;
      /** Whether it may say less than what is known: that was contradicted. */
      readonly isBack?: boolean;
    };

export function isUnknown(state: State): state is Unknown {
  return state.at === 'unknown' || state.at === 'awaiting_approval';
}

/** States that show the payment itself. */
export function showsPayment(state: State): state is Editing | Extract<State, { at: 'not_refundable' | 'read_only' }> {
  return state.at === 'editing' || state.at === 'not_refundable' || state.at === 'read_only';
}

/** Whether the proxy is sending it at this moment. */
export function isSending(refund: PaymentRefund | undefined): boolean {
  return /sending/.test(refund?.state ?? '');
}

/** A request of which a person may say what became of it: the part of a refund, or a cancel. */
export type Unsettled = PaymentRefund | PaymentCancel;

/** A cancel holds no amount: its refund does. */
export function isRefund(one: Unsettled): one is PaymentRefund {
  return 'amount' in one;
}

/**
 * The one that a person may settle next: the oldest one whose outcome is unknown, and that was sent. While it is sent again,
 * or another one becomes unknown, it stays, with the words that somebody is writing. `key`: of this request alone.
 */
export function unsettled({ refunds = [], cancels = [] }: Partial<Summary> = {}, key?: string): Unsettled | undefined {
  // A cancel that was carried out is unknown again with its refund, which is the one to settle.
  const open = cancels.filter(({ state }) => state !== 'succeeded');
  return [...refunds, ...open]
    .toSorted((one, other) => madeAt(one) - madeAt(other))
    .find(
      ({ standing, intent_id, state, idempotency_key }) =>
        standing === 'unknown' && intent_id && state !== 'sending' && (key === undefined || idempotency_key === key),
    );
}

/** Unix milliseconds; 0 where nobody knows. */
export function madeAt({ create_time: time }: Pick<PaymentRefund, 'create_time'>): number {
  return Date.parse(time ?? '') || 0;
}

/** The one that this user may settle next, whoever sent it. */
export function toSettle(summary: Summary | undefined): Unsettled | undefined {
  return summary?.permission?.resolve ? unsettled(summary) : undefined;
}

/** Whether a pending answer will settle it. */
export function isOpen({ id, standing }: Refund): boolean {
  return id !== '' && !isFinal(standing as RefundStanding);
}

/** Whether there is something to give a receipt of. */
export function hasReceipt({ standing }: Pick<Refund, 'standing'>): boolean {
  return standing === 'pending' || standing === 'succeeded';
}

/** Whether it may change by itself: a successful refund can be reversed. */
export function canChange(refund: Refund): boolean {
  const { id, standing } = refund;
  return id !== '' && standing !== 'unknown' && canStillChange(standing);
}

/** Whether nobody knows its outcome: then no other refund is offered beside it. */
export function isUnclear({ standing, cancelStep }: Refund): boolean {
  return standing === 'unknown' || standing === 'unrecognised' || cancelStep === 'unknown' || cancelStep === 'sending';
}

/** Whether its answer was lost. */
export function hasNoAnswer({ standing }: { readonly standing: string }): boolean {
  return standing === 'unknown';
}

/** Whether it is stored across reloads, because it is not final. */
export function isAwaited(refund: Refund): boolean {
  return isOpen(refund) || isUnclear(refund);
}

/** A refund as the page left it: the answer to a cancel in progress is lost. */
export function leftBehind(refund: Refund): Refund {
  return { ...refund, cancelStep: refund.cancelStep && 'unknown' };
}

/** What is typed, one for each vendor. */
export function dividedOf({ opened, draft: { divided = {} } }: Vendors | VendorsReview): string[] {
  return opened.rows.map(({ refundRequestId: row }) => (Object.hasOwn(divided, row) ? divided[row]! : ''));
}

export function refundsOf(state: State): readonly Refund[] {
  return 'refunds' in state ? state.refunds : [];
}

/** States in which a change of the payment must show at once. */
export const AT_STAKE: ReadonlySet<State['at']> = new Set([
  'review',
  'approving',
  'sending',
  'vendors',
  'vendors_review',
]);
