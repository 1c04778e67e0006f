import { toDecimal } from '../../contract/money/decimal.ts';
import { createApprover } from './approver.ts';
import { divide } from './divide.ts';
import { checkDraft, checkVendors, isRecounted, sumOf, type AmountRules, type Given } from './draft.ts';
import { createFollower } from './follower.ts';
import { clear, given, lost, next, stampOf, typedFor, unsent } from './kept-draft.ts';
import type { Intent } from './stored.ts';
import type { Draft, Summary } from '../model.ts';
import { pressed } from './pressed.ts';
import { createSender } from './sender.ts';
import { createSession, failed, isShelved, OUTDATED, type ControllerOptions } from './session.ts';
import { dividedOf, isOpen, isTyped, isUnknown, leftBehind, refundsOf, type Editing, type State } from './state.ts';

/** The refund of one payment, from loading to its outcome. It does the work that the states need, and draws nothing. */
export type Controller = ReturnType<typeof createController>;

export function createController(options: ControllerOptions) {
  const session = createSession(options);
  const follower = createFollower(session, {
    look: () => checkStatus('', true),
    reopen: (intent) => sender.reopen(intent),
    forget: () => forget(),
  });
  const sender = createSender(session, follower, () => load());
  const { dispatch, store } = session;
  const { adapter, emit, environment, paymentId, changed } = options;
  const settings = () => given(session);
  const { refresh, history } = follower;
  const { asks, canResend, needsNote, confirm, page } = sender;
  const approver = createApprover(session, follower);
  store.changed = () => stored(store.name);

  const rules = (currency: string): AmountRules & Given => ({ ...settings(), currency });
  let isLoaded = false;
  let hasTyped = false;
  const load = async (draft = unsent(session)): Promise<void> => {
    hasTyped = false;
    dispatch({ type: 'loading', draft });
    follower.wait();
    const { intent, refunds, made } = store.read();
    session.answeredKey = made;
    session.ownKey = intent?.key;
    if (intent || refunds) session.payment.isAsked = true;
    const show = () => refunds && dispatch({ type: 'answered', refunds: refunds.map(leftBehind), intent });
    // What is typed may be the next one: the payment says so, and whose it is.
    const isNext = refunds && !intent && (isTyped(draft) || store.hasText);
    if (!isNext) show();
    if (intent && !refunds && !intent.waits)
      dispatch({ type: 'lost', intent, why: store.known.busy ? 'running' : 'lost' });
    const described = follower.describe();
    const summary = await refresh();
    // Before anybody can act on what is shown. A page may read again what could not be read.
    if (isNext && !history.leave(refunds)) show();
    failed(session, summary);
    await described;
    if (summary.kind === 'answered' && !session.stopped && !isLoaded) {
      const { currency, refundable } = summary.value;
      isLoaded = true;
      emit('refund-form-load', { paymentId, currency, refundable: toDecimal(refundable, currency) });
    }
    // The abilities of the proxy decide which buttons there are.
    if (!session.stopped) changed();
    await checkStatus('', true);
  };

  /** The page is visible again, online again, or was put back where it was: its data may be old. */
  const resume = async (): Promise<void> => {
    session.away = false;
    follower.resume();
    store.open();
    const { at } = session.state;
    if (at === 'loading') return;
    // While it was out of the page, it heard nothing of what another form or tab has sent.
    const { intent, refunds } = store.read();
    if (intent || refunds) stored(store.name);
    if (at === 'load_failed' || at === 'signed_out') await load();
    else await Promise.all([refresh(), checkStatus('', true)]);
    follower.wait();
  };

  /** The form is out of the page. */
  const pause = (): void => {
    session.away = true;
    // A form in place of this one tells what becomes of what is shown here.
    history.keep(refundsOf(session.state));
    page.leave();
    follower.pause();
    store.close();
  };

  /** Shows another payment from now on. Late answers still settle what is stored, but draw nothing. */
  const stop = (): void => {
    session.stopped = true;
    pause();
  };

  /** The page has given other items: it may count what was reviewed as returned. What it takes away changes nothing. */
  const recount = (): void => {
    const { state } = session;
    // A division may be of what another tab has asked for, and the draft is what was typed here.
    if ('order' in state && state.order.picked && state.draft.scope === 'items' && state.summary) {
      const checked = checkForm(state.draft, state.summary);
      if (!isRecounted(checked, state.order)) return;
      const event = { type: 'back', ...('paymentId' in checked && { notice: OUTDATED }) } as const;
      dispatch(event);
      // From the review of a division it leads to the division.
      dispatch(event);
      if (!event.notice) review();
    }
    const { state: now } = session;
    // A copy of another tab's may be of what the payment has got: its amount is known only with the items.
    // Faults are kept by the place of their line.
    if (now.at === 'editing') show(now, hasTyped ? now.draft : unsent(session), true);
  };

  const type = (change: Partial<Draft>): void => {
    const { state } = session;
    if (state.at !== 'editing') return;
    // Another amount is divided anew.
    const divided = 'reason' in change || 'note' in change ? state.draft.divided : undefined;
    const draft = { ...state.draft, divided, ...change, ...stampOf(state.summary) };
    hasTyped = true;
    store.draft = draft;
    show(state, draft);
  };

  const show = ({ tries, summary }: Editing, draft: Draft, isRecount?: boolean): void => {
    // Faults appear after the first review, and disappear as soon as they are corrected.
    const checked = tries ? checkForm(draft, summary) : {};
    dispatch({ type: isRecount ? 'recounted' : 'typed', draft, faults: 'paymentId' in checked ? {} : checked });
  };

  const review = (): void => {
    const { state } = session;
    if (state.at === 'editing') {
      const { draft, summary } = state;
      const checked = checkForm(draft, summary);
      if (!('paymentId' in checked)) return dispatch({ type: 'typed', draft, faults: checked, tried: true });
      dispatch({ type: 'reviewed', order: checked });
    } else if (state.at === 'vendors') {
      const { opened, order } = state;
      const typed = dividedOf(state);
      const amounts = checkVendors(typed, opened.limits, rules(order.currency));
      const sound = amounts.filter((amount) => typeof amount === 'bigint');
      const ready = sound.length === amounts.length && sumOf(sound) === order.amount;
      if (!ready) return dispatch({ type: 'divided', typed, tried: true });
      dispatch({ type: 'divided_reviewed', amounts: sound });
    }
    // The reviewer decides by these figures. Live status tells what the refund service has heard of, and nothing that was
    // refunded elsewhere since.
    void refresh();
  };

  /** Leaves a review, or the division over vendors. */
  const back = (): void => {
    dispatch({ type: 'back' });
    follower.recall();
    void refresh();
  };

  /**
   * Reads the status of refunds that may still change, or tries to settle an unknown one. `note`: as it was typed
   * before a reload. `quietly`: reads only, and sends nothing again.
   */
  const checkStatus = async (note = '', quietly = false): Promise<void> => {
    const { state } = session;
    if (isUnknown(state) && !state.checking) await (quietly ? refresh() : sender.check(state.intent, note));
    else if ('refunds' in state && !state.checking) await follower.check(quietly);
    follower.wait();
  };

  /** Another tab or form has stored a refund in progress, what became of it, or that nothing did. */
  const stored = (name: string | null, text?: string | null): void => {
    if (session.stopped || (name && name !== store.name)) return;
    const { intent, refunds, made } = store.read(text);
    const { state } = session;
    session.payment.isAsked = true;
    // The form's own answer settles what it is sending.
    if (state.at === 'sending') return;
    if (isUnknown(state) || 'refunds' in state) {
      const current = 'intent' in state ? state.intent : undefined;
      if (isUnknown(state) && state.why === 'running' && intent?.key === current?.key)
        return void refresh().then(() => lost(session));
      if (!current || intent?.key === current.key) return;
      // Somebody has emptied the storage, and has decided nothing about this refund.
      if (!name) store.write({ intent: current });
      else if (!refunds || made !== current.key) void left(current);
      else if (isUnknown(state)) follower.accepted(refunds, current);
      else void refresh();
    } else if (intent && !refunds && !isShelved(session, intent, state.summary))
      dispatch({ type: 'lost', intent, why: 'elsewhere' });
    else void refresh();
  };

  /** Nobody holds the request any more. */
  const left = async (intent: Intent): Promise<void> => {
    session.letGo = intent.key;
    const { kind } = await refresh();
    const { state } = session;
    // It gets what was typed for it, if nothing came of it. An approved first step goes on.
    if (!('intent' in state) || state.intent?.key !== intent.key) return;
    if (isUnknown(state) && state.checking) session.letGo = intent.key;
    else if (isUnknown(state)) await load(typedFor(session, intent));
    else if (follower.isNaive() && kind === 'answered') await load();
  };

  /**
   * Leaves an outcome for a new form, with what was typed and not sent, or was sent and has failed. `change`: for the same
   * refund with another amount.
   */
  const again = async (change?: Partial<Draft>): Promise<void> => {
    const refunds = refundsOf(session.state);
    history.keep(refunds);
    const draft = next(session, keyOf(), change);
    // The record of an open refund is replaced when the next refund is sent, not before. Another tab may have sent one.
    if (!store.owns(keyOf(), refunds) || !refunds.some(isOpen)) return forget(draft);
    dispatch({ type: 'loading', draft });
    failed(session, await refresh());
    follower.wait();
  };

  const isSamePress = pressed(() => environment.now());
  /**
   * Takes the one next step, as the primary button does, for a button of the page. The second click of a double click on
   * it, or a key that is held, must not confirm what nobody has read. `note`: as it was typed before a reload.
   */
  const proceed = (note?: string): void => {
    const { at } = session.state;
    const isSame = isSamePress();
    if (at === 'editing' || at === 'vendors') review();
    else if (at === 'review' || at === 'vendors_review') void (isSame || confirm());
    else if (isUnknown(session.state)) void checkStatus(note);
  };

  /** Leaves what is shown for what the payment says. */
  const forget = (draft?: Draft): Promise<void> => {
    if (store.owns(keyOf(), refundsOf(session.state))) store.clear();
    return load(draft);
  };

  /** A person knows what happened, and nobody keeps a record of it. */
  const unlock = (): Promise<void> => {
    emit('refund-form-unlocked', { paymentId });
    return forget();
  };

  /** The key of the request that is shown, or whose refunds are. */
  const keyOf = () => ('intent' in session.state ? session.state.intent?.key : undefined) ?? session.answeredKey;

  const checkForm = (draft: Draft, summary: Summary) =>
    checkDraft(draft, summary, { ...settings(), ...adapter, currency: summary.currency, paymentId });

  return {
    get state(): State {
      return session.state;
    },
    /** Whether somebody else has signed in, and has done nothing here yet. */
    get turned(): boolean {
      return session.turned;
    },
    /** Whether a reload would find a refund in progress. */
    get durable(): boolean {
      return store.durable;
    },
    /** Whether it is known what this user may settle: by an answer about the payment, or as nobody keeps a ledger. */
    isTold: (intent?: Pick<Intent, 'listed'>) => session.payment.isTold || (follower.isNaive() && !intent?.listed),
    asks,
    canResend,
    needsNote,
    page,
    rules,
    load,
    refresh,
    resume,
    pause,
    stop,
    type,
    recount,
    divide: (index?: number, text?: string) => divide(session, rules, index, text),
    review,
    back,
    confirm,
    proceed,
    /** Clears what is typed. A refund that was sent stays. */
    reset: (): void => clear(session),
    checkStatus,
    stored,
    again,
    unlock,
    /** Asks whether another refund is intended while this one is open. */
    askAnother: (isAsked: boolean): void => dispatch({ type: 'another', isAsked }),
    history,
    approver,
  };
}
