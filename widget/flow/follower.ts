import { tellsUser, type Answer } from './client.ts';
import type { Watch } from '../browser/environment.ts';
import { changeOf, outcomeOf } from './follow.ts';
import { createHistory } from './history.ts';
import type { Intent } from './stored.ts';
import type { Refund, Summary } from '../model.ts';
import { draftBeside, isNews, refused, turn, unsent } from './kept-draft.ts';
import { readStatus } from './read-status.ts';
import {
  approvalOf,
  attemptOf,
  changeRefund,
  isOthers,
  isShelved,
  keep,
  signedOut,
  tellMade,
  type Session,
} from './session.ts';
import { AT_STAKE, canChange, hasNoAnswer, isAwaited, isSending, isUnknown, refundsOf, showsPayment } from './state.ts';
import { isBehind } from './weight.ts';

/**
 * The growing pauses between two reads of a status, in milliseconds: a fast channel is done in seconds, a slow one in
 * days.
 */
const PACE = [2e3, 3e3, 5e3, 10e3, 20e3, 60e3, 300e3];
/** With live status, polling only covers what no event reports. */
const WITH_EVENTS = 5;

export type Follower = ReturnType<typeof createFollower>;

/**
 * Keeps the payment and the displayed refund up to date, by polling and by live status. `look` reads the displayed
 * refund again, as far as reading alone can settle it. `reopen` goes on with a first step that somebody has approved:
 * false when this browser cannot. `forget` leaves what is shown for what the payment says.
 */
