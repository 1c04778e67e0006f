import type { PaymentRefund } from '../../contract/payment.ts';
import { countsAgainstRefundable, type RefundStanding } from '../../contract/standing.ts';
import { hashOf, uuidOf } from '../hash.ts';
import { isSettled, tellsUser, type Answer } from './client.ts';
import { isSettledByWord, refundOf } from './follow.ts';
import type { Refund, Summary } from '../model.ts';
import {
  changeRefund,
  isOthers,
  keep as keepRecord,
  signedOut,
  tell,
  tellChange,
  userOf,
  type Session,
} from './session.ts';
import { hasReceipt, isTyped, madeAt, refundsOf, showsPayment } from './state.ts';
import { isBehind } from './weight.ts';

interface Ways {
  readonly refresh: () => Promise<Answer<Summary>>;
  /** Reads the displayed refunds again. */
  readonly look: () => Promise<unknown>;
  readonly deduplicates: () => boolean;
  readonly isNaive: () => boolean;
}

/** The refunds that the payment lists beside the displayed one, and the cancel of each refund, wherever it is drawn. */
export function createHistory(session: Session, { refresh, look, deduplicates, isNaive }: Ways) {
  const { options, client, payment } = session;
  const { adapter, paymentId, changed } = options;
  /** What this form knows beyond the list, by the id of the refund. */
  const own = new Map<string, Partial<Refund>>(session.store.known.followed);
  /** Whether the payment is being read for the receipt of a refund, by its id, or could not be. */
  const receipts = new Map<string, 'checking' | 'checkFailed_no_answer' | false>();
  /** The refunds whose cancel may be sent again once the payment is read. */
  const checked = new Set<string>();
  /** The refund whose cancel must be confirmed. One at a time: the answers are named alike. */
  let asked: string | undefined;
  /** Who was asked. Somebody else may sign in before the answer. */
  let askedBy: string | undefined;
  /** The refund whose cancel was refused last: one at a time, as a person's word is about one. */
  let refusedId: string | undefined;

  const cancelsOf = (id: string) => (session.state.summary?.cancels ?? []).filter(({ refund_id }) => refund_id === id);

  /** A listed refund, as the form shows it. */
  const refundIn = (listed: PaymentRefund): Refund => {
    const known = refundOf(listed, session.state.summary!.currency, adapter, { vendor: listed.vendor ?? '' });
    const { id, standing } = known;
    const mine = own.get(id);
    // The list counts more than what this form has heard, unless it is older.
    const isNewer =
      standing === 'unknown' || isSettledByWord(listed) || !mine?.standing || !isBehind(mine.standing, standing);
    if (standing !== 'pending' && isNewer) return { ...known, picked: mine?.picked, refusal: mine?.refusal };
    const refund = { ...known, ...mine, ...(isNewer && { standing }) };
    let { cancelStep } = refund;
    for (const { standing, idempotency_key: key } of cancelsOf(id)) {
      // A colleague is cancelling it, or this form did before a reload.
      if (standing === 'unknown') cancelStep ??= 'unknown';
      else if (key === refund.cancelKey) cancelStep = undefined;
    }
    return { ...refund, cancelStep };
  };

  /** The newest first, without those that are displayed above. */
  const rows = (): PaymentRefund[] => {
    const { state } = session;
    const listed = state.summary?.refunds ?? [];
    const ids = new Set<unknown>(refundsOf(state).flatMap(({ id }) => id || []));
    const keys = new Set<unknown>(['intent' in state && state.intent?.key, 'refunds' in state && session.answeredKey]);
    for (const { refund_id: id, idempotency_key: key } of listed) if (ids.has(id)) keys.add(key);
    return listed
      .filter(
        ({ refund_id: id, idempotency_key: key, ended }) =>
          ended !== 'vendors_opened' && !ids.has(id) && !(key && keys.has(key)),
      )
      .toReversed()
      .toSorted((a, b) => madeAt(b) - madeAt(a));
  };

  /** The refund as the payment lists it now, if it does. */
  const current = (refund: Refund): Refund => {
    const listed = session.state.summary?.refunds?.find(({ refund_id }) => refund_id === refund.id);
    return listed ? refundIn(listed) : refund;
  };

  const indexOf = ({ id }: Refund) => refundsOf(session.state).findIndex((refund) => refund.id === id);

  /** A form in place of this one follows it from here. */
  const goOn = (id: string, { standing, picked }: Pick<Refund, 'standing' | 'picked'>) =>
    session.store.known.followed.set(id, { standing, picked });

  /** The record knows of it, too: a form that shows the refund again does not tell it anew. */
  const tellOnce = (refund: Refund): void => {
    const { id, standing } = refund;
    const { refunds: stored = [] } = session.store.read();
    const isIt = (one: Refund) => one.id === id;
    if (stored.some(isIt))
      keepRecord(
        session,
        stored.map((one) => (isIt(one) ? { ...one, standing } : one)),
      );
    tellChange(session, refund);
  };

  const change = (refund: Refund, change: Partial<Refund>): void => {
    const index = indexOf(refund);
    if (index >= 0) return void changeRefund(session, index, change);
    if (session.stopped) return;
    const { standing } = current(refund);
    own.set(refund.id, { ...own.get(refund.id), ...change });
    // The payment may have told it before this answer.
    if (change.standing && change.standing !== standing) tellOnce({ ...refund, ...change });
    changed();
  };

  /** Asks for a confirmation; without an id, takes the question back. Returns whether there was a question. */
  const askCancel = (id?: string): boolean => {
    const before = asked;
    asked = id;
    askedBy = payment.user;
    changed();
    return !!before;
  };

  /** Whether its status is checked by sending the cancel of this user again, whose answer is missing. */
  const resends = ({ id, cancelStep, cancelKey, cancelBy }: Refund): boolean =>
    cancelStep === 'unknown' &&
    (cancelKey
      ? !isOthers(session, cancelBy)
      : cancelsOf(id).some(
          ({ standing, requested_by: by }) => standing === 'unknown' && (by ?? undefined) === payment.user,
        ));

  /** Reads the refund. A refund service takes in what it reads for this form. */
  const read = (refund: Refund) => client.read(adapter.statusPath(refund), (body) => body);

  /** Sends the confirmed cancel, or the same one again while its answer is missing. */
  const cancel = async (refund: Refund): Promise<void> => {
    const { id } = refund;
    const again = refund.cancelStep === 'unknown';
    const { cancel: canceller } = adapter;
    if (!canceller || !(again || asked === id)) return;
    asked = undefined;
    payment.isAsked = true;
    if (again) {
      // It may be over by now, or somebody else may have signed in.
      if (checked.has(id)) return;
      checked.add(id);
      const answer = await refresh().finally(() => checked.delete(id));
      const current = refundsOf(session.state)[indexOf(refund)] ?? refund;
      const isOver = cancelsOf(id).some(
        ({ standing, idempotency_key: key }) => standing !== 'unknown' && key === refund.cancelKey,
      );
      if (!tellsUser(answer) || isOver || !resends(current)) return void (await read(refund));
    }
    const ended = cancelsOf(id).filter(({ standing }) => standing !== 'unknown').length;
    const cancelKey = (again && refund.cancelKey) || keyOf(`${paymentId} ${id} ${ended}`);
    const call = canceller.call(refund);
    goOn(id, refund);
    change(refund, { cancelStep: 'sending', cancelKey, refusal: undefined });
    // The page's own payment does not tell who has signed in.
    if (payment.user === undefined && !isNaive()) {
      await refresh();
      const refusal = payment.doubt;
      if (refusal) return change(refund, { cancelStep: undefined, refusal });
    }
    change(refund, { cancelBy: userOf(session) });
    const sent = { resent: again, deduplicates: deduplicates(), ...(!again && { user: askedBy }) };
    const answer = await client.write(call, cancelKey, canceller.read, sent);
    const refused = isSettled(answer);
    if (refused) {
      refusedId = id;
      session.dispatch({ type: 'deciding' });
    }
    if (answer.kind === 'answered') {
      change(refund, { standing: 'cancelled', words: answer.value, cancelStep: undefined });
    } else {
      if (answer.kind === 'signed_out') signedOut(session);
      change(refund, { refusal: answer.refusal, cancelStep: refused ? undefined : 'unknown' });
    }
    // A refused cancel may have been carried out before.
    if (refused) await (indexOf(refund) < 0 ? read(refund) : look());
    await refresh();
  };

  /** They are displayed no more, and the page is still told what becomes of them: the provider may contradict itself. */
  const keep = (refunds: readonly Refund[]): void => {
    for (const { id, standing, picked } of refunds) {
      if (!id) continue;
      own.set(id, { ...own.get(id), standing, picked });
      goOn(id, { standing, picked });
    }
  };

  /** Whether the page waits to hear what becomes of a refund that is displayed no more. */
  const isFollowing = () => [...own.values()].some(({ standing }) => standing === 'pending');

  /**
   * Goes on with what was typed after these refunds were made, if the payment listed them then, or if the person has gone on
   * already.
   */
  const leave = (refunds: readonly Refund[]): boolean => {
    const { state } = session;
    const { draft, summary } = state;
    const known = summary?.refunds?.slice(0, draft.listed).map(({ refund_id }) => refund_id);
    const isNext = state.at === 'editing' && isTyped(draft) && refunds.every(({ id }) => !id || known?.includes(id));
    const isEmpty = !isNext && showsPayment(state);
    if (isEmpty) return false;
    // The record may be older than what was told here since, and than this payment.
    keep(refunds.filter(({ id }) => !own.has(id)));
    if (summary) follow(summary);
    return true;
  };

  /** What became of the refunds whose cancel was sent from here, or that were displayed before. */
  const follow = ({ refunds = [] }: Summary): void => {
    // The payment could be read.
    receipts.forEach((step, id) => step === 'checking' || receipts.delete(id));
    for (const [id, mine] of own) {
      const listed = refunds.find(({ refund_id }) => refund_id === id);
      if (!listed) continue;
      const shown = refundsOf(session.state).find((one) => one.id === id);
      // What is displayed is followed there.
      if (shown) {
        own.set(id, { ...mine, standing: shown.standing });
        continue;
      }
      const refund = refundIn(listed);
      if (refund.standing === (mine.standing ?? 'pending')) continue;
      own.set(id, refund);
      // Nothing is told of what nobody knows.
      if (refund.standing !== 'unknown') tellOnce(refund);
    }
  };

  /**
   * The refund as the payment lists it now, for a receipt: it may have been reversed since it was read. `undefined` if
   * there is nothing to give a receipt of, and while this is asked already. `isRead`: also if the payment cannot be read
   * now. Without it the receipt has to say when the payment was read last.
   */
  const receiptOf = async (refund: Refund, isRead = false): Promise<Refund | undefined> => {
    const { id } = refund;
    if (receipts.get(id) === 'checking') return undefined;
    receipts.set(id, 'checking');
    changed();
    const isMissing = (await refresh()).kind !== 'answered' && isRead;
    receipts.set(id, isMissing && 'checkFailed_no_answer');
    changed();
    const now = current(refund);
    return !isMissing && !session.stopped && hasReceipt(now) ? now : undefined;
  };

  /** For the page, which may send a receipt. */
  const sendReceipt = async (shown: Refund): Promise<void> => {
    const refund = await receiptOf(shown, true);
    if (refund) tell(session, 'receipt', refund);
  };

  /** A refund that counts and was made after the displayed one, by whomever: somebody may have tried again. */
  const later = (): PaymentRefund | undefined => {
    const { answeredKey: key, state } = session;
    const refunds = state.summary?.refunds ?? [];
    const ours = refunds.findLastIndex(({ idempotency_key }) => idempotency_key === key);
    return refunds.findLast(
      ({ standing }, index) => ours >= 0 && index > ours && countsAgainstRefundable(standing as RefundStanding),
    );
  };

  return {
    later,
    receiptOf,
    sendReceipt,
    keep,
    leave,
    isFollowing,
    follow,
    rows,
    refundIn,
    askCancel,
    cancel,
    resends,
    redraw: changed,
    readAt: () => session.readAt,
    receiptStep: (id: string) => receipts.get(id),
    asked: () => asked,
    refused: () => refusedId,
  };
}

/**
 * The same UUID (RFC 9562 version 8) for the same text: every tab, and every colleague, sends the cancel of a refund under
 * one key, with nothing stored. It identifies, and protects nothing.
 */
function keyOf(text: string): string {
  const hash = (salt: number) => hashOf(`${salt} ${text}`) >>> 0;
  const hex = [1, 2, 3, 4].map((salt) => hash(salt).toString(16).padStart(8, '0')).join('');
  return uuidOf(hex, 8);
}
