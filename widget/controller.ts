import { checkDraft, checkVendors, splitVendors, sumOf, type AmountRules } from './draft.ts';
import { createFollower } from './follower.ts';
import type { Draft, Refund, Summary } from './model.ts';
import { createSender } from './sender.ts';
import { changeRefund, createSession, failed, type ControllerOptions } from './session.ts';
import { EMPTY_DRAFT, isOpen, isUnknown, refundsOf, type State } from './state.ts';

/** One payment's refund, from loading to its outcome: does what the states need done, and draws nothing. */
export type Controller = ReturnType<typeof createController>;

export function createController(options: ControllerOptions) {
  const session = createSession(options);
  const follower = createFollower(session, () => checkStatus('', true));
  const sender = createSender(session, follower, (draft) => load(draft));
  const { dispatch, store } = session;
  const { adapter, paymentId, settings, changed } = options;
  const { refresh, pause, cancel } = follower;
  const { canResend, needsNote, confirm } = sender;
  store.changed = () => stored(store.name);

  const rules = (currency: string): AmountRules => ({ ...settings(), currency });

  const load = async (draft = store.draft ?? EMPTY_DRAFT): Promise<void> => {
    dispatch({ type: 'loading', draft });
    follower.wait();
    const { intent, refunds } = store.read();
    if (intent || refunds) session.payment.isAsked = true;
    if (refunds) dispatch({ type: 'answered', refunds: refunds.map(leftBehind), intent });
    else if (intent) dispatch({ type: 'lost', intent, why: 'lost' });
    const [summary] = await Promise.all([refresh(), follower.describe()]);
    failed(session, summary);
    // What the proxy can do decides which buttons there are.
    if (!session.stopped) changed();
    await checkStatus('', true);
  };

  /** The page is seen again, is online again, or was put back where it was: what it shows may be old. */
  const resume = async (): Promise<void> => {
    follower.resume();
    const { at, draft } = session.state;
    if (at === 'loading') return;
    if (at === 'load_failed' || at === 'signed_out') await load(draft);
    else await Promise.all([refresh(), checkStatus('', true)]);
    follower.wait();
  };

  /** Another payment is shown from now on. Late answers still settle what is stored; they draw nothing any more. */
  const stop = (): void => {
    session.stopped = true;
    pause();
    store.close();
  };

  const type = (change: Partial<Draft>): void => {
    const { state } = session;
    if (state.at !== 'editing') return;
    const draft = { ...state.draft, ...change };
    // Faults show after the first review, and go as soon as they are corrected.
    const checked = state.tries ? checkForm(draft, state.summary) : {};
    store.draft = draft;
    dispatch({ type: 'typed', draft, faults: 'paymentId' in checked ? {} : checked });
  };

  /** Empty without an index: divides in proportion. */
  const divide = (index?: number, text = ''): void => {
    const { state } = session;
    if (state.at !== 'vendors') return;
    const { order, opened, typed } = state;
    const divided =
      index === undefined
        ? splitVendors(order.amount, opened.limits, rules(order.currency))
        : typed.map((old, at) => (at === index ? text : old));
    dispatch({ type: 'divided', typed: divided ?? typed });
  };

  const review = (): void => {
    const { state } = session;
    if (state.at === 'editing') {
      const { draft, summary } = state;
      const checked = checkForm(draft, summary);
      if (!('paymentId' in checked)) return dispatch({ type: 'typed', draft, faults: checked, tried: true });
      dispatch({ type: 'reviewed', order: checked });
    } else if (state.at === 'vendors') {
      const { typed, opened, order } = state;
      const amounts = checkVendors(typed, opened.limits, rules(order.currency));
      const sound = amounts.filter((amount) => typeof amount === 'bigint');
      const ready = sound.length === amounts.length && sumOf(sound) === order.amount;
      if (!ready) return dispatch({ type: 'divided', typed, tried: true });
      dispatch({ type: 'divided_reviewed', amounts: sound });
    }
    // Whoever reviews decides by these figures: a colleague may have refunded since they were read.
    if (!follower.live()) void refresh();
  };

  const change = (): void => {
    dispatch({ type: 'changed' });
  };

  /** Leaves the division over vendors. */
  const back = (): void => {
    dispatch({ type: 'back' });
    void refresh();
  };

  /**
   * Reads the status of refunds that may still change, or clears up one that is unknown. `note`: as it was written before
   * a reload. `quietly`: only what reading alone can tell.
   */
  const checkStatus = async (note = '', quietly = false): Promise<void> => {
    const { state } = session;
    if (isUnknown(state) && !state.checking) await (quietly ? refresh() : sender.check(state.intent, note));
    else if ('refunds' in state && !state.checking) await follower.check(quietly);
    follower.wait();
  };

  /** Another tab or form wrote what is under way. */
  const stored = (name: string | null): void => {
    if (session.stopped || (name && name !== store.name)) return;
    const { intent, refunds } = store.read();
    const { state } = session;
    session.payment.isAsked = true;
    // What this form is sending, its own answer tells.
    if (state.at === 'sending') return;
    if (isUnknown(state) || 'refunds' in state) {
      const shown = 'intent' in state ? state.intent : undefined;
      if (shown && intent?.key !== shown.key) void load(state.draft);
    } else if (intent && !refunds) dispatch({ type: 'lost', intent, why: 'elsewhere' });
    else void refresh();
  };

  /** Leaves an outcome for a fresh form, or for the same draft where trying again is safe. */
  const again = async (draft?: Draft): Promise<void> => {
    const refunds = refundsOf(session.state);
    store.draft = draft;
    // The record of what is not over goes when the next refund is sent, not before.
    if (refunds.some(isOpen)) dispatch({ type: 'loading', draft: draft ?? EMPTY_DRAFT });
    else {
      store.clear();
      return load(draft);
    }
    failed(session, await refresh());
  };

  /** A person knows what happened, and says so. */
  const unlock = async (): Promise<void> => {
    store.clear();
    await load();
  };

  /** Asks whether another refund is meant while this one is not over. */
  const askAnother = (asked: boolean): void => {
    dispatch({ type: 'another', asked });
  };

  /** `step` undefined takes the question back. */
  const askCancel = (index: number, step?: 'asking'): void => {
    changeRefund(session, index, { cancelStep: step, refusal: undefined });
  };

  const checkForm = (draft: Draft, summary: Summary) => {
    return checkDraft(draft, summary, { ...settings(), ...adapter, currency: summary.currency, paymentId });
  };

  return {
    get state(): State {
      return session.state;
    },
    /** Whether a reload would find a refund that is under way. */
    get durable(): boolean {
      return store.durable;
    },
    canResend,
    needsNote,
    rules,
    load,
    refresh,
    resume,
    pause,
    stop,
    type,
    divide,
    review,
    change,
    back,
    confirm,
    checkStatus,
    stored,
    again,
    unlock,
    askAnother,
    askCancel,
    cancel,
  };
}

/** A refund as a page left it: of a cancel that it was sending nobody here hears, and a question that it asked is over. */
function leftBehind(refund: Refund): Refund {
  const { cancelStep } = refund;
  return cancelStep ? { ...refund, cancelStep: cancelStep === 'asking' ? undefined : 'unknown' } : refund;
}
