import { refuse, type BeginRequest } from './admission.ts';
import type { Intent } from '../entities.ts';
import type { ApproveResult, Settlement } from '../facts.ts';
import { holdForgotten } from './hold.ts';
import { isSamePerson } from './person.ts';
import { newReservation, reserveIn } from './reserve.ts';
import { afterRestore, isUncompared } from './restored.ts';
import { line } from './fact.ts';
import { settleIn } from './settle.ts';
import type { LedgerTransaction } from '../store.ts';
import { paymentFacts } from './payment-facts.ts';

export interface ApproveRequest extends Pick<
  BeginRequest,
  'parts' | 'limit' | 'toldElsewhere' | 'expectedRefundable' | 'notRefundable' | 'exclusive' | 'leasedUntil' | 'isTrial'
> {
  /** The approver. */
  readonly who: string;
  readonly at: number;
}

/**
 * Checks the request again against the current facts, and reserves its amounts. From here on it is like any other
 * admitted request.
 */
export async function approveIn(
  tx: LedgerTransaction,
  intent: Intent,
  request: ApproveRequest,
): Promise<ApproveResult> {
  const restored = await afterRestore(tx, intent, { ...intent, parts: request.parts });
  if (restored === 'uncompared') return { kind: 'uncompared' };
  const current = await expireIn(tx, intent, request.at);
  if (current.state !== 'awaiting_approval') return { kind: 'decided', intent: current };
  const { who, at, parts } = request;
  // Read under the lock: the same key may have come to nothing and been requested again by somebody else a moment ago.
  if (isSamePerson(current.user, who)) return { kind: 'own' };
  if (restored === 'forgotten' || (restored === 'doubtful' && !request.isTrial)) {
    return { kind: 'decided', intent: await holdForgotten(tx, current, parts, at) };
  }
  // The figures are compared once the provider has been read.
  if (request.isTrial) return { kind: 'free', isDoubtful: restored === 'doubtful' };
  const weighed = { ...request, kind: intent.kind, currency: intent.currency };
  const refusal = refuse(weighed, await paymentFacts(tx, { ...intent, toldElsewhere: request.toldElsewhere }));
  if (refusal) return { kind: 'refused', refusal };
  const sending: Intent = {
    ...current,
    state: 'sending',
    firstSentAt: at,
    updatedAt: at,
    checks: 0,
    nextCheckAt: request.leasedUntil,
  };
  await tx.saveIntent(sending);
  const reservations = await reserveIn(tx, sending, parts, at);
  await tx.dropRequest(intent.id);
  await tx.addAudit({ ...line(intent.id, who, 'approve', 'request', at), from: intent.state, to: sending.state });
  return { kind: 'admitted', intent: sending, reservations };
}

/** Ends a waiting request for good. */
export async function endWaitingIn(
  tx: LedgerTransaction,
  intent: Intent,
  ending: Pick<Settlement, 'who' | 'source' | 'detail' | 'at'>,
): Promise<Intent> {
  const waiting = await tx.keptRequest(intent.id);
  await tx.dropRequest(intent.id);
  const ended = await settleIn(tx, intent, await tx.reservationsOfIntent(intent.id), { ...ending, to: 'failed' });
  // Keep the amount: the request is deleted, and people still ask later what was declined.
  if (waiting) {
    const { source: status, at } = ending;
    const row = newReservation(intent, { amount: waiting.amount }, at);
    await tx.addReservation({ ...row, released: true, standing: 'failed', status });
  }
  return ended;
}

/** The current intent: an approval that comes too late has nothing to approve. */
export async function expireIn(tx: LedgerTransaction, intent: Intent, at: number): Promise<Intent> {
  if (intent.state !== 'awaiting_approval' || at < intent.nextCheckAt) return intent;
  // It may have been approved and sent before the restore.
  if (await isUncompared(tx, intent, intent.paymentId)) return intent;
  return endWaitingIn(tx, intent, { who: 'proxy', source: 'expired', at });
}
