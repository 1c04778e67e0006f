import type { PaymentRefund } from '../../contract/payment.ts';
import type { Follower } from './follower.ts';
import type { Refusal, Summary } from '../model.ts';
import { signedOut, type Session } from './session.ts';
import type { Decision, State } from './state.ts';

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
export function needsApproval(summary: Summary | undefined, amount: bigint): boolean {
  const { approvalAbove } = summary ?? {};
  return approvalAbove !== undefined && amount > approvalAbove;
}

/** What a person states about a request: a second person about one that waits, and anybody about an unknown one. */
export function createApprover(session: Session, follower: Follower) {
  const { client, dispatch, options } = session;
  const { emit, paymentId } = options;

  const open = (request: PaymentRefund): void => {
    dispatch({ type: 'approving', request });
    if (!follower.live()) void follower.refresh();
  };

  const decide = (decision?: Decision): void => {
    dispatch({ type: 'deciding', decision });
  };

  /** Posts a statement. The payment, and not the answer, shows what became of the request. */
  const tell = async (action: string, about: PaymentRefund, body: Readonly<Record<string, unknown>>): Promise<void> => {
    const { intent_id, idempotency_key, vendor, standing } = about;
    decide({ busy: true });
    const path = `/intents/${encodeURIComponent(intent_id!)}/${action}`;
    const answer = await client.write({ path, body }, idempotency_key!, () => true, {});
    await follower.refresh();
    if (answer.kind === 'signed_out') signedOut(session, answer.refusal);
    const { refunds = [about] } = session.state.summary ?? {};
    const isOpen = refunds.some(
      (each) => each.intent_id === intent_id && each.vendor === vendor && each.standing === standing,
    );
    if (decisionIn(session.state)?.busy) decide(isOpen ? { notice: answer.refusal ?? UNDECIDED } : undefined);
  };

  const decline = async (reason: string): Promise<void> => {
    const { state } = session;
    if (state.at !== 'approving' || state.decision?.busy) return;
    await tell('decline', state.request, { reason });
    if ('decided' in session.state && session.state.decided?.ended) emit('refund-form-declined', { paymentId });
  };

  /** `outcome` as the proxy names it, and how the person knows it. */
  const resolve = async (about: PaymentRefund, outcome: string, reason: string): Promise<void> => {
    const { busy, notice } = decisionIn(session.state) ?? {};
    if (busy) return;
    await tell('resolve', about, {
      outcome,
      reason,
      ...(about.vendor && { vendor: about.vendor }),
      // The provider shows a refund that may be this one, and the person has read that and says so again.
      ...(outcome === 'nothing' && notice?.words.includes('/confirm') && { confirm: true }),
    });
  };

  return { open, decide, decline, resolve };
}

const UNDECIDED: Refusal = { code: '', words: '', proxy: true };

function decisionIn(state: State): Decision | undefined {
  return 'decision' in state ? state.decision : undefined;
}