export function createFollower(
  session: Session,
  {
    look,
    reopen,
    forget,
  }: {
    readonly look: () => Promise<void>;
    readonly reopen: (intent: Intent) => boolean;
    readonly forget: () => Promise<void>;
  },
) {
  const { options, payment, dispatch } = session;
  const { adapter, emit, environment, endpoint, paymentId } = options;
  /** Whether the proxy states that it sends each key once. `undefined` until that is known. */
  let stated: boolean | undefined;
  let isPaused = false;
  /** How many payments a live status stream may follow; 0 without live status. */
  let streams = 0;
  let polls = 0;
  /** The key of an own request that was seen waiting for an approval. */
  let awaited: string | undefined;
  let watch: Watch | undefined;
  let isWatchedWith: boolean | undefined;
  /** The payment as the proxy last described it. A review keeps older figures. */
  let lastSummary: Summary | undefined;
  let stopWaiting = () => {};

  /** Reads the payment again, because the page knows of a change. */
  const refresh = async (): Promise<Answer<Summary>> => {
    const answer = await payment.read();
    if (tellsUser(answer)) turn(session);
    if (answer.kind === 'answered') {
      session.signedIn = true;
      session.readAt = environment.now();
      loaded(answer.value);
    } else if (answer.kind === 'signed_out') signedOut(session);
    return answer;
  };

  /** Reads the abilities of the proxy. */
  const describe = async (): Promise<void> => {
    const description = await payment.describe();
    if (!description) return;
    // Something between may answer in its place for a while.
    stated ||= description.deduplicates;
    streams = description.max_event_payments ?? 0;
    listen();
  };

  /** The element left the page. A send in progress continues, and its answer still counts. */
  const pause = (): void => {
    isPaused = true;
    wait();
    listen();
  };

  const resume = () => void (isPaused = false);

  const live = () => !!watch?.live();

  /** The provider has accepted a refund, or the parts of one. */
  const accepted = (refunds: readonly Refund[], intent: Intent): void => {
    const unknown = refunds.some(hasNoAnswer) ? intent : undefined;
    session.answeredKey = intent.key;
    dispatch({ type: 'answered', refunds, checkedAt: environment.now(), intent: unknown });
    if (isNews(session, intent)) for (const refund of refunds) tellMade(session, refund);
    polls = 0;
    wait();
  };

  /** The current payment, and what it says about the displayed refund. */
  const loaded = (summary: Summary): void => {
    lastSummary = summary;
    const { state: before } = session;
    if (before.at === 'approving') {
      const { request, order } = before;
      const now = summary.refunds?.find(({ intent_id }) => intent_id === request.intent_id);
      // Somebody else has just approved it: in a moment the payment shows what became of it.
      if (isSending(now)) return;
      // Somebody else has decided about it: from here on it is followed like an own approval.
      if (now && now.standing !== request.standing)
        dispatch({ type: 'lost', intent: approvalOf(session, request, order.currency), why: 'lost' });
    }
    session.store.saw(summary);
    const isNew = /^(load|signed)/.test(before.at) || !session.store.own.draft;
    dispatch({ type: 'loaded', summary, draft: isNew ? unsent(session, summary) : undefined });
    follow();
    // The form that has come in place of this one tells the rest.
    if (session.stopped) return;
    recall();
    const { state } = session;
    history.follow(summary);
    const { intent } = 'refunds' in state ? state : {};
    for (const [index, refund] of refundsOf(state).entries()) {
      const change = changeOf(refund, intent?.key ?? session.answeredKey, summary, adapter);
      if (!change) continue;
      const { standing = refund.standing } = change;
      // The provider contradicts what is shown, or has: it is unknown again, and the payment says so.
      const isBack = isBehind(refund.standing, standing) || (standing === 'unknown' && !hasNoAnswer(refund));
      const shown = refundsOf(session.state);
      // What is stored of another part is needed: its answer was lost.
      if (isBack && !shown.some((one) => !one.id && hasNoAnswer(one))) {
        history.keep(shown.with(index, { ...refund, standing: 'unknown' }));
        return void forget();
      }
      changeRefund(session, index, change, isBack);
    }
  };

  /** Leads back to the own request: this person has left it for that of somebody else, or has signed in again. */
  const recall = (): void => {
    const { intent, refunds } = session.store.read();
    const { state } = session;
    const isFree = showsPayment(state) || state.at === 'review';
    if (!isFree || !intent || refunds || isShelved(session, intent, lastSummary)) return;
    dispatch({ type: 'lost', intent, why: 'lost' });
    follow();
  };

  /**
   * A request that the last summary settles is settled here, whoever found out: an event may come before the answer.
   */
  const follow = (): void => {
    const { state } = session;
    if (!lastSummary || !isUnknown(state)) return;
    const { intent, why, at } = state;
    // The payment shows the request to whoever has signed in since, who may decide about it, too.
    if (intent.approves && payment.user && isOthers(session, intent.by)) return void forget();
    const outcome = outcomeOf(intent, lastSummary, adapter);
    const refusal = 'refusal' in outcome ? outcome.refusal : undefined;
    if (isShelved(session, intent, lastSummary)) {
      const draft = draftBeside(session, intent, why, lastSummary);
      if (draft) session.store.draft = draft;
      return dispatch({ type: 'shelved', draft, notice: draft?.opening && refusal });
    }
    if ('open' in outcome) {
      const { open } = outcome;
      // Its record was unreadable. What was sent, the ledger lists.
      if (!intent.key && deduplicates() && lastSummary.refunds) void forget();
      if (!open) return;
      // Of the person who approves it, the approval has not arrived. It may be on its way.
      const waits = open.standing === 'awaiting_approval' && !intent.approves;
      // It was approved and sent, or is now known to wait: the shown state is outdated.
      if (waits !== (at === 'awaiting_approval')) dispatch({ type: 'lost', intent, why: waits ? 'approval' : why });
      const { intent: held, ...rest } = session.store.read();
      if (held?.key === intent.key && !held.waits === waits)
        session.store.write({ ...rest, intent: { ...held, waits } });
      dispatch({ type: 'told', record: open });
      if (waits) awaited = intent.key;
      // It was approved, and the answer to whoever approved it is lost.
      else if (awaited === intent.key && !isSending(open)) {
        awaited = undefined;
        if (!session.stopped) emit('refund-form-unknown', attemptOf(session, intent));
      }
      return;
    }
    const isOpened = refusal?.code === 'vendors_opened' && !intent.approves;
    if (isOpened && reopen(intent)) return;
    const refunds = 'refunds' in outcome ? outcome.refunds : [];
    // Its note is not known here. Another tab may still know it, and goes on with that record.
    if (isOpened) session.ownKey = undefined;
    else keep(session, refunds, intent);
    return refusal ? refused(session, refusal, intent) : accepted(refunds, intent);
  };

  /** Reads the status of the displayed refunds. `quietly`: nothing is sent again. */
  const check = async (quietly: boolean): Promise<void> => {
    const refunds = refundsOf(session.state);
    const unknown = refunds.some(hasNoAnswer);
    if (!unknown && !refunds.some(canChange)) return;
    stopWaiting();
    dispatch({ type: 'checking', asked: !quietly });
    const [summary, ...answers] = await Promise.all([
      unknown ? refresh() : undefined,
      ...refunds.map(async (refund, index) => {
        if (refund.cancelStep === 'unknown' && !quietly && canChange(refund)) await history.cancel(refund);
        return readStatus(session, refund, index, { refresh, isNaive });
      }),
    ]);
    // Of what is displayed by now nothing was read.
    if (refunds.some(({ id }, index) => id && id !== refundsOf(session.state)[index]?.id)) return;
    const kinds = new Set([summary?.kind ?? 'answered', ...answers]);
    kinds.delete('answered');
    const stale = kinds.has('signed_out') ? 'signed_out' : kinds.size ? 'no_answer' : undefined;
    dispatch({ type: 'checked', stale, checkedAt: stale ? undefined : environment.now() });
  };

  /** Schedules the next read, as long as something may change. */
  const wait = (): void => {
    stopWaiting();
    const { state } = session;
    const refunds = refundsOf(state);
    const awaits = isUnknown(state) || refunds.some(isAwaited);
    if (session.stopped || isPaused || !(awaits || refunds.some(canChange) || history.isFollowing())) return;
    const last = PACE.length - 1;
    const step = !awaits ? last : live() ? WITH_EVENTS : Math.min(polls++, last);
    const read = async () => {
      if (history.isFollowing()) await refresh();
      return awaits || refunds.some(canChange) ? look() : wait();
    };
    // A hidden page waits until it is visible.
    stopWaiting = environment.later(() => void (environment.hidden() || read()), PACE[step]!);
  };

  /** Listens while the payment can still change here. All forms of a browser share one stream: it has few connections. */
  const listen = (): void => {
    const { state } = session;
    const { fetch, credentials } = options.settings().transport ?? {};
    const wants =
      streams > 0 &&
      !fetch &&
      !isPaused &&
      (!!state.summary?.pending ||
        isUnknown(state) ||
        'refunds' in state ||
        AT_STAKE.has(state.at) ||
        showsPayment(state));
    const withCredentials = credentials === 'include';
    if (wants === !!watch && withCredentials === isWatchedWith) return;
    isWatchedWith = withCredentials;
    watch?.stop();
    watch = wants
      ? environment.listen({ endpoint, paymentId, most: streams, withCredentials }, (body, repeated) => {
          const summary = payment.heard(body);
          const { at, summary: shown } = session.state;
          // An event does not count the provider's refunds, a repeated event may be older than these figures, and a
          // stream that was opened before the sign-in ended goes on.
          if (summary && !repeated && !shown?.unaccounted && at !== 'signed_out') loaded(summary);
          else void refresh();
          // With the page's own figures, or a proxy that lists no refunds, a change has to be read.
          if (!summary?.refunds && 'refunds' in session.state) void look();
        })
      : undefined;
  };

  const deduplicates = () => !!stated;
  /** Whether the proxy is known to keep no ledger. */
  const isNaive = () => stated === false;
  const history = createHistory(session, { refresh, look, deduplicates, isNaive });
  session.changed = listen;
  return {
    deduplicates,
    isNaive,
    refresh,
    describe,
    pause,
    resume,
    accepted,
    recall,
    follow,
    check,
    history,
    wait,
  };
}
