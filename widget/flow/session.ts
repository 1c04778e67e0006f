import { toDecimal } from '../../contract/money/decimal.ts';
import type { PaymentRefund } from '../../contract/payment.ts';
import { isFinal, type RefundStanding } from '../../contract/standing.ts';
import type { Adapter } from '../adapters/adapter.ts';
import { Client, type Answer } from './client.ts';
import type { AmountRules, Given } from './draft.ts';
import { labelsOf } from './follow.ts';
import { hashOf } from '../hash.ts';
import type { Environment, Transport } from '../browser/environment.ts';
import type { Emit, RefundAttempt } from '../element/events.ts';
import { IntentStore } from './intent-store.ts';
import { ours, type Failure, type RefundReason, type Refund, type Refusal, type Summary } from '../model.ts';
import { PaymentReader } from './payment-reader.ts';
import { reduce } from './reduce.ts';
import type { Intent } from './stored.ts';
import { EMPTY_DRAFT, hasNoAnswer, isAwaited, refundsOf, type Event, type State } from './state.ts';

export interface ControllerOptions {
  readonly adapter: Adapter;
  readonly endpoint: string;
  readonly paymentId: string;
  readonly environment: Environment;
  readonly emit: Emit;
  readonly changed: () => void;
  /**
   * The inputs that may change. `payment`: a `PaymentSummary` of the host page, or `undefined` to read it from the
   * endpoint.
   */
  readonly settings: () => Omit<AmountRules, 'currency'> &
    Given & {
      readonly reasons: readonly RefundReason[];
      readonly reference?: string | undefined;
      readonly payment?: unknown;
      readonly transport?: Transport | undefined;
    };
}

/**
 * What the parts of the controller share: the only state, every way to change it, what is stored, and which events are
 * fired.
 */
export interface Session {
  state: State;
  /** Another payment is shown now: this session draws nothing more. */
  stopped: boolean;
  /** The form is out of the page. */
  away: boolean;
  /** The event about the ended sign-in is fired once, until an answer shows a new sign-in. */
  signedIn: boolean;
  /** Somebody else has signed in, who has done nothing here yet. */
  turned: boolean;
  /** When the payment was read last, by the browser's clock. */
  readAt: number;
  /** The key of the request in progress that was sent from here, or that the form found when it was loaded. */
  ownKey?: string | undefined;
  /** The key of a request that another tab has let go while this one was checking it. */
  letGo?: string | undefined;
  /** The key of the last refund that was accepted here. */
  answeredKey?: string | undefined;
  readonly options: ControllerOptions;
  readonly client: Client;
  readonly store: IntentStore;
  readonly payment: PaymentReader;
  /** Called after each event, before its state is drawn. */
  changed: () => void;
  readonly dispatch: (event: Event) => void;
}

export function createSession(options: ControllerOptions): Session {
  const { environment, endpoint, adapter, paymentId, settings } = options;
  const client = new Client(
    environment,
    endpoint,
    adapter,
    () => settings().transport,
    () => session.payment.user,
  );
  // Stored refunds are found by this name, and the storage is that of one origin.
  const store = new IntentStore(environment, endpoint.replace(origin, ''), paymentId);
  const session: Session = {
    state: { at: 'loading', draft: EMPTY_DRAFT },
    stopped: false,
    away: false,
    signedIn: true,
    turned: false,
    readAt: 0,
    options,
    client,
    store,
    payment: new PaymentReader(client, adapter, paymentId, store, () => settings().payment),
    changed: () => {},
    dispatch: (event) => {
      if (session.stopped) return;
      session.state = reduce(session.state, event);
      if (ACTS.test(event.type)) session.turned = false;
      if (/answered|lost/.test(event.type)) store.known.isMade = true;
      session.changed();
      options.changed();
    },
  };
  return session;
}

/** What a person does. */
const ACTS = /typed|reviewed|approving|deciding|another/;

/** Tells users apart, and says nothing of them: it is stored in the browser. A review keeps an older payment. */
export function userOf({ payment }: Session): number | undefined {
  const { user } = payment;
  return user === undefined ? user : hashOf(user);
}

/**
 * Whether this may be the request of somebody else: another user has signed in since, or nobody knows who has. Nobody sends
 * anything in the name of another.
 */
export function isOthers(session: Session, by: number | undefined): boolean {
  return by !== userOf(session);
}

/**
 * Whether this form goes on without the request, whose record stays. It is that of somebody else, and the payment says what
 * became of it, or that it still waits: another user has signed in since. Or it is an approved first step that another form
 * or tab goes on with, or has divided.
 */
export function isShelved(session: Session, intent: Intent, summary: Summary | undefined): boolean {
  const { key, by, approves } = intent;
  const listed = (summary?.refunds ?? []).filter(({ idempotency_key }) => idempotency_key === key);
  const isOpened = !approves && listed.some(({ ended }) => ended === 'vendors_opened');
  const isHere = key === session.ownKey && key === session.store.read().intent?.key && isCurrent(intent, summary);
  const isClear = listed.length > 0 && !listed.some(hasNoAnswer) && by !== undefined;
  return (isOpened && !isHere) || (isClear && session.payment.user !== undefined && isOthers(session, by));
}

/** Whether as much can be refunded as when the request was reviewed: nobody has divided its first step elsewhere. */
export function isCurrent({ expected }: Pick<Intent, 'expected'>, summary: Summary | undefined): boolean {
  return !!summary && expected === toDecimal(summary.refundable, summary.currency);
}

