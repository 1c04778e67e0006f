import { readDecimal } from '../../contract/money/decimal.ts';
import type { PaymentRefund } from '../../contract/payment.ts';
import type { Follower } from './follower.ts';
import { ours, type Call, type Summary } from '../model.ts';
import { SIGN_IN } from './client.ts';
import { signedOut, type Session } from './session.ts';
import { WITHDRAWN } from './summary.ts';
import type { Decision } from './state.ts';

/** The requests of others that this user may decide about. */
export function requestsFor({ refunds = [], permission }: Summary): readonly PaymentRefund[] {
  return refunds.filter(
    ({ standing, intent_id, idempotency_key, approval }) =>
      permission?.approve &&
      standing === 'awaiting_approval' &&
      intent_id &&
      idempotency_key &&
      approval?.asked_by !== permission.user,
  );
}

/** Whether the amount, in minor units, waits for a second person. */
export function isAbove({ approvalAbove }: Partial<Summary> = {}, amount: bigint): boolean {
  return approvalAbove !== undefined && amount > approvalAbove;
}

/** The request that says something about an intent. */
export function callAbout(intentId: string, action: 'approve' | 'decline' | 'resolve', body: Call['body'] = {}): Call {
  return { path: `/intents/${encodeURIComponent(intentId)}/${action}`, body };
}

/** What a person states about a request: a second person about one that waits, and anybody about an unknown one. */
export function createApprover(session: Session, follower: Follower) {
  const { client, dispatch, options, store } = session;
  const { paymentId } = options;

  const open = (request: PaymentRefund): void => {
    const currency = request.currency ?? session.state.summary?.currency ?? '';
    const amount = readDecimal(request.amount, currency);
    if (amount === undefined) return;
    const order = { paymentId, amount, currency, reason: request.reason ?? '' };
    dispatch({ type: 'approving', order, request });
    void follower.refresh();
  };

  const decision = (): Decision | undefined => {
    const { state } = session;
    return 'decision' in state ? state.decision : undefined;
  };

  const decide = (next?: Decision): void => dispatch({ type: 'deciding', decision: next });

  /**
   * What this person has typed about each request. A place of its own keeps it from being said of another, by another
   * person, or of a refund that was settled and is contradicted since.
   */
  const nameOf = ({ intent_id, vendor, status }: Partial<PaymentRefund>, action: string) =>
    [action, intent_id, vendor, status].join();
  const about = (request: Partial<PaymentRefund> = {}, action: 'decline' | 'resolve' = 'resolve') =>
    store.wordsOn(nameOf(request, action));

  /**
   * Posts what a person says about a request: `decline` with a reason, or `resolve` with an outcome and how it is known.
   * The payment, and not the answer, shows what became of it.
   */
  const say = async (
    action: 'decline' | 'resolve',
    request: Partial<PaymentRefund>,
    body: Readonly<Record<string, string | boolean>>,
  ): Promise<void> => {
    if (decision() === 'busy') return;
    const { intent_id, idempotency_key, amount, currency } = request;
    const { at } = session.state;
    const { user: by } = session.payment;
    const { own, person } = store;
    decide('busy');
    // Whatever comes of it, the page's own payment does not know it yet.
    session.payment.isAsked = true;
    const known = currency ?? session.state.summary?.currency;
    const call = callAbout(intent_id!, action, body);
    const answer = await client.write(call, idempotency_key!, (said) => (said ? true : undefined), { user: by });
    const { kind } = answer;
    if (kind === 'answered') own.words.delete(nameOf(request, action));
    await follower.refresh();
    // Where the answer is lost, the payment may say that it was recorded.
    const isThis = (one: PaymentRefund) => one.intent_id === intent_id && one.vendor === request.vendor;
    const { approval, ended, status } = session.state.summary?.refunds?.find(isThis) ?? {};
    const isRecorded = ended === WITHDRAWN || (approval?.decision === 'declined' && approval.decided_by === by);
    if (action === 'decline' && (kind === 'answered' || isRecorded))
      options.emit('refund-form-declined', { paymentId, amount, currency: known });
    if (kind === 'signed_out') signedOut(session, answer.refusal);
    // Somebody else has signed in since, who has said nothing.
    if (person && person !== store.person) return;
    // Where the payment shows it, the state is another one. It may show the word of somebody who was faster.
    if (decision() !== 'busy') {
      // Whoever declined it is told beside what became of it, and nowhere else.
      const isShown = at === 'approving' && 'refunds' in session.state && session.answeredKey === idempotency_key;
      // A browser sends a request again by itself when its connection is reset: then this very word is recorded.
      const isSaid = status === body['outcome'];
      if (answer.refusal?.code === 'invalid_request' && (action === 'resolve' ? !isSaid : isShown)) decide('overruled');
      return;
    }
    // It is recorded, and only the payment could not be read.
    decide(kind === 'answered' ? undefined : kind === 'signed_out' ? SIGN_IN : (answer.refusal ?? UNDECIDED));
  };

  return {
    open,
    // A statement that is being sent cannot be taken back.
    decide: (next?: Decision) => void (decision() === 'busy' || decide(next)),
    about,
    say,
  };
}

const UNDECIDED = ours('');
