import { assertNever } from '../../assert-never.ts';
import { heldToAdmit, refuse, type BeginRequest } from './admission.ts';
import { expireIn } from './approve.ts';
import type { Intent } from '../entities.ts';
import type { BeginResult } from '../facts.ts';
import { holdForgotten } from './hold.ts';
import { reserveIn } from './reserve.ts';
import { afterRestore } from './restored.ts';
import { line } from './fact.ts';
import type { LedgerTransaction } from '../store.ts';
import { paymentFacts } from './payment-facts.ts';

/** Admits a new intent and reserves its amounts, or returns why not. */
export async function beginIn(tx: LedgerTransaction, request: BeginRequest): Promise<BeginResult> {
  await tx.lockPayment(request, request.paymentId);
  const looked = await look(tx, request);
  if (looked && 'kind' in looked) return looked;
  const existing = looked?.existing;
  const intent = newIntent(request, existing);
  if (looked?.isForgotten) return hold(tx, intent, { request, existing });
  if (request.isTrial) return { kind: 'free' };
  if (existing) await tx.saveIntent(intent);
  else await tx.insertIntent(intent);
  await tx.addAudit({
    ...line(intent.id, request.user, 'begin', 'request', request.at),
    from: existing?.state,
    to: intent.state,
    detail: request.approval?.approvers,
  });
  if (request.approval) {
    await tx.keepRequest(intent.id, request.approval.request);
    return { kind: 'awaiting', intent };
  }
  const reservations = await reserveIn(tx, intent, request.parts, request.at);
  return {
    kind: 'admitted',
    intent,
    reservations,
    written: existing ? undefined : tx.written(intent, reservations),
  };
}

/**
 * Reads what is known of the request's key: its intent, its refusal, or else what it starts from. `undefined`, without
 * a read, when the store itself proves that the key is new.
 */
async function look(tx: LedgerTransaction, request: BeginRequest): Promise<BeginResult | Looked | undefined> {
  const range = heldToAdmit(request);
  if (range && !request.approval && !request.isTrial && (await tx.assumeHeld(request, range))) return undefined;
  // One round trip to the database for both reads: the payment is locked meanwhile.
  const [found, facts, restored, waiting] = await Promise.all([
    tx.intentByKey(request, request.key),
    paymentFacts(tx, request),
    afterRestore(tx, request, request),
    request.approval ? tx.keptAmounts(request, request.paymentId) : [],
  ]);
  const existing = found && (await expireIn(tx, found, request.at));
  const known = existing && knownIntent(existing, request.fingerprint);
  // What waits for an approval in the backup may have been approved and sent since.
  if (known && !(known.kind === 'awaiting' && restored === 'uncompared')) return known;
  if (restored === 'uncompared') return { kind: 'uncompared' };
  // This comes before the figures: a refusal would say that nothing was refunded.
  if (restored === 'forgotten') return { existing, isForgotten: true };
  // The total is read again first: it may have less by now.
  if (restored === 'doubtful')
    return request.isTrial ? { kind: 'free', isDoubtful: true } : { existing, isForgotten: true };
  const refusal = refuse(request, facts, waiting.filter(({ until }) => until > request.at).length);
  return refusal ? { kind: 'refused', refusal } : { existing, isForgotten: false };
}

interface Looked {
  /** The intent with this key that came to nothing, if there is one. */
  readonly existing: Intent | undefined;
  /** The request may have been carried out before the restore. */
  readonly isForgotten: boolean;
}

/** It needs no approval, because it is not sent. */
async function hold(
  tx: LedgerTransaction,
  intent: Intent,
  { request, existing }: { request: BeginRequest; existing: Intent | undefined },
): Promise<BeginResult> {
  if (!existing) await tx.insertIntent({ ...intent, state: 'sending' });
  await tx.addAudit({ ...line(intent.id, request.user, 'begin', 'request', request.at), from: existing?.state });
  return { kind: 'unknown', intent: await holdForgotten(tx, intent, request.parts, request.at) };
}

function knownIntent(intent: Intent, fingerprint: string): BeginResult | undefined {
  if (intent.fingerprint !== fingerprint) return { kind: 'reused', intent };
  switch (intent.state) {
    case 'awaiting_approval':
      return { kind: 'awaiting', intent };
    case 'sending':
    case 'resending':
      return { kind: 'running', intent };
    case 'unknown':
      return { kind: 'unknown', intent };
    case 'succeeded':
    case 'failed':
      return { kind: 'finished', intent };
    case 'void':
      return undefined;
    default:
      return assertNever(intent.state);
  }
}

function newIntent(request: BeginRequest, existing: Intent | undefined): Intent {
  const { at, user, paymentId, currency, target, approval } = request;
  const state = approval ? 'awaiting_approval' : 'sending';
  const nextCheckAt = approval?.until ?? request.leasedUntil;
  if (existing) {
    // The merchant may have corrected the order since it came to nothing.
    const renewed: Intent = { ...existing, currency, state, user, seenBefore: undefined };
    // It names this send, and another instance may have sent the one before at the same time by its own clock.
    const firstSentAt = at === existing.firstSentAt ? at - 1 : at;
    return { ...renewed, firstSentAt, updatedAt: at, checks: 0, nextCheckAt };
  }
  return {
    id: request.id,
    merchant: request.merchant,
    provider: request.provider,
    key: request.key,
    fingerprint: request.fingerprint,
    kind: request.kind,
    paymentId,
    currency,
    state,
    providerKey: request.providerKey,
    user,
    target,
    ...unanswered(at),
    nextCheckAt,
  };
}

/** What every intent begins with. */
export function unanswered(at: number) {
  return { answer: undefined, seenBefore: undefined, createdAt: at, firstSentAt: at, updatedAt: at, checks: 0 };
}
