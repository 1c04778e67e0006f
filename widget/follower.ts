import { isSettled, type Answer } from './client.ts';
import type { Watch } from './environment.ts';
import { changeOf, toldOf } from './follow.ts';
import type { Intent } from './intent-store.ts';
import type { Refund, Summary } from './model.ts';
import { changeRefund, keep, refused, signedOut, tell, type Session } from './session.ts';
import { canChange, hasNoAnswer, isAwaited, isOpen, isUnknown, refundsOf, type State } from './state.ts';

/** Milliseconds between readings of a status, growing: a fast channel is done in seconds, a slow one in days. */
const PACE = [2e3, 3e3, 5e3, 10e3, 20e3, 60e3, 300e3];
/** With a stream of live status: the checks between its events are for what no event reaches. */
const WITH_EVENTS = 5;

export type Follower = ReturnType<typeof createFollower>;

/**
 * Learns what has become of the payment and of the refund that is shown: by readings, and by a stream of live status.
 * `look` reads what is shown again, as far as reading alone can tell.
 */
export function createFollower(session: Session, look: () => Promise<void>) {
  const { options, client, store, payment, dispatch } = session;
  const { adapter, environment, endpoint, paymentId } = options;
  /** Whether the proxy says that it sends one key once. */
  let deduplicates = false;
  let isPaused = false;
  /** How many payments a stream of live status may tell of; 0 where there is none. */
  let streams = 0;
  let polls = 0;
  let watch: Watch | undefined;
  /** The payment as the proxy told it last. A review holds on to older figures. */
  let lastTold: Summary | undefined;
  let stopWaiting = () => {};

  /** Reads the payment again: the page knows that it has changed. */
  const refresh = async (): Promise<Answer<Summary>> => {
    const answer = await payment.read();
    if (answer.kind === 'answered') {
      session.signedIn = true;
      loaded(answer.value);
    } else if (answer.kind === 'signed_out') signedOut(session);
    return answer;
  };

  /** Asks what the proxy can do. */
  const describe = async (): Promise<void> => {
    const description = await payment.describe();
    if (!description) return;
    deduplicates = description.deduplicates;
    streams = description.max_event_payments ?? 0;
    listen();
  };

  /** The element is not in the page. What is under way goes on, and its answer still counts. */
  const pause = (): void => {
    isPaused = true;
    wait();
    listen();
  };

  const resume = (): void => {
    isPaused = false;
  };

  /** Whether a stream tells of this payment at this moment. */
  const live = () => !!watch?.live();

  /** The provider has accepted a refund, or the parts of one. */
  const accepted = (refunds: readonly Refund[], intent: Intent): void => {
    const unknown = refunds.some(hasNoAnswer) ? intent : undefined;
    dispatch({ type: 'answered', refunds, checkedAt: environment.now(), intent: unknown });
    for (const refund of refunds) {
      if (refund.standing === 'unknown') continue;
      if (refund.standing !== 'failed') tell(session, 'accepted', refund);
      if (refund.id && !isOpen(refund)) tell(session, 'settled', refund);
    }
    polls = 0;
    wait();
  };

  /** The payment as it is now, and what it says of the refund that is shown. */
  const loaded = (summary: Summary): void => {
    lastTold = summary;
    dispatch({ type: 'loaded', summary });
    const { state } = session;
    follow();
    const { intent } = 'refunds' in state ? state : {};
    for (const [index, refund] of refundsOf(state).entries()) {
      const change = changeOf(refund, intent, summary, adapter);
      if (change) changeRefund(session, index, change);
    }
  };

  /** A request that the last summary settles is settled here too, whoever found out: an event may come before the answer. */
  const follow = (): void => {
    const { state } = session;
    if (!lastTold || !isUnknown(state)) return;
    const { intent, why, at } = state;
    const told = toldOf(intent, lastTold, adapter);
    if ('open' in told) {
      const { open } = told;
      if (!open) return;
      const waits = open.standing === 'awaiting_approval';
      // Approved and on its way, or seen to wait: what is true of it has changed.
      if (waits !== (at === 'awaiting_approval')) dispatch({ type: 'lost', intent, why: waits ? 'approval' : why });
      dispatch({ type: 'told', told: open });
      return;
    }
    const isRefused = 'refusal' in told;
    // The form that holds the lock settles what it sent.
    if (store.read().intent?.key === intent.key) keep(session, isRefused ? [] : told.refunds, intent);
    if (isRefused) refused(session, told.refusal);
    else accepted(told.refunds, intent);
  };

  /** Reads the status of the refunds that are shown. `quietly`: nothing is sent again. */
  const check = async (quietly: boolean): Promise<void> => {
    const refunds = refundsOf(session.state);
    const unknown = refunds.some(hasNoAnswer);
    if (!unknown && !refunds.some(canChange)) return;
    stopWaiting();
    dispatch({ type: 'checking' });
    const [summary, ...answers] = await Promise.all([
      unknown ? refresh() : undefined,
      ...refunds.map((refund, index) => readStatus(refund, index, quietly)),
    ]);
    const kinds = new Set([summary?.kind ?? 'answered', ...answers]);
    kinds.delete('answered');
    const stale = kinds.has('signed_out') ? 'signed_out' : kinds.size ? 'no_answer' : undefined;
    dispatch({ type: 'checked', stale, checkedAt: stale ? undefined : environment.now() });
  };

  const readStatus = async (refund: Refund, index: number, quietly: boolean): Promise<Answer<unknown>['kind']> => {
    if (!canChange(refund)) return 'answered';
    if (refund.cancelStep === 'unknown' && !quietly) await cancel(index);
    const answer = await client.read(adapter.statusPath(refund), (body) => adapter.readStatus(body, refund));
    if (answer.kind === 'answered' && changeRefund(session, index, answer.value)) void refresh();
    if (answer.kind === 'signed_out') signedOut(session);
    // A status that cannot be read says nothing; that of a refund which another reading has settled is not missed.
    return answer.kind === 'answered' || canChange(refundsOf(session.state)[index] ?? refund)
      ? answer.kind
      : 'answered';
  };

  const cancel = async (index: number): Promise<void> => {
    const refund = refundsOf(session.state)[index];
    const again = refund?.cancelStep === 'unknown';
    if (!adapter.cancel || (refund?.cancelStep !== 'asking' && !again)) return;
    const call = adapter.cancel.call(refund);
    const cancelKey = refund.cancelKey ?? environment.newId();
    changeRefund(session, index, { cancelStep: 'sending', cancelKey });
    const answer = await client.write(call, cancelKey, adapter.cancel.read, { resent: again, deduplicates });
    if (answer.kind === 'answered') {
      changeRefund(session, index, { standing: 'cancelled', words: answer.value, cancelStep: undefined });
      await refresh();
      return;
    }
    const refused = isSettled(answer);
    if (answer.kind === 'signed_out') signedOut(session, answer.refusal);
    changeRefund(session, index, { refusal: answer.refusal, cancelStep: refused ? undefined : 'unknown' });
    // What was refused may be done already.
    if (refused) await look();
  };

  /** Reads again when it is time to, as long as something may change. */
  const wait = (): void => {
    stopWaiting();
    const { state } = session;
    const refunds = refundsOf(state);
    const awaits = isUnknown(state) || refunds.some(isAwaited);
    if (session.stopped || isPaused || !(awaits || refunds.some(canChange))) return;
    const last = PACE.length - 1;
    const step = !awaits ? last : live() ? WITH_EVENTS : Math.min(polls++, last);
    // Nobody looks at a hidden page: the check waits until it is seen.
    stopWaiting = environment.later(() => void (environment.hidden() || look()), PACE[step]!);
  };

  /** Listens while something is under way or about to be, and not otherwise: a browser has few connections. */
  const listen = (): void => {
    const { state } = session;
    const { draft, summary } = state;
    const wants =
      streams > 0 &&
      !isPaused &&
      (!!summary?.pending ||
        isUnknown(state) ||
        refundsOf(state).some(isOpen) ||
        AT_STAKE.has(state.at) ||
        (state.at === 'editing' && draft.amount !== ''));
    if (wants === !!watch) return;
    watch?.stop();
    watch = wants
      ? environment.listen({ endpoint, paymentId, most: streams }, (body, repeated) => {
          const summary = payment.heard(body);
          // A stream has not asked the provider how many refunds it lists, and a repeated event may be older than these figures.
          if (summary && !repeated && !session.state.summary?.unaccounted) loaded(summary);
          else void refresh();
          // The page's own figures, or a proxy that lists no refunds: what has changed must be asked for.
          if (!summary?.refunds && 'refunds' in session.state) void look();
        })
      : undefined;
  };

  session.changed = listen;
  return {
    deduplicates: () => deduplicates,
    refresh,
    describe,
    pause,
    resume,
    live,
    accepted,
    follow,
    check,
    cancel,
    wait,
  };
}

/** States in which a change of the payment must be seen at once. */
const AT_STAKE: ReadonlySet<State['at']> = new Set(['review', 'sending', 'vendors', 'vendors_review']);
