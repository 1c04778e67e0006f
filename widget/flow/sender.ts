import { toDecimal } from '../../contract/money/decimal.ts';
import { formatTyped } from '../../contract/money/format.ts';
import type { Created } from '../adapters/adapter.ts';
import { callAbout, isAbove } from './approver.ts';
import { readCreated } from './created.ts';
import { isSettled, SIGN_IN, tellsUser, type Answer } from './client.ts';
import { labelsOf } from './follow.ts';
import type { Follower } from './follower.ts';
import { fingerprint, type Sent } from './typed-store.ts';
import type { RefundRequest } from '../model.ts';
import { createPageConsent } from './page-consent.ts';
import { rebuild } from './rebuild.ts';
import { waits } from './reduce.ts';
import { giveBack, isMine, refused, VENDORS_OPENED } from './kept-draft.ts';
import {
  attemptOf,
  BUSY,
  isCurrent,
  isOthers,
  isShelved,
  keep,
  OFFLINE,
  signedOut,
  userOf,
  type Session,
} from './session.ts';
import type { Intent } from './stored.ts';
import { isUnknown, type Approving, type Evidence, type Review, type VendorsReview } from './state.ts';

type Reviewed = Review | VendorsReview | Approving;

/** Sends a refund, and settles one whose answer was lost. `load` reads everything again. */
export function createSender(session: Session, follower: Follower, load: () => Promise<void>) {
  const { options, client, store, payment, dispatch } = session;
  const { adapter, emit, environment } = options;
  /** The admin has been told that the browser is offline. */
  let warned = false;
  const page = createPageConsent(session, () => {
    payment.isAsked = true;
    return Promise.all([follower.refresh(), follower.deduplicates() || follower.describe()]);
  });
  /** The key of the first step whose answer is being asked for again. */
  let reopening = '';

  /** Whether the first step was sent before, and its key goes on: it waits for no second approval. */
  const goesOn = ({ at, order, draft: { opening }, summary }: Reviewed): boolean =>
    at === 'review' &&
    opening?.print === fingerprint(adapter.create(order)) &&
    isCurrent(opening, summary) &&
    !isOthers(session, opening.by);

  /** Whether its confirmation only asks for a refund. */
  const asks = (state: Reviewed): boolean =>
    state.at !== 'approving' && isAbove(state.summary, state.order.amount) && !goesOn(state);

  /** Whether Check status may send the same request again. */
  const canResend = (intent: Intent): boolean => {
    const { key, vendors, sentAt, at = NaN, approves, by } = intent;
    const { idempotentUpstream } = adapter.capabilities;
    // Either clock may be wrong. After one was set back, nobody knows how long ago it was.
    const ages = [client.now() - sentAt, environment.now() - at];
    const young = client.isTimed && ages.every((age) => age > -UNSURE && age < idempotentUpstream);
    const { state } = session;
    const { standing, contradiction } = (isUnknown(state) && state.record) || {};
    // The proxy sends nothing twice to a provider that may not know the key: once it lists the request, it only looks for it.
    const reached = standing === 'unknown' && ages.some((age) => age >= idempotentUpstream);
    // What was approved is sent again for whoever asked, not for whoever approved.
    const takes = approves ? standing !== 'unknown' : (follower.deduplicates() && !reached) || young;
    const waits = !approves && standing === 'awaiting_approval';
    return (
      key !== '' && takes && !waits && !contradiction && !isOthers(session, by) && (!vendors || !!store.sentFor(intent))
    );
  };

  /** Whether the note must be typed again before the same request can be sent. */
  const needsNote = (intent: Intent): boolean => !!intent.noted && !store.sentFor(intent) && canResend(intent);

  /** The only place that sends a refund. A second click meets another state and does nothing. */
  const confirm = async (): Promise<void> => {
    const { state } = session;
    if ((state.at !== 'review' && state.at !== 'vendors_review' && state.at !== 'approving') || page.isWaiting())
      return;
    const { order, draft, summary } = state;
    const { amount, currency, attemptId, reference, picked } = order;
    const vendors = state.at === 'vendors_review';
    // An object without these members would have those that a script of the page has given to every object.
    const request = state.at === 'approving' ? state.request : undefined;
    const approves = request?.intent_id;
    const call = approves
      ? callAbout(approves, 'approve')
      : vendors
        ? adapter.vendors!.call(order, state.opened, state.amounts)
        : adapter.create(order);
    // The browser may be wrong about an intranet: the second confirmation sends.
    const offline = environment.offline(client.url(call.path)) && !warned;
    warned = offline;
    // The page's own payment does not tell who has signed in. It may have come in place of one that was read.
    // Whoever only asks must not refund because the limit is another one by now.
    const isKnown = ((payment.isTold && payment.isAsked) || !options.settings().payment) && !asks(state);
    const answer = offline || page.ask(order, state, isKnown);
    if (answer !== true && !(await answer)) return;
    // While the page decided, the payment may have changed, or the admin may have left the review or taken out the form.
    if (session.stopped || session.away || session.state !== state) return;
    // An approval goes by the key of the request: it is sent once, whoever approves it. If the browser gives no id, nothing is sent.
    const key = request?.idempotency_key || (goesOn(state) ? draft.opening!.key : environment.newId());
    dispatch({ type: 'confirmed' });
    const doubt = payment.doubt ?? (asks(state) && !options.settings().payment ? payment.last?.refusal : undefined);
    const notice = offline ? OFFLINE : answer !== true && !follower.isNaive() ? doubt : undefined;
    if (notice) return dispatch({ type: 'refused', notice });
    const print = fingerprint(call);
    const expected = summary && toDecimal(summary.refundable, currency);
    const intent: Intent = {
      key,
      vendors,
      print,
      sentAt: client.now(),
      // Without the server's time nobody knows later how long ago it was.
      ...(client.isTimed && { at: environment.now() }),
      by: userOf(session),
      ...(follower.deduplicates() && { listed: true }),
      amount: toDecimal(amount, currency),
      currency,
      expected,
      ...(approves
        ? { approves, parts: labelsOf(request?.parts) }
        : { attemptId, reason: draft.reason, reference, picked, noted: draft.note.trim() !== '' }),
      ...(vendors && { parts: adapter.vendors!.labels(state.opened) }),
    };
    if (!approves) session.ownKey = key;
    // What the page gave as the amount was reviewed, too, and may not be given again.
    const given = draft.amount ?? formatTyped(amount, currency, options.settings().locale);
    const typed = draft.scope === 'part' && draft.amount !== given ? { ...draft, amount: given } : draft;
    const { by } = intent;
    await post(intent, { key, call, order, user: payment.user, by, draft: approves ? undefined : typed }, false);
  };

  const post = async (intent: Intent, made: Sent, resent: boolean): Promise<void> => {
    const { call, order, user } = made;
    const { key, expected, approves } = intent;
    const answer = await store.exclusively(async (): Promise<Answer<Created> | 'unstored' | 'late' | undefined> => {
      const held = store.read().intent;
      // Another tab was first, or has settled it meanwhile. An own request that waits was never sent, and is listed, and an
      // approved first step goes on with its key.
      const isOwn = held?.key === key || (approves && waits(held?.key, session.state.summary?.refunds));
      const isFree = !held || isOwn || isShelved(session, held, session.state.summary);
      if (resent && !approves ? held?.key !== key : !isFree) return undefined;
      // Who asked for it goes on with that record. An approval can do without: it is sent once, whoever approves it.
      if (!held || !approves || (held.key === key && held.approves === approves)) {
        const { durable } = store;
        // The admin does not know yet that this browser keeps no record: the review now says so, and can be confirmed.
        if (!store.write({ intent }) && durable && !resent) {
          store.clear();
          return 'unstored';
        }
        if (!resent && !(await store.holds(intent))) return undefined;
      }
      if (!resent) store.sent = { ...made, from: new WeakRef(session) };
      if (!resent) emit('refund-form-submit', attemptOf(session, intent));
      // Typed text must not invite to send it again. A refusal brings it back.
      if (!approves) store.keepDraft(undefined, intent.by);
      payment.isAsked = true;
      const sent = { resent, expected, user, deduplicates: follower.deduplicates() };
      const answer = await client.write(call, key, (body) => readCreated(adapter, intent, made, body), sent);
      const { state, stopped } = session;
      // An event, another tab, or a form that has come in place of this one was faster, and may know more.
      if (
        stopped
          ? store.read().intent?.key !== key
          : state.at !== 'sending' && !(isUnknown(state) && state.intent.key === key)
      )
        return 'late';
      if (answer.kind === 'answered') {
        const { value } = answer;
        // A form in place of this one goes on with it.
        if ('opened' in value) giveBack(session, VENDORS_OPENED, intent);
        keep(session, 'refunds' in value ? value.refunds : [], intent);
      }
      if (isSettled(answer)) {
        // A form that has come in place of this one goes on with what was typed.
        giveBack(session, answer.refusal ?? SIGN_IN, intent);
        keep(session, [], intent);
      } else if (answer.kind !== 'answered' && !store.read().intent) store.write({ intent });
      // What this one has replaced still stands.
      const { intent: kept, refunds } = store.read();
      if (held && held.key !== key && !kept && !refunds) store.write({ intent: held });
      return answer;
    });
    const isOwn = isMine(session, intent.by);
    if (answer === 'unstored') return dispatch({ type: isOwn ? 'unsent' : 'refused' });
    if (answer === 'late') return;
    const held = store.read().intent;
    if (answer && approves && answer.refusal?.code !== 'user_changed') {
      await follower.refresh();
      if (session.state.at === 'sending' || isUnknown(session.state))
        dispatch({ type: 'lost', intent, why: 'running' });
      follower.follow();
      // The payment knows what became of it, or what somebody else has decided.
      if (!isUnknown(session.state)) return;
    }
    if (answer) answered(answer, intent, order, resent);
    else if (held) {
      // What was typed here was not sent.
      if (!resent) dispatch({ type: 'refused' });
      dispatch({ type: 'lost', intent: held, why: store.known.busy ? 'running' : 'elsewhere' });
    } else if (resent) return load();
    // Another form or tab still waits for its answer, though the payment may list that refund by now.
    else dispatch({ type: 'refused', notice: isOwn ? BUSY : undefined });
    follower.follow();
    await follower.refresh();
  };

  const answered = (answer: Answer<Created>, intent: Intent, order: RefundRequest, resent: boolean): void => {
    if (answer.kind === 'answered') {
      const { value } = answer;
      if ('opened' in value) {
        const draft = giveBack(session, VENDORS_OPENED, intent);
        const { opened } = value;
        // Whoever has asked goes on with it.
        dispatch(isMine(session, intent.by) ? { type: 'opened', opened, order, draft } : { type: 'refused', draft });
      } else follower.accepted(value.refunds, intent);
      return;
    }
    const { kind, refusal } = answer;
    if (isSettled(answer)) refused(session, refusal ?? SIGN_IN, intent);
    if (kind === 'signed_out') signedOut(session, refusal);
    if (isSettled(answer)) return;
    dispatch({ type: 'lost', intent, why: kind === 'unknown' || kind === 'refused' ? 'lost' : kind });
    if (!resent) emit(kind === 'approval' ? 'refund-form-approval' : 'refund-form-unknown', attemptOf(session, intent));
    if (resent) dispatch({ type: 'evidence', evidence: evidenceOf(answer) });
    follower.wait();
  };

  /** What a check has found that settled nothing. Without a status there was no answer at all. */
  const evidenceOf = (answer: Answer<unknown>): Evidence => ({
    time: environment.now(),
    silent: answer.kind === 'unknown' && answer.status === undefined,
    refusal: answer.kind === 'signed_out' ? SIGN_IN : answer.refusal,
  });

  /** Tries to settle an unknown refund. `note`: as it was typed before a reload. */
  const check = async (intent: Intent, note: string): Promise<void> => {
    // What the button says is what is done.
    const isOffered = canResend(intent);
    dispatch({ type: 'checking' });
    const { key } = intent;
    session.letGo = undefined;
    // The record is gone, and no other tab has said why: it is not known to be settled.
    const held = store.read().intent;
    if (!held) store.write({ intent });
    else if (held.key !== key && !intent.approves) return load();
    // The proxy may know the outcome by now: then nothing is sent.
    const answer = await follower.refresh();
    const { state } = session;
    if (!isUnknown(state) || state.intent.key !== key) return;
    const evidence = evidenceOf(answer);
    if (!canResend(intent) || !follower.deduplicates()) await follower.describe();
    // Another tab may have let it go meanwhile. A page that has emptied the storage has decided nothing.
    if (session.letGo === key) return load();
    if (!store.read().intent) store.write({ intent });
    // A refused read says nothing about the request: the same key may still settle it. But it does not tell who asks, and
    // no answer does not tell the time.
    const tells = tellsUser(answer) || (intent.by === undefined && (!evidence.silent || follower.deduplicates()));
    if (!isOffered || !canResend(intent) || !tells || answer.kind === 'signed_out')
      return dispatch({ type: 'evidence', evidence });
    const sent = sentOf(intent, note);
    if (sent) await post(intent, sent, true);
    else dispatch({ type: 'evidence', evidence: { ...evidence, noteWrong: true } });
  };

  /**
   * The first step was approved, and moved no money. Its answer came to the person who approved it, so it is asked for
   * once more, by its key. False when this browser does not know the request.
   */
  const reopen = (intent: Intent): boolean => {
    const { key } = intent;
    // It is left to the person who has asked.
    if (isOthers(session, intent.by)) return true;
    const sent = sentOf(intent, '');
    // The tab that asked may be seen, and goes on with it.
    if (!store.sentFor(intent) && environment.hidden()) return true;
    if (sent && reopening !== key) {
      reopening = key;
      dispatch({ type: 'checking' });
      // If this answer is lost, too, the next read asks again, and not the one that `post` ends with.
      void post(intent, sent, true).finally(() => (reopening = ''));
    }
    return sent !== undefined;
  };

  const sentOf = (intent: Intent, note: string) => store.sentFor(intent) ?? rebuild(options, intent, note);
  return { asks, canResend, needsNote, confirm, check, reopen, page };
}

/** How far two readings of a clock may differ, in milliseconds: a server tells its time in seconds. */
const UNSURE = 60_000;