export const OFFLINE = ours('offline');
export const BUSY = ours('payment_busy');
export const OUTDATED = ours('refundable_changed');

/** `notice`: why a refund came to nothing. A refused read says nothing about a refund. */
export function signedOut(session: Session, notice?: Refusal): void {
  const { emit, paymentId } = session.options;
  session.dispatch({ type: 'signed_out', notice });
  if (session.signedIn && !session.stopped) emit('refund-form-unauthenticated', { paymentId });
  session.signedIn = false;
}

export function failed(session: Session, answer: Answer<Summary>): void {
  if (answer.kind === 'answered' || answer.kind === 'signed_out') return;
  const { environment, emit, paymentId } = session.options;
  const failure = failureOf(answer, environment.offline(session.client.url('')));
  session.dispatch({ type: 'load_failed', failure });
  const { why, notice } = failure;
  if (session.state.at === 'load_failed') emit('refund-form-load-error', { paymentId, code: notice?.code ?? why });
}

/** The request of somebody else, as it is followed once somebody has decided about it. */
export function approvalOf(session: Session, request: PaymentRefund, currency: string): Intent {
  const { idempotency_key, intent_id, amount, parts } = request;
  const key = idempotency_key!;
  return { key, sentAt: 0, by: userOf(session), amount, currency, approves: intent_id!, parts: labelsOf(parts) };
}

/** What the events say of a request. */
export function attemptOf({ options: { paymentId } }: Session, { amount, currency, picked }: Intent): RefundAttempt {
  return { paymentId, amount, currency, ...picked };
}

/** Returns whether its standing has changed. `isBack`: also to one that says less. */
export function changeRefund(session: Session, index: number, change: Partial<Refund>, isBack?: boolean): boolean {
  const before = refundsOf(session.state)[index];
  session.dispatch({ type: 'refund', index, change, ...(isBack && { isBack }) });
  const after = refundsOf(session.state)[index];
  if (!before || !after || session.stopped) return false;
  const { state, store } = session;
  const isMoved = after.standing !== before.standing;
  // Another tab may have heard more, and keeps no record any longer.
  if (isMoved || store.read().refunds) keep(session, refundsOf(state), 'intent' in state ? state.intent : undefined);
  // Nothing is told of what nobody knows. The answer that should have said that it was made was lost.
  if (isMoved && !hasNoAnswer(after)) (hasNoAnswer(before) && !before.id ? tellMade : tellChange)(session, after);
  return isMoved;
}

/** Its standing has changed. */
export function tellChange(session: Session, refund: Refund): void {
  const { standing } = refund;
  tell(session, 'status-change', refund);
  if (isFinal(standing as RefundStanding)) tell(session, 'settled', refund);
  if (standing === 'cancelled') tell(session, 'cancelled', refund);
}

/** The provider has answered for it, or a person has. */
export function tellMade(session: Session, refund: Refund): void {
  const { emit, paymentId } = session.options;
  const { id, standing, amount, currency, why } = refund;
  if (standing === 'unknown') return;
  if (standing !== 'failed') tell(session, 'accepted', refund);
  // A person may have settled a vendor's part as nothing.
  const code = why ?? (standing === 'failed' && !id && 'nothing');
  if (code) emit('refund-form-refused', { paymentId, amount, currency, code });
  // A person may have settled it without knowing its number.
  if (isFinal(standing) && (id || standing !== 'failed')) tell(session, 'settled', refund);
}

export function tell(
  session: Session,
  what: 'accepted' | 'status-change' | 'settled' | 'cancelled' | 'receipt',
  refund: Refund,
): void {
  const { emit, paymentId } = session.options;
  const { id: refundId, amount, currency, picked } = refund;
  const standing = refund.standing as RefundStanding;
  if (refundId) session.payment.note(refund);
  const { followed } = session.store.known;
  if (followed.has(refundId)) followed.set(refundId, { standing, picked });
  emit(`refund-form-${what}`, { paymentId, refundId, standing, amount, currency, ...picked });
}

/** Stores refunds that are not final, and forgets the others. What is stored of another request stays. */
export function keep({ store, answeredKey }: Session, refunds: readonly Refund[], intent?: Intent): void {
  const made = intent?.key ?? answeredKey;
  const { intent: held } = store.read();
  // The record of the person who has asked is not the record of the one who approves it here.
  if (!store.owns(made, refunds) || (intent && held && held.approves !== intent.approves)) return;
  const unknown = refunds.some(hasNoAnswer);
  // Other forms that wait for this request learn what became of it.
  if (refunds.length > 0) store.write({ refunds, made, ...(unknown && { intent }) });
  if (!refunds.some(isAwaited)) store.clear();
}

function failureOf(answer: Answer<Summary>, offline: boolean): Failure {
  if (answer.kind === 'refused') return { why: 'unread', notice: answer.refusal };
  // The page's own headers could not be had, so the connection is not to blame.
  if (answer.refusal?.code === 'not_sent') return { why: 'not_sent' };
  const status = answer.kind === 'unknown' ? answer.status : undefined;
  if (status !== undefined) return { why: status === 404 ? 'not_found' : 'unreadable', status };
  return { why: offline ? 'offline' : 'no_answer' };
}
