import { refuse, type Asked, type BeginRequest } from './admission.ts';
import type { Intent } from './entities.ts';
import type { ApproveResult, Settlement } from './facts.ts';
import { line, settleIn } from './settle.ts';
import type { LedgerTransaction, NewReservation } from './store.ts';
import { paymentFacts } from './weigh.ts';

export interface ApproveRequest extends Pick<
  BeginRequest,
  'asked' | 'limit' | 'toldElsewhere' | 'expectedRefundable' | 'notRefundable' | 'exclusive' | 'leasedUntil'
> {
  /** The second person. */
  readonly who: string;
  readonly at: number;
}

/** Weighs the request anew, as of now, and reserves: from here on it is like any other that was admitted. */
export async function approveIn(
  tx: LedgerTransaction,
  intent: Intent,
  request: ApproveRequest,
): Promise<ApproveResult> {
  const current = await expireIn(tx, intent, request.at);
  if (current.state !== 'awaiting_approval') return { kind: 'decided', intent: current };
  const { who, at, asked } = request;
  // Under the lock: the same key may have come to nothing and been asked anew by somebody else a moment ago.
  if (current.user === who) return { kind: 'own' };
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
  const reservations = await reserveIn(tx, sending, asked, at);
  await tx.dropRequest(intent.id);
  await tx.addAudit({ ...line(intent.id, who, 'approve', 'request', at), from: intent.state, to: sending.state });
  return { kind: 'admitted', intent: sending, reservations };
}

/** Ends a request that waits, for good. */
export async function endWaitingIn(
  tx: LedgerTransaction,
  intent: Intent,
  ending: Pick<Settlement, 'who' | 'source' | 'detail' | 'at'>,
): Promise<Intent> {
  const kept = await tx.keptRequest(intent.id);
  await tx.dropRequest(intent.id);
  const ended = await settleIn(tx, intent, await tx.reservationsOfIntent(intent.id), { ...ending, to: 'failed' });
  // Its amount would be gone with the request, and whoever looks at the payment later asks what was declined.
  if (kept) {
    const { source: status, at } = ending;
    const row = newReservation(intent, { amount: kept.amount }, at);
    await tx.addReservation({ ...row, released: true, standing: 'failed', status });
  }
  return ended;
}

/** The intent as it is at this moment: an approval that comes too late finds nothing to approve. */
export async function expireIn(tx: LedgerTransaction, intent: Intent, at: number): Promise<Intent> {
  if (intent.state !== 'awaiting_approval' || at < intent.nextCheckAt) return intent;
  return endWaitingIn(tx, intent, { who: 'proxy', source: 'expired', at });
}

export async function reserveIn(
  tx: LedgerTransaction,
  intent: Intent,
  asked: readonly Asked[],
  at: number,
): Promise<NewReservation[]> {
  const reserved: NewReservation[] = [];
  for (const one of asked) {
    const row = newReservation(intent, one, at);
    await tx.addReservation(row);
    reserved.push(row);
  }
  return reserved;
}

function newReservation(intent: Intent, { vendor, amount, reason }: Asked, at: number): NewReservation {
  return {
    merchant: intent.merchant,
    provider: intent.provider,
    intentId: intent.id,
    key: intent.key,
    paymentId: intent.paymentId,
    currency: intent.currency,
    vendor,
    amount,
    released: false,
    refundId: undefined,
    references: {},
    status: '',
    standing: 'unknown',
    reason,
    createdAt: at,
    updatedAt: at,
    checks: 0,
    nextCheckAt: at,
  };
}
